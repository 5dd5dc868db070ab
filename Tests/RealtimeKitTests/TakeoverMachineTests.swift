//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

@Suite struct TakeoverMachineTests {
    @Test func theFirstWriteEndsTheTaskAndAllAreSwallowed() {
        var machine = TakeoverMachine()
        #expect(machine.write() == .swallowAndDetach)
        #expect(machine.write() == .swallow)
        #expect(machine.write() == .swallow)
    }

    @Test func exactlyOneCloseOfEachKindIsSwallowed() {
        var machine = TakeoverMachine()
        #expect(machine.close(.output) == .swallow)
        #expect(machine.close(.all) == .swallow)
        #expect(machine.close(.output) == .forward)
        #expect(machine.close(.all) == .forward)
    }

    @Test func closesOfTheInputPass() {
        var machine = TakeoverMachine()
        #expect(machine.close(.input) == .forward)
        #expect(machine.close(.all) == .swallow)
    }

    @Test func nothingIsSwallowedOnceTheChannelCloses() {
        var machine = TakeoverMachine()
        machine.closed()
        #expect(machine.close(.output) == .forward)
        #expect(machine.close(.all) == .forward)
    }
}
