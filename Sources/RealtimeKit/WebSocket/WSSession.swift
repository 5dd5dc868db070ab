//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// What a WebSocket's messages mean. Used on the connection's event loop.
protocol WSReceiver: AnyObject {
    /// A message came. The bytes are valid during the call only; a text's are UTF-8.
    func received(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode, on session: WSSession)
}

/// A WebSocket on a connection that has been taken over: reads frames, answers pings, closes (RFC 6455 §5 to §7). What messages mean is its
/// receiver's affair.
///
/// Answers that come up while a piece of input is read go out in one write behind it. While they are not with the kernel, and while somebody
/// works on a message, nothing more is read: a client that does not read what it asked for can ask for no more.
final class WSSession: TakeoverSession {
    /// So many bytes of answers are not held back any longer.
    private static let maxReplies = 64 << 10
    /// The longest message that is compressed on the event loop: what takes about a millisecond.
    static let maxCompressed = 64 << 10

    let loop: WSLoop
    private var reader: WSReader
    private let receiver: any WSReceiver
    private weak var handler: TakeoverHandler?
    private(set) var connection: Connection?

    /// What has arrived and is not read yet.
    private var input = ByteBuffer()
    /// Whether answers wait for the client.
    private(set) var owesReplies = false
    /// What is being worked on; ended with the connection.
    private var work: (any WSWork)?
    /// Whether input is being read at this moment.
    private var isReading = false
    /// Whether a message is with the receiver at this moment.
    private(set) var isHandling = false
    /// Whether the client has sent its last frame, or one after which nothing is read.
    private var isInputOver = false
    private var hasPeerClosed = false
    /// Whether the client has closed its side of the connection: nobody is there for what it still asked for.
    private var hasClientLeft = false
    /// Whether our close frame is with the kernel.
    private var hasFinished = false

    /// The lengths of answers that are compressed, if any.
    private let compressed: ClosedRange<Int>?

    /// Makes a session.
    ///
    /// - Parameters:
    ///   - deflate: what has been agreed upon, if anything.
    ///   - compressionThreshold: shorter answers are not compressed.
    init(
        limits: WSLimits,
        deflate: WSDeflateAgreement?,
        compressionThreshold: Int,
        receiver: any WSReceiver,
        on eventLoop: any EventLoop
    ) {
        self.loop = WSLoop.current(eventLoop)
        self.reader = WSReader(maxMessageBytes: limits.maxMessageBytes, maxFragments: limits.maxFragments, inflates: deflate != nil)
        self.framing = deflate.map { .deflated(upTo: $0.maxBytes) } ?? .framed
        // Others wait for the event loop.
        let longest = deflate.map { min($0.maxBytes, Self.maxCompressed) } ?? 0
        self.compressed = deflate != nil && compressionThreshold <= longest ? compressionThreshold...longest : nil
        self.receiver = receiver
    }

    /// Whether messages are still exchanged.
    var isOpen: Bool { self.connection?.isOpen ?? false }

    // MARK: TakeoverSession

    let framing: WireMessage.Framing

    var readsRemainder: Bool { true }

    var wantsInput: Bool { !self.isPaused }

    /// A client that leaves without a close frame is lost. Its last words may not have been read yet.
    func inputClosed() -> DisconnectReason {
        self.hasClientLeft = true
        self.read()
        return self.hasPeerClosed ? .clientClosed : .connectionLost
    }

    func begin(_ handler: TakeoverHandler) { self.handler = handler }

    func serve(_ connection: Connection) { self.connection = connection }

    func received(_ bytes: ByteBuffer) {
        self.connection?.received()
        if self.input.readableBytes == 0 { self.input = bytes } else { self.input.writeImmutableBuffer(bytes) }
        self.read()
    }

    func receivedAll() { self.flush() }

    func caughtUp() {
        guard self.owesReplies else { return }
        self.owesReplies = false
        self.resume()
    }

    func gone() {
        self.loop.forget(self)
        self.work?.cancel()
        self.work = nil
        self.connection = nil
    }

    /// The engine's last bytes, a close frame, are with the kernel.
    func finish(_ handler: TakeoverHandler) {
        self.hasFinished = true
        if self.isInputOver { return handler.closeOutput() }
        // The client's close frame is still to come, behind whatever it has said.
        self.resume()
    }

