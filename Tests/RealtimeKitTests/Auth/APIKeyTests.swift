//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RealtimeKit
import Testing

/// The form of API keys, and what is kept of them.
@Suite struct APIKeyTests {
    private static let secret = "3f9c1d7a55e04b8f9a0c2d1e6b7f8a90"

    @Test func aKeyIsReadFromItsParts() throws {
        let key = try #require(APIKey("rtk_demo_\(Self.secret)"))
        #expect(key.prefix == "rtk")
        #expect(key.id == "demo")
        #expect(key.text == "rtk_demo_\(Self.secret)")
        #expect(APIKey("rtk_1_\(Self.secret)") != nil)
        #expect(APIKey("rtk_\(Self.secret)_\(Self.secret)Zz9") != nil)
        #expect(APIKey("acme_demo_\(Self.secret)", prefix: "acme")?.prefix == "acme")
    }

    @Test(arguments: [
        "", "rtk", "rtk_demo", "rtk__\(Self.secret)", "rtk_demo_", "rtk_demo_\(Self.secret.dropLast())", "rtk_demo_\(Self.secret)_",
        "rtk_demo_\(Self.secret)_x", "_rtk_demo_\(Self.secret)", "RTK_demo_\(Self.secret)", "xrtk_demo_\(Self.secret)", "sk_demo_\(Self.secret)",
        "rtk_\(Self.secret)x_\(Self.secret)", "rtk_de-mo_\(Self.secret)", "rtk_de mo_\(Self.secret)", "rtk_d\u{e9}mo_\(Self.secret)",
        "rtk_demo\u{301}_\(Self.secret)", "rtk_demo_\(Self.secret)\u{301}", "rtk_demo_\(Self.secret)!", " rtk_demo_\(Self.secret)",
        "rtk_demo_\(Self.secret) ", "rtk_demo_\(Self.secret)\0", "rtk-demo-\(Self.secret)", "rtk_demo_\u{661}\(Self.secret)",
    ])
    func allElseIsNoKey(_ text: String) {
        #expect(APIKey(text) == nil)
    }

    @Test func aKeyMayHave8KiB() {
        let long = "rtk_demo_" + String(repeating: "x", count: 8192 - 9)
        #expect(APIKey(long) != nil)
        #expect(APIKey(long + "x") == nil)
    }

    @Test func aNewKeyIsRandomAndCanBeRead() throws {
        var texts: Set<String> = []
        var ids: Set<String> = []
        for _ in 0..<200 {
            let key = try APIKey.generate(userID: "alice").key
            let read = try #require(APIKey(key.text))
            #expect(read.id == key.id)
            let parts = key.text.split(separator: "_")
            #expect(parts.map(\.utf8.count) == [3, 16, 43])
            texts.insert(String(parts[2]))
            ids.insert(key.id)
        }
        #expect(texts.count == 200)
        #expect(ids.count == 200)
        // Every sign is used: 8,600 draws of 62.
        #expect(Set(texts.joined()).count == 62)
    }

    @Test func theRecordHoldsWhatWasSaidAndADigest() throws {
        let date = Date(timeIntervalSince1970: 4_000_000_000)
        let (key, record) = try APIKey.generate(userID: "alice", scopes: ["read"], expiresAt: date, prefix: "acme")
        #expect(key.text.hasPrefix("acme_"))
        #expect(record.id == key.id)
        #expect(record.userID == "alice")
        #expect(record.scopes == ["read"])
        #expect(record.expiresAt == date)
        #expect(record.digest.count == 32)
        #expect(record == APIKeyRecord(key, userID: "alice", scopes: ["read"], expiresAt: date))
        #expect(try JSONDecoder().decode(APIKeyRecord.self, from: JSONEncoder().encode(record)) == record)
    }

    @Test func theDigestIsThatOfTheWholeKey() throws {
        // printf rtk_demo_3f9c1d7a55e04b8f9a0c2d1e6b7f8a90 | sha256sum
        let key = try #require(APIKey("rtk_demo_\(Self.secret)"))
        let digest = APIKeyRecord(key, userID: "alice").digest.map { String(format: "%02x", $0) }.joined()
        #expect(digest == "26b6cf38f7312e3cf57d90178efee088cb997f5d57b033a5328472e5c3ca5883")
        let other = try #require(APIKey("rtk_dem0_\(Self.secret)"))
        #expect(APIKeyRecord(other, userID: "alice").digest != APIKeyRecord(key, userID: "alice").digest)
    }

    @Test func nobodyFindsTheSecretInARecordOrInAPrintedKey() throws {
        let (key, record) = try APIKey.generate(userID: "alice")
        let secret = try #require(key.text.split(separator: "_").last)
        var dumped = ""
        dump(key, to: &dumped)
        var dumpedRecord = ""
        dump(record, to: &dumpedRecord)
        let json = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        for text in ["\(key)", String(reflecting: key), "\([key])", "\(Optional(key) as Any)", dumped, "\(record)", dumpedRecord, json] {
            #expect(!text.contains(secret), "\(text)")
        }
        #expect("\(key)" == "rtk_\(key.id)_...")
    }

    @Test(arguments: ["", "r_k", "rtk-", "r tk", "\u{e9}", String(repeating: "x", count: 33)]) func aBadPrefixIsRefused(_ prefix: String) {
        let message = "the prefix '\(prefix)' of API keys is not accepted; 1 to 32 letters and digits are"
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try Self.generate(prefix) }
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try Self.makeResolver(prefix: prefix) }
    }

    @Test(arguments: ["", "x api key", "x-api-key:", "\u{e9}", "Cookie", "cookie"]) func aBadHeaderIsRefused(_ header: String) {
        let message = "'\(header)' cannot hold API keys; a header's name other than Cookie is accepted"
        #expect(throws: RealtimeError(.invalidConfiguration, message)) { try Self.makeResolver(header: header) }
    }

    private static func generate(_ prefix: String) throws { _ = try APIKey.generate(userID: "alice", prefix: prefix) }

    private static func makeResolver(header: String = "x-api-key", prefix: String = "rtk") throws {
        _ = try APIKeyResolver(MemoryAPIKeyStore(), header: header, prefix: prefix) { TestUser(id: $0.userID) }
    }
}
