//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import HummingbirdRouter
import HummingbirdTLS
import RealtimeKit
import RealtimeKitHTTP2

/// Ways to serve an endpoint, as the README shows them: compiled, and never run.
enum Servers {
    static func http2(router: Router<BasicRequestContext>) throws {
        // snippet: http2
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("cert.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "key.pem", format: .pem))
        )
        let app = Application(router: router, server: .realtimeHTTP2(tlsConfiguration: tls), services: [SSEManager.shared])
        // end
        _ = app
    }

    static func tls(router: Router<BasicRequestContext>, tls: TLSConfiguration) throws {
        // snippet: tls
        let app = Application(router: router, server: try .tls(.realtime(), tlsConfiguration: tls), services: [SSEManager.shared])
        // end
        _ = app
    }

    static func routerBuilder() throws {
        // snippet: router builder
        let plugin = try SSEPlugin<BasicRouterRequestContext, Anonymous>()
        let router = RouterBuilder(context: BasicRouterRequestContext.self) {
            Get("sse") { await plugin.respond(to: $0, context: $1) }
        }
        // end
        _ = router
    }

    static func middleware() throws {
        // snippet: middleware
        let plugin = try SSEPlugin<BasicRouterRequestContext, Anonymous>()
        let router = RouterBuilder(context: BasicRouterRequestContext.self) {
            plugin.middleware(path: "/sse")
            Get("health") { _, _ in HTTPResponse.Status.ok }
        }
        // end
        _ = router
    }

    static func liveSubscriptions(router: Router<BasicRequestContext>, auth: BearerTokenResolver<User>) throws {
        // snippet: live subscriptions
        var configuration = SSEConfiguration()
        configuration.liveSubscriptions = true
        router.sse("/sse", try SSEPlugin(configuration: configuration, auth: auth))
        // end
    }

    static func budget() throws {
        // snippet: outbox budget
        try OutboxBudget.shared.configure(maxBytes: 1 << 30)
        // end
    }

    static func limits(router: Router<BasicRequestContext>) throws {
        // snippet: limits
        // Of all connections of the process, before the application starts.
        try ConnectionLimiter.shared.configure(
            ConnectionLimits(total: 50_000, perUser: 20, perAddress: 100, handshakesPerSecond: 500),
            trustedProxies: TrustedProxies([AddressRange("10.1.0.0/16")])
        )

        // Of the server: how long a client may take over a request's head, and be idle between requests.
        let app = Application(
            router: router,
            server: .realtime(configuration: .init(idleTimeout: .seconds(30)), headerTimeout: .seconds(5)),
            services: [SSEManager.shared]
        )
        // end
        _ = app
    }
}
