//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
public import HummingbirdCore

extension SessionManager {
    /// The id that a request's cookie brings, which need not be that of a good session.
    ///
    /// - Returns: `nil` without the cookie, when there are two of the name, and for what cannot be an id.
    public func id(of request: Request) -> String? {
        guard case .one(let id) = PresentedCredential.cookie(self.cookie.name, of: request), SessionID.isWellFormed(id) else { return nil }
        return id
    }

    /// Ends the sessions whose ids a request brings: whoever signs out. The cookie stays with the client until ``SessionCookie/logout``.
    ///
    /// A client has one such cookie unless another site has set it a second one. Then up to four are looked at, as nobody can tell which is which.
    ///
    /// - Throws: what the store throws. The sessions may be good then.
    public func revoke(presentedBy request: Request) async throws {
        let ids = CookieField.values(of: self.cookie.name, in: request.headers[values: .cookie])
        for id in ids.prefix(4) { try await self.revoke(id) }
    }
}
