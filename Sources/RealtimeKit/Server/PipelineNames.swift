//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the names that NIO gives to handlers tell about a pipeline.
///
/// Unnamed handlers are called `handler0`, `handler1` and so on, in the order in which they were added. Nothing else says whether some
/// handler stands between ours and the socket, TLS above all, whose bytes must never be passed by. Should NIO ever name them differently,
/// every pipeline counts as changed: slower, never wrong.
enum PipelineNames {
    /// Whether a pipeline holds nothing but what Hummingbird's HTTP/1.1 channel puts there, and our own handlers.
    ///
    /// - Parameters:
    ///   - encoder: the name of the response encoder, which is added first.
    ///   - state: the name of the connection state handler, which is added last but for the handler of the async channel.
    ///   - own: the name of the handler that was added to ask.
    static func isUnchanged(encoder: String, state: String, own: String) -> Bool {
        guard self.number(encoder) == 0, let state = self.number(state), let own = self.number(own) else { return false }
        return own == state + 2
    }

    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix("handler") else { return nil }
        return Int(name.dropFirst("handler".count))
    }
}
