//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What NIO does not tell about a pipeline except in the description that is meant for people. Pinned by tests.
enum PipelineInspection {
    /// Whether the pipeline has no handlers.
    static func isEmpty(_ pipeline: ChannelPipeline) -> Bool {
        pipeline.debugDescription.hasSuffix("<no handlers>")
    }

    /// Whether a handler of this type is the one next to the socket.
    static func isHeadmost(_ type: any ChannelHandler.Type, in pipeline: ChannelPipeline) -> Bool {
        // A title line, a line of arrows, then one line per handler from the head on.
        let lines = pipeline.debugDescription.split(separator: "\n", maxSplits: 3)
        return lines.count > 2 && lines[2].contains(String(describing: type))
    }
}
