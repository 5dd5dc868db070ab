//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// One element of the header `Forwarded` (RFC 7239 §4): what one proxy says of a request.
struct ForwardedElement: Hashable {
    /// `for`: who sent it.
    var node: String?
    /// `proto`: the scheme that was asked for.
    var proto: String?
    /// `host`: the host that was asked for.
    var host: String?

    /// Reads the elements of one line, in order; `nil` when there is an error anywhere in it.
    ///
    /// More is accepted than the grammar has, where it does not matter to which element something belongs: spaces around semicolons, and
    /// colons and square brackets outside of quotation marks. Parameters that are not known are passed over. An element may be empty.
    static func list(_ line: String) -> [ForwardedElement]? {
        var reader = Reader(rest: Array(line.utf8)[...])
        var elements: [ForwardedElement] = []
        repeat {
            guard let element = reader.element() else { return nil }
            elements.append(element)
        } while reader.take(",")
        return reader.rest.isEmpty ? elements : nil
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard self.rest.first == UInt8(ascii: character) else { return false }
            self.rest.removeFirst()
            return true
        }

        mutating func skipSpaces() {
            self.rest = self.rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }

        /// Pairs with semicolons between them, any of which may be missing.
        mutating func element() -> ForwardedElement? {
            var element = ForwardedElement()
            var names: Set<String> = []
            repeat {
                self.skipSpaces()
                let name = self.text { Self.isToken($0) }.lowercased()
                if !name.isEmpty {
                    // No parameter may occur twice: one of them is somebody else's.
                    guard self.take("="), let value = self.value(), names.insert(name).inserted else { return nil }
                    switch name {
                    case "for": element.node = value
                    case "proto": element.proto = value
                    case "host": element.host = value
                    default: break
                    }
                    self.skipSpaces()
                }
            } while self.take(";")
            return element
        }

        private mutating func value() -> String? {
            if self.take("\"") { return self.quoted() }
            let value = self.text { Self.isToken($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") }
            return value.isEmpty ? nil : value
        }

        /// The rest of a quoted string (RFC 9110 §5.6.4); `nil` when it does not end.
        private mutating func quoted() -> String? {
            var bytes: [UInt8] = []
            while var byte = self.rest.popFirst() {
                if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
                if byte == UInt8(ascii: "\\") {
                    guard let next = self.rest.popFirst() else { return nil }
                    byte = next
                }
                bytes.append(byte)
            }
            return nil
        }

        private mutating func text(_ isPart: (UInt8) -> Bool) -> String {
            let text = self.rest.prefix(while: isPart)
            self.rest = self.rest[text.endIndex...]
            return String(decoding: text, as: UTF8.self)
        }

        /// RFC 9110 §5.6.2.
        private static func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
    }
}
