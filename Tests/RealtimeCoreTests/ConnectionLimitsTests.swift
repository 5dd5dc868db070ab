//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct ConnectionLimitsTests {
    @Test func nothingIsLimitedByDefault() throws {
        let limits = ConnectionLimits()
        try limits.validate()
        #expect(limits.isUnlimited)
        #expect(limits.ipv6PrefixLength == 64)
        #expect(limits.bucket == nil)
    }

    @Test(arguments: [
        ConnectionLimits(total: 1), ConnectionLimits(perUser: 1), ConnectionLimits(perAddress: 1), ConnectionLimits(handshakesPerSecond: 1),
    ])
    func anyLimitIsALimit(_ limits: ConnectionLimits) {
        #expect(!limits.isUnlimited)
    }

    @Test func whatMeansNothingAloneLimitsNothing() {
        #expect(ConnectionLimits(handshakeBurst: 5, ipv6PrefixLength: 48).isUnlimited)
        #expect(ConnectionLimits(handshakeBurst: 5).bucket == nil)
    }

    @Test func theBoundsAreAccepted() throws {
        try ConnectionLimits(
            total: 1,
            perUser: 1,
            perAddress: 1,
            handshakesPerSecond: 0.001,
            handshakeBurst: 1,
            ipv6PrefixLength: 1
        ).validate()
        try ConnectionLimits(
            total: .max,
            perUser: .max,
            perAddress: .max,
            handshakesPerSecond: 1_000_000,
            handshakeBurst: 1_000_000,
            ipv6PrefixLength: 128
        ).validate()
    }

    @Test(arguments: [
        (ConnectionLimits(total: 0), "limits.total is 0; at least 1 is accepted, nil is unlimited"),
        (ConnectionLimits(total: .min), "limits.total is \(Int.min); at least 1 is accepted, nil is unlimited"),
        (ConnectionLimits(perUser: 0), "limits.perUser is 0; at least 1 is accepted, nil is unlimited"),
        (ConnectionLimits(perAddress: -1), "limits.perAddress is -1; at least 1 is accepted, nil is unlimited"),
        (ConnectionLimits(handshakesPerSecond: 0), "limits.handshakesPerSecond is 0.0; 0.001 to 1000000 are accepted, nil is unlimited"),
        (ConnectionLimits(handshakesPerSecond: .nan), "limits.handshakesPerSecond is nan; 0.001 to 1000000 are accepted, nil is unlimited"),
        (
            ConnectionLimits(handshakesPerSecond: .infinity),
            "limits.handshakesPerSecond is inf; 0.001 to 1000000 are accepted, nil is unlimited"
        ),
        (
            ConnectionLimits(handshakesPerSecond: 1, handshakeBurst: 0),
            "limits.handshakeBurst is 0; 1 to 1000000 are accepted, nil is a second's worth"
        ),
        (ConnectionLimits(handshakeBurst: 1_000_001), "limits.handshakeBurst is 1000001; 1 to 1000000 are accepted, nil is a second's worth"),
        (ConnectionLimits(ipv6PrefixLength: 0), "limits.ipv6PrefixLength is 0; 1 to 128 are accepted"),
        (ConnectionLimits(ipv6PrefixLength: 129), "limits.ipv6PrefixLength is 129; 1 to 128 are accepted"),
    ])
    func valuesOutOfRangeAreRefused(_ limits: ConnectionLimits, message: String) {
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try limits.validate() }
    }

    @Test(arguments: [(0.001, 1), (0.5, 1), (1, 1), (2.5, 2), (100, 100)])
    func theBurstIsASecondsWorthUnlessItIsSaid(rate: Double, burst: Int) {
        #expect(ConnectionLimits(handshakesPerSecond: rate).bucket == TokenBucket(rate: rate, burst: burst))
        #expect(ConnectionLimits(handshakesPerSecond: rate, handshakeBurst: 7).bucket == TokenBucket(rate: rate, burst: 7))
    }
}
