//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

/// The machine alone; what becomes of its decisions on the wire is tested with a server.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP1ExchangesTests {
    typealias Request = HTTP1Exchanges.Request
    typealias HeadAction = HTTP1Exchanges.HeadAction
    typealias EndAction = HTTP1Exchanges.EndAction

    /// A machine that has received whole requests.
    private func machine(_ requests: Request...) -> HTTP1Exchanges {
        var machine = HTTP1Exchanges()
        for request in requests {
            machine.received(request)
            machine.receivedEnd()
        }
        return machine
    }

    @Test func behindARequestForAnUpgradeNothingIsWanted() {
        var machine = self.machine(Request())
        #expect(machine.wantsInput)
        machine.received(Request(asksForUpgrade: true))
        // Its body is still to come.
        #expect(machine.wantsInput)
        machine.receivedEnd()
        #expect(!machine.wantsInput)
        _ = machine.respond(status: 200)
        _ = machine.respondEnd()
        #expect(!machine.wantsInput)
        _ = machine.respond(status: 403)
        _ = machine.respondEnd()
        #expect(!machine.wantsInput)
    }

    @Test func behindAnUpgradeThatIsGrantedEverythingIsWanted() {
        var machine = self.machine(Request(asksForUpgrade: true))
        #expect(!machine.wantsInput)
        _ = machine.respond(status: 101)
        #expect(machine.wantsInput)
    }

    @Test func anOrdinaryResponseStaysAsItIs() {
        var machine = self.machine(Request(), Request())
        for _ in 0..<2 {
            #expect(machine.respond(status: 200) == HeadAction())
            #expect(machine.sendsBody)
            #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
        }
    }

    @Test func aResponseToHTTP10IsSentAsSuchAndEndsWithTheConnection() {
        var machine = self.machine(Request(isHTTP10: true))
        #expect(machine.respond(status: 200) == HeadAction(isHTTP10: true, closes: true))
        #expect(machine.answering?.isHTTP10 == true)
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: true))
        #expect(machine.answering == nil)
    }

    @Test func aResponseToHeadHasNeitherBodyNorLastChunkAndTheConnectionStays() {
        var machine = self.machine(Request(isHead: true), Request())
        #expect(machine.respond(status: 200) == HeadAction())
        #expect(!machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: false, closes: false))
        // The next one has both again.
        #expect(machine.respond(status: 200) == HeadAction())
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
    }

    @Test func aResponseToHeadOverHTTP10EndsWithTheConnectionToo() {
        var machine = self.machine(Request(isHTTP10: true, isHead: true))
        #expect(machine.respond(status: 200) == HeadAction(isHTTP10: true, closes: true))
        #expect(!machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: false, closes: true))
    }

    @Test(arguments: [200, 400, 404, 426, 501]) func anUpgradeThatIsNotGrantedEndsTheConnectionAndTheClientIsTold(status: Int) {
        var machine = self.machine(Request(asksForUpgrade: true))
        #expect(machine.respond(status: status) == HeadAction(closes: true))
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: true))
    }

    @Test func anUpgradeThatIsGrantedKeepsHeadAndConnection() {
        var machine = self.machine(Request(asksForUpgrade: true))
        #expect(machine.respond(status: 101) == HeadAction())
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
    }

    @Test func aResponseThatAnnouncesTheEndOfTheConnectionIsFollowedByIt() {
        for request in [Request(), Request(isHead: true)] {
            var machine = self.machine(request, Request())
            // It says so already.
            #expect(machine.respond(status: 200, saysClose: true) == HeadAction())
            #expect(machine.respondEnd() == EndAction(passes: !request.isHead, closes: true))
            // What others said does not hold for the next one.
            #expect(machine.respond(status: 200) == HeadAction())
            #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
        }
        var machine = HTTP1Exchanges()
        #expect(machine.respond(status: 400, saysClose: true) == HeadAction())
        #expect(machine.respondEnd() == EndAction(passes: true, closes: true))
        machine = self.machine(Request())
        #expect(machine.respond(status: 103, saysClose: true) == HeadAction())
        #expect(machine.respond(status: 200) == HeadAction())
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
    }

    @Test(arguments: [100, 102, 103, 199]) func interimResponsesAreNotTheAnswer(status: Int) {
        for request in [Request(isHTTP10: true), Request(isHead: true), Request(asksForUpgrade: true), Request()] {
            var machine = self.machine(request)
            for _ in 0..<3 { #expect(machine.respond(status: status) == HeadAction()) }
            #expect(machine.answering == nil)
            let closes = request.isHTTP10 || request.asksForUpgrade
            #expect(machine.respond(status: 200) == HeadAction(isHTTP10: request.isHTTP10, closes: closes))
            #expect(machine.answering == request)
            #expect(machine.respondEnd() == EndAction(passes: !request.isHead, closes: closes))
        }
    }

    @Test func anErrorWithoutARequestIsSentAsItIs() {
        var machine = HTTP1Exchanges()
        #expect(machine.respond(status: 400) == HeadAction())
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
    }

    @Test func anErrorBehindRequestsThatWereAnsweredBelongsToNoneOfThem() {
        var machine = self.machine(Request(isHTTP10: true), Request(isHead: true))
        for _ in 0..<2 {
            _ = machine.respond(status: 200)
            _ = machine.respondEnd()
        }
        #expect(machine.respond(status: 400) == HeadAction())
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
    }

    @Test func anEndWithoutAResponseIsPassedOn() {
        var machine = HTTP1Exchanges()
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
        machine.received(Request(isHTTP10: true, isHead: true))
        #expect(machine.sendsBody)
        #expect(machine.respondEnd() == EndAction(passes: true, closes: false))
        // The request has not lost its turn.
        #expect(machine.respond(status: 200) == HeadAction(isHTTP10: true, closes: true))
    }

    @Test func aRequestIsBeingReceivedFromItsHeadToItsEnd() {
        var machine = HTTP1Exchanges()
        #expect(!machine.isReceiving)
        for _ in 0..<2 {
            machine.received(Request())
            #expect(machine.isReceiving)
            // An answer may begin, and even end, before the request has.
            _ = machine.respond(status: 413)
            _ = machine.respondEnd()
            #expect(machine.isReceiving)
            machine.receivedEnd()
            #expect(!machine.isReceiving)
        }
    }

    /// All sequences of three requests of any kind, received and answered in any order that HTTP allows.
    @Test func requestsAreAnsweredInTheirOrderHoweverTheyCome() {
        let flags = [false, true]
        let kinds = flags.flatMap { isHTTP10 in
            flags.flatMap { isHead in
                flags.map { Request(isHTTP10: isHTTP10, isHead: isHead, asksForUpgrade: $0) }
            }
        }
        var outcome = (schedules: 0, failures: [String]())
        for first in kinds {
            for second in kinds {
                for third in kinds { self.explore(HTTP1Exchanges(), [first, second, third], received: 0, answered: 0, &outcome) }
            }
        }
        // Five orders of three requests and three answers, each request in its place.
        #expect(outcome.schedules == 8 * 8 * 8 * 5)
        #expect(outcome.failures.isEmpty, "\(outcome.failures.prefix(3))")
    }

    private func explore(
        _ machine: HTTP1Exchanges,
        _ requests: [Request],
        received: Int,
        answered: Int,
        _ outcome: inout (schedules: Int, failures: [String])
    ) {
        if answered == requests.count { outcome.schedules += 1 }
        if received < requests.count {
            var next = machine
            next.received(requests[received])
            next.receivedEnd()
            self.explore(next, requests, received: received + 1, answered: answered, &outcome)
        }
        if answered < received {
            let request = requests[answered]
            var next = machine
            let interim = next.respond(status: 100)
            let head = next.respond(status: 200)
            let sendsBody = next.sendsBody
            let end = next.respondEnd()
            let closes = request.isHTTP10 || request.asksForUpgrade
            if interim != HeadAction() || head != HeadAction(isHTTP10: request.isHTTP10, closes: closes) || sendsBody == request.isHead
                || end != EndAction(passes: !request.isHead, closes: closes)
            {
                outcome.failures.append("\(requests), number \(answered) after \(received) were received: \(interim) \(head) \(sendsBody) \(end)")
            }
            self.explore(next, requests, received: received, answered: answered + 1, &outcome)
        }
    }
}
