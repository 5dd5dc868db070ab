//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

@Suite struct IPAddressTests {
    @Test(
        arguments: [
            ("0.0.0.0", 0), ("1.2.3.4", 0x0102_0304), ("255.255.255.255", 0xffff_ffff), ("127.0.0.1", 0x7f00_0001), ("10.20.30.100", 0x0a14_1e64),
        ] as [(String, UInt32)]
    )
    func fourDecimalNumbersAreIPv4(_ text: String, bits: UInt32) throws {
        let address = try #require(IPAddress(text))
        #expect(address == IPAddress(ipv4: bits))
        #expect(address.isIPv4)
        #expect(address.description == text)
    }

    @Test func theLongestTextIsRead() {
        #expect(IPAddress("0000:0000:0000:0000:0000:ffff:255.255.255.255") == IPAddress(ipv4: .max))
        #expect(IPAddress("1111:2222:3333:4444:5555:6666:255.255.255.255")?.description == "1111:2222:3333:4444:5555:6666:ffff:ffff")
    }

    // The examples of RFC 4291 §2.2 and the corners of its grammar.
    @Test(arguments: [
        ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("2001:DB8::8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("FF01:0:0:0:0:0:0:101", "ff01::101"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::1", "::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("::", "::"),
        ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"),
        ("::13.1.68.3", "::d01:4403"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("1::", "1::"),
        ("0001:0020:0300:4000::", "1:20:300:4000::"),
    ])
    func everyFormOfIPv6IsRead(_ text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isIPv4)
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:0:0:2:0:0:3", "1::2:0:0:3"), ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"), ("0:0:1:0:0:0:0:0", "0:0:1::"),
        ("0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"), ("0:0:0:1:2:3:4:5", "::1:2:3:4:5"),
    ])
    func theLongestRunOfZerosIsLeftOut(_ text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: ["::ffff:192.0.2.1", "::FFFF:c000:0201", "0:0:0:0:0:ffff:192.0.2.1", "0000:0000:0000:0000:0000:ffff:c000:201"])
    func aMappedIPv4AddressIsTheIPv4Address(_ text: String) {
        #expect(IPAddress(text) == IPAddress("192.0.2.1"))
        #expect(IPAddress(text)?.description == "192.0.2.1")
    }

    @Test(arguments: ["::fffe:192.0.2.1", "1::ffff:192.0.2.1", "::192.0.2.1", "::ffff:0:192.0.2.1", "::1:ffff:192.0.2.1"])
    func whatOnlyLooksMappedIsIPv6(_ text: String) {
        #expect(IPAddress(text)?.isIPv4 == false)
    }

    @Test(arguments: [
        "", " ", "localhost", "example.com", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.256", "1.2.3.1000", "01.2.3.4",
        "1.2.3.00", "1.2.3.04", "1.2.3.+4", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4\0", "0x1.2.3.4", "1.2.3.a", "1.2.3.4/32",
        "1.2.3.4:80", "\u{0661}.2.3.4", "1.2.3.\u{ff14}", "1.2.3.4\u{301}", "[::1]", "::1%lo", "fe80::1%eth0", "fe80::1%1", ":", ":::", "1:", ":1",
        "::1:", ":1::", "1::2::3", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1::2:3:4:5:6:7:8", "12345::", "::00001", "g::", "::-1", "::+1", "1.2.3.4::", "::1.2.3.4:1", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3",
        "::1.2.3.256", "::01.2.3.4", "1:2:3:4:5:1.2.3.4", "::ffff:1.2.3.4.5", "::/0", "::1 ", "\u{ff11}::", "1:2:3:4::5:6:7:1.2.3.4",
        "0000:0000:0000:0000:0000:ffff:255.255.255.2550", "00000000000000000000000000000000000000000000000000000000001.2.3.4",
    ])
    func everythingElseIsRefused(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func partsOfTextAreRead() {
        let text = "for=2001:db8::1;"
        #expect(IPAddress(text.dropFirst(4).dropLast()) == IPAddress("2001:db8::1"))
    }

    @Test func bytesAreInNetworkOrder() {
        #expect(IPAddress(bytes: [192, 0, 2, 1]) == IPAddress("192.0.2.1"))
        #expect(IPAddress(bytes: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]) == IPAddress("2001:db8::9"))
        #expect(IPAddress(bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]) == IPAddress("192.0.2.1"))
        for count in 0...20 where count != 4 && count != 16 { #expect(IPAddress(bytes: Array(repeating: 1, count: count)) == nil) }
    }

    @Test func thePrefixKeepsItsBitsAndNoOthers() {
        let all = IPAddress(ipv6: .max)
        #expect(all.prefix(0).description == "::")
        #expect(all.prefix(1).description == "8000::")
        #expect(all.prefix(64).description == "ffff:ffff:ffff:ffff::")
        #expect(all.prefix(127).description == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")
        #expect(all.prefix(128) == all)
        #expect(all.prefix(.max) == all)
        #expect(all.prefix(.min).description == "::")
    }

    // MARK: The system's own opinion

    private func system(_ text: String) -> IPAddress? {
        var bytes: [UInt8] = Array(repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return IPAddress(bytes: bytes.prefix(4)) }
        if inet_pton(AF_INET6, text, &bytes) == 1 { return IPAddress(bytes: bytes) }
        return nil
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func agreesWithTheSystemOnRandomText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["0", "1", "00", "255", "256", "9", "f", "ffff", "a0", "12345", ":", ":", ":", "::", "::", ".", ".", "1.2.3.4", "0:0", "x"]
        var read = 0
        for _ in 0..<30_000 {
            let text = (0..<random.number(1..<14)).map { _ in pieces[random.number(0..<pieces.count)] }.joined()
            let address = IPAddress(text)
            #expect(address == self.system(text), "\(text)")
            if address != nil { read += 1 }
        }
        #expect(read > 250)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func whatIsWrittenIsReadAgain(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            // Groups of zeros are frequent, so that all places for the two colons come up.
            let groups = (0..<8).map { _ in random.oneIn(2) ? 0 : UInt16(random.number(0..<65_536)) }
            let address = IPAddress(ipv6: groups.reduce(0) { $0 << 16 | UInt128($1) })
            #expect(IPAddress(address.description) == address)
            #expect(self.system(address.description) == address)
            #expect(IPAddress(groups.map { String($0, radix: 16) }.joined(separator: ":")) == address)
        }
    }
}
