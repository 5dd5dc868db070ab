//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import HummingbirdCore

extension HTTPServerBuilder {
    /// An HTTP/1.1 server whose connections RealtimeKit can take over, whatever the application's request context.
    ///
    /// It behaves as `.http1()` does, and composes in the same way: `.tls(.realtime(), tlsConfiguration: ...)`.
    ///
    /// - Parameter configuration: the settings of Hummingbird's HTTP/1.1 channel, such as its idle timeout. The timeout holds for
    ///   requests; it does not end event streams.
    public static func realtime(configuration: HTTP1Channel.Configuration = .init()) -> HTTPServerBuilder {
        .init { responder in
            RealtimeHTTP1Channel(responder: responder, configuration: configuration)
        }
    }
}
