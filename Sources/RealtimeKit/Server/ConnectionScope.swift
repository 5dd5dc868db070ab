//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
package import NIOCore
import Synchronization

/// The connection that the current task serves requests of; set by `.realtime()` and its kin.
package final class ConnectionScope: Sendable {
    /// What is below the requests.
    package enum Kind: Sendable {
        /// An HTTP/1.1 connection, whose handlers are the ones that a takeover expects.
        case http1
        /// One stream of an HTTP/2 connection.
        case http2
    }

    @TaskLocal package static var current: ConnectionScope?

    package let channel: any Channel
    package let kind: Kind
    private let tls: OnceFlag
    private let takenOver = Atomic(false)

    package convenience init(channel: any Channel, kind: Kind, isTLS: Bool) {
        let tls = OnceFlag()
        if isTLS { _ = tls.take() }
        self.init(channel: channel, kind: kind, tls: tls)
    }

    /// - Parameter tls: taken once the connection, or another one of the same server, has turned out to be encrypted.
    init(channel: any Channel, kind: Kind, tls: OnceFlag) {
        self.channel = channel
        self.kind = kind
        self.tls = tls
    }

    /// Whether the current requests come on HTTP/1.1, as far as that is known.
    static var isHTTP1: Bool {
        if case .http1 = Self.current?.kind { true } else { false }
    }

    /// Whether the connection is encrypted.
    var isTLS: Bool { self.tls.isTaken }

    /// The channel that a request came on, as far as it is known.
    static func channel(of context: any RequestContext) -> (any Channel)? {
        Self.current?.channel ?? (context as? any RealtimeRequestContext)?.channel
    }

    /// Whether the connection serves no more requests: those that were sent behind the one for a stream are not answered.
    var isTakenOver: Bool { self.takenOver.load(ordering: .acquiring) }

    func setTakenOver() { self.takenOver.store(true, ordering: .releasing) }
}
