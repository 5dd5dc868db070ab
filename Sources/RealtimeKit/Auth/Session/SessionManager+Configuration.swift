//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

extension SessionManager {
    /// How long sessions last, and the cookie that names them.
    public struct Configuration: Hashable, Sendable {
        /// How long a session may go unused; 24 hours by default, accepted are 1 s up to ``lifetime``.
        ///
        /// Use is a request by which a user is recognised. It is noted when a tenth of this time has passed since the last note, so that a session
        /// ends when it has not been used for 90 to 100 % of it. A connection that stays open is used once, when it is opened.
        public var idleTime: Duration

        /// How long a session may last, however much it is used; 30 days by default, accepted are 1 s to 400 days, as browsers keep no
        /// cookie longer. ``Authentication/expiresAt`` is this end.
        public var lifetime: Duration

        /// The cookie with the id.
        public var cookie: SessionCookie

        /// Settings with these values.
        public init(
            idleTime: Duration = .seconds(24 * 3600),
            lifetime: Duration = .seconds(30 * 24 * 3600),
            cookie: SessionCookie = .secure
        ) {
            self.idleTime = idleTime
            self.lifetime = lifetime
            self.cookie = cookie
        }

        var touchInterval: Duration { self.idleTime / 10 }

        func validate() throws(RealtimeError) {
            let longest = Duration.seconds(400 * 24 * 3600)
            guard self.lifetime >= .seconds(1), self.lifetime <= longest else {
                throw RealtimeError(.invalidConfiguration, "The lifetime of a session is \(self.lifetime); 1 s to 400 days are accepted")
            }
            guard self.idleTime >= .seconds(1), self.idleTime <= self.lifetime else {
                throw RealtimeError(
                    .invalidConfiguration,
                    "The idle time of a session is \(self.idleTime); 1 s up to its lifetime of \(self.lifetime) are accepted"
                )
            }
        }
    }
}

extension Duration {
    /// As dates count.
    var inSeconds: Double { self / .seconds(1) }
}
