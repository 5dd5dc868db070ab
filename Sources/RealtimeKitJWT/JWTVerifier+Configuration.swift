//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import RealtimeCore

extension JWTVerifier {
    /// What tokens have to hold, whoever made them.
    public struct Configuration: Sendable {
        /// How far the clocks of signers may be off, 0 to 5 minutes; 30 s by default.
        public var leeway: Duration = .seconds(30)
        /// Whether a token without `exp` is refused. On by default: it would be good for ever.
        public var requiresExpiry = true
        /// Whether a token without `sub`, or with an empty one, is refused. On by default.
        public var requiresSubject = true

        /// Makes the default settings.
        public init() {}

        /// Checks the settings.
        ///
        /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
        public func validate() throws(RealtimeError) {
            guard self.leeway >= .zero, self.leeway <= .seconds(300) else {
                throw RealtimeError(.invalidConfiguration, "leeway is \(self.leeway); 0 to 5 minutes are accepted")
            }
        }
    }
}
