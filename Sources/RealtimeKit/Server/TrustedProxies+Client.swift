//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

extension TrustedProxies {
    /// Finds the client of a request.
    ///
    /// The headers are read from their end. The last address was written by the peer; if that is trusted, so is what it wrote, and if the
    /// address is a trusted proxy's, what stands before it was written by that one. The first address that is not trusted is the client: it
    /// could have written anything that stands before.
    ///
    /// What is no address (`unknown`, an obfuscated name, nothing, nonsense) ends the search, and the last good address counts. To go on would
    /// be to believe somebody whom nobody knows. It makes all such clients one, which is the safe error when connections are counted.
    package func client(peer: Peer, headers: ForwardedHeaders) -> ForwardedClient {
        var client = ForwardedClient()
        if case .address(let address) = peer { client.address = address }
        guard self.contains(peer) else { return client }
        if self.header == .forwarded {
            self.followForwarded(headers.forwarded, &client)
        } else {
            self.followXForwardedFor(headers.xForwardedFor, &client)
            client.scheme = Self.last(of: headers.xForwardedProto).flatMap { Origin.Scheme(forwarded: $0) }
            client.host = Self.last(of: headers.xForwardedHost).flatMap { $0.isEmpty ? nil : String($0) }
        }
        return client
    }

    private func followXForwardedFor(_ lines: [String], _ client: inout ForwardedClient) {
        for line in lines.reversed() {
            for entry in Self.entries(line).reversed() {
                guard let address = ForwardedNode.address(of: entry) else { return }
                client.address = address
                guard self.contains(address) else { return }
            }
        }
    }

    /// Each proxy tells the scheme and host that it was asked for itself. So those of the element that names the client count; where a proxy
    /// does not tell, the ones of the proxy behind it.
    private func followForwarded(_ lines: [String], _ client: inout ForwardedClient) {
        for line in lines.reversed() {
            // A line with an error counts for nothing: a quotation mark that a client left open may hide what a proxy appended.
            guard let elements = ForwardedElement.list(line) else { return }
            for element in elements.reversed() {
                client.scheme = element.proto.flatMap { Origin.Scheme(forwarded: $0) } ?? client.scheme
                client.host = element.host.flatMap { $0.isEmpty ? nil : $0 } ?? client.host
                guard let address = element.node.flatMap({ ForwardedNode.address(of: $0[...]) }) else { return }
                client.address = address
                guard self.contains(address) else { return }
            }
        }
    }

    /// The value that the last proxy wrote; the ones before are others'.
    private static func last(of lines: [String]) -> Substring? {
        lines.last.flatMap { Self.entries($0).last }
    }

    /// What stands between the commas, without the spaces around it. Goes by bytes: to Swift, a comma and a stranger's letter before it can be
    /// one character.
    private static func entries(_ line: String) -> [Substring] {
        line.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { ForwardedNode.trim(Substring($0)) }
    }
}
