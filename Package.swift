// swift-tools-version:6.2

import PackageDescription

let settings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "RealtimeKit",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "RealtimeCore", targets: ["RealtimeCore"]),
        .library(name: "RealtimeKit", targets: ["RealtimeKit"]),
        .library(name: "RealtimeKitHTTP2", targets: ["RealtimeKitHTTP2"]),
        .library(name: "RealtimeKitJWT", targets: ["RealtimeKitJWT"]),
        .library(name: "RealtimeKitTesting", targets: ["RealtimeKitTesting"]),
    ],
    dependencies: [
        // The server framework that RealtimeKit extends. No traits: an application keeps its own choice.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        // Event loops, channels and buffers: what a connection is made of.
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        // `HTTPRequestPart` and the codec in Hummingbird's HTTP/1 pipeline, which a takeover removes.
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        // HTTP/2 and TLS, for RealtimeKitHTTP2 alone.
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        // `HTTPFields`, the headers of every response.
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        // SHA-1, for the answer to a WebSocket's handshake (RFC 6455 §4.2.2); digests of what stores keep; the cookie of a ticket.
        .package(url: "https://github.com/apple/swift-crypto.git", "3.12.3"..<"5.0.0"),
        // `Deque`, the queue of a slow connection.
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        // The signature algorithms and key formats of JSON Web Tokens, for RealtimeKitJWT alone.
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        // The logging interface of the server ecosystem.
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        // The metrics interface of the server ecosystem.
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        // `Service`, graceful shutdown of managers beside the application.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // zlib, for compressed WebSockets (RFC 7692): part of Apple's SDKs and of Swift's prerequisites on Linux.
        .systemLibrary(
            name: "CRealtimeZlib",
            providers: [.apt(["zlib1g-dev"]), .yum(["zlib-devel"])]
        ),
        .target(
            name: "RealtimeCore",
            dependencies: [
                "CRealtimeZlib",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RealtimeKit",
            dependencies: [
                "RealtimeCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // The server builder for HTTP/2: apart, because it brings TLS and HTTP/2 along.
        .target(
            name: "RealtimeKitHTTP2",
            dependencies: [
                "RealtimeCore",
                "RealtimeKit",
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        // Users who are known by a JSON Web Token: apart, because it brings JWTKit along.
        .target(
            name: "RealtimeKitJWT",
            dependencies: [
                "RealtimeCore",
                "RealtimeKit",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        // What tests of event streams and WebSockets need: clients on real sockets, a clock that is moved by hand.
        .target(
            name: "RealtimeKitTesting",
            dependencies: [
                "RealtimeCore",
                "RealtimeKit",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Playground",
            dependencies: [
                "RealtimeKit",
                "RealtimeKitJWT",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Examples/Playground",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "QuickStart",
            dependencies: [
                "RealtimeKit",
                "RealtimeKitHTTP2",
                "RealtimeKitJWT",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdRouter", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
            ],
            path: "Examples/QuickStart",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RealtimeCoreTests",
            dependencies: [
                "RealtimeCore",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        // The public names of hummingbird-websocket, which an application may use beside ours.
        .target(
            name: "HummingbirdWebSocketStandIns",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/HummingbirdWebSocketStandIns",
            swiftSettings: settings
        ),
        .testTarget(
            name: "CoexistenceTests",
            dependencies: [
                "HummingbirdWebSocketStandIns",
                "RealtimeKit",
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RealtimeKitTests",
            dependencies: [
                "RealtimeKit",
                "RealtimeKitHTTP2",
                "RealtimeKitTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdRouter", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RealtimeKitJWTTests",
            dependencies: [
                "RealtimeKit",
                "RealtimeKitJWT",
                "RealtimeKitTesting",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
    ]
)

// What `.ci/fuzz` builds: the engine, the files of RealtimeKit that read text, and the fuzzer, with AddressSanitizer; nothing else, so that
// Hummingbird need not be compiled for it. Users of the package never see it.
if Context.environment["REALTIMEKIT_FUZZING"] != nil {
    // Preconditions that a release build leaves out stay in, those for the bounds of unsafe buffers above all.
    let checked: [SwiftSetting] = [.unsafeFlags(["-enable-testing", "-Xfrontend", "-assert-config", "-Xfrontend", "Debug"])]
    // What is tried tells the fuzzer which branches it took; the code that tries it does not.
    let tried = settings + checked + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    let trying = settings + checked + [.unsafeFlags(["-sanitize=address"])]
    package.products = []
    package.targets.removeAll { !["CRealtimeZlib", "RealtimeCore"].contains($0.name) }
    package.targets += [
        .target(
            name: "RealtimeKit",
            dependencies: ["RealtimeCore"],
            sources: [
                "Auth/CookieField.swift", "SSE/AcceptField.swift", "SSE/FormFields.swift", "SSE/SSEChannelQuery.swift",
                "Server/ForwardedElement.swift", "Server/ForwardedNode.swift", "Server/HostField.swift", "Server/Origin.swift",
                "WebSocket/WSExtensionOffer.swift",
            ],
            swiftSettings: tried
        ),
        // What frames should be read as: the model of the tests.
        .target(
            name: "FuzzingModels",
            dependencies: ["RealtimeCore", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/RealtimeCoreTests",
            sources: ["UTF8Oracle.swift", "WSReaderModel.swift", "WSReading.swift", "WSTestFrame.swift"],
            swiftSettings: trying
        ),
        .executableTarget(
            name: "Fuzzing",
            dependencies: ["FuzzingModels", "RealtimeCore", "RealtimeKit", .product(name: "NIOCore", package: "swift-nio")],
            path: "Fuzzing",
            exclude: ["Corpus"],
            swiftSettings: trying + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        ),
    ]
    for target in package.targets where target.name == "RealtimeCore" { target.swiftSettings = tried }
}
