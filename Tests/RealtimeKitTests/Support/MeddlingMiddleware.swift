//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// A middleware that does something else with a stream's response than to pass it on. It leaves requests for other paths alone.
struct MeddlingMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    struct Failure: Error {}

    enum Kind: CaseIterable, Sendable {
        case throwsBefore
        case throwsAfter
        case throwsAnHTTPErrorAfter
        case replacesTheResponse
        case replacesTheBody
        case emptiesTheBody
        case bodyThrows

        /// The status that the client gets.
        var status: Int {
            switch self {
            case .throwsBefore, .throwsAfter: 500
            case .throwsAnHTTPErrorAfter, .replacesTheResponse: 418
            case .replacesTheBody, .emptiesTheBody, .bodyThrows: 200
            }
        }

        /// The body that the client gets.
        var body: String { self == .replacesTheBody ? "instead" : "" }
    }

    let kind: Kind

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard request.uri.path == "/sse" else { return try await next(request, context) }
        if self.kind == .throwsBefore { throw Failure() }
        var response = try await next(request, context)
        switch self.kind {
        case .throwsBefore, .throwsAfter: throw Failure()
        case .throwsAnHTTPErrorAfter: throw HTTPError(.init(code: 418))
        case .replacesTheResponse: return Response(status: .init(code: 418))
        case .replacesTheBody: response.body = ResponseBody(byteBuffer: ByteBuffer(string: "instead"))
        case .emptiesTheBody: response.body = ResponseBody()
        case .bodyThrows: response.body = ResponseBody { _ in throw Failure() }
        }
        return response
    }
}
