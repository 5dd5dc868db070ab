//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdCore
import HummingbirdRouter
import Logging
import NIOCore
import NIOPosix
import RealtimeKit
import ServiceLifecycle

/// An application on a free port of 127.0.0.1.
struct TestServer: Sendable {
    let port: Int
    private let group: ServiceGroup
    private let stopped: AsyncStream<Void>

    /// Asks the application to stop in good order, as SIGTERM does.
    func stop() async { await self.group.triggerGracefulShutdown() }

    /// Waits until the application has stopped.
    func untilStopped() async { for await _ in self.stopped {} }

    /// Runs an application for as long as a test lasts.
    static func run(
        _ router: some TestRouter,
        server: HTTPServerBuilder = .realtime(),
        services: [any Service] = [],
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = .silent,
        _ test: @Sendable @escaping (TestServer) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        let app = Application(
            router: router,
            server: server,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            services: services,
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
        let group = ServiceGroup(configuration: .init(services: [app], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    stop.finish()
                    port.finish()
                }
                try await group.run()
            }
            guard let number = await ports.first(where: { _ in true }) else { throw CancellationError() }
            do {
                try await test(TestServer(port: number, group: group, stopped: stopped))
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// What an application can be made of.
protocol TestRouter: HTTPResponderBuilder where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {}

extension Router: TestRouter where Context: InitializableFromSource<ApplicationRequestContextSource> {}
extension RouterBuilder: TestRouter where Context: InitializableFromSource<ApplicationRequestContextSource> {}

extension Logger {
    /// Logs nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
