//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct AddressKeyTests {
    private func key(_ text: String, _ length: Int = 64) throws -> AddressKey {
        AddressKey(try #require(IPAddress(text)), ipv6PrefixLength: length)
    }

    @Test func addressesThatShareThePrefixAreOne() throws {
        #expect(try self.key("2001:db8:1:2::1") == self.key("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(try self.key("2001:db8:1:2::1") != self.key("2001:db8:1:3::1"))
        #expect(try self.key("2001:db8:1:2::1", 48) == self.key("2001:db8:1:3::1", 48))
        #expect(try self.key("2001:db8:1:2::1", 128) != self.key("2001:db8:1:2::2", 128))
    }

    @Test(arguments: [1, 32, 64, 96, 128]) func ipv4CountsWhole(_ length: Int) throws {
        #expect(try self.key("192.0.2.1", length) != self.key("192.0.2.2", length))
        #expect(try self.key("192.0.2.1", length) == self.key("::ffff:192.0.2.1", length))
        #expect(try self.key("192.0.2.1", length).description == "192.0.2.1")
    }

    @Test(arguments: [0, 1, 64, 95, 96, 127]) func noIPv6AddressIsTakenForIPv4(_ length: Int) throws {
        for text in ["::", "::1", "::fffe:0:0", "::1:ffff:0:0", "::1:0:0:0", "::c000:201"] {
            #expect(try self.key(text, length) != self.key("0.0.0.0", length))
            #expect(try self.key(text, length) != self.key("192.0.2.1", length))
        }
    }

    @Test func theDescriptionIsTheFirstAddress() throws {
        #expect(try self.key("2001:db8:1:2:3:4:5:6").description == "2001:db8:1:2::")
    }
}
