//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Crypto
import HTTPTypes
public import Hummingbird
public import RealtimeCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Recognises users by an ``APIKey`` in a header of its own.
///
/// ```swift
/// let keys = try APIKeyResolver(store) { record in try await users.find(id: record.userID) }
/// ```
///
/// A key is looked for in the header alone: what stands in a URL gets into logs, histories and `Referer`. An unknown id, a wrong secret, a
/// key that has expired, two keys, and a text that is no key are all refused alike, and an unknown id takes as long as a wrong secret, as far
/// as the store is as quick to say that there is nothing.
public struct APIKeyResolver<User: Sendable>: TokenAuthResolver {
    private let store: any APIKeyStore
    private let header: HTTPField.Name
    private let prefix: String
    private let user: @Sendable (APIKeyRecord) async throws -> User?
    private let now: @Sendable () -> Date

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - store: finds the records of keys.
    ///   - header: the header that holds the key and nothing else; `x-api-key` by default.
    ///   - prefix: what keys begin with; `rtk` by default.
    ///   - user: finds the user of a good key; `nil` when there is none any more, which refuses the request. An error that it throws refuses
    ///     the request for the time being.
    /// - Throws: ``RealtimeError`` (`invalid_configuration`) for a header that is no field name or is `Cookie`, which browsers send by
    ///   themselves, and for a prefix other than 1 to 32 letters and digits.
    public init(
        _ store: some APIKeyStore,
        header: String = "x-api-key",
        prefix: String = APIKey.defaultPrefix,
        user: @escaping @Sendable (APIKeyRecord) async throws -> User?
    ) throws(RealtimeError) {
        try self.init(store, header: header, prefix: prefix, now: { .now }, user: user)
    }

    package init(
        _ store: some APIKeyStore,
        header: String = "x-api-key",
        prefix: String = APIKey.defaultPrefix,
        now: @escaping @Sendable () -> Date,
        user: @escaping @Sendable (APIKeyRecord) async throws -> User?
    ) throws(RealtimeError) {
        guard let name = HTTPField.Name(header), name != .cookie else {
            let shown = header.printable(upTo: 60)
            throw RealtimeError(.invalidConfiguration, "'\(shown)' cannot hold API keys; a header's name other than Cookie is accepted")
        }
        try APIKey.validate(prefix: prefix)
        self.store = store
        self.header = name
        self.prefix = prefix
        self.user = user
        self.now = now
    }

    /// Looks for a key and asks whose it is.
    public func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
        switch PresentedCredential.header(self.header, of: request) {
        case .absent: .none
        case .malformed: .rejected
        case .one(let text): try await self.resolve(token: text)
        }
    }

    /// Asks whose a key is.
    public func resolve(token: String) async throws -> AuthOutcome<User> {
        guard let key = APIKey(token, prefix: self.prefix) else { return .rejected }
        let digest = key.digest
        let found = try await self.store.find(id: key.id)
        // Without a record something is compared all the same. The library compares digests in constant time.
        let isEqual = digest == (found?.digest ?? Self.nobodysDigest)
        guard isEqual, let found, found.expiresAt.map({ $0 > self.now() }) ?? true else { return .rejected }
        guard let user = try await self.user(found) else { return .rejected }
        return .user(
            Authentication(
                user: user,
                userID: found.userID,
                method: .apiKey,
                expiresAt: found.expiresAt,
                tokenID: found.id,
                scopes: found.scopes
            )
        )
    }

    private static var nobodysDigest: Data { Data(count: SHA256Digest.byteCount) }
}
