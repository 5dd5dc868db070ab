//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// An issuer's keys by what tokens call them.
struct KeyTable: Sendable {
    /// What there is for a token.
    enum Search: Sendable {
        case key(VerifyingKey)
        /// No such key.
        case missing
        /// A key of that name, for another algorithm.
        case wrongAlgorithm
        /// Several keys that could be meant by a token that names none.
        case ambiguous
    }

    // Names as bytes: to Swift, texts are the same that Unicode calls equivalent.
    private var named: [[UInt8]: [VerifyingKey]] = [:]
    private var all: [JWTKeyAlgorithm: [VerifyingKey]] = [:]

    /// Makes a table. Of two keys with the same name and algorithm, the first counts.
    init(_ keys: [VerifyingKey] = []) {
        for key in keys {
            if let id = key.id {
                if self.named[Array(id.utf8)]?.contains(where: { $0.algorithm == key.algorithm }) == true { continue }
                self.named[Array(id.utf8), default: []].append(key)
            }
            self.all[key.algorithm, default: []].append(key)
        }
    }

    /// Finds the key for a token's `kid` and `alg`.
    func find(id: String?, algorithm: JWTKeyAlgorithm) -> Search {
        guard let id else {
            guard let keys = self.all[algorithm] else { return .missing }
            return keys.count == 1 ? .key(keys[0]) : .ambiguous
        }
        guard let keys = self.named[Array(id.utf8)] else { return .missing }
        return keys.first { $0.algorithm == algorithm }.map { .key($0) } ?? .wrongAlgorithm
    }

    /// Two keys that no token can tell apart, if there are some.
    static func confusion(of keys: [VerifyingKey]) -> VerifyingKey? {
        var seen: Set<[UInt8]> = []
        return keys.first { key in
            // NUL stands for no name; a name could hold it too, but then behind the mark.
            let name = (key.id.map { "=\($0)" } ?? "") + "\0\(key.algorithm)"
            return !seen.insert(Array(name.utf8)).inserted
        }
    }
}
