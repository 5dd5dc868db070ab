//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird

/// The channels that a request asks for: `?channel=a&channel=b` and `?channels=a,b`, in any mixture.
///
/// `+` and percent-escapes are decoded before a list is split; blanks around names are trimmed, empty names dropped, repeated ones asked
/// for once. Names from `channel` come first.
struct SSEChannelQuery: Equatable {
    let channels: [String]

    /// Reads the query of a URI.
    ///
    /// - Throws: ``RealtimeError`` that says what is wrong: a malformed escape, a bad name, too many channels.
    init(query: String?, maxChannels: Int, maxNameLength: Int) throws(RealtimeError) {
        var single: [Substring] = []
        var listed: [Substring] = []
        for pair in (query ?? "").split(separator: "&") {
            let key = pair.prefix { $0 != "=" }
            guard key == "channel" || key == "channels" else { continue }
            let value = try Self.decode(pair.dropFirst(key.count + 1))
            if key == "channel" {
                single.append(Substring(value))
            } else {
                listed += value.utf8.split(separator: UInt8(ascii: ",")).map { Substring($0) }
            }
        }
        var seen: Set<String> = []
        var channels: [String] = []
        for part in single + listed {
            let name = part.trimmed()
            guard !name.isEmpty, seen.insert(name).inserted else { continue }
            do {
                try TopicName.validate(name, maxLength: maxNameLength)
            } catch {
                throw RealtimeError(.invalidName, "channel '\(name.printable(upTo: 60))': \(error.message)")
            }
            channels.append(name)
        }
        guard channels.count <= maxChannels else {
            throw RealtimeError(.tooLarge, "\(channels.count) channels are asked for; at most \(maxChannels) are accepted")
        }
        self.channels = channels
    }

    /// Decodes `application/x-www-form-urlencoded` text (WHATWG URL §5.1), except that a malformed escape or UTF-8 is an error.
    private static func decode(_ text: Substring) throws(RealtimeError) -> String {
        var bytes: [UInt8] = []
        var source = text.utf8.makeIterator()
        while let byte = source.next() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = source.next()?.hexDigit, let low = source.next()?.hexDigit else { throw Self.malformed(text) }
                bytes.append(high << 4 | low)
            default:
                bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Self.malformed(text) }
        return decoded
    }

    private static func malformed(_ text: Substring) -> RealtimeError {
        RealtimeError(.invalidName, "'\(text.printable(upTo: 60))' in the query is not percent-encoded UTF-8")
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StringProtocol {
    /// Without blanks at either end.
    fileprivate func trimmed() -> String {
        let tail = self.drop { $0 == " " || $0 == "\t" }
        guard let last = tail.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(tail[...last])
    }

    /// The beginning of a text that came from outside, fit for an error message.
    fileprivate func printable(upTo count: Int) -> String {
        String(String.UnicodeScalarView(self.unicodeScalars.prefix(count).map { $0.properties.generalCategory == .control ? "\u{fffd}" : $0 }))
    }
}
