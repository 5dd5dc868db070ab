//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

/// How deep a text may be, and that it may end anywhere.
@Suite struct JSONScannerLimitTests {
    @discardableResult
    private func scan(_ text: some StringProtocol, maxDepth: Int = JSONScanner.defaultMaxDepth) throws -> Range<Int> {
        try Array(text.utf8).withUnsafeBytes { try JSONScanner.validate($0, maxDepth: maxDepth) }
    }

    private func members(_ text: some StringProtocol, maxDepth: Int) throws -> Range<Int>? {
        try Array(text.utf8).withUnsafeBytes { try JSONScanner.members(of: $0, maxDepth: maxDepth) { _ in } }
    }

    /// Levels inside each other: arrays, objects, or both by turns.
    private func nested(_ levels: Int, _ opening: [String], _ innermost: String = "", isClosed: Bool = true) -> String {
        let openings = (0..<levels).map { opening[$0 % opening.count] }
        let closings = openings.reversed().map { $0.hasPrefix("[") ? "]" : "}" }
        return openings.joined() + innermost + (isClosed ? closings.joined() : "")
    }

    private static let kinds = [["["], [#"{"a":"#], ["[", #"{"a":"#], [#"[1,"x","#], [#"{"b":null,"a":"#, "["]]

    // MARK: Depth

    @Test(arguments: Self.kinds, [1, 2, 3, 63, 64, 65, 127, 128])
    func asManyLevelsAsAllowedAreAccepted(_ kind: [String], levels: Int) throws {
        let text = self.nested(levels, kind, "null")
        #expect(try self.scan(text, maxDepth: levels) == 0..<text.utf8.count)
        #expect(try self.scan(text, maxDepth: levels + 1) == 0..<text.utf8.count)
        // One that is empty is a level as well.
        #expect(throws: JSONProblem.tooDeep) { try self.scan(text, maxDepth: levels - 1) }
        #expect(throws: JSONProblem.tooDeep) { try self.scan(self.nested(levels, kind, "[]"), maxDepth: levels) }
        #expect(throws: JSONProblem.tooDeep) { try self.scan(self.nested(levels, kind, "{}"), maxDepth: levels) }
    }

    @Test(arguments: [1, 2, 64, 128])
    func theObjectWhoseMembersAreToldIsALevel(_ levels: Int) throws {
        let text = self.nested(levels, [#"{"a":"#, "["], "1")
        #expect(try self.members(text, maxDepth: levels) == 0..<text.utf8.count)
        #expect(throws: JSONProblem.tooDeep) { try self.members(text, maxDepth: levels - 1) }
    }

    @Test func levelsSideBySideDoNotAddUp() throws {
        let text = "[" + Array(repeating: self.nested(63, ["[", #"{"a":"#], "1"), count: 500).joined(separator: ",") + "]"
        #expect(try self.scan(text, maxDepth: 64) == 0..<text.utf8.count)
        #expect(throws: JSONProblem.tooDeep) { try self.scan(text, maxDepth: 63) }
    }

    @Test(arguments: [0, -1, Int.min])
    func noLevelAllowsPlainValues(_ maxDepth: Int) throws {
        #expect(try self.scan(#""a""#, maxDepth: maxDepth) == 0..<3)
        #expect(throws: JSONProblem.tooDeep) { try self.scan("[]", maxDepth: maxDepth) }
        #expect(throws: JSONProblem.tooDeep) { try self.members("{}", maxDepth: maxDepth) }
    }

    @Test(arguments: [129, 1000, Int.max])
    func thereIsALimitToTheLimit(_ maxDepth: Int) throws {
        #expect(JSONScanner.depthLimit == 128)
        #expect(try self.scan(self.nested(128, ["[", #"{"a":"#], "1"), maxDepth: maxDepth) == 0..<(64 * 8 + 1))
        #expect(throws: JSONProblem.tooDeep) { try self.scan(self.nested(129, ["["]), maxDepth: maxDepth) }
    }

    @Test(arguments: Self.kinds, [true, false])
    func aHundredThousandLevelsAreRefused(_ kind: [String], isClosed: Bool) {
        let text = self.nested(100_000, kind, "1", isClosed: isClosed)
        for maxDepth in [64, Int.max] {
            #expect(throws: JSONProblem.tooDeep) { try self.scan(text, maxDepth: maxDepth) }
        }
        #expect(throws: JSONProblem.tooDeep) { try self.members(#"{"a":"# + text, maxDepth: 64) }
    }

    @Test func closingsThatNothingOpenedAreRefused() {
        #expect(throws: JSONProblem.malformed(offset: 2)) { try self.scan("[]" + String(repeating: "]", count: 100_000)) }
    }

    /// The levels' kinds are remembered through all of them: each is closed wrongly once.
    @Test func everyLevelIsClosedByItsOwnKind() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20 {
            let openings = (0..<128).map { _ in generator.oneIn(2) ? "[" : #"{"a":"# }
            let closings = openings.reversed().map { $0 == "[" ? "]" : "}" }
            let start = openings.joined() + "1"
            try self.scan(start + closings.joined(), maxDepth: 128)
            for level in closings.indices {
                var wrong = closings
                wrong[level] = wrong[level] == "]" ? "}" : "]"
                let offset = start.utf8.count + level
                #expect(throws: JSONProblem.malformed(offset: offset)) { try self.scan(start + wrong.joined(), maxDepth: 128) }
            }
        }
    }

    // MARK: Truncation

    @Test(arguments: [
        #"{"type":"broadcast","room":"chat","payload":{"text":"hello world","n":12}}"#, #"[[[],{}],{"a":[1.5e-7,-0,true,false,null]}]"#,
        #""\"\\\u00e4\ud83d\ude00 é漢😀 and some more text""#, "true", "false", "null", #" { "\u0061" : [ "b" , { } , [ ] ] }"#,
    ])
    func aTextThatIsCutAnywhereIsRefusedAtItsEnd(_ text: String) throws {
        try self.scan(text)
        let bytes = Array(text.utf8)
        for count in bytes.indices {
            // In memory of its own, so that a look behind the end is one into nothing.
            let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
            defer { piece.deallocate() }
            piece.copyBytes(from: bytes[..<count])
            #expect(throws: JSONProblem.malformed(offset: count)) { try JSONScanner.validate(UnsafeRawBufferPointer(piece)) }
        }
    }

    @Test func noBytesAtAllAreRefused() {
        #expect(throws: JSONProblem.malformed(offset: 0)) { try JSONScanner.validate(UnsafeRawBufferPointer(start: nil, count: 0)) }
        #expect(throws: JSONProblem.malformed(offset: 0)) { try JSONScanner.members(of: UnsafeRawBufferPointer(start: nil, count: 0)) { _ in } }
    }

    /// Bytes that are no UTF-8 disturb nothing: a lead byte does not swallow the quotation mark behind it.
    @Test func bytesThatAreNotUTF8AreTakenAsTheyCome() throws {
        for lead in [0xc3, 0xe2, 0xf0, 0xff] as [UInt8] {
            let bytes = [0x22, lead, 0x22]
            #expect(try bytes.withUnsafeBytes { try JSONScanner.validate($0) } == 0..<3)
            #expect(throws: JSONProblem.malformed(offset: 2)) { try bytes[..<2].withUnsafeBytes { try JSONScanner.validate($0) } }
        }
    }
}
