//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import Hummingbird
import Logging

extension AuthResolver {
    /// Recognises the user in a handler or middleware of an application's own.
    ///
    /// - Returns: `nil` for a request without a credential.
    /// - Throws: `HTTPError` 401 for a credential that is not good, 503 when it cannot be checked just now. An `HTTPError` of the resolver keeps
    ///   its status and fields, not its message.
    public func authenticate(_ request: Request, context: any RequestContext) async throws -> Authentication<User>? {
        let outcome: AuthOutcome<User>
        do {
            outcome = try await self.resolve(request, context: context)
        } catch let error as HTTPError {
            // Its message was not written for the client.
            throw HTTPError(error.status, headers: error.headers, message: nil)
        } catch let error as CancellationError where Task.isCancelled {
            throw error
        } catch {
            // The type only: an error's text may hold what was asked of a store, credentials included.
            context.logger.warning("A credential could not be checked", metadata: ["rt.error": "\(type(of: error))"])
            throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "5"], message: nil)
        }
        switch outcome {
        case .none: return nil
        case .user(let found): return found
        case .rejected: throw Self.unauthorized
        }
    }

    /// Recognises the user, whom there has to be.
    ///
    /// - Throws: `HTTPError` 401 without a good credential, 503 when it cannot be checked just now.
    public func requireUser(_ request: Request, context: any RequestContext) async throws -> Authentication<User> {
        guard let found = try await self.authenticate(request, context: context) else { throw Self.unauthorized }
        return found
    }

    private static var unauthorized: HTTPError {
        HTTPError(.unauthorized, headers: [.wwwAuthenticate: "Bearer"], message: "Unauthorized")
    }
}
