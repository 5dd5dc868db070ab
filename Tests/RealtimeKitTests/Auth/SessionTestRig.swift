//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird
import NIOCore
import RealtimeKit
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A manager of sessions over a driver and a clock of the tests' own.
struct SessionTestRig: Sendable {
    /// A clock that is moved by hand. It begins far ahead, so that what expires by it does not end connections, which go by the time of day.
    final class Clock: Sendable {
        private let state = Mutex(Date(timeIntervalSince1970: 4_000_000_000))

        var now: Date { self.state.withLock { $0 } }

        func move(by seconds: Double) { self.state.withLock { $0 += seconds } }
    }

    let driver = SessionTestDriver()
    let clock = Clock()
    let sessions: SessionManager

    /// Sessions that last 100 s unused and 1000 s at most.
    init(_ configuration: SessionManager.Configuration = .init(idleTime: .seconds(100), lifetime: .seconds(1000))) throws {
        let clock = self.clock
        self.sessions = try SessionManager(store: PersistSessionStore(self.driver), configuration: configuration) { clock.now }
    }

    /// Another manager over the same store.
    func sessions(_ configuration: SessionManager.Configuration) throws -> SessionManager {
        let clock = self.clock
        return try SessionManager(store: PersistSessionStore(self.driver), configuration: configuration) { clock.now }
    }
}

extension Request {
    /// A request with values of `Cookie`.
    static func with(cookies: String...) -> Request {
        var fields = HTTPFields()
        fields[values: .cookie] = cookies
        return Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/login", headerFields: fields),
            body: RequestBody(buffer: ByteBuffer())
        )
    }
}
