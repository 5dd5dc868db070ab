//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import Logging
import NIOCore
import RealtimeCore

/// Who may connect: the questions that every connection has to pass, whatever it will carry.
struct Admission<Context: RequestContext, User: Sendable>: Sendable {
    let hub: Hub
    let limiter: ConnectionLimiter
    let denyList: DenyList
    let runner: HookRunner
    let authenticator: Authenticator<Context, User>
    let onConnect: (@Sendable (ConnectInfo<User>) async throws -> any AccessResult)?

    /// Finds a connection its place, while there is one and the server is not about to stop.
    func seat(for request: Request, _ context: Context, _ refusal: Refusal) throws(Refused) -> ConnectionSeat? {
        if self.hub.isDraining { throw Refused(response: refusal.temporary(.draining)) }
        switch self.limiter.open(request, Peer(context), at: self.hub.clock.now()) {
        case .admitted(let seat): return seat
        case .refused(let limit): throw Refused(response: refusal.temporary(.limit(limit)))
        }
    }

    /// Asks who it is, and whether they may connect.
    func admit(
        _ request: Request,
        _ context: Context,
        _ seat: ConnectionSeat?,
        _ refusal: Refusal
    ) async throws(Refused) -> ConnectInfo<User> {
        let authentication = try await self.authentication(of: request, context, refusal)
        if let userID = authentication?.userID, let limit = seat?.assign(user: userID) {
            throw Refused(response: refusal.temporary(.limit(limit)))
        }
        var info = ConnectInfo(
            id: ConnectionID(),
            authentication: authentication?.withoutResponseHeaders,
            request: request,
            context: context
        )
        info.responseHeaders = authentication?.responseHeaders
        try await self.checkConnect(info, refusal)
        return info
    }

    /// Recognises the user behind a request; `nil` for an anonymous one.
    func authentication(of request: Request, _ context: Context, _ refusal: Refusal) async throws(Refused) -> Authentication<User>? {
        do {
            switch try await self.runner.run({ try await self.authenticator.authenticate(request, context) }) {
            case .none: return nil
            case .user(let found):
                guard !self.denyList.denies(found.authority) else { throw Refused(response: refusal.kicked()) }
                return found
            case .rejected: throw Refused(response: refusal.unauthorized())
            }
        } catch let error as Refused {
            throw error
        } catch let error as HTTPError {
            throw Refused(response: refusal.failed(error))
        } catch {
            // The type only: an error's text may hold what was asked of a store, credentials included.
            context.logger.warning("A credential could not be checked", metadata: ["rt.error": "\(type(of: error))"])
            throw Refused(response: refusal.temporary(.authentication))
        }
    }

    private func checkConnect(_ info: ConnectInfo<User>, _ refusal: Refusal) async throws(Refused) {
        guard let onConnect = self.onConnect else { return }
        let decision: AccessDecision
        do {
            decision = try await self.runner.run { try await onConnect(info) }.decision
        } catch let error as HTTPError {
            throw Refused(response: refusal.failed(error))
        } catch is HookFailure {
            throw Refused(response: refusal.temporary(.hook))
        } catch {
            decision = .deny()
        }
        if !decision.isAllowed {
            throw Refused(response: refusal.denied(decision.message, isAuthenticated: info.authentication != nil))
        }
    }
}
