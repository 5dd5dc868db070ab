//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import Hummingbird
public import HummingbirdCore
public import NIOCore

/// The public names of hummingbird-websocket and its core, as far as they could clash with ours. They do nothing: an application that uses
/// both packages has to compile, and that is all that is tried.
public protocol WebSocketContext: Sendable {}

public protocol WebSocketRequestContext: RequestContext, WebSocketContext {}

public struct BasicWebSocketRequestContext: WebSocketRequestContext {
    public var coreContext: CoreRequestContextStorage

    public init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
    }
}

public struct WebSocketRouterContext<Context: WebSocketRequestContext>: Sendable {
    public let request: Request
    public let requestContext: Context
}

public enum WebSocketMessage: Equatable, Hashable, Sendable {
    case text(String)
    case binary(ByteBuffer)
}

public struct WebSocketDataFrame: Sendable {
    public var data: ByteBuffer
}

public struct WebSocketCloseFrame: Sendable {
    public let reason: String?
}

public struct WebSocketInboundStream: AsyncSequence, Sendable {
    public typealias Element = WebSocketDataFrame

    public struct AsyncIterator: AsyncIteratorProtocol {
        public mutating func next() async throws -> WebSocketDataFrame? { nil }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}

public struct WebSocketOutboundWriter: Sendable {
    public func write(_ message: WebSocketMessage) async throws {}
}

public typealias WebSocketDataHandler<Context> = @Sendable (WebSocketInboundStream, WebSocketOutboundWriter, Context) async throws -> Void

public struct WebSocketHandlerReference<Context: WebSocketRequestContext>: Sendable {
    public init() {}
}

public enum RouterShouldUpgrade: Sendable {
    case dontUpgrade
    case upgrade(HTTPFieldsStandIn)
}

public struct HTTPFieldsStandIn: Sendable, ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {}
}

public struct WebSocketServerConfiguration: Sendable {
    public init() {}
}

public struct AutoPingSetup: Sendable {
    public static var disabled: AutoPingSetup { AutoPingSetup() }
}

public protocol WebSocketExtension: Sendable {}

public protocol WebSocketExtensionBuilder: Sendable {}

public struct WebSocketExtensionFactory: Sendable {}

public struct WebSocketExtensionHTTPParameters: Sendable {}

public struct WebSocketClient: Sendable {}

public struct WebSocketClientConfiguration: Sendable {}

extension RouterMethods {
    @discardableResult
    public func ws(
        _ path: RouterPath = "",
        shouldUpgrade: @Sendable @escaping (Request, Context) async throws -> RouterShouldUpgrade = { _, _ in .upgrade([:]) },
        onUpgrade handler: @escaping WebSocketDataHandler<WebSocketRouterContext<Context>>
    ) -> Self where Context: WebSocketRequestContext {
        self
    }
}

public struct WebSocketUpgradeMiddleware<Context: WebSocketRequestContext>: RouterMiddleware {
    public init(onUpgrade handler: @escaping WebSocketDataHandler<WebSocketRouterContext<Context>>) {}

    public func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        try await next(request, context)
    }
}

extension HTTPServerBuilder {
    public static func http1WebSocketUpgrade(configuration: WebSocketServerConfiguration = .init()) -> HTTPServerBuilder { .http1() }
}
