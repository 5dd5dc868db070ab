//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeCore
import Testing

/// Foundation's parser as a judge of ours, on random texts and what random changes make of them.
///
/// Where they differ on purpose the text is changed in this respect alone, and then they have to agree:
/// - Foundation refuses numbers that do not fit a `Double` and escapes of half a surrogate pair; they are good JSON, and we pass them on.
/// - Foundation takes a comma behind the last element or member, a byte order mark, and UTF-16 and UTF-32, which it knows by their NULs.
@Suite struct JSONDifferentialTests {
    private func weAccept(_ bytes: some Sequence<UInt8>) -> Bool {
        Array(bytes).withUnsafeBytes { (try? JSONScanner.validate($0)) != nil }
    }

    private func foundation(_ bytes: some Sequence<UInt8>) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    /// One text for each value.
    private func canonical(_ value: Any?) throws -> Data {
        try JSONSerialization.data(withJSONObject: try #require(value), options: [.fragmentsAllowed, .sortedKeys])
    }

    /// The text without what Foundation alone refuses.
    private func withoutWhatFoundationRefuses(_ text: String) -> String {
        text.replacing(#/\\u[dD][89a-fA-F][0-9a-fA-F]{2}/#, with: #"\u0041"#)
            .replacing(#/(?<escape>\\u[0-9a-fA-F]{4})|(?<number>[0-9][eE][+-]?)[0-9]+/#) { $0.output.escape ?? "\($0.output.number ?? "")1" }
    }

    /// The text without what Foundation alone accepts.
    private func withoutWhatFoundationForgives(_ text: String) -> String {
        text.replacing(#/,([ \t\r\n]*[}\]])/#) { $0.output.1 }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func theSameTextsAreAccepted(_ seed: UInt64) throws {
        var documents = JSONDocuments(seed: seed)
        var accepted = 0
        var refused = 0
        for number in 0..<6000 {
            let document = number % 2 == 0 ? documents.document() : documents.object()
            let bytes = number % 10 == 0 ? Array(document.utf8) : documents.mutation(of: document)
            guard let text = String(validating: bytes, as: UTF8.self), !text.hasPrefix("\u{feff}"), !bytes.prefix(4).contains(0) else { continue }
            let ours = self.weAccept(bytes)
            accepted += ours ? 1 : 0
            refused += ours ? 0 : 1
            let theirs = self.foundation(bytes) != nil
            if ours, !theirs {
                #expect(self.foundation(self.withoutWhatFoundationRefuses(text).utf8) != nil, "only we accept \(text.debugDescription)")
            } else if theirs, !ours {
                #expect(self.weAccept(self.withoutWhatFoundationForgives(text).utf8), "only we refuse \(text.debugDescription)")
            }
            if number % 10 == 0 { #expect(ours, "\(text.debugDescription)") }
        }
        // Both happen often, else this shows nothing.
        #expect(accepted > 1000 && refused > 2000)
    }

    @Test(arguments: [UInt64(5), 6])
    func membersAreTheSame(_ seed: UInt64) throws {
        var documents = JSONDocuments(seed: seed)
        var compared = 0
        for number in 0..<3000 {
            let document = documents.object()
            let bytes = number % 2 == 0 ? Array(document.utf8) : documents.mutation(of: document)
            guard self.weAccept(bytes), let theirs = self.foundation(bytes) as? [String: Any] else { continue }
            var ours: [String: Range<Int>] = [:]
            try bytes.withUnsafeBytes { bytes in
                _ = try JSONScanner.members(of: bytes) { member in
                    // Nothing that Foundation accepts fails to decode. Of members with the same name the last one counts, for both.
                    ours[JSONString.decode(member.key, in: bytes) ?? "(none)"] = member.value
                }
            }
            #expect(Set(ours.keys) == Set(theirs.keys), "\(document)")
            for (key, value) in ours {
                #expect(try self.canonical(self.foundation(bytes[value])) == self.canonical(theirs[key]), "\(key) of \(document)")
                let text = bytes.withUnsafeBytes { JSONString.decode(value, in: $0) }
                #expect(text == theirs[key] as? String, "\(key) of \(document)")
                compared += 1
            }
        }
        #expect(compared > 2000)
    }

    @Test func whatIsWrittenReadsAsTheSame() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<1000 {
            let scalars = (0..<generator.number(0..<40)).compactMap { _ in
                Unicode.Scalar(UInt32(generator.number(0..<(generator.oneIn(3) ? 0x11_0000 : 0x80))))
            }
            let text = String(String.UnicodeScalarView(scalars))
            let written = JSONStringTests.written(text)
            #expect(self.foundation(written.utf8) as? String == text)
            #expect(self.weAccept(written.utf8))
        }
    }
}
