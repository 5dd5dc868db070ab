//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

@testable import RealtimeKit

/// Fields of a request's head that RealtimeKit reads itself, all with the same text: what was read is written, and read as the same.
enum FieldsTarget {
    static func run(_ input: FuzzInput) {
        let text = input.text
        Self.checkCookies(text)
        Self.checkExtensions(text)
        Self.checkOrigin(text)
        Self.checkForwarded(text)
        Self.checkAddress(text)
        let lines = text.split(separator: "\n").map(String.init)
        requireEqual(AcceptField(lines).allowsEventStream, AcceptField([lines.joined(separator: ",")]).allowsEventStream, "lines of Accept")
    }

    private static func parts(_ text: String, at separator: Unicode.Scalar) -> [String] {
        text.utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    private static func checkCookies(_ text: String) {
        for name in ["token", "a", ""] {
            let values = CookieField.values(of: name, in: [text])
            requireEqual(CookieField.values(of: name, in: Self.parts(text, at: ";")), values, "cookies in fields of their own")
            require(values.allSatisfy { !$0.utf8.contains(UInt8(ascii: ";")) }, "a value goes on behind its end")
            let again = values.map { "\(name)=\"\($0)\"" }.joined(separator: "; ")
            requireEqual(CookieField.values(of: name, in: [again]), values, "cookies are others when they are written again")
        }
    }

    private static func checkExtensions(_ text: String) {
        guard let offers = WSExtensionOffer.list([text]) else { return }
        requireEqual(WSExtensionOffer.list(Self.parts(text, at: ",")), offers, "extensions in fields of their own")
        for sign in ["", "\""] {
            let again = offers.map { offer in
                ([offer.name] + offer.parameters.map { $0.name + ($0.value.map { "=" + sign + $0 + sign } ?? "") }).joined(separator: "; ")
            }
            requireEqual(WSExtensionOffer.list(again), offers, "extensions are others when they are written again")
        }
    }

    private static func checkOrigin(_ text: String) {
        if let origin = Origin(text) {
            requireEqual(Origin(origin.description), origin, "an origin is another one when it is written again")
            requireEqual(Origin(text.uppercased()), origin, "an origin depends on its case")
            require(origin.description.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "an origin holds more than it may")
        }
        if let origin = Origin(scheme: .https, authority: text) {
            require(HostField.isValid([text]), "Host does not take an origin's host and port")
            requireEqual(Origin("https://" + text), origin, "an origin depends on the way it is read")
        }
        _ = HostField.isValid([text])
    }

    private static func checkForwarded(_ text: String) {
        let element = ForwardedElement(node: text, host: text)
        requireEqual(ForwardedElement.list(Self.written(element)), [element], "a text in quotation marks is another one when it is read")
        let parts = Self.parts(text, at: ",")
        for count in parts.indices.dropFirst().prefix(8) {
            let (left, right) = (parts[..<count].joined(separator: ","), parts[count...].joined(separator: ","))
            guard let one = ForwardedElement.list(left), let other = ForwardedElement.list(right) else { continue }
            requireEqual(ForwardedElement.list(text), one + other, "elements depend on what stands beside them")
        }
        guard let elements = ForwardedElement.list(text) else { return }
        requireEqual(
            ForwardedElement.list(elements.map { Self.written($0) }.joined(separator: ",")),
            elements,
            "elements are others when written again"
        )
        for node in elements.compactMap(\.node) { Self.checkAddress(node) }
    }

    private static func written(_ element: ForwardedElement) -> String {
        [("for", element.node), ("proto", element.proto), ("host", element.host)].compactMap { name, value in
            value.map { value in
                // Byte by byte: with a letter behind it that combines, a quotation mark is another character.
                let escaped = value.utf8.flatMap { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), $0] : [$0] }
                return "\(name)=\"\(String(decoding: escaped, as: UTF8.self))\""
            }
        }.joined(separator: ";")
    }

    private static func checkAddress(_ text: String) {
        if let address = IPAddress(text) {
            requireEqual(IPAddress(address.description), address, "an address is another one when it is written again")
        }
        guard let address = ForwardedNode.address(of: text[...]) else { return }
        let written = address.description
        let node = written.utf8.contains(UInt8(ascii: ":")) ? "[\(written)]:80" : "\(written):80"
        requireEqual(ForwardedNode.address(of: node[...]), address, "an address is another one with a port")
    }
}
