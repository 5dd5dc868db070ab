//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

/// Who is on a channel under which name.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SSEChannelRosterTests {
    @Test func aPlaceIsReservedThenTakenThenLeft() {
        var roster = SSEChannelRoster(maxClients: nil)
        let id = ConnectionID()
        #expect(roster.reserve("a", replaces: true) == .reserved)
        #expect(roster.count == 0)
        #expect(roster.connection(of: "a") == nil)
        #expect(roster.occupy("a", with: id) == nil)
        #expect(roster.count == 1)
        #expect(roster.connection(of: "a") == id)
        #expect(roster.clientID(of: id) == "a")
        roster.leave(id)
        #expect(roster.count == 0)
        #expect(roster.connection(of: "a") == nil)
        #expect(roster.clientID(of: id) == nil)
    }

    @Test func reservedPlacesCountAgainstTheLimitUntilTheyAreCancelled() {
        var roster = SSEChannelRoster(maxClients: 2)
        #expect(roster.reserve("a", replaces: true) == .reserved)
        #expect(!roster.isFull)
        #expect(roster.reserve("b", replaces: true) == .reserved)
        #expect(roster.isFull)
        #expect(roster.reserve("c", replaces: true) == .full)
        roster.cancel("c")
        #expect(roster.isFull)
        roster.cancel("a")
        #expect(!roster.isFull)
        #expect(roster.reserve("c", replaces: true) == .reserved)
    }

    @Test func whoTakesAnothersPlaceNeedsNoneOfHisOwn() {
        var roster = SSEChannelRoster(maxClients: 1)
        let (old, new) = (ConnectionID(), ConnectionID())
        #expect(roster.reserve("a", replaces: true) == .reserved)
        #expect(roster.occupy("a", with: old) == nil)
        #expect(roster.isFull)
        #expect(roster.reserve("b", replaces: true) == .full)
        #expect(roster.reserve("a", replaces: true) == .reserved)
        #expect(roster.occupy("a", with: new) == old)
        #expect(roster.count == 1)
        #expect(roster.clientID(of: old) == nil)
        #expect(roster.clientID(of: new) == "a")
    }

    @Test func oneThatWasReplacedTakesNothingFromItsSuccessor() {
        var roster = SSEChannelRoster(maxClients: 1)
        let (old, new) = (ConnectionID(), ConnectionID())
        for id in [old, new] {
            #expect(roster.reserve("a", replaces: true) == .reserved)
            _ = roster.occupy("a", with: id)
        }
        roster.leave(old)
        roster.leave(old)
        #expect(roster.connection(of: "a") == new)
        #expect(roster.count == 1)
        #expect(roster.isFull)
        roster.leave(new)
        #expect(roster.count == 0)
        #expect(!roster.isFull)
    }

    @Test func withoutReplacementANameIsInUseFromItsReservationOn() {
        var roster = SSEChannelRoster(maxClients: nil)
        #expect(roster.reserve("a", replaces: false) == .reserved)
        #expect(roster.reserve("a", replaces: false) == .duplicate)
        let id = ConnectionID()
        _ = roster.occupy("a", with: id)
        #expect(roster.reserve("a", replaces: false) == .duplicate)
        #expect(roster.reserve("b", replaces: false) == .reserved)
        roster.leave(id)
        #expect(roster.reserve("a", replaces: false) == .reserved)
        roster.cancel("a")
        #expect(roster.reserve("a", replaces: false) == .reserved)
    }

    @Test func aDuplicateIsNamedAsSuchEvenWhenThereIsNoRoom() {
        var roster = SSEChannelRoster(maxClients: 1)
        #expect(roster.reserve("a", replaces: false) == .reserved)
        #expect(roster.reserve("a", replaces: false) == .duplicate)
        #expect(roster.reserve("b", replaces: false) == .full)
    }

    @Test func namesThatLookAlikeAreOne() {
        var roster = SSEChannelRoster(maxClients: nil)
        let id = ConnectionID()
        #expect(roster.reserve("caf\u{e9}", replaces: false) == .reserved)
        _ = roster.occupy("caf\u{e9}", with: id)
        #expect(roster.reserve("cafe\u{301}", replaces: false) == .duplicate)
        #expect(roster.connection(of: "cafe\u{301}") == id)
    }

    @Test func aRetiredOneTakesNobody() {
        var roster = SSEChannelRoster(maxClients: nil)
        let id = ConnectionID()
        #expect(roster.reserve("a", replaces: true) == .reserved)
        #expect(roster.retire(onlyIfEmpty: true) == false)
        _ = roster.occupy("a", with: id)
        #expect(roster.retire(onlyIfEmpty: true) == false)
        roster.leave(id)
        #expect(roster.reserve("b", replaces: true) == .reserved)
        roster.cancel("b")
        #expect(roster.retire(onlyIfEmpty: true) == true)
        #expect(roster.reserve("a", replaces: true) == .retired)
        #expect(roster.reserve("a", replaces: false) == .retired)
        #expect(roster.retire(onlyIfEmpty: true) == true)
    }

    @Test func oneThatHasToRetireDoesSoWithClients() {
        var roster = SSEChannelRoster(maxClients: 1)
        let id = ConnectionID()
        #expect(roster.reserve("a", replaces: true) == .reserved)
        _ = roster.occupy("a", with: id)
        #expect(roster.retire(onlyIfEmpty: false) == true)
        #expect(roster.reserve("a", replaces: true) == .retired)
        #expect(roster.connection(of: "a") == id)
        roster.leave(id)
        #expect(roster.count == 0)
    }

    // MARK: Everything that can happen

    @Test(arguments: [nil, 1, 2]) func allWaysOfComingAndGoingDoWhatAPlainListDoes(maxClients: Int?) {
        var count = 0
        func explore(_ model: SSEChannelRosterModel, depth: Int) {
            for step in model.steps {
                var next = model
                next.apply(step)
                count += 1
                if depth > 1 { explore(next, depth: depth - 1) }
            }
        }
        explore(SSEChannelRosterModel(maxClients: maxClients), depth: 5)
        #expect(count > 10_000)
    }
}
