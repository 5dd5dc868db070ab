//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1

/// NIO's decoder of requests, which gives away what it has not decoded when it is told to leave.
///
/// It stops at a request for an upgrade and keeps what comes behind; NIO's own handler would drop that once the upgrade is granted.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// What becomes of bytes that were not decoded.
    final class Remainder {
        /// Where they go; `nil` while the connection carries requests. Belongs to the connection's event loop.
        var receiver: ((ByteBuffer) -> Void)?
    }

    let remainder = Remainder()
    private let base: HTTPRequestDecoder

    init(limits: NIOHTTPDecoderLimitConfiguration) {
        self.base = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
    }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        try self.base.decode(context: context, buffer: &buffer)
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        guard let receiver = self.remainder.receiver else {
            return try self.base.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
        }
        if let bytes = buffer.readSlice(length: buffer.readableBytes), bytes.readableBytes > 0 { receiver(bytes) }
        return .needMoreData
    }

    func decoderAdded(context: ChannelHandlerContext) { self.base.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { self.base.decoderRemoved(context: context) }
}
