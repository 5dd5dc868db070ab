//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

/// Whose origin a page is of goes by `Host`: there is one, and it can be read (RFC 9112 §3.2).
@Suite(.serialized, .timeLimit(.minutes(1))) struct HostFieldTests {
    @Test(arguments: ["", "x", "example.com", "example.com:8080", "example.com:", "127.0.0.1:80", "[::1]", "[::1]:80", "a_b", "xn--4ca"])
    func aHostIsAccepted(_ host: String) {
        #expect(HostField.isValid([host]))
    }

    @Test(arguments: [
        [], ["a", "a"], ["a", "b"], ["a b"], ["a/b"], ["user@a"], ["http://a"], ["a:80:80"], ["a:x"], ["[::1"], ["[::1]x"], ["[a/b]"], ["a?"], ["a#"],
    ])
    func allElseIsNot(_ hosts: [String]) {
        #expect(!HostField.isValid(hosts))
    }

    @Test(arguments: [[], ["a", "a"], ["a", "evil.example"], ["user@a"], ["a/b"]])
    func aRequestWithoutOneHostReachesNobody(_ hosts: [String]) async throws {
        let reached = Recorder<Void>()
        let router = Router().get("thing") { _, _ in
            reached.add(())
            return "done"
        }
        try await TestServer.run(router) { server in
            let socket = try await TestSocket.connect(port: server.port)
            try await socket.send("GET /thing HTTP/1.1\r\n" + hosts.map { "Host: \($0)\r\n" }.joined() + "\r\n")
            let answer = try await socket.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        }
        #expect(reached.values.isEmpty)
    }
}
