//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// An extension that a client offers in `Sec-WebSocket-Extensions` (RFC 6455 §9.1), with its parameters in their order.
struct WSExtensionOffer: Hashable, Sendable {
    /// A parameter; the value is `nil` for one without.
    struct Parameter: Hashable, Sendable {
        let name: String
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// Reads the values of the field.
    ///
    /// - Returns: `nil` when they are not what the grammar allows; nothing for no field.
    static func list(_ values: [String]) -> [WSExtensionOffer]? {
        guard !values.isEmpty else { return [] }
        var scanner = Scanner(text: Array(values.joined(separator: ",").utf8))
        return scanner.offers()
    }

    /// `1#(token *(";" token ["=" (token / quoted-string)]))`, where what is quoted is a token, too.
    private struct Scanner {
        let text: [UInt8]
        var position = 0

        mutating func offers() -> [WSExtensionOffer]? {
            var offers: [WSExtensionOffer] = []
            repeat {
                self.skipBlanks()
                // Elements of a list may be empty (RFC 9110 §5.6.1.2).
                if self.position == self.text.count || self.text[self.position] == UInt8(ascii: ",") { continue }
                guard let offer = self.offer() else { return nil }
                offers.append(offer)
            } while self.take(",")
            return self.position == self.text.count && !offers.isEmpty ? offers : nil
        }

        private mutating func offer() -> WSExtensionOffer? {
            guard let name = self.token() else { return nil }
            var parameters: [Parameter] = []
            while self.take(";") {
                self.skipBlanks()
                guard let name = self.token() else { return nil }
                var value: String?
                if self.take("=") {
                    self.skipBlanks()
                    value = self.take("\"") ? self.quoted() : self.token()
                    guard value != nil else { return nil }
                }
                parameters.append(Parameter(name: name, value: value))
            }
            return WSExtensionOffer(name: name, parameters: parameters)
        }

        private mutating func token() -> String? {
            let start = self.position
            while self.position < self.text.count, Self.isPartOfToken(self.text[self.position]) { self.position += 1 }
            guard self.position > start else { return nil }
            defer { self.skipBlanks() }
            return String(decoding: self.text[start..<self.position], as: UTF8.self)
        }

        /// The rest of a quoted string, whose content has to be a token.
        private mutating func quoted() -> String? {
            var content: [UInt8] = []
            while self.position < self.text.count, self.text[self.position] != UInt8(ascii: "\"") {
                if self.text[self.position] == UInt8(ascii: "\\") { self.position += 1 }
                guard self.position < self.text.count, Self.isPartOfToken(self.text[self.position]) else { return nil }
                content.append(self.text[self.position])
                self.position += 1
            }
            guard !content.isEmpty, self.take("\"") else { return nil }
            self.skipBlanks()
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard self.position < self.text.count, self.text[self.position] == UInt8(ascii: sign) else { return false }
            self.position += 1
            return true
        }

        private mutating func skipBlanks() {
            while self.position < self.text.count, self.text[self.position] == 0x20 || self.text[self.position] == 0x09 { self.position += 1 }
        }

        /// RFC 9110 §5.6.2.
        private static func isPartOfToken(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: Self.signs.contains(byte)
            }
        }

        private static let signs = Set("!#$%&'*+-.^_`|~".utf8)
    }
}
