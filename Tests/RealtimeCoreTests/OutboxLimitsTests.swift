//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct OutboxLimitsTests {
    @Test func theDefaultsAreAccepted() throws {
        let limits = OutboxLimits()
        try limits.validate()
        #expect(limits.maxBytes == 1 << 20)
        #expect(limits.maxAge == .seconds(10))
        #expect(limits.overflow == .disconnect)
    }

    @Test func theBoundsAreAccepted() throws {
        try OutboxLimits(maxBytes: 1, maxAge: .seconds(1), overflow: .dropOldest).validate()
        try OutboxLimits(maxBytes: .max, maxAge: .seconds(86_400), overflow: .dropNewest).validate()
    }

    @Test(arguments: [
        (OutboxLimits(maxBytes: 0), "outbox.maxBytes is 0; at least 1 byte is accepted"),
        (OutboxLimits(maxBytes: -5), "outbox.maxBytes is -5; at least 1 byte is accepted"),
        (OutboxLimits(maxAge: .milliseconds(999)), "outbox.maxAge is 0.999 seconds; 1 second to 1 day are accepted"),
        (OutboxLimits(maxAge: .zero), "outbox.maxAge is 0.0 seconds; 1 second to 1 day are accepted"),
        (OutboxLimits(maxAge: .seconds(-1)), "outbox.maxAge is -1.0 seconds; 1 second to 1 day are accepted"),
        (OutboxLimits(maxAge: .seconds(86_401)), "outbox.maxAge is 86401.0 seconds; 1 second to 1 day are accepted"),
    ])
    func valuesOutOfRangeAreRefused(_ limits: OutboxLimits, message: String) {
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try limits.validate() }
    }

    @Test func policiesAreNamed() {
        #expect([OverflowPolicy.disconnect, .dropOldest, .dropNewest].map(\.description) == ["disconnect", "dropOldest", "dropNewest"])
        #expect(Set([OverflowPolicy.disconnect, .dropOldest, .dropNewest]).count == 3)
    }
}