    // MARK: Input

    private var isPaused: Bool { (self.work != nil || self.owesReplies) && self.isOpen && !self.hasClientLeft }

    private func read() {
        // A write that fails may bring more input while an event is handled: it is read behind the rest.
        guard !self.isReading else { return }
        self.isReading = true
        defer { self.isReading = false }
        while !self.isPaused, self.input.readableBytes > 0 {
            var input = self.input
            self.input = ByteBuffer()
            do {
                try self.reader.read(&input, scratch: self.loop.scratch) { event in
                    self.handle(event)
                    return !self.isPaused
                }
            } catch {
                self.fail(error)
            }
            guard input.readableBytes > 0 else { continue }
            let hasMore = self.input.readableBytes > 0
            input.writeImmutableBuffer(self.input)
            self.input = input
            // What is left is the beginning of a frame.
            guard hasMore else { return }
        }
    }

    /// Goes on after a pause.
    private func resume() {
        self.read()
        self.flush()
        self.handler?.read()
    }

    private func handle(_ event: WSReader.Event) {
        switch event {
        case .text(let bytes): self.give(bytes, .text)
        case .binary(let bytes): self.give(bytes, .binary)
        case .ping(let bytes): self.reply { WSFrameEncoder.write(.pong, bytes, into: &$0) }
        case .pong: break
        case .close(let code, _): self.peerClosed(code)
        }
    }

    private func give(_ bytes: UnsafeRawBufferPointer, _ opcode: WSOpcode) {
        // What comes between our close frame and the client's is not for anybody.
        guard self.isOpen, !self.hasClientLeft else { return }
        self.isHandling = true
        self.receiver.received(bytes, opcode, on: self)
        self.isHandling = false
    }

    // MARK: Output

    /// Whether an answer may join those that go out behind this piece of input.
    var takesReplies: Bool { self.isHandling && !self.owesReplies && self.isOpen }

    /// Adds to what goes out behind this piece of input.
    func reply(_ write: (inout ByteBuffer) -> Void) {
        guard self.isOpen else { return }
        if self.loop.write(for: self, write) > Self.maxReplies { self.flush() }
    }

    /// Adds a message to what goes out behind this piece of input.
    func reply(_ opcode: WSOpcode, _ payload: ByteBuffer) {
        let isCompressed = self.compressed?.contains(payload.readableBytes) ?? false
        self.reply { buffer in
            if isCompressed {
                WSDeflateEncoder.write(opcode, payload, into: &buffer)
            } else {
                WSFrameEncoder.write(opcode, payload, into: &buffer)
            }
        }
    }

    /// Sends the answers there are.
    func flush() {
        guard let replies = self.loop.takeReplies(of: self) else { return }
        if let connection, !connection.reply(replies) { self.owesReplies = true }
        self.loop.reuse(replies)
    }

    // MARK: Work that takes its time

    /// Nothing more is read until ``workDone(_:)``.
    func wait(for work: any WSWork) { self.work = work }

    /// Goes on, unless the connection is gone.
    func workDone(_ finish: () -> Void) {
        guard self.work != nil else { return }
        self.work = nil
        finish()
        self.resume()
    }

    // MARK: The end

    /// Ends the connection.
    func end(_ reason: DisconnectReason, code: WSCloseCode, _ text: String = "") {
        self.flush()
        self.connection?.end(reason, farewell: .close(code, text))
    }

    private func peerClosed(_ code: WSCloseCode?) {
        self.hasPeerClosed = true
        self.inputIsOver()
        self.flush()
        self.connection?.end(.clientClosed, farewell: .close(code))
    }

    private func fail(_ error: WSProtocolError) {
        self.inputIsOver()
        self.end(error.closeCode == .messageTooBig ? .limit : .protocolError, code: error.closeCode, error.reason)
    }

    private func inputIsOver() {
        self.isInputOver = true
        if self.hasFinished { self.handler?.closeOutput() }
    }
}

/// Something that a connection waits for.
protocol WSWork {
    func cancel()
}

extension Task: WSWork {}
