//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore
import Testing

/// Every header there is, against the rules of RFC 6455 §5.2 in a table of their own.
@Suite struct WSFrameHeaderTests {
    private enum Outcome: Equatable {
        case header(isFinal: Bool, rsv1: Bool, opcode: WSOpcode, length: Int, mask: WSMask, size: Int)
        case incomplete
        case failed(WSCloseCode)

        init(_ header: WSFrameHeader) {
            self = .header(
                isFinal: header.isFinal,
                rsv1: header.rsv1,
                opcode: header.opcode,
                length: header.length,
                mask: header.mask,
                size: header.size
            )
        }
    }

    private static let lengths: [(WSTestFrame.LengthForm, UInt64)] = [
        (.short, 0), (.short, 1), (.short, 2), (.short, 124), (.short, 125),
        (.two, 0), (.two, 1), (.two, 125), (.two, 126), (.two, 127), (.two, 1000), (.two, 1001), (.two, 65_535),
        (.eight, 0), (.eight, 125), (.eight, 126), (.eight, 65_535), (.eight, 65_536), (.eight, 1 << 31), (.eight, 1 << 32),
        (.eight, (1 << 63) - 1), (.eight, 1 << 63), (.eight, .max),
    ]

    private static let rules: [WSFrameRules] = [WSFrameRules.Peer.client, .server].flatMap { peer in
        [false, true].flatMap { allowsRSV1 in
            [false, true].flatMap { isInMessage in
                [false, true].flatMap { allowsContinuation in
                    [1000, Int.max].map { room in
                        WSFrameRules(
                            peer: peer,
                            allowsRSV1: allowsRSV1,
                            isInMessage: isInMessage,
                            allowsContinuation: allowsContinuation,
                            room: room
                        )
                    }
                }
            }
        }
    }

    private func parse(_ bytes: UnsafeRawBufferPointer, _ rules: WSFrameRules) -> Outcome {
        do {
            guard let header = try WSFrameHeader.parse(bytes, rules) else { return .incomplete }
            return Outcome(header)
        } catch {
            return .failed(error.closeCode)
        }
    }

    private func parse(_ bytes: [UInt8], _ rules: WSFrameRules) -> Outcome {
        bytes.withUnsafeBytes { self.parse($0, rules) }
    }

    /// What is wrong with a frame, and with which byte of its header that is known. The first of several counts.
    private func mistake(_ frame: WSTestFrame, _ rules: WSFrameRules) -> (code: WSCloseCode, size: Int)? {
        let isControl = frame.opcode >= 8
        let isContinuation = frame.opcode == 0
        guard [0, 1, 2, 8, 9, 10].contains(frame.opcode) else { return (.protocolError, 1) }
        if frame.reserved & 3 != 0 { return (.protocolError, 1) }
        if frame.reserved & 4 != 0, !rules.allowsRSV1 || isControl || isContinuation { return (.protocolError, 1) }
        if isControl, !frame.isFinal { return (.protocolError, 1) }
        if isContinuation, !rules.isInMessage { return (.protocolError, 1) }
        if !isContinuation, !isControl, rules.isInMessage { return (.protocolError, 1) }
        if isContinuation, !rules.allowsContinuation { return (.messageTooBig, 1) }

        if (frame.key != nil) != (rules.peer == .client) { return (.protocolError, 2) }
        if isControl, frame.form != .short { return (.protocolError, 2) }
        if frame.opcode == 8, frame.length == 1 { return (.protocolError, 2) }

        let size = frame.form == .short ? 2 : frame.form == .two ? 4 : 10
        if frame.form == .two, frame.length < 126 { return (.protocolError, size) }
        if frame.form == .eight, frame.length < 65_536 || frame.length >= 1 << 63 { return (.protocolError, size) }
        if !isControl, frame.length > UInt64(rules.room) { return (.messageTooBig, size) }
        return nil
    }

    private func expected(_ frame: WSTestFrame) -> Outcome {
        guard let opcode = WSOpcode(rawValue: frame.opcode), let length = Int(exactly: frame.length) else { return .incomplete }
        return .header(
            isFinal: frame.isFinal,
            rsv1: frame.reserved == 4,
            opcode: opcode,
            length: length,
            mask: WSMask(key: frame.key == nil ? 0 : 0x3d21_fa37),
            size: frame.header.count
        )
    }

    private func check(_ frame: WSTestFrame, _ rules: WSFrameRules, mistakes: inout [String]) {
        let mistake = self.mistake(frame, rules)
        let header = self.expected(frame)
        let size = frame.header.count
        // Bytes behind the header are not looked at.
        (frame.header + [0xff, 0xff]).withUnsafeBytes { bytes in
            for count in 1...bytes.count {
                var expected = count < size ? .incomplete : header
                if let mistake, count >= mistake.size { expected = .failed(mistake.code) }
                let outcome = self.parse(UnsafeRawBufferPointer(rebasing: bytes[..<count]), rules)
                if outcome != expected { mistakes.append("\(frame), \(rules), \(count) bytes: \(outcome)") }
            }
        }
    }

    @Test(arguments: [true, false])
    func everyHeaderIsJudgedAsSoonAsItsBytesAreThere(isFinal: Bool) {
        var mistakes: [String] = []
        for opcode in UInt8(0)..<16 {
            for key in [[0x37, 0xfa, 0x21, 0x3d], nil] as [[UInt8]?] {
                for rules in Self.rules {
                    // The reserved bits are tried with few lengths, the lengths with the bits that may be set.
                    for reserved in UInt8(0)..<8 {
                        let frame = WSTestFrame(isFinal: isFinal, reserved: reserved, opcode: opcode, key: key, form: .short, promisedLength: 5)
                        self.check(frame, rules, mistakes: &mistakes)
                    }
                    for (form, length) in Self.lengths {
                        let frame = WSTestFrame(isFinal: isFinal, opcode: opcode, key: key, form: form, promisedLength: length)
                        self.check(frame, rules, mistakes: &mistakes)
                    }
                }
            }
        }
        #expect(mistakes.isEmpty, "\(mistakes.count), such as \(mistakes.first ?? "")")
    }

    @Test func nothingIsNoHeader() {
        #expect(self.parse([], WSFrameRules()) == .incomplete)
    }

    @Test func aNegativeRoomIsNone() {
        #expect(self.parse(WSTestFrame.binary([]).bytes, WSFrameRules(room: -1)) != .failed(.messageTooBig))
        #expect(self.parse(WSTestFrame.binary([1]).bytes, WSFrameRules(room: -1)) == .failed(.messageTooBig))
    }

    @Test func opcodesAreControlsFromEightOn() {
        #expect(WSOpcode.allCases.filter(\.isControl) == [.close, .ping, .pong])
        #expect(WSOpcode.allCases.map(\.rawValue) == [0, 1, 2, 8, 9, 10])
    }
}
