//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import RealtimeKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A small server to try RealtimeKit with: open the page that it prints.
@main
struct Playground {
    static func main() async {
        do {
            try await self.run(try Settings(ProcessInfo.processInfo.environment))
        } catch let problem as Settings.Problem {
            self.end(problem.message, status: 64)  // EX_USAGE
        } catch {
            self.end("\(error)", status: 1)  // Such as a port that is taken.
        }
    }

    private static func end(_ message: String, status: Int32) {
        FileHandle.standardError.write(Data("playground: \(message)\n".utf8))
        exit(status)
    }

    private static func run(_ settings: Settings) async throws {
        var logger = Logger(label: "playground")
        logger.logLevel = settings.logLevel

        if let outboxBudget = settings.outboxBudget { try OutboxBudget.shared.configure(maxBytes: outboxBudget) }

        // One event loop per processor that this process may run on; NIO counts all that the machine has.
        NIOSingletons.groupLoopCountSuggestion = Processors.usable
        let accounts = try await Accounts(settings)
        let welcome = try await Welcome(settings, accounts)
        let app = Application(
            router: try await Routes.router(settings, accounts),
            server: .realtime(headerTimeout: settings.headerTimeout),
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: "playground", backlog: 4096),
            services: [accounts.driver, SSEManager.shared, WSManager.shared],
            onServerRunning: { channel in
                print(welcome.text(port: channel.localAddress?.port ?? settings.port))
                fflush(nil)  // Seen at once, also where the output goes to a file.
            },
            logger: logger
        )
        try await app.runService()
    }
}
