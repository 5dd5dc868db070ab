//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit

@testable import RealtimeKitJWT

extension JWTVerifier {
    /// A verifier of one issuer without a name, at the time of the tests.
    static func at(
        _ clock: TestClock = TestClock(),
        _ keys: JWTKeySource...,
        audience: String? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) async throws -> JWTVerifier {
        var configuration = Configuration()
        change(&configuration)
        return try await JWTVerifier(keys: keys, audience: audience, configuration: configuration, logger: LogRecorder().logger, now: { clock.now })
    }

    /// One with the tests' secret.
    static func hmac(audience: String? = nil, _ change: (inout Configuration) -> Void = { _ in }) async throws -> JWTVerifier {
        try await .at(TestClock(), .hmac(TestKeys.secret), audience: audience, change)
    }

    /// Why a token is not accepted; `nil` when it is.
    func refusal(of token: String) async throws -> JWTRefusal? {
        do {
            _ = try await self.verify(token)
            return nil
        } catch let refusal as JWTRefusal {
            return refusal
        }
    }
}

/// What is wrong with a configuration; empty when nothing is.
func complaint<Value>(_ body: () async throws -> Value) async throws -> String {
    do {
        _ = try await body()
        return ""
    } catch let error as RealtimeError where error.code == .invalidConfiguration {
        return error.message
    }
}
