//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import NIOCore

extension WSTestClient {
    /// How a client behaves. As it is made it is one in good order, such as a browser.
    public struct Options: Sendable {
        /// The subprotocols that are offered (RFC 6455 §1.9), in order of preference; none by default.
        public var subprotocols: [String]
        /// The page that the client says it belongs to; none by default, as clients that are no browsers.
        public var origin: String?
        /// How long each call waits at most; 10 s by default.
        public var timeout: Duration
        /// The size of the kernel's receive buffer in bytes, to make a client that stalls early.
        public var receiveBuffer: Int?
        /// Whether protocol pings are answered, while nobody waits for anything as well.
        public var answersPings = true
        /// Whether a close frame of the server's is answered, and the connection closed when the server has closed its side.
        public var answersClose = true
        /// Whether `permessage-deflate` (RFC 7692) is offered, as browsers do; off by default. Messages are sent uncompressed all the same, and
        /// compressed ones are read; ``WSTestFrame/rsv`` of a frame tells which those were.
        public var compression = false
        /// What is sent in one piece with the handshake, without waiting for its answer: frames, from ``WSTestFrame/bytes(masked:)``, or
        /// whatever else.
        public var early = ByteBuffer()

        /// Makes the options of a client in good order.
        public init(subprotocols: [String] = [], origin: String? = nil, timeout: Duration = .seconds(10), receiveBuffer: Int? = nil) {
            self.subprotocols = subprotocols
            self.origin = origin
            self.timeout = timeout
            self.receiveBuffer = receiveBuffer
        }

        /// The same with some of it changed.
        package func with(_ change: (inout Options) -> Void) -> Options {
            var options = self
            change(&options)
            return options
        }
    }
}
