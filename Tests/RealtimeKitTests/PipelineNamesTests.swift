//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import RealtimeKit

/// When NIO's names or Hummingbird's pipeline change, direct writes end; this tells.
@Suite struct PipelineNamesTests {
    private final class Stranger: ChannelInboundHandler {
        typealias InboundIn = NIOAny
    }

    enum Place: CaseIterable {
        case nowhere
        case before
        case behindAtTheHead
        case behindAtTheTail
    }

    @Test(arguments: Place.allCases) func onlyAnUnchangedPipelineIsWrittenDirectly(strangerIs place: Place) throws {
        let channel = EmbeddedChannel()
        let operations = channel.pipeline.syncOperations
        if place == .before { try operations.addHandler(Stranger()) }
        _ = try HTTP1Channel(responder: { _, _, _ in }).setup(channel: channel, logger: .silent).wait()
        if place == .behindAtTheHead { try operations.addHandler(Stranger(), position: .first) }
        if place == .behindAtTheTail { try operations.addHandler(Stranger()) }
        let own = Stranger()
        try operations.addHandler(own, position: .first)
        let isUnchanged = PipelineNames.isUnchanged(
            encoder: try operations.context(handlerType: HTTPResponseEncoder.self).name,
            state: try operations.context(handlerType: HTTPConnectionStateHandler.self).name,
            own: try operations.context(handler: own).name
        )
        #expect(isUnchanged == (place == .nowhere))
        _ = try? channel.finish()
    }

    @Test func aConnectionOfOurOwnServerIsUnchanged() throws {
        let channel = EmbeddedChannel()
        let server = RealtimeHTTP1Channel(responder: { _, _, _ in }, configuration: .init(), headerTimeout: nil)
        _ = try server.setup(channel: channel, logger: .silent).wait()
        let operations = channel.pipeline.syncOperations
        let own = Stranger()
        try operations.addHandler(own, position: .first)
        #expect(
            PipelineNames.isUnchanged(
                encoder: try operations.context(handlerType: HTTPResponseEncoder.self).name,
                state: try operations.context(handlerType: HTTPConnectionStateHandler.self).name,
                own: try operations.context(handler: own).name
            )
        )
        _ = try? channel.finish()
    }

    @Test func strangeNamesCountAsChanged() {
        func isUnchanged(_ encoder: String = "handler0", own: String) -> Bool {
            PipelineNames.isUnchanged(encoder: encoder, state: "handler3", own: own)
        }
        #expect(isUnchanged(own: "handler5"))
        #expect(!isUnchanged("handler1", own: "handler5"))
        #expect(!isUnchanged(own: "handler6"))
        #expect(!isUnchanged("first", own: "handler5"))
        #expect(!isUnchanged(own: "mine"))
    }
}
