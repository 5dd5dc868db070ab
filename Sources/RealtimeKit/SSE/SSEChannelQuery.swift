//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

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
        for field in try FormFields(query ?? "", names: ["channel", "channels"]).all {
            if field.name == "channel" {
                single.append(Substring(field.value))
            } else {
                listed += field.value.utf8.split(separator: UInt8(ascii: ",")).map { Substring($0) }
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
}

extension StringProtocol {
    /// Without blanks at either end.
    fileprivate func trimmed() -> String {
        let tail = self.drop { $0 == " " || $0 == "\t" }
        guard let last = tail.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(tail[...last])
    }
}
