//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

@testable import RealtimeKit

/// The query of a request for a stream: each part means the same wherever it stands, and what was read is read again.
enum QueryTarget {
    static func run(_ input: FuzzInput) {
        let text = input.text
        Self.checkFields(text)
        let cut = input.number(below: input.bytes.count + 1)
        Self.checkParts(String(decoding: input.bytes[..<cut], as: UTF8.self), String(decoding: input.bytes[cut...], as: UTF8.self))
        for (maxChannels, maxNameLength) in [(100, 255), (2, 6)] {
            Self.checkChannels(text, maxChannels: maxChannels, maxNameLength: maxNameLength)
        }
    }

    private static func fields(_ text: String) -> [[String]]? {
        do throws(RealtimeError) {
            return try FormFields(text, names: ["channel", "channels", "id", "key"]).all.map { [$0.name, $0.value] }
        } catch {
            requireEqual(error.code, .invalidName, "an error of another kind")
            require(error.message.utf8.count < 400, "a long message")
            return nil
        }
    }

    /// Every byte of a text as an escape.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: $0 % 2 == 0) }.joined()
    }

    private static func checkFields(_ text: String) {
        guard let fields = Self.fields(text) else { return }
        let again = fields.map { "\($0[0])=\(Self.escaped($0[1]))" }.joined(separator: "&")
        requireEqual(Self.fields(again), fields, "fields are others when they are escaped")
    }

    private static func checkParts(_ one: String, _ other: String) {
        let both = Self.fields(one).flatMap { one in Self.fields(other).map { one + $0 } }
        requireEqual(Self.fields(one + "&" + other), both, "fields depend on what stands beside them")
    }

    private static func channels(_ text: String, maxChannels: Int, maxNameLength: Int) -> [String]? {
        do throws(RealtimeError) {
            return try SSEChannelQuery(query: text, maxChannels: maxChannels, maxNameLength: maxNameLength).channels
        } catch {
            require(error.code == .invalidName || error.code == .tooLarge, "an error of another kind")
            require(error.message.utf8.count < 400, "a long message")
            return nil
        }
    }

    private static func checkChannels(_ text: String, maxChannels: Int, maxNameLength: Int) {
        guard let channels = Self.channels(text, maxChannels: maxChannels, maxNameLength: maxNameLength) else { return }
        require(channels.count <= maxChannels, "\(channels.count) channels are more than \(maxChannels)")
        require(channels.allSatisfy { TopicName.isValid($0, maxLength: maxNameLength) }, "a channel's name is not valid")
        requireEqual(Set(channels).count, channels.count, "a channel is there twice")
        let again = channels.map { "channel=" + Self.escaped($0) }.joined(separator: "&")
        requireEqual(
            Self.channels(again, maxChannels: maxChannels, maxNameLength: maxNameLength)?.map { Array($0.utf8) },
            channels.map { Array($0.utf8) },
            "channels are others when they are asked for again"
        )
    }
}
