//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit

/// What the terminal shows when the server is up.
struct Welcome: Sendable {
    private let settings: Settings
    private let token: String

    init(_ settings: Settings, _ accounts: Accounts) async throws {
        self.settings = settings
        self.token = try await accounts.token(for: .alice)
    }

    func text(port: Int) -> String {
        let base = "http://\(self.settings.host):\(port)"
        let socket = "ws://\(self.settings.host):\(port)/ws"
        let stream = "'\(base)/sse?channels=private-alice'"
        let json = "-H 'Content-Type: application/json'"
        return """

            RealtimeKit Playground: open \(base)/

            Listen            curl -N '\(base)/sse?channels=news'
            Publish           curl -d '{"to":"sse","channel":"news","event":"hello","data":"world"}' \(base)/publish
            Join a room       \(Self.join("chat", socket))
            Publish to it     curl -d '{"to":"ws","room":"chat","payload":{"hello":"world"}}' \(base)/publish
            Statistics        curl \(base)/stats

            As alice, with a
            bearer token      curl -N -H 'Authorization: Bearer \(self.token)' \(stream)
            token in a cookie curl -N -b 'jwt=\(self.token)' \(stream)
            API key           curl -N -H 'x-api-key: \(self.settings.apiKey.text)' \(stream)
            session           curl -c cookies.txt \(json) -d '{"user":"alice"}' \(base)/login; curl -N -b cookies.txt \(stream)
            \(self.session(stream))ticket            \(self.ticket(base, json))
            key, in a room    \(Self.join("private-alice", socket, key: self.settings.apiKey.text))

            """
    }

    /// The line for the session that was there before.
    private func session(_ stream: String) -> String {
        self.settings.session.map { "given session     curl -N -b 'session=\($0)' \(stream)\n" } ?? ""
    }

    /// Shows the key, so that no other line has to come first.
    private func ticket(_ base: String, _ json: String) -> String {
        let ticket = "$(curl -s -H 'x-api-key: \(self.settings.apiKey.text)' \(json) -d '{\"path\":\"/sse\"}' \(base)/ticket | cut -d '\"' -f 4)"
        return "curl -N \"\(base)/sse?channels=private-alice&ticket=\(ticket)\""
    }

    /// A line for Node.js 20 or later, which needs no packages for it.
    private static func join(_ room: String, _ socket: String, key: String? = nil) -> String {
        let options = key.map { #", { headers: { "x-api-key": "\#($0)" } }"# } ?? ""
        let script = #"""
            const s = new WebSocket("\#(socket)"\#(options)); \#
            s.onopen = () => s.send(`{"type":"join","room":"\#(room)"}`); s.onmessage = e => console.log(e.data)
            """#
        return "node --experimental-websocket -e '\(script)'"
    }
}
