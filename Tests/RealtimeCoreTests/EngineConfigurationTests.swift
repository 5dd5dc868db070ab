//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct EngineConfigurationTests {
    @Test func theDefaultsAreAccepted() throws {
        let configuration = EngineConfiguration()
        try configuration.validate()
        #expect(configuration.outbox == OutboxLimits())
        #expect(configuration.maxMailboxBytes == 64 << 20)
        #expect(configuration.drainGrace == .seconds(10))
        #expect(configuration.directSocketWrites)
    }

    @Test func theBoundsAreAccepted() throws {
        try EngineConfiguration(maxMailboxBytes: 65_536, drainGrace: .zero).validate()
        try EngineConfiguration(maxMailboxBytes: .max, drainGrace: .seconds(3600)).validate()
    }

    @Test(arguments: [
        (EngineConfiguration(maxMailboxBytes: 65_535), "maxMailboxBytes is 65535; at least 65536 bytes are accepted"),
        (EngineConfiguration(maxMailboxBytes: -1), "maxMailboxBytes is -1; at least 65536 bytes are accepted"),
        (EngineConfiguration(drainGrace: .milliseconds(-1)), "drainGrace is -0.001 seconds; 0 to 1 hour are accepted"),
        (EngineConfiguration(drainGrace: .seconds(7200)), "drainGrace is 7200.0 seconds; 0 to 1 hour are accepted"),
        (EngineConfiguration(outbox: .init(maxBytes: 0)), "outbox.maxBytes is 0; at least 1 byte is accepted"),
    ])
    func valuesOutOfRangeAreRefused(_ configuration: EngineConfiguration, message: String) {
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try configuration.validate() }
    }
}
