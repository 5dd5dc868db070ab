//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RealtimeCore

/// JSON as clients send it: ranges lie in the text and hold what they say, and a text that ends early fails where it ends.
enum JSONTarget {
    private typealias Verdict = Result<Range<Int>, JSONProblem>

    static func run(_ input: FuzzInput) {
        let maxDepth = [JSONScanner.defaultMaxDepth, 0, 1, 3, 127, 128, .max][input.number(below: 7)]
        let verdict = Self.validate(input.bytes, maxDepth: maxDepth)
        Self.checkRange(verdict, input.bytes, maxDepth)
        Self.checkMembers(input.bytes, maxDepth: maxDepth, verdict)
        for salt in 0..<4 {
            Self.checkBeginning(Array(input.bytes.prefix(input.number(below: input.bytes.count + 1, UInt64(salt)))), of: verdict, maxDepth: maxDepth)
        }
        Self.checkRequest(input.bytes, maxDepth: maxDepth)
        Self.checkWritten(input.text)
    }

    private static func validate(_ bytes: some Collection<UInt8>, maxDepth: Int) -> Verdict {
        ExactBuffer.withBytes(bytes) { bytes in
            do throws(JSONProblem) {
                return .success(try JSONScanner.validate(bytes, maxDepth: maxDepth))
            } catch {
                return .failure(error)
            }
        }
    }

    private static func checkRange(_ verdict: Verdict, _ bytes: [UInt8], _ maxDepth: Int) {
        switch verdict {
        case .success(let value):
            require(!value.isEmpty && value.lowerBound >= 0 && value.upperBound <= bytes.count, "the value is at \(value) of \(bytes.count)")
            let around = bytes[..<value.lowerBound] + bytes[value.upperBound...]
            require(around.allSatisfy { [0x20, 0x09, 0x0a, 0x0d].contains($0) }, "more than whitespace is around the value")
            requireEqual(Self.validate(bytes[value], maxDepth: maxDepth), .success(0..<value.count), "the value alone is not what it is in the text")
        case .failure(.malformed(let offset)):
            require((0...bytes.count).contains(offset), "the problem is at \(offset) of \(bytes.count)")
        case .failure(.tooDeep):
            require(bytes.count(where: { "[{".utf8.contains($0) }) > min(maxDepth, JSONScanner.depthLimit), "too deep without that many brackets")
        }
    }

    /// A beginning fails at its end unless it is a text itself, or holds the problem already.
    private static func checkBeginning(_ beginning: [UInt8], of whole: Verdict, maxDepth: Int) {
        let verdict = Self.validate(beginning, maxDepth: maxDepth)
        Self.checkRange(verdict, beginning, maxDepth)
        guard case .failure(let problem) = verdict, problem != .malformed(offset: beginning.count) else { return }
        requireEqual(whole, .failure(problem), "a problem goes away with what follows")
    }

    // MARK: Members

    private static func checkMembers(_ bytes: [UInt8], maxDepth: Int, _ verdict: Verdict) {
        ExactBuffer.withBytes(bytes) { bytes in
            var members: [JSONScanner.Member] = []
            let object: Range<Int>?
            do throws(JSONProblem) {
                object = try JSONScanner.members(of: bytes, maxDepth: maxDepth) { members.append($0) }
            } catch {
                requireEqual(verdict, .failure(error), "the two ways through a text differ")
                return
            }
            guard let object else {
                if case .success(let value) = verdict { require(bytes[value.lowerBound] != UInt8(ascii: "{"), "an object was not seen") }
                return
            }
            requireEqual(verdict, .success(object), "the two ways through an object differ")
            var end = object.lowerBound + 1
            for member in members {
                require(member.key.lowerBound >= end && member.value.lowerBound > member.key.upperBound, "members overlap")
                require(member.value.upperBound < object.upperBound, "a member is not in its object")
                end = member.value.upperBound
                Self.checkString(member.key, bytes, isKey: true)
                Self.checkString(member.value, bytes, isKey: false)
                let value = Self.validate(bytes[member.value], maxDepth: maxDepth)
                requireEqual(value, .success(0..<member.value.count), "a member's value is not JSON")
            }
        }
    }

    private static func checkString(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer, isKey: Bool) {
        let isString = bytes[range.lowerBound] == UInt8(ascii: "\"")
        require(isString || !isKey, "a key is not a string")
        let text = JSONString.decode(range, in: bytes)
        require(isString || text == nil, "what is no string was decoded")
        for word: StaticString in ["type", "room", "id", "a/b", ""] {
            let isEqual = JSONString.equals(word, range, in: bytes)
            requireEqual(isEqual, text.map { Array($0.utf8) == Array("\(word)".utf8) } ?? false, "'\(word)' and the text that was decoded")
        }
        guard let text else { return }
        Self.checkWritten(text)
    }

    /// A text that is written is read as the same.
    private static func checkWritten(_ text: String) {
        var buffer = ByteBuffer()
        JSONString.write(text, into: &buffer)
        let written = Array(buffer.readableBytesView)
        requireEqual(Self.validate(written, maxDepth: 0), .success(0..<written.count), "what was written is not JSON")
        let read = ExactBuffer.withBytes(written) { JSONString.decode(0..<written.count, in: $0) }
        requireEqual(read.map { Array($0.utf8) }, Array(text.utf8), "a text is another one when it is read")

        let units = text.utf16.prefix(64)
        guard let beginning = String(validating: units, as: UTF16.self) else { return }
        let escapes = units.map { unit in
            let digits = String(unit, radix: 16, uppercase: unit % 3 == 0)
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        let escaped = Array("\"\(escapes.joined())\"".utf8)
        let unescaped = ExactBuffer.withBytes(escaped) { JSONString.decode(0..<escaped.count, in: $0) }
        requireEqual(unescaped.map { Array($0.utf8) }, Array(beginning.utf8), "a text is another one when it is read from escapes")
    }

    // MARK: Requests

    private static func checkRequest(_ bytes: [UInt8], maxDepth: Int) {
        ExactBuffer.withBytes(bytes) { memory in
            do throws(WSRequest.Problem) {
                let request = try WSRequest(parsing: memory, maxDepth: maxDepth)
                requireEqual(Self.validate(bytes, maxDepth: maxDepth), .success(request.whole), "a request that is not JSON")
                if let payload = request.payload {
                    require(request.whole.lowerBound < payload.lowerBound && payload.upperBound < request.whole.upperBound, "the payload is outside")
                    requireEqual(Self.validate(bytes[payload], maxDepth: maxDepth), .success(0..<payload.count), "the payload is not JSON")
                }
                Self.checkID(request.id)
            } catch {
                if case .invalidMessage(let id) = error { Self.checkID(id) }
            }
        }
    }

    /// An id is repeated in answers as it is, so it has to be JSON.
    private static func checkID(_ id: String?) {
        guard let id else { return }
        require((1...3 * WSRequest.maxIDLength).contains(id.utf8.count), "the id has \(id.utf8.count) bytes")
        requireEqual(Self.validate(Array(id.utf8), maxDepth: 0), .success(0..<id.utf8.count), "the id is not JSON")
    }
}
