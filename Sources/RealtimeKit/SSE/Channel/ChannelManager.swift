//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Logging
public import RealtimeCore
public import ServiceLifecycle
import Synchronization

/// Channels by name: for one per user, room or document, made when they are needed.
///
/// ```swift
/// let channels = try ChannelManager()
/// router.get("users/:id/events") { request, context in
///     let id = try context.parameters.require("id")
///     return try channels.getOrCreate("user:\(id)").respond(to: request, context: context)
/// }
/// ```
///
/// Give it to the application as a service, so that its streams are ended in good order when the server stops.
public final class ChannelManager: Service {
    private let defaults: SSEChannel.Options
    private let limiter: ConnectionLimiter
    private let hub: Hub
    private let channels = Mutex<[String: SSEChannel]>([:])
    private let cleaning = Mutex<Task<Void, Never>?>(nil)

    /// Makes a manager.
    ///
    /// - Parameters:
    ///   - defaults: the options of channels that are made without their own.
    ///   - removeEmptyAfter: how often channels without clients are looked for and removed, 100 ms to 1 day; never by default. A channel that
    ///     is found empty twice in a row is removed.
    ///   - configuration: the settings of the engine.
    ///   - limiter: what counts the connections; by default the one of the whole process.
    ///   - outboxBudget: what may wait for all connections together; by default the one of the whole process.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidConfiguration`` that says what is accepted.
    public convenience init(
        defaults: SSEChannel.Options = .init(),
        removeEmptyAfter: Duration? = nil,
        configuration: EngineConfiguration = .init(),
        limiter: ConnectionLimiter = .shared,
        outboxBudget: OutboxBudget = .shared,
        logger: Logger? = nil
    ) throws(RealtimeError) {
        try self.init(
            defaults: defaults,
            removeEmptyAfter: removeEmptyAfter,
            configuration: configuration,
            limiter: limiter,
            outboxBudget: outboxBudget,
            clock: SystemClock(),
            logger: logger
        )
    }

    /// Makes a manager with a clock that a test drives.
    package init(
        defaults: SSEChannel.Options = .init(),
        removeEmptyAfter: Duration? = nil,
        configuration: EngineConfiguration = .init(),
        limiter: ConnectionLimiter = .shared,
        outboxBudget: OutboxBudget = .shared,
        clock: any EngineClock,
        logger: Logger? = nil
    ) throws(RealtimeError) {
        try configuration.validate()
        try defaults.validate()
        _ = try defaults.heartbeat.makeSource()
        if let removeEmptyAfter, removeEmptyAfter < .milliseconds(100) || removeEmptyAfter > .seconds(86_400) {
            throw RealtimeError(.invalidConfiguration, "removeEmptyAfter is \(removeEmptyAfter); 100 ms to 1 day, or nil for never, are accepted")
        }
        self.defaults = defaults
        self.limiter = limiter
        let logger = logger ?? SSEManager.defaultLogger
        self.hub = SSEManager.makeHub(configuration, logger: logger, clock: clock, outboxBudget: outboxBudget)
        if let removeEmptyAfter {
            let task = Task { [weak self] in
                var empty: Set<String> = []
                while (try? await clock.sleep(for: removeEmptyAfter)) != nil {
                    guard let self else { return }
                    empty = self.removeEmpty(amongst: empty)
                }
            }
            self.cleaning.withLock { $0 = task }
        }
    }

    deinit { self.cleaning.withLock { $0?.cancel() } }

    // MARK: Channels

    /// A channel; `nil` when there is none of that name.
    public func get(_ name: String) -> SSEChannel? { self.channels.withLock { $0[name] } }

    /// Whether there is a channel of that name.
    public func has(_ name: String) -> Bool { self.get(name) != nil }

    /// A channel, made if there is none of that name.
    ///
    /// - Parameter options: those of a channel that is made; the manager's defaults if left out. An existing channel keeps its own.
    /// - Throws: ``RealtimeError`` for a bad name or bad options.
    public func getOrCreate(_ name: String, options: SSEChannel.Options? = nil) throws(RealtimeError) -> SSEChannel {
        if let channel = self.get(name) { return channel }
        let made = try self.makeChannel(name, options)
        return self.channels.withLock { channels in
            if let channel = channels[name] { return channel }
            channels[name] = made
            return made
        }
    }

