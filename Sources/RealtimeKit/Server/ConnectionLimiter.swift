//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import NIOCore
public import RealtimeCore
import Synchronization

/// Counts connections and refuses those beyond the limits. There is one for the whole process, ``shared``, which all managers and channels use
/// unless they are given another.
///
/// ```swift
/// try ConnectionLimiter.shared.configure(.init(total: 50_000, perUser: 20, perAddress: 100), trustedProxies: .loopback)
/// ```
///
/// A connection beyond ``ConnectionLimits/total`` or the handshake rate is asked to come back in some seconds (a short event stream with
/// `retry:`, or 503 with `Retry-After`). One beyond the limit of a user or an address is asked to come back in half a minute (the same, or 429).
/// Each refusal is counted in the metric `rt.refusals` with the limit as its reason.
public final class ConnectionLimiter: Sendable {
    private struct State {
        var limits: ConnectionLimits
        var proxies: TrustedProxies
        var ledger: ConnectionLedger
        var hasServed = false
    }

    /// The one of the whole process. Nothing is limited until it is configured.
    public static let shared = ConnectionLimiter(validated: .init(), .none)

    private let state: Mutex<State>

    private init(validated limits: ConnectionLimits, _ proxies: TrustedProxies) {
        self.state = Mutex(State(limits: limits, proxies: proxies, ledger: ConnectionLedger(limits: limits)))
    }

    /// Makes a limiter of its own.
    ///
    /// - Parameters:
    ///   - limits: what is limited.
    ///   - trustedProxies: whose word is taken for the address of a client.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public convenience init(_ limits: ConnectionLimits, trustedProxies: TrustedProxies = .none) throws(RealtimeError) {
        try limits.validate()
        self.init(validated: limits, trustedProxies)
    }

    /// Replaces limits and proxies; meant for ``shared``, before the application starts.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration``, or ``RealtimeError/Code/alreadyServing`` after the
    ///   first connection.
    public func configure(_ limits: ConnectionLimits, trustedProxies: TrustedProxies = .none) throws(RealtimeError) {
        try limits.validate()
        let hasServed = self.state.withLock { state in
            if !state.hasServed { state = State(limits: limits, proxies: trustedProxies, ledger: ConnectionLedger(limits: limits)) }
            return state.hasServed
        }
        if hasServed {
            throw RealtimeError(.alreadyServing, "connections have been served; configure the limiter before the application starts")
        }
    }

    /// The proxies that are trusted.
    var trustedProxies: TrustedProxies { self.state.withLock { $0.proxies } }

    enum Admission: Sendable {
        /// Welcome; `nil` when nothing is counted.
        case admitted(ConnectionSeat?)
        case refused(LimitReason)
    }

    /// A client wants a connection.
    ///
    /// - Parameter peer: who is at the other end; asked for only if that is limited.
    func open(_ request: Request, _ peer: @autoclosure () -> Peer, at now: NIODeadline) -> Admission {
        let (limits, proxies) = self.state.withLock { state in
            state.hasServed = true
            return (state.limits, state.proxies)
        }
        if limits.isUnlimited { return .admitted(nil) }
        var address: IPAddress?
        if limits.perAddress != nil {
            address = proxies.client(peer: peer(), headers: ForwardedHeaders(request.headers)).address
        }
        switch self.state.withLock({ $0.ledger.open(address: address, at: now.uptimeNanoseconds) }) {
        case .admitted(let slot): return .admitted(ConnectionSeat(slot, in: self))
        case .refused(let reason): return .refused(reason)
        }
    }

    fileprivate func assign(user: String, to slot: ConnectionSlot) -> ConnectionLedger.Verdict {
        self.state.withLock { $0.ledger.assign(user: user, to: slot) }
    }

    fileprivate func close(_ slot: ConnectionSlot) {
        self.state.withLock { $0.ledger.close(slot) }
    }
}

/// The place of one connection with a ``ConnectionLimiter``. It is given back once: when the connection is gone, or when whoever holds it
/// forgets it, because a middleware replaced the response, for example.
final class ConnectionSeat: Sendable {
    private let limiter: ConnectionLimiter
    private let slot: Mutex<ConnectionSlot?>

    fileprivate init(_ slot: ConnectionSlot, in limiter: ConnectionLimiter) {
        self.limiter = limiter
        self.slot = Mutex(slot)
    }

    /// The connection is a user's.
    ///
    /// - Returns: the limit that is met; `nil` when all is well.
    func assign(user: String) -> LimitReason? {
        guard let slot = self.slot.withLock({ $0 }) else { return nil }
        switch self.limiter.assign(user: user, to: slot) {
        case .admitted(let slot):
            self.slot.withLock { $0 = slot }
            return nil
        case .refused(let limit):
            return limit
        }
    }

    /// The connection is gone.
    func giveBack() {
        guard let slot = self.slot.withLock({ $0.take() }) else { return }
        self.limiter.close(slot)
    }

    deinit { self.giveBack() }
}
