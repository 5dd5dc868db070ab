//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the terminal shows when the server is up.
enum Welcome {
    static func text(_ settings: Settings, port: Int) -> String {
        let base = "http://\(settings.host):\(port)"
        let socket = "ws://\(settings.host):\(port)/ws"
        return """

            RealtimeKit Playground: open \(base)/

            Listen            curl -N '\(base)/sse?channels=news'
            Publish           curl -d '{"to":"sse","channel":"news","event":"hello","data":"world"}' \(base)/publish
            As alice, bearer  curl -N -H 'Authorization: Bearer \(settings.bearerToken)' '\(base)/sse?channels=private-alice'
            As alice, key     curl -N -H 'x-api-key: \(settings.apiKey)' '\(base)/sse?channels=private-alice'

            Join a room       \(Self.join("chat", socket))
            Publish to it     curl -d '{"to":"ws","room":"chat","payload":{"hello":"world"}}' \(base)/publish
            As alice, key     \(Self.join("private-alice", socket, key: settings.apiKey))

            Statistics        curl \(base)/stats

            """
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
