//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import NIOCore
import RealtimeCore
import Synchronization

/// The slow way to a client, through Hummingbird's response writer: for connections that cannot be taken over, such as responses that a
/// middleware compresses. The request's task stays for as long as the stream.
final class WriterTransport: AttachedTransport, Sendable {
    private enum Work {
        case write([ByteBuffer])
        case finish
        case abort
    }

    private struct State {
        var work: Work?
        var waiter: CheckedContinuation<Work, Never>?
    }

    /// `@unchecked Sendable`: used under the lock of `task` only, and only while the task runs.
    private struct CurrentTask: @unchecked Sendable {
        let task: UnsafeCurrentTask
    }

    let descriptor: CInt = -1
    let framing = WireMessage.Framing.bare
    private let state = Mutex(State())
    private let isAborted = OnceFlag()
    /// The task that writes. Its lock is held while it is cancelled, because afterwards it may be gone; nothing that runs on cancellation
    /// takes this lock: ``abort()`` does its work only once.
    private let task = Mutex<CurrentTask?>(nil)

    private let loop: any EventLoop
    private let connection = Mutex<Connection?>(nil)

    init(loop: any EventLoop) {
        self.loop = loop
    }

    // MARK: The engine's side, on its loop

    func serve(_ connection: Connection) {
        self.connection.withLock { $0 = connection }
    }

    func write(_ buffers: [ByteBuffer]) { self.submit(.write(buffers)) }

    func finish() { self.submit(.finish) }

    func abort() {
        // Cancelling may close the channel at once, and that is another reason to abort.
        guard self.isAborted.take() else { return }
        self.submit(.abort)
        // The task may be waiting for a client that does not read.
        self.task.withLock { $0?.task.cancel() }
    }

    private func submit(_ work: Work) {
        let waiter: CheckedContinuation<Work, Never>? = self.state.withLock { state in
            guard let waiter = state.waiter else {
                state.work = work
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: work)
    }

    // MARK: The task's side

    func run(_ writer: inout any ResponseBodyWriter) async throws {
        let connection = self.connection.withLock { $0.take() }
        withUnsafeCurrentTask { current in
            let current = current.map(CurrentTask.init)
            self.task.withLock { $0 = current }
        }
        defer { self.task.withLock { $0 = nil } }
        while true {
            switch await self.next() {
            case .write(let buffers):
                try await writer.write(contentsOf: buffers)
                self.loop.execute { connection?.writeCompleted() }
            case .finish:
                return
            case .abort:
                throw CancellationError()
            }
        }
    }

    private func next() async -> Work {
        await withCheckedContinuation { waiter in
            let work: Work? = self.state.withLock { state in
                defer { state.work = nil }
                if state.work == nil { state.waiter = waiter }
                return state.work
            }
            if let work { waiter.resume(returning: work) }
        }
    }
}
