//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Hummingbird
public import NIOCore

/// A request context that knows its connection's channel. With a stock server builder such as `.http1()` this is how RealtimeKit reaches
/// the connection; with `.realtime()` any context will do.
///
/// ```swift
/// struct AppContext: RealtimeRequestContext {
///     var coreContext: CoreRequestContextStorage
///     let channel: any Channel
///
///     init(source: ApplicationRequestContextSource) {
///         self.coreContext = .init(source: source)
///         self.channel = source.channel
///     }
/// }
/// ```
public protocol RealtimeRequestContext: RequestContext {
    /// The channel of the connection that the request came on.
    var channel: any Channel { get }
}
