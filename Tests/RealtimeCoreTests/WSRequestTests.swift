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

/// The envelope of a client's message.
@Suite struct WSRequestTests {
    private func parse(_ text: String, maxDepth: Int = JSONScanner.defaultMaxDepth) throws(WSRequest.Problem) -> WSRequest {
        try ByteBuffer(string: text).withUnsafeReadableBytes { bytes throws(WSRequest.Problem) in
            try WSRequest(parsing: bytes, maxDepth: maxDepth)
        }
    }

    /// The bytes of a range as text.
    private func piece(_ range: Range<Int>?, of text: String) -> String? {
        range.map { String(decoding: Array(text.utf8)[$0], as: UTF8.self) }
    }

    // MARK: Types

    @Test(
        arguments: [
            ("join", .join), ("leave", .leave), ("broadcast", .broadcast), ("ping", .ping), ("pong", .pong), ("nope", .other("nope")),
            ("", .other("")),
            ("Join", .other("Join")), ("joined", .other("joined")), ("pin", .other("pin")), ("join ", .other("join ")),
            ("post:created", .other("post:created")),
            (#"jo\u0069n"#, .join), (#"\u0070ing"#, .ping), (#"\u006c\u0065\u0061\u0076\u0065"#, .leave), (#"join\u0000"#, .other("join\u{0}")),
            (#"a\"b\\c"#, .other("a\"b\\c")), (#"\ud83d\ude00"#, .other("😀")), ("é", .other("é")),
        ] as [(String, WSRequest.Kind)]
    )
    func theTypeSaysWhatIsAskedFor(_ type: String, kind: WSRequest.Kind) throws {
        let text = #"{"type":"\#(type)"}"#
        let request = try self.parse(text)
        #expect(request.type == kind)
        #expect(request.room == nil && request.id == nil && request.payload == nil)
        #expect(request.whole == 0..<text.utf8.count)
    }

    @Test(arguments: [
        "{}", #"{"room":"a"}"#, #"{"type":1}"#, #"{"type":null}"#, #"{"type":true}"#, #"{"type":["join"]}"#, #"{"type":{"type":"join"}}"#,
        #"{"Type":"join"}"#, #"{"type ":"join"}"#, #"{"payload":{"type":"join"}}"#, #"{"type":"\ud800"}"#, #"{"type":"join\udc00"}"#,
    ])
    func withoutATypeItIsNoRequest(_ text: String) {
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(text) }
    }

    @Test(arguments: [
        "", " ", "x", "null", "1", #""join""#, "[]", #"[{"type":"join"}]"#, #"{"type":"join""#, #"{"type":"join"}}"#, #"{"type":"join"} {}"#,
        #"{"type":"join",}"#,
        #"{type:"join"}"#, #"{'type':'join'}"#, #"{"type":"join","room":"a"#, #"{"type":"join","payload":}"#, #"{"type":"join","payload":01}"#,
        "\u{feff}{\"type\":\"join\"}", "{\"type\":\"jo\nin\"}", #"{"type":"join"}//"#, "{\"type\":\"join\"}\u{0}", #"{"type":"join" "room":"a"}"#,
        // An id of a text that is not JSON is not believed.
        #"{"id":1,"type":"join""#, #"{"id":1,"type":"join"}x"#,
    ])
    func whatIsNoJSONObjectIsNoRequest(_ text: String) {
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(text) }
    }

    // MARK: Rooms

