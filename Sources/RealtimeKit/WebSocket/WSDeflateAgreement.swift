//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Compression as it has been agreed upon with a client: `permessage-deflate` (RFC 7692 §7), both sides without context takeover.
///
/// Every message is compressed by itself, so that a broadcast is compressed once for all, and no connection needs memory of its own.
struct WSDeflateAgreement: Hashable, Sendable {
    private static let name = "permessage-deflate"

    /// The largest window that the client has for our messages, in bits (§7.1.2.1); `nil` when it did not ask for a smaller one.
    private let serverWindowBits: Int?

    /// Accepts the first offer that can be kept; `nil` when there is none (§5.1).
    static func first(of offers: [WSExtensionOffer]) -> WSDeflateAgreement? {
        offers.lazy.compactMap { WSDeflateAgreement($0) }.first
    }

    /// Accepts an offer, unless it has a parameter that is not known, comes twice or has a value that is not valid (§7.1).
    init?(_ offer: WSExtensionOffer) {
        guard offer.name.lowercased() == Self.name else { return nil }
        var seen: Set<String> = []
        var serverWindowBits: Int?
        for parameter in offer.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch parameter.name {
            // What both of these ask for or announce is so in any case.
            case "server_no_context_takeover", "client_no_context_takeover":
                guard parameter.value == nil else { return nil }
            case "server_max_window_bits":
                guard let bits = parameter.value.flatMap(Self.windowBits) else { return nil }
                serverWindowBits = bits
            // How large the client's window is makes no difference here: ours is the largest there is.
            case "client_max_window_bits":
                guard parameter.value.map({ Self.windowBits($0) != nil }) ?? true else { return nil }
            default: return nil
            }
        }
        self.serverWindowBits = serverWindowBits
    }

    /// The value of `Sec-WebSocket-Extensions` in the response.
    var field: String {
        let window = self.serverWindowBits.map { "; server_max_window_bits=\($0)" } ?? ""
        return Self.name + "; server_no_context_takeover; client_no_context_takeover" + window
    }

    /// The longest message that may be sent compressed. One that is not longer than the client's window cannot refer to what is outside.
    var maxBytes: Int { self.serverWindowBits.map { $0 == 15 ? .max : 1 << $0 } ?? .max }

    /// 8 to 15, without leading zeros.
    private static func windowBits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), String(bits) == text else { return nil }
        return bits
    }
}
