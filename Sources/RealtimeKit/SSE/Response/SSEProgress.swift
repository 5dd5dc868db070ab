//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Tells of a task's progress: `try await update(30, "Resizing")`.
///
/// Each update is an event `progress` with `{"percent":30,"message":"Resizing"}`. The end is an event `complete` with `{"percent":100}`; an
/// error is an event `error` with `{"message":"Unknown error"}`, or the message of an ``SSEPublicError``.
public struct SSEProgress: Sendable {
    private struct Update: Encodable {
        let percent: Double
        let message: String?
    }

    private struct Failure: Encodable {
        let message: String
    }

    private let send: @Sendable (SSEEvent) async throws -> Void

    /// Tells how far the task is.
    ///
    /// - Parameters:
    ///   - percent: 0 to 100; what is outside is taken for the nearer end, and what is no number for 0.
    ///   - message: what is being done, for people.
    /// - Throws: what sending throws: for a response `CancellationError`, once the client has left.
    public func callAsFunction(_ percent: Double, _ message: String? = nil) async throws {
        let percent = percent.isNaN ? 0 : min(max(percent, 0), 100)
        try await self.send(.json(Update(percent: percent, message: message), event: "progress"))
    }

    /// Runs a task and tells of its progress, its completion and its failure.
    static func run<Result>(
        _ send: @escaping @Sendable (SSEEvent) async throws -> Void,
        _ work: (SSEProgress) async throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await work(SSEProgress(send: send))
        } catch {
            let message = (error as? any SSEPublicError)?.publicMessage ?? "Unknown error"
            try? await send(.json(Failure(message: message), event: "error"))
            throw error
        }
        try await send(.json(Update(percent: 100, message: nil), event: "complete"))
        return result
    }
}

/// An error whose text may be shown to clients.
public protocol SSEPublicError: Error {
    /// What clients are told.
    var publicMessage: String { get }
}

extension SSEResponse {
    /// Makes a response that tells of a task's progress, and ends with the task.
    ///
    /// ```swift
    /// router.post("import") { request, context in
    ///     SSEResponse.progress { update in
    ///         try await update(0, "Reading")
    ///         ...
    ///     }
    /// }
    /// ```
    public static func progress(_ work: @escaping @Sendable (SSEProgress) async throws -> Void) -> SSEResponse {
        SSEResponse { stream in
            try await SSEProgress.run({ try await stream.send($0) }, work)
        }
    }
}

extension SSEManager {
    /// Runs a task and tells a channel of its progress: for tasks that do not end with a request, or have several onlookers.
    ///
    /// - Parameters:
    ///   - channel: such as `uploads/42`; who subscribes later sees the updates from then on.
    ///   - work: the task. It is not disturbed by onlookers that leave.
    /// - Returns: what the task returns.
    /// - Throws: what the task throws, and ``RealtimeError`` for a bad channel name before it begins.
    @discardableResult
    public nonisolated func progress<Result>(of channel: String, _ work: (SSEProgress) async throws -> Result) async throws -> Result {
        try TopicName.validate(channel)
        return try await SSEProgress.run({ _ = try self.broadcast($0, to: channel) }, work)
    }
}
