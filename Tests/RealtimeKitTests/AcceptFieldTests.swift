//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKitTesting
import Testing

@testable import RealtimeKit

@Suite(.serialized, .timeLimit(.minutes(1))) struct AcceptFieldTests {
    @Test(arguments: [
        "text/event-stream", "text/*", "*/*", "", " ", ",", "text/event-stream, application/json", "application/json, text/event-stream",
        "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "text/event-stream;q=0.001", "*/*;q=0.1",
        "text/event-stream; charset=utf-8", "text/event-stream ; q=0.5", "application/json,text/event-stream", "\ttext/event-stream\t",
    ])
    func anEventStreamIsTakenByThoseWhoLeaveRoomForIt(_ line: String) {
        #expect(AcceptField([line]).allowsEventStream)
    }

    @Test(arguments: [
        "application/json", "text/html", "text/event-streams", "text/event", "text", "*", "event-stream", "application/*", "text/event-stream-json",
        "application/json;profile=text/event-stream", "x-text/event-stream",
    ])
    func itIsNotTakenByThoseWhoNameOtherTypesOnly(_ line: String) {
        #expect(!AcceptField([line]).allowsEventStream)
    }

    @Test(arguments: [
        "text/event-stream;q=0", "text/event-stream;q=0.0", "text/event-stream;q=0.000", "text/event-stream; q = 0", "TEXT/EVENT-STREAM;Q=0",
        "text/*;q=0", "*/*;q=0", "text/event-stream;charset=utf-8;q=0", "text/event-stream;q=-1", "text/event-stream;q=nan",
    ])
    func aWeightOfZeroRefuses(_ line: String) {
        #expect(!AcceptField([line]).allowsEventStream)
    }

    @Test(arguments: [
        ("text/event-stream, text/*;q=0, */*;q=0", true),
        ("*/*;q=0, text/*;q=0, text/event-stream", true),
        ("text/event-stream;q=0, text/*, */*", false),
        ("*/*, text/*, text/event-stream;q=0", false),
        ("text/*, */*;q=0", true),
        ("*/*, text/*;q=0", false),
    ])
    func theMostSpecificRangeCountsWhereverItStands(_ line: String, isAllowed: Bool) {
        #expect(AcceptField([line]).allowsEventStream == isAllowed)
    }

    @Test(arguments: ["Text/Event-Stream", "TEXT/EVENT-STREAM", "TEXT/*", "text/EVENT-stream;Q=0.5"])
    func caseDoesNotMatter(_ line: String) {
        #expect(AcceptField([line]).allowsEventStream)
    }

    @Test(arguments: ["text/event-stream;q=x", "text/event-stream;q=", "text/event-stream;;", "text/event-stream;", "text/event-stream;=1"])
    func aParameterThatCannotBeReadRefusesNobody(_ line: String) {
        #expect(AcceptField([line]).allowsEventStream)
    }

    @Test func allLinesAreOneList() {
        #expect(AcceptField([]).allowsEventStream)
        #expect(AcceptField(["application/json", "text/event-stream"]).allowsEventStream)
        #expect(AcceptField(["", "text/event-stream"]).allowsEventStream)
        #expect(!AcceptField(["application/json", ""]).allowsEventStream)
        #expect(!AcceptField(["*/*", "text/event-stream;q=0"]).allowsEventStream)
    }

    // MARK: At an endpoint

    @Test(arguments: [true, false]) func onlyAStrictEndpointLooksAtTheField(isStrict: Bool) async throws {
        var configuration = SSEConfiguration()
        configuration.strictAccept = isStrict
        let manager = try SSEManager()
        let asked = Recorder<Void>()
        let hooks = SSEHooks<Anonymous>(onConnect: { _ in
            asked.add(())
            return true
        })
        let router = Router().sse("/sse", try SSEPlugin(manager: manager, configuration: configuration, hooks: hooks))
        try await TestServer.run(router) { server in
            // HEAD, because its answer ends.
            let answer = try await server.request("HEAD", "/sse", headers: ["Accept: text/html", "Accept: text/*;q=0"])
            #expect(answer.status == (isStrict ? 406 : 200))
            #expect(asked.values.count == (isStrict ? 0 : 1))
            for headers in [["Accept: text/html", "Accept: text/event-stream"], ["Accept: */*"], []] {
                #expect(try await server.request("HEAD", "/sse", headers: headers).status == 200)
            }
            guard isStrict else { return }
            let refused = try await server.request("GET", "/sse", headers: ["Accept: application/json"])
            #expect(refused.status == 406)
            #expect(refused.headers["content-type"] == "application/json; charset=utf-8")
            #expect(refused.headers["access-control-allow-origin"] == "*")
            #expect(refused.body == #"{"message":"This is an event stream; accept text/event-stream"}"#)
            let (client, _) = try await SSETestClient.connected(port: server.port)
            await client.close()
        }
    }

    @Test func aCommaIsOneWhateverStandsBehindIt() {
        // With an accent behind it a comma is another character, but no other byte.
        for separator in [",", ",\u{34b}"] {
            #expect(!AcceptField(["text/*;q=0\(separator)x/y"]).allowsEventStream)
            #expect(AcceptField(["x/y\(separator)x, */*"]).allowsEventStream)
        }
        #expect(!AcceptField(["a/b;\u{34b}c=1;q=1, */*;\u{301};q=0"]).allowsEventStream)
    }
}
