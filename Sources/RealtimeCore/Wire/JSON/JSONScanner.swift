//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Checks that bytes are exactly one JSON text (RFC 8259), and finds the members of an object.
///
/// Strict, and nothing is decoded: numbers of any size and escapes of lone surrogates are as good as others. That the bytes are UTF-8 is the
/// caller's affair. Nothing is allocated and nothing calls itself, so hostile nesting costs no stack: what encloses a value is kept as
/// one bit for each level.
package struct JSONScanner {
    /// The most objects and arrays inside each other unless a caller sets another number.
    package static let defaultMaxDepth = 64
    /// The most levels that can be kept; a larger number means this one.
    package static let depthLimit = UInt128.bitWidth

    // The parts of an `UnsafeRawBufferPointer`, whose optional address costs time at every byte.
    private let start: UnsafeRawPointer
    private let count: Int
    private let maxDepth: Int
    private var index = 0

    private init(_ bytes: UnsafeRawBufferPointer, maxDepth: Int) throws(JSONProblem) {
        guard let start = bytes.baseAddress else { throw .malformed(offset: 0) }
        self.start = start
        self.count = bytes.count
        self.maxDepth = min(maxDepth, Self.depthLimit)
    }

    /// Checks a whole text, and answers where its value is: the text without the whitespace around it.
    @discardableResult
    package static func validate(_ bytes: UnsafeRawBufferPointer, maxDepth: Int = Self.defaultMaxDepth) throws(JSONProblem) -> Range<Int> {
        var scanner = try Self(bytes, maxDepth: maxDepth)
        scanner.skipWhitespace()
        let value = try scanner.skipValue(depth: 0)
        try scanner.end()
        return value
    }

    /// Checks a whole text that is an object, and tells of its members in their order, those of the same name too.
    ///
    /// A problem is found where it stands, so `body` may have been told of members of a text that is refused in the end.
    ///
    /// - Returns: where the object is, or `nil` when the text begins as something else; it is not looked at any further then.
    package static func members(
        of bytes: UnsafeRawBufferPointer,
        maxDepth: Int = Self.defaultMaxDepth,
        _ body: (Member) -> Void
    ) throws(JSONProblem) -> Range<Int>? {
        var scanner = try Self(bytes, maxDepth: maxDepth)
        scanner.skipWhitespace()
        let start = scanner.index
        guard scanner.index < scanner.count else { throw scanner.malformed }
        guard scanner.current == UInt8(ascii: "{") else { return nil }
        guard scanner.maxDepth > 0 else { throw .tooDeep }
        scanner.index += 1
        scanner.skipWhitespace()
        if scanner.current == UInt8(ascii: "}") {
            scanner.index += 1
        } else {
            try scanner.skipMembers(body)
        }
        let object = start..<scanner.index
        try scanner.end()
        return object
    }

    /// The byte at hand. The only place that reads one of a position: behind the end it is NUL, which fits nowhere in JSON, so nothing has to
    /// ask for the end, or steps over it.
    private var current: UInt8 {
        @inline(__always) get { self.index < self.count ? self.start.load(fromByteOffset: self.index, as: UInt8.self) : 0 }
    }

    private var malformed: JSONProblem { .malformed(offset: self.index) }

    private mutating func end() throws(JSONProblem) {
        self.skipWhitespace()
        guard self.index == self.count else { throw self.malformed }
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while true {
            switch self.current {
            case 0x20, 0x09, 0x0a, 0x0d: self.index += 1
            default: return
            }
        }
    }

    /// Goes through an object from its first key to behind its end.
    private mutating func skipMembers(_ body: (Member) -> Void) throws(JSONProblem) {
        while true {
            let key = try self.skipKey()
            body(Member(key: key, value: try self.skipValue(depth: 1)))
            self.skipWhitespace()
            switch self.current {
            case UInt8(ascii: ","):
                self.index += 1
                self.skipWhitespace()
            case UInt8(ascii: "}"):
                self.index += 1
                return
            default:
                throw self.malformed
            }
        }
    }

    /// Goes over a value and all that is in it; `depth` is the number of levels around it.
    private mutating func skipValue(depth outer: Int) throws(JSONProblem) -> Range<Int> {
        let start = self.index
        var depth = outer
        // What the levels below `outer` are, the innermost in the lowest bit: 1 for an object, 0 for an array.
        var levels: UInt128 = 0
        while true {
            switch self.current {
            case UInt8(ascii: "\""):
                try self.skipString()
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try self.skipNumber()
            case UInt8(ascii: "t"):
                try self.skip("true")
            case UInt8(ascii: "f"):
                try self.skip("false")
            case UInt8(ascii: "n"):
                try self.skip("null")
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = self.current == UInt8(ascii: "{")
                guard depth < self.maxDepth else { throw .tooDeep }
                self.index += 1
                self.skipWhitespace()
                if self.current == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    self.index += 1
                } else {
                    depth += 1
                    levels = levels << 1 | (isObject ? 1 : 0)
                    if isObject { try self.skipKey() }
                    continue
                }
            default:
                throw self.malformed
            }
            // Behind a value: up as many levels as end here, then on to the next value.
            while true {
                if depth == outer { return start..<self.index }
                let isObject = levels & 1 == 1
                self.skipWhitespace()
                if self.current == UInt8(ascii: ",") {
                    self.index += 1
                    self.skipWhitespace()
                    if isObject { try self.skipKey() }
                    break
                }
                guard self.current == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw self.malformed }
                self.index += 1
                depth -= 1
                levels >>= 1
            }
        }
    }

    /// Goes over a key and its colon, up to the value.
    @discardableResult
    private mutating func skipKey() throws(JSONProblem) -> Range<Int> {
        let start = self.index
        try self.skipString()
        let key = start..<self.index
        self.skipWhitespace()
        guard self.current == UInt8(ascii: ":") else { throw self.malformed }
        self.index += 1
        self.skipWhitespace()
        return key
    }

    private mutating func skipString() throws(JSONProblem) {
        guard self.current == UInt8(ascii: "\"") else { throw self.malformed }
        self.index += 1
        while true {
            self.index = JSONString.plainEnd(in: UnsafeRawBufferPointer(start: self.start, count: self.count), from: self.index)
            switch self.current {
            case UInt8(ascii: "\""):
                self.index += 1
                return
            case UInt8(ascii: "\\"):
                self.index += 1
                try self.skipEscaped()
            default:
                throw self.malformed
            }
        }
    }

    private mutating func skipEscaped() throws(JSONProblem) {
        switch self.current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.index += 1
        case UInt8(ascii: "u"):
            self.index += 1
            for _ in 0..<4 {
                guard JSONString.hexDigit(self.current) != nil else { throw self.malformed }
                self.index += 1
            }
        default:
            throw self.malformed
        }
    }

    private mutating func skipNumber() throws(JSONProblem) {
        if self.current == UInt8(ascii: "-") { self.index += 1 }
        if self.current == UInt8(ascii: "0") {
            self.index += 1
        } else {
            try self.skipDigits()
        }
        if self.current == UInt8(ascii: ".") {
            self.index += 1
            try self.skipDigits()
        }
        if self.current == UInt8(ascii: "e") || self.current == UInt8(ascii: "E") {
            self.index += 1
            if self.current == UInt8(ascii: "+") || self.current == UInt8(ascii: "-") { self.index += 1 }
            try self.skipDigits()
        }
    }

    @inline(__always)
    private mutating func skipDigits() throws(JSONProblem) {
        let start = self.index
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self.current) { self.index += 1 }
        guard self.index > start else { throw self.malformed }
    }

    private mutating func skip(_ word: StaticString) throws(JSONProblem) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard self.current == word.utf8Start[offset] else { throw self.malformed }
            self.index += 1
        }
    }
}

extension JSONScanner {
    /// One member of an object: where its key and its value are in the text, as they are written there.
    package struct Member: Sendable, Equatable {
        /// The key, with its quotation marks. It may hold escapes: ``JSONString/equals(_:_:in:)`` compares it.
        package let key: Range<Int>
        /// The value.
        package let value: Range<Int>
    }
}
