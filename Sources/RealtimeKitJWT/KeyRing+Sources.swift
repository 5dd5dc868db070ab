//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import RealtimeCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension KeyRing {
    /// Reads what an application has given, and makes a ring of it.
    convenience init(
        _ sources: [JWTKeySource],
        issuer: String?,
        now: @escaping @Sendable () -> Date,
        clock: any EngineClock,
        logger: Logger
    ) async throws(RealtimeError) {
        var fixed: [VerifyingKey] = []
        var loader: KeyLoader?
        for source in sources {
            switch source.kind {
            case .secret(let secret, let algorithm, let id): fixed.append(try await .secret(secret, algorithm, id: id))
            case .pem(let pem, let algorithm, let id): fixed.append(try await .pem(pem, algorithm, id: id))
            case .keySet(let json): fixed += try await KeySet(json, isStrict: true).keys
            case .keySetFile(let path): fixed += try await KeySet(Self.text(ofFile: path), isStrict: true).keys
            case .loader(let other):
                guard loader == nil else {
                    throw RealtimeError(.invalidConfiguration, "an issuer has two key sets that are loaded; one is accepted")
                }
                try other.validate()
                loader = other
            }
        }
        guard !fixed.isEmpty || loader != nil else {
            throw RealtimeError(.invalidConfiguration, "an issuer has no keys; at least one is accepted")
        }
        if let key = KeyTable.confusion(of: fixed) {
            throw RealtimeError(
                .invalidConfiguration,
                "an issuer has two keys for \(key.algorithm) with the same id, or both without; ids that differ are accepted"
            )
        }
        self.init(fixed, loader: loader, issuer: issuer, now: now, clock: clock, logger: logger)
    }

    private static func text(ofFile path: String) throws(RealtimeError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        } catch {
            throw RealtimeError(.invalidConfiguration, "key set '\(path)' cannot be read; the path of a file is accepted")
        }
    }
}