    @Test(arguments: [
        ("chat", "chat"), ("", ""), ("a room of more than fifteen bytes", "a room of more than fifteen bytes"), ("é漢😀", "é漢😀"), (#"a\u0062c"#, "abc"),
        (#"\u00e9\ud83d\ude00"#, "é😀"), (#"a\nb"#, "a\nb"), (#"\u0000"#, "\u{0}"), (#"\\\"\/"#, #"\"/"#),
    ])
    func theRoomIsDecoded(_ raw: String, room: String) throws {
        let request = try self.parse(#"{"type":"join","room":"\#(raw)"}"#)
        #expect(request.room.map { Array($0.utf8) } == Array(room.utf8))
        #expect(request.type == .join)
    }

    @Test(arguments: ["1", "null", "true", "[]", "{}", #"["chat"]"#, #""\ud800""#, #""a\udc00""#])
    func aRoomThatIsNoTextIsRefused(_ room: String) {
        for type in ["join", "ping", "other"] {
            #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"type":"\#(type)","room":\#(room)}"#) }
            #expect(throws: WSRequest.Problem.invalidMessage(id: "7")) { try self.parse(#"{"type":"\#(type)","room":\#(room),"id":7}"#) }
        }
    }

    // MARK: Payloads

    @Test(arguments: [
        "1", "-0.50E+1", "123456789012345678901234567890", "1e999", "null", "false", #""text""#, #""\ud800 \u0041\/""#, "[]", "{}", "[ 1 ,\t2 ]",
        #"{"text":"hello world","n":12}"#, #"{ "type":"ping", "room":1, "id":[] }"#, #"{"z":1,"a":2,"z":3}"#, "\"é漢😀\u{2028}\"",
    ])
    func thePayloadIsWhatCame(_ payload: String) throws {
        for text in [
            #"{"type":"broadcast","room":"chat","payload":\#(payload)}"#, "{\"payload\"\n: \(payload) ,\"room\":\"chat\",\"type\":\"broadcast\"}",
        ] {
            let request = try self.parse(text)
            #expect(request.type == .broadcast)
            #expect(request.room == "chat")
            #expect(self.piece(request.payload, of: text) == payload)
            #expect(self.piece(request.whole, of: text) == text)
        }
    }

    @Test func theWholeIsWithoutWhatIsAroundIt() throws {
        let text = "\r\n {\"type\":\"é\", \"doc\" : {\"a\":1} }\t\n"
        let request = try self.parse(text)
        #expect(self.piece(request.whole, of: text) == "{\"type\":\"é\", \"doc\" : {\"a\":1} }")
        #expect(request.payload == nil)
    }

    // MARK: Ids

    @Test(arguments: [
        "0", "7", "-1", "1.50", "1e999", "123456789012345678901234567890", #""""#, #""a""#, #""é漢😀""#, #""\u0041\n""#, #""\ud800""#,
        "\"" + String(repeating: "x", count: 126) + "\"", String(repeating: "1", count: 128), "\"" + String(repeating: "é", count: 63) + "\"",
    ])
    func anIDIsKeptAsItIsWritten(_ id: String) throws {
        #expect(try self.parse(#"{"type":"ping","id": \#(id) }"#).id == id)
        #expect(throws: WSRequest.Problem.invalidMessage(id: id)) { try self.parse(#"{"id":\#(id)}"#) }
        #expect(throws: WSRequest.Problem.invalidMessage(id: id)) { try self.parse(#"{"type":null,"id":\#(id)}"#) }
    }

    @Test(arguments: [
        "null", "true", "false", "[]", "{}", "[1]", "\"" + String(repeating: "x", count: 127) + "\"", String(repeating: "1", count: 129),
        "\"" + String(repeating: #"\u0041"#, count: 22) + "\"", "\"" + String(repeating: "é", count: 64) + "\"",
    ])
    func anIDThatIsNotToBeRepeatedIsRefused(_ id: String) {
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"type":"ping","id":\#(id)}"#) }
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"id":\#(id)}"#) }
    }

    // MARK: Members

    @Test func theLastOfMembersWithTheSameNameCounts() throws {
        let text = #"{"type":"join","room":"a","id":1,"payload":1,"type":"leave","room":"b","id":2,"payload":2}"#
        let request = try self.parse(text)
        #expect(request.type == .leave)
        #expect(request.room == "b")
        #expect(request.id == "2")
        #expect(self.piece(request.payload, of: text) == "2")
        // Also when the one before it is no good, or itself is none.
        #expect(try self.parse(#"{"type":1,"room":[],"id":{},"type":"ping","room":"b","id":2}"#).room == "b")
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"type":"ping","type":1}"#) }
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"type":"ping","id":1,"id":null}"#) }
        #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) { try self.parse(#"{"type":"ping","room":"a","room":null}"#) }
        // And when it is spelled otherwise.
        #expect(try self.parse(#"{"type":"ping","ty\u0070e":"pong"}"#).type == .pong)
        #expect(try self.parse(#"{"\u0074ype":"ping","type":"pong"}"#).type == .pong)
    }

    @Test func namesMayBeWrittenWithEscapes() throws {
        let text = #"{"ty\u0070e":"broadcast","\u0072oom":"chat","pa\u0079load":[1],"i\u0064":"x"}"#
        let request = try self.parse(text)
        #expect(request.type == .broadcast)
        #expect(request.room == "chat")
        #expect(request.id == #""x""#)
        #expect(self.piece(request.payload, of: text) == "[1]")
    }

    @Test func otherMembersArePassedOver() throws {
        let others = #""":0,"t":1,"types":"leave","Room":2,"roo":3,"ids":4,"payloads":5,"type\u0000":6,"\ud800":7,"x":{"type":"leave","room":"b"}"#
        let request = try self.parse(#"{\#(others),"type":"join","room":"a",\#(others)}"#)
        #expect(request.type == .join)
        #expect(request.room == "a")
        #expect(request.id == nil && request.payload == nil)
    }

    // MARK: Limits

    @Test func theMessageItselfIsALevel() throws {
        let deepest = #"{"type":"broadcast","payload":"# + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
        #expect(try self.parse(deepest).type == .broadcast)
        #expect(throws: WSRequest.Problem.tooDeep) { try self.parse(deepest, maxDepth: 63) }
        let tooDeep = #"{"type":"broadcast","payload":"# + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}"
        #expect(throws: WSRequest.Problem.tooDeep) { try self.parse(tooDeep) }
        #expect(try self.parse(tooDeep, maxDepth: 65).type == .broadcast)
        #expect(try self.parse(#"{"type":"ping"}"#, maxDepth: 1).type == .ping)
        #expect(throws: WSRequest.Problem.tooDeep) { try self.parse(#"{"type":"ping"}"#, maxDepth: 0) }
    }

    @Test(arguments: ["[", #"{"a":"#, #"[{"a":"#])
    func aHundredThousandLevelsAreTooDeep(_ opening: String) {
        let levels = String(repeating: opening, count: 100_000)
        #expect(throws: WSRequest.Problem.tooDeep) { try self.parse(#"{"type":"broadcast","payload":"# + levels) }
        #expect(throws: WSRequest.Problem.tooDeep) { try self.parse(#"{"id":"# + levels) }
    }

    @Test func hugeListsAndTextsAreOnlyPassedOver() throws {
        let list = "[" + String(repeating: "0,", count: 200_000) + "0]"
        let text = #"{"type":"broadcast","payload":\#(list),"x":"\#(String(repeating: "y", count: 200_000))"}"#
        #expect(try self.parse(text).payload?.count == list.utf8.count)
    }

    @Test func aMessageThatIsCutAnywhereIsNoRequest() throws {
        let text = #"{"id":"é\u0041","type":"broadcast","room":"ch\u0061t","payload":{"text":[1.5e7,true]}}"#
        #expect(try self.parse(text).room == "chat")
        let bytes = Array(text.utf8)
        for count in bytes.indices {
            #expect(throws: WSRequest.Problem.invalidMessage(id: nil)) {
                try bytes[..<count].withUnsafeBytes { try WSRequest(parsing: $0) }
            }
        }
    }

    /// Whatever comes, it is answered, and what is answered lies inside of the bytes.
    @Test(arguments: [UInt64(1), 2]) func hostileBytesAreAnswered(_ seed: UInt64) {
        var documents = JSONDocuments(seed: seed)
        var read = 0
        for _ in 0..<5000 {
            let bytes = documents.mutation(of: #"{"type":"broadcast","room":"chat","id":17,"payload":\#(documents.document())}"#)
            bytes.withUnsafeBytes { bytes in
                guard let request = try? WSRequest(parsing: bytes) else { return }
                read += 1
                #expect(request.whole.lowerBound >= 0 && request.whole.upperBound <= bytes.count)
                guard let payload = request.payload else { return }
                #expect(request.whole.lowerBound < payload.lowerBound && payload.upperBound < request.whole.upperBound)
                #expect(throws: Never.self) { try JSONScanner.validate(UnsafeRawBufferPointer(rebasing: bytes[payload])) }
            }
        }
        #expect(read > 100)
    }
}
