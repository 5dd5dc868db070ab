//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct AddressRangeTests {
    private func contains(_ range: String, _ address: String) throws -> Bool {
        try AddressRange(range).contains(try #require(IPAddress(address)))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", ["9.255.255.255", "11.0.0.0", "::a00:1"]),
        ("172.16.0.0/12", "172.16.0.0", "172.31.255.255", ["172.15.255.255", "172.32.0.0"]),
        ("192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7", ["192.0.2.6", "192.0.2.8", "::c000:207"]),
        ("192.0.2.7/32", "192.0.2.7", "192.0.2.7", ["192.0.2.6"]),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", ["::", "::1", "2001:db8::1"]),
        ("0.0.0.0/1", "0.0.0.0", "127.255.255.255", ["128.0.0.0"]),
        ("::1", "::1", "::1", ["::", "::2", "127.0.0.1"]),
        ("::1/128", "::1", "::1", ["::"]),
        ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ["2001:db7:ffff::", "2001:db9::"]),
        ("::/0", "::", "ffff::", ["0.0.0.0", "1.2.3.4"]),
        ("::/90", "::", "::1", ["0.0.0.0"]),
        ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255", ["11.0.0.0", "::a00:0"]),
        ("::ffff:0:0/96", "0.0.0.0", "255.255.255.255", ["::fffe:0:0", "::"]),
        ("fe80::/10", "fe80::", "febf::1", ["fec0::", "fe7f::"]),
    ])
    func aRangeReachesFromItsFirstToItsLastAddress(_ range: String, first: String, last: String, others: [String]) throws {
        #expect(try self.contains(range, first))
        #expect(try self.contains(range, last))
        for other in others { #expect(try !self.contains(range, other), "\(other)") }
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/00", "10.0.0.0/8 ", " 10.0.0.0/8",
        "10.0.0.0 /8", "10.0.0.0/8/8", "10.0.0.0//8", "10.0.0.0/255.0.0.0", "10/8", "10.0.0/24", "localhost", "*", "::/129", "::/1000", "::/a",
        "fe80::%eth0/10", "[::1]", "10.0.0.0/99999999999999999999", "::ffff:10.0.0.0/129", "10.0.0.0/\u{0668}",
    ])
    func allElseIsRefused(_ text: String) {
        let message = "'\(text)' is not a range of addresses; accepted is an address or address/bits, such as 10.0.0.0/8 or 2001:db8::/32"
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try AddressRange(text) }
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("10.0.0.1/31", "10.0.0.0/31"), ("2001:db8::1/32", "2001:db8::/32"), ("::1/0", "::/0"),
        ("1.0.0.0/0", "0.0.0.0/0"), ("::ffff:10.1.0.0/104", "10.0.0.0/8"), ("::ffff:10.0.0.0/95", "::fffe:0:0/95"),
    ])
    func bitsThatDoNotCountAreAMistake(_ text: String, meant: String) {
        #expect(throws: RealtimeError(.invalidConfiguration, "'\(text)' has bits behind those that count; accepted is \(meant)")) {
            try AddressRange(text)
        }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1/32", "10.0.0.1"), ("10.0.0.1", "10.0.0.1"), ("2001:DB8:0::/32", "2001:db8::/32"), ("::1/128", "::1"),
        ("::/0", "::/0"), ("0.0.0.0/0", "0.0.0.0/0"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ])
    func theSameRangeIsWrittenInOneWay(_ text: String, canonical: String) throws {
        let range = try AddressRange(text)
        #expect(range.description == canonical)
        #expect(try AddressRange(canonical) == range)
    }

    @Test func thePresetsAreWhatTheySay() throws {
        #expect(AddressRange.loopback == [try AddressRange("127.0.0.0/8"), try AddressRange("::1")])
        let networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10"]
        #expect(AddressRange.privateNetworks == (try networks.map { try AddressRange($0) }))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func agreesWithAComparisonBitByBit(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var inside = 0
        for _ in 0..<3000 {
            let isIPv4 = random.oneIn(2)
            let width = isIPv4 ? 32 : 128
            let length = random.number(0..<(width + 1))
            let bits = (0..<width).map { _ in random.number(0..<2) }
            let base = bits.enumerated().map { $0.offset < length ? $0.element : 0 }
            // The same bits with one or none of them turned around.
            var other = bits
            let flipped = random.number(0..<(width + 10))
            if flipped < width { other[flipped] = 1 - other[flipped] }
            let range = try AddressRange("\(self.address(base))/\(length)")
            #expect(range.contains(self.address(other)) == (flipped >= length || flipped >= width))
            if flipped >= length { inside += 1 }
        }
        #expect((500...2500).contains(inside))
    }

    private func address(_ bits: [Int]) -> IPAddress {
        let value = bits.reduce(0 as UInt128) { $0 << 1 | UInt128($1) }
        return bits.count == 32 ? IPAddress(ipv4: UInt32(value)) : IPAddress(ipv6: value)
    }
}
