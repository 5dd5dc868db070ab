//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct WSCloseCodeTests {
    @Test func onlyCodesOfTheStandardMayBeSent() {
        let sendable: Set<UInt16> = Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014] + Array(3000...4999))
        for code in UInt16.min...UInt16.max {
            #expect(WSCloseCode(rawValue: code).isSendable == sendable.contains(code), "\(code)")
        }
    }

    @Test func theListedCodesHaveTheirNumbers() {
        let codes: [(WSCloseCode, UInt16)] = [
            (.normal, 1000), (.goingAway, 1001), (.protocolError, 1002), (.unsupportedData, 1003), (.invalidPayload, 1007),
            (.policyViolation, 1008), (.messageTooBig, 1009), (.internalError, 1011), (.serviceRestart, 1012), (.tryAgainLater, 1013),
            (.expired, 4401), (.forbidden, 4403), (.pingTimeout, 4408), (.slowConsumer, 4409), (.limit, 4429),
        ]
        for (code, number) in codes {
            #expect(code.rawValue == number)
            #expect(code.isSendable)
            #expect(code.description == "\(number)")
        }
    }
}
