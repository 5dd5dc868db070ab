//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeKitTesting

extension TestSocket {
    /// Waits for bytes until a text is among them.
    ///
    /// - Returns: all that came until then, and what came along with the end of the text.
    func receive(until text: String, timeout: Duration = .seconds(10)) async throws -> String {
        var all = ByteBuffer()
        while true {
            guard var next = try await self.receive(timeout: timeout) else {
                throw BrokenResponse(what: "the connection was closed before '\(text)'; there was '\(String(buffer: all))'")
            }
            all.writeBuffer(&next)
            if all.readableBytesView.firstRange(of: text.utf8) != nil { return String(buffer: all) }
        }
    }

    /// Connects with TLS.
    static func connectTLS(port: Int, applicationProtocol: String = "http/1.1") async throws -> TestSocket {
        try await TestSocket.connect(port: port) { channel in
            try TestCertificate.addClientHandler(to: channel, applicationProtocols: [applicationProtocol])
        }
    }
}
