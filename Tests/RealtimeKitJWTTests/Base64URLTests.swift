//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKitJWT

@Suite struct Base64URLTests {
    private func decoded(_ text: String) -> [UInt8]? { Base64URL.decode(Array(text.utf8)[...]) }

    @Test func everyBytePatternComesBack() {
        for length in 0...9 {
            for seed in UInt8.min...UInt8.max {
                let bytes = (0..<length).map { seed &+ UInt8($0) &* 37 }
                #expect(self.decoded(TestToken.encode(bytes)) == bytes)
            }
        }
    }

    @Test func everyTextOfOneByteHasOneWayToBeWritten() {
        let signs = (UInt8.min...UInt8.max).map { UnicodeScalar($0) }
        for first in signs {
            var texts = 0
            for second in signs {
                let text = String(Character(first)) + String(Character(second))
                guard let bytes = self.decoded(text) else { continue }
                #expect(TestToken.encode(bytes) == text)
                texts += 1
            }
            #expect(texts == 0 || texts == 4)
        }
    }

    @Test(arguments: ["A", "AAAAA", "AA==", "AAA=", "AB", "AAB", "+/8A", "AA A", "AAA\n", " AAA", "AA\0A", "ÄAA", "AAAA=", "="])
    func whatIsNotCanonicalIsRefused(_ text: String) {
        #expect(self.decoded(text) == nil)
    }
}
