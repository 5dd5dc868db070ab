//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit
import RealtimeKitJWT

/// How users are recognised, as the README and docs/AUTHENTICATION.md show it: compiled, and never run.
enum Authenticating {
    static func chain(router: Router<BasicRequestContext>, users: Directory, secret: String) async throws {
        // snippet: chain
        let verifier = try await JWTVerifier(keys: [.hmac(secret)])
        let (key, record) = try APIKey.generate(userID: "printer-7")  // `key.text` is shown to its owner, once.
        let keys = MemoryAPIKeyStore([record])
        let tickets = try Tickets()
        let driver = MemoryPersistDriver()
        let sessions = try SessionManager(store: PersistSessionStore(driver))

        let auth = try AuthResolverChain {
            JWTResolver(verifier) { claims in try await users.find(claims.subject) }
            try APIKeyResolver(keys) { key in try await users.find(key.userID) }
            try TicketResolver(tickets) { ticket in try await users.find(ticket.userID) }
            SessionCookieResolver(sessions) { session in try await users.find(session.userID) }
        }
        router.sse("/sse", auth: auth)
        router.webSocket("/ws", auth: auth)
        router.get("me") { request, context in
            let found = try await auth.requireUser(request, context: context)
            return "\(found.user.id), by \(found.method)"
        }
        let app = Application(router: router, server: .realtime(), services: [SSEManager.shared, WSManager.shared, driver])
        // end
        print(key)
        try await app.runService()
    }

    static func account(
        router: Router<BasicRequestContext>,
        users: Directory,
        auth: AuthResolverChain<User>,
        sessions: SessionManager,
        tickets: Tickets
    ) {
        // snippet: account
        let account = router.group().add(middleware: OriginMiddleware())

        account.post("login") { request, context in
            let login = try await request.decode(as: Login.self, context: context)
            guard let user = try await users.check(login) else { throw HTTPError(.unauthorized) }
            var response = Response(status: .noContent)
            response.setCookie(sessions.cookie.login(try await sessions.create(for: user.id, replacing: request)))
            return response
        }
        account.post("logout") { request, _ in
            try await sessions.revoke(presentedBy: request)
            var response = Response(status: .noContent)
            response.setCookie(sessions.cookie.logout)
            return response
        }
        account.post("ticket") { request, context in
            let found = try await auth.requireUser(request, context: context)
            return ["ticket": try await tickets.issue(for: found, path: "/ws", request: request)]
        }
        // end
    }

    static func bearer(router: Router<BasicRequestContext>, users: Directory) {
        // snippet: bearer
        let auth = BearerTokenResolver { token in try await users.find(token: token) }
        // end
        router.sse("/sse", auth: auth)
    }

    // snippet: own resolver
    /// Users who have signed in to another system, whose cookie browsers send us, too.
    struct PortalResolver: AuthResolver {
        let users: Directory

        var isAmbient: Bool { true }

        func resolve(_ request: Request, context: any RequestContext) async throws -> AuthOutcome<User> {
            guard let cookie = request.cookies["portal"] else { return .none }
            guard let user = try await self.users.find(token: cookie.value) else { return .rejected }
            return .user(Authentication(user: user, userID: user.id, method: .init("portal"), isAmbient: true))
        }
    }
    // end

    static func handlers(router: Router<BasicRequestContext>, auth: some AuthResolver<User>) {
        // snippet: handlers
        router.get("drafts") { request, context in
            let found = try await auth.requireUser(request, context: context)
            return "Drafts of \(found.user.id)"
        }
        router.get("hello") { request, context in
            guard let found = try await auth.authenticate(request, context: context) else { return "Hello" }
            return "Hello, \(found.user.id)"
        }
        // end
    }

    // snippet: context
    struct AppContext: RequestContext, AuthenticationContext {
        var coreContext: CoreRequestContextStorage
        var authentication: Authentication<User>?

        init(source: Source) { self.coreContext = .init(source: source) }
    }
    // end

    static func middleware(auth: some AuthResolver<User>) {
        // snippet: middleware
        let router = Router(context: AppContext.self)
        router.group("drafts")
            .add(middleware: AuthenticationMiddleware(auth, isRequired: true))
            .get { _, context in "Drafts of \(context.authentication?.user.id ?? "nobody")" }
        // end
    }

    static func handler(router: Router<BasicRequestContext>, auth: some AuthResolver<User>) {
        // snippet: WebSocket without rooms
        let handler = WSHandler<BasicRequestContext>(
            onConnect: { info in
                let found = try await auth.requireUser(info.request, context: info.context)
                return found.scopes.contains("echo") ? .allow : .deny("Ask for the scope echo")
            },
            answer: { $0 }
        )
        router.webSocket("/echo", handler)
        // end
    }

    static func refresh(router: Router<BasicRequestContext>, auth: some AuthResolver<User>) throws {
        // snippet: refresh
        var configuration = WSConfiguration()
        configuration.refresh.grace = .seconds(60)
        router.webSocket("/ws", try WebSocketPlugin(configuration: configuration, auth: auth))

        // Streams end when their credential does, and come back with another.
        var streams = SSEConfiguration()
        streams.refresh = RefreshPolicy(grace: .zero, isAllowed: false)
        router.sse("/sse", try SSEPlugin(configuration: streams, auth: auth))
        // end
    }

    static func kick(id: ConnectionID, found: Authentication<User>) async throws {
        // snippet: kick
        // Ends all of ben's connections, streams too, and refuses ben for ten minutes, whatever he comes with.
        WSManager.shared.kick(user: "ben", for: .seconds(600))

        // A session, a token or key, or the credential of one connection, for as long as it would be good.
        if let session = found.sessionID { WSManager.shared.kick(session: session) }
        if let token = found.tokenID { WSManager.shared.kick(token: token) }
        WSManager.shared.kick(id)

        // Ben may come back.
        DenyList.shared.allow(user: "ben")
        // end
    }

    static func reauthorize() async {
        // snippet: reauthorize
        // Ann is no admin any more: takes her out of the channels and rooms that the hooks deny her now.
        await SSEManager.shared.reauthorize(user: "ann")
        await WSManager.shared.reauthorize(user: "ann")
        // end
    }

    static func origin(router: Router<BasicRequestContext>) throws {
        // snippet: origin
        let changes = router.group().add(middleware: OriginMiddleware())
        changes.post("posts") { _, _ in HTTPResponse.Status.created }

        // Pages of another origin, too; and behind a proxy.
        let policy = OriginPolicy.origins(["https://app.example.com"])
        let others = router.group().add(middleware: try OriginMiddleware(policy, proxies: .loopback))
        // end
        _ = others
    }

    /// Stands for that of hummingbird-auth.
    struct BasicAuthRequestContext: RequestContext {
        var coreContext: CoreRequestContextStorage
        var identity: User?

        init(source: Source) { self.coreContext = .init(source: source) }
    }

    static func identity(router: Router<BasicAuthRequestContext>) {
        // snippet: hummingbird-auth
        router.sse("/sse", resolveUser: { _, context in context.identity })
        router.webSocket("/ws", resolveUser: { _, context in context.identity })
        // end
    }
}
