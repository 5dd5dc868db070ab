//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A driver that keeps texts as a database does, remembers all that was ever written, and fails or lets others go first when it is told to.
actor SessionTestDriver: PersistDriver {
    enum Operation: CaseIterable, Sendable {
        case create
        case set
        case get
        case remove
    }

    /// Says in its text what was asked for.
    struct Down: Error, CustomStringConvertible {
        let description: String
    }

    struct Entry: Sendable {
        let text: Data
        let expires: Duration?
    }

    private(set) var entries: [String: Entry] = [:]
    /// What was asked for, such as `get realtimekit:session:record:...`.
    private(set) var asked: [String] = []
    /// All keys and values that were ever written.
    private(set) var written: [String] = []
    private var failing: Set<Operation> = []
    private var interruptions: [(operation: Operation, word: String, action: @Sendable () async throws -> Void)] = []

    /// From now on these fail; the others do not.
    func fail(_ operations: Operation...) { self.failing = Set(operations) }

    /// Has something happen right before the next operation on a key with a word in it.
    func before(_ operation: Operation, _ word: String, _ action: @Sendable @escaping () async throws -> Void) {
        self.interruptions.append((operation, word, action))
    }

    /// Loses an entry, as when its time is over.
    func lose(_ word: String) {
        for key in self.keys(word) { self.entries[key] = nil }
    }

    func forgetWhatWasAsked() { self.asked = [] }

    /// The keys with a word in them.
    func keys(_ word: String) -> [String] { self.entries.keys.filter { $0.contains(":\(word):") } }

    /// The times to live of the entries with a word in their keys.
    func timesToLive(_ word: String) -> [Duration?] { self.keys(word).map { self.entries[$0]?.expires } }

    // MARK: PersistDriver

    func create<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try await self.begin(.create, key)
        guard self.entries[key] == nil else { throw PersistError.duplicate }
        try self.write(key, value, expires)
    }

    func set<Object: Codable & Sendable>(key: String, value: Object, expires: Duration?) async throws {
        try await self.begin(.set, key)
        try self.write(key, value, expires)
    }

    func get<Object: Codable & Sendable>(key: String, as type: Object.Type) async throws -> Object? {
        try await self.begin(.get, key)
        return try self.entries[key].map { try JSONDecoder().decode(type, from: $0.text) }
    }

    func remove(key: String) async throws {
        try await self.begin(.remove, key)
        self.entries[key] = nil
    }

    private func begin(_ operation: Operation, _ key: String) async throws {
        self.asked.append("\(operation) \(key)")
        if let index = self.interruptions.firstIndex(where: { $0.operation == operation && key.contains(":\($0.word):") }) {
            try await self.interruptions.remove(at: index).action()
        }
        if self.failing.contains(operation) { throw Down(description: "could not \(operation) \(key)") }
    }

    private func write(_ key: String, _ value: some Codable, _ expires: Duration?) throws {
        let text = try JSONEncoder().encode(value)
        self.entries[key] = Entry(text: text, expires: expires)
        self.written += [key, String(decoding: text, as: UTF8.self)]
    }
}