    /// Makes a channel.
    ///
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/alreadyExists`` when there is one of that name, and for a bad name or bad
    ///   options.
    @discardableResult
    public func create(_ name: String, options: SSEChannel.Options? = nil) throws(RealtimeError) -> SSEChannel {
        let made = try self.makeChannel(name, options)
        let exists = self.channels.withLock { channels in
            if channels[name] != nil { return true }
            channels[name] = made
            return false
        }
        if exists { throw RealtimeError(.alreadyExists, "there is a channel '\(name)' already; getOrCreate gives it") }
        return made
    }

    private func makeChannel(_ name: String, _ options: SSEChannel.Options?) throws(RealtimeError) -> SSEChannel {
        try SSEChannel(name, options: options ?? self.defaults, limiter: self.limiter, hub: self.hub)
    }

    /// The names of all channels, those without clients included, in alphabetical order.
    public var channelNames: [String] { self.channels.withLock { $0.keys.sorted() } }

    /// How many channels there are.
    public var channelCount: Int { self.channels.withLock { $0.count } }

    /// How many clients all channels have together.
    public var totalClients: Int { self.all.reduce(0) { $0 + $1.clientCount } }

    /// The numbers of channels and clients.
    public func stats() -> ChannelManagerStats {
        let channels = self.all.map { ChannelManagerStats.Channel(name: $0.name, clientCount: $0.clientCount, isFull: $0.isFull) }
        return ChannelManagerStats(
            channels: channels.count,
            totalClients: channels.reduce(0) { $0 + $1.clientCount },
            channelStats: channels.sorted { $0.name < $1.name }
        )
    }

    private var all: [SSEChannel] { self.channels.withLock { Array($0.values) } }

    // MARK: Messages

    /// Sends an event to the clients of all channels.
    ///
    /// - Returns: how many it is for.
    /// - Throws: ``RealtimeError`` for CR, LF or NUL in the event's type or id; nothing is sent then.
    @discardableResult
    public func broadcastAll(_ event: SSEEvent) throws -> Int {
        let message = try WireMessage.sse(event)
        return self.all.reduce(0) { $0 + $1.publish(message) }
    }

    /// Sends an event with a payload as JSON to the clients of all channels.
    @discardableResult
    public func broadcastAll(_ event: String, _ payload: some Encodable) throws -> Int {
        try self.broadcastAll(.json(payload, event: event))
    }

    /// Sends an event with a text, as it is, to the clients of all channels.
    @discardableResult
    public func broadcastAll(_ event: String, _ text: String) throws -> Int {
        try self.broadcastAll(SSEEvent(event: event, data: text))
    }

    // MARK: Ends

    /// Ends all streams of a channel and forgets it. Clients that come to it meanwhile, over a reference that somebody kept, are asked to come
    /// back.
    ///
    /// - Returns: whether there was one of that name.
    @discardableResult
    public func remove(_ name: String) -> Bool {
        guard let channel = self.channels.withLock({ $0.removeValue(forKey: name) }) else { return false }
        _ = channel.roster.withLock { $0.retire() }
        channel.close()
        return true
    }

    /// Forgets all channels without clients.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func removeEmpty() -> Int { self.channels.withLock { channels in self.removeEmpty(from: &channels) { _ in true } } }

    /// Forgets the channels that were empty before and are so now.
    ///
    /// - Parameter topics: a channel's topic is its own, also if another channel had the name before.
    /// - Returns: those that are empty for the first time.
    private func removeEmpty(amongst topics: Set<String>) -> Set<String> {
        self.channels.withLock { channels in
            _ = self.removeEmpty(from: &channels) { topics.contains($0.topic) }
            return Set(channels.values.lazy.filter { $0.clientCount == 0 }.map(\.topic))
        }
    }

    private func removeEmpty(from channels: inout [String: SSEChannel], where isMeant: (SSEChannel) -> Bool) -> Int {
        let empty = channels.filter { isMeant($0.value) && $0.value.roster.withLock { $0.retire(onlyIfEmpty: true) } }
        for name in empty.keys { channels[name] = nil }
        return empty.count
    }

    /// Ends all streams and forgets all channels.
    public func closeAll() {
        for name in self.channelNames { self.remove(name) }
    }

    // MARK: Life cycle

    /// Runs as a service: waits for the application's graceful shutdown, then ends all streams as ``shutdown()`` does.
    public func run() async throws { await self.hub.runAsService() }

    /// Ends all streams, spread over most of the grace period (``RealtimeCore/EngineConfiguration/drainGrace``), and returns when they are gone
    /// or the period is over. Every client is told to reconnect, and when.
    public func shutdown() async { await self.hub.drain() }
}
