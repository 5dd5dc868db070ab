//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore

/// What a reader should make of a stream that ends somewhere, written as plainly as possible.
struct WSReaderModel {
    private let maxMessageBytes: Int
    private let maxFragments: Int
    private var rest: ArraySlice<UInt8>
    private var seen: [WSReading.Seen] = []
    private var message: (opcode: UInt8, bytes: [UInt8], fragments: Int)?

    /// The events of a stream, and the end that it comes to.
    static func seen(_ stream: [UInt8], maxMessageBytes: Int, maxFragments: Int) -> [WSReading.Seen] {
        var model = WSReaderModel(maxMessageBytes: maxMessageBytes, maxFragments: maxFragments, rest: stream[...])
        while model.readFrame() {}
        return model.seen
    }

    private init(maxMessageBytes: Int, maxFragments: Int, rest: ArraySlice<UInt8>) {
        self.maxMessageBytes = maxMessageBytes
        self.maxFragments = maxFragments
        self.rest = rest
    }

    private mutating func fail(_ code: UInt16) -> Bool {
        self.seen.append(.failed(code))
        return false
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard self.rest.count >= count else { return nil }
        defer { self.rest = self.rest.dropFirst(count) }
        return Array(self.rest.prefix(count))
    }

    private mutating func readFrame() -> Bool {
        guard let first = self.take(1)?.first else { return false }
        let isFinal = first >> 7 == 1
        let opcode = first & 0xf
        guard first >> 4 & 7 == 0, [0, 1, 2, 8, 9, 10].contains(opcode) else { return self.fail(1002) }
        if opcode >= 8 && !isFinal || opcode == 0 && self.message == nil || [1, 2].contains(opcode) && self.message != nil {
            return self.fail(1002)
        }
        if opcode == 0, self.message?.fragments == self.maxFragments { return self.fail(1009) }

        guard let second = self.take(1)?.first else { return false }
        guard second >> 7 == 1 else { return self.fail(1002) }
        var length = UInt64(second & 0x7f)
        if opcode >= 8, length > 125 || opcode == 8 && length == 1 { return self.fail(1002) }
        if length >= 126 {
            guard let digits = self.take(length == 126 ? 2 : 8) else { return false }
            let smallest: UInt64 = length == 126 ? 126 : 65_536
            length = digits.reduce(0) { $0 << 8 | UInt64($1) }
            guard length >= smallest, length >> 63 == 0 else { return self.fail(1002) }
        }
        if opcode < 8, length > UInt64(self.maxMessageBytes - (self.message?.bytes.count ?? 0)) { return self.fail(1009) }
        guard let key = self.take(4) else { return false }

        let arrived = self.rest.prefix(Int(length)).enumerated().map { $1 ^ key[$0 % 4] }
        let isWhole = self.take(Int(length)) != nil
        if opcode >= 8 { return isWhole && self.control(opcode, arrived) }
        return self.data(opcode, arrived, isWhole: isWhole, isFinal: isFinal)
    }

    private mutating func data(_ opcode: UInt8, _ arrived: [UInt8], isWhole: Bool, isFinal: Bool) -> Bool {
        var message = self.message ?? (opcode, [], 0)
        message.bytes += arrived
        message.fragments += 1
        if message.opcode == 1, !UTF8Oracle.mayBecomeValid(message.bytes) { return self.fail(1007) }
        guard isWhole else { return false }
        self.message = isFinal ? nil : message
        guard isFinal else { return true }
        if message.opcode == 1, !UTF8Oracle.isValid(message.bytes) { return self.fail(1007) }
        self.seen.append(message.opcode == 1 ? .text(message.bytes) : .binary(message.bytes))
        return true
    }

    private mutating func control(_ opcode: UInt8, _ payload: [UInt8]) -> Bool {
        if opcode == 9 { self.seen.append(.ping(payload)) }
        if opcode == 10 { self.seen.append(.pong(payload)) }
        guard opcode == 8 else { return true }
        guard payload.count >= 2 else {
            self.seen.append(.close(nil, []))
            return false
        }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code) || (3000...4999).contains(code) else { return self.fail(1002) }
        guard UTF8Oracle.isValid(Array(payload[2...])) else { return self.fail(1007) }
        self.seen.append(.close(code, Array(payload[2...])))
        return false
    }
}
