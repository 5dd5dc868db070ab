//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

@testable import RealtimeCore

/// What a stream that has arrived as a whole means (WHATWG HTML §9.2.6), written as plainly as possible.
enum SSEReference {
    /// The lines, with what is behind the last end of a line as the last one.
    static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0a, index > 0, bytes[index - 1] == 0x0d { continue }
            if byte == 0x0a || byte == 0x0d { lines.append([]) } else { lines[lines.count - 1].append(byte) }
        }
        return lines
    }

    static func events(of bytes: [UInt8]) -> [SSEParser.Event] {
        var events: [SSEParser.Event] = []
        var fields: [String: String] = [:]
        var data: [String] = []
        var id = ""
        // A byte order mark belongs to the stream only with the line that it is in.
        for line in self.lines(of: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes).dropLast() {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1].first == 0x20 ? parts[1].dropFirst() : parts[1] : []
            let text = String(decoding: value, as: UTF8.self)
            switch String(decoding: parts[0], as: UTF8.self) {
            case "" where line.isEmpty:
                if !data.isEmpty {
                    let type = fields["event"] ?? ""
                    let event = SSEParser.Event(
                        event: type.isEmpty ? "message" : type,
                        data: data.joined(separator: "\n"),
                        lastEventID: id,
                        channel: fields["channel"]
                    )
                    events.append(event)
                }
                fields = [:]
                data = []
            case "data": data.append(text)
            case "id" where !value.contains(0): id = text
            case let name: fields[name] = text
            }
        }
        return events
    }
}
