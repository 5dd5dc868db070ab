//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Decides what HTTP/1 asks of a server and Hummingbird's channel leaves open, for the requests of one connection:
///
/// - A response to HTTP/1.0 is not chunked, its body ends with the connection (RFC 9112 §6.1, §6.3).
/// - A response to HEAD has no body, the last chunk included (RFC 9110 §9.3.2).
/// - After a request for an upgrade that was not granted, NIO's decoder reads nothing more: the connection is closed, and the client told
///   so, instead of left hanging (RFC 9112 §9.6). The same holds for CONNECT.
/// - The answer to a request that ends the connection says so as well (RFC 9112 §9.6).
struct HTTP1Exchanges {
    /// What of a request matters for its response.
    struct Request: Equatable {
        var isHTTP10 = false
        var isHead = false
        var asksForUpgrade = false
        var asksForClose = false

        /// Whether the connection ends with the response.
        fileprivate var closes: Bool { self.isHTTP10 || self.asksForUpgrade || self.asksForClose }
    }

    /// Requests whose response has not begun, in order: a client may send several at once.
    private var waiting = CircularBuffer<Request>(initialCapacity: 0)
    /// The request that is being answered.
    private(set) var answering: Request?
    /// Whether the response under way is the connection's last.
    private var isLast = false
    /// Whether an upgrade has been granted: what follows is not HTTP.
    private(set) var hasSwitchedProtocols = false
    /// Whether a request has begun and not ended.
    private(set) var isReceiving = false
    /// Whether the last request asks for an upgrade.
    private var isUpgradeLast = false

    mutating func received(_ request: Request) {
        self.isReceiving = true
        self.isUpgradeLast = request.asksForUpgrade
        self.waiting.append(request)
    }

    mutating func receivedEnd() {
        self.isReceiving = false
    }

    /// Whether what comes is of use to somebody. Behind a request for an upgrade NIO's decoder only keeps it, whatever its size.
    var wantsInput: Bool { self.isReceiving || !self.isUpgradeLast || self.hasSwitchedProtocols }

    /// What to change in the head of a response.
    struct HeadAction: Equatable {
        /// Write it as HTTP/1.0, which keeps the encoder from chunking.
        var isHTTP10 = false
        /// Say that the connection will be closed.
        var closes = false
    }

    /// A response begins. Interim ones (1xx) are not responses in this sense.
    ///
    /// - Parameter saysClose: whether it says itself that the connection will be closed, which then has to come true.
    mutating func respond(status: Int, saysClose: Bool = false) -> HeadAction {
        if (100..<200).contains(status), status != 101 { return HeadAction() }
        let request = self.waiting.popFirst() ?? Request()
        guard status != 101 else {
            self.hasSwitchedProtocols = true
            self.answering = nil
            self.isLast = false
            return HeadAction()
        }
        self.answering = request
        self.isLast = saysClose || request.closes
        return HeadAction(isHTTP10: request.isHTTP10, closes: request.closes)
    }

    /// Whether a part of a body goes out.
    var sendsBody: Bool { self.answering?.isHead != true }

    /// What happens at the end of a response.
    struct EndAction: Equatable {
        /// Pass it on; without that the encoder writes no last chunk.
        var passes = true
        /// Close the connection afterwards.
        var closes = false
    }

    /// A response ends.
    mutating func respondEnd() -> EndAction {
        guard let request = self.answering else { return EndAction() }
        self.answering = nil
        return EndAction(passes: !request.isHead, closes: self.isLast)
    }
}
