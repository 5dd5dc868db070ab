//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird

/// What the endpoint answers to which method.
extension SSEEndpoint {
    static var methods: String { "GET, HEAD, OPTIONS" }

    /// Whether the endpoint answers a method, or leaves it to the router.
    func answers(_ method: HTTPRequest.Method) -> Bool {
        self.configuration.handlesAllMethods || [.get, .head, .options].contains(method)
    }

    /// Answers a request, whatever it is.
    func respond(to request: Request, _ context: Context) async -> Response {
        if let action = self.action(of: request) {
            if request.method == .post {
                return action == .refresh ? await self.refresh(request, context) : await self.changeSubscription(request, context, action)
            }
            if request.method == .options { return self.preflight(request, methods: "POST, OPTIONS") }
        }
        switch request.method {
        case .get, .head: return await self.openStream(request, context)
        case .options: return self.preflight(request, methods: Self.methods)
        default: return Response(status: .methodNotAllowed, headers: [.allow: Self.methods])
        }
    }

    private func preflight(_ request: Request, methods: String) -> Response {
        let headers = self.configuration.cors.preflightHeaders(for: request, methods: methods)
        return Response(status: .noContent, headers: headers.with(.allow, methods))
    }
}
