//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keys of a JWK Set.
struct KeySet: Sendable {
    /// A longer text is none.
    static let maxBytes = 1 << 20

    private(set) var keys: [VerifyingKey] = []
    /// How many keys are left out because they cannot be used.
    private(set) var unusableCount = 0

    /// Reads a set.
    ///
    /// - Parameter isStrict: whether a key that cannot be used is an error. It is where the text belongs to the application; whoever loads the
    ///   set of somebody else cannot help it, and leaves such keys out (RFC 7517 §5).
    /// - Throws: when the text is no set, or one without a key that verifies.
    init(_ json: String, isStrict: Bool) async throws(RealtimeError) {
        for (index, entry) in try Self.entries(of: json).enumerated() {
            do throws(RealtimeError) {
                guard case .key(let document) = entry else { throw RealtimeError(.invalidConfiguration, "it is malformed") }
                guard document.isForSignatures else { continue }
                self.keys.append(try await VerifyingKey.jwk(document))
            } catch {
                guard isStrict else {
                    self.unusableCount += 1
                    continue
                }
                throw RealtimeError(.invalidConfiguration, "key \(Self.name(of: entry) ?? "number \(index + 1)") of a key set: \(error.message)")
            }
        }
        guard !self.keys.isEmpty else {
            throw RealtimeError(.invalidConfiguration, "a key set holds no key that verifies signatures; at least one is accepted")
        }
    }

    private static func entries(of json: String) throws(RealtimeError) -> [KeySetDocument.Entry] {
        let bytes = Array(json.utf8)
        // Before the decoder, which calls itself for each level.
        guard bytes.count <= Self.maxBytes, bytes.withUnsafeBytes({ (try? JSONScanner.validate($0, maxDepth: 16)) != nil }),
            let document = try? JSONDecoder().decode(KeySetDocument.self, from: Data(bytes))
        else {
            throw RealtimeError(.invalidConfiguration, "a key set cannot be read; a JWK Set of at most 1 MiB, {\"keys\":[...]}, is accepted")
        }
        return document.keys
    }

    private static func name(of entry: KeySetDocument.Entry) -> String? {
        guard case .key(let document) = entry, let id = document.id else { return nil }
        return String(id.prefix(64)).debugDescription
    }
}
