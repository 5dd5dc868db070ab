//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct MemberTableTests {
    @Test func membersArePackedInTheOrderOfTheirArrival() {
        var table = MemberTable()
        #expect(table.count == 0)
        #expect([7, 3, 9].map { table.append($0) } == [0, 1, 2])
        #expect(table.slots == [7, 3, 9])
        #expect(table.count == 3)
    }

    @Test func theLastMemberTakesTheFreePlace() throws {
        var table = MemberTable()
        for slot in [7, 3, 9] { _ = table.append(slot) }
        let moved = table.remove(at: 0)
        let move = try #require(moved)
        #expect(move.slot == 9)
        #expect(move.position == 0)
        #expect(table.slots == [9, 3])
        #expect(table.remove(at: 1) == nil)
        #expect(table.remove(at: 0) == nil)
        #expect(table.count == 0)
    }

    @Test func nothingMovesDuringAPass() {
        var table = MemberTable()
        for slot in [7, 3, 9] { _ = table.append(slot) }
        table.freeze()
        #expect(table.remove(at: 0) == nil)
        #expect(table.slots == [MemberTable.hole, 3, 9])
        #expect(table.count == 2)
        #expect(table.append(4) == 3)
        #expect(table.thaw().map { [$0.slot, $0.position] } == [[4, 0]])
        #expect(table.slots == [4, 3, 9])
    }

    @Test func everyoneMayLeaveDuringAPass() {
        var table = MemberTable()
        for slot in 0..<5 { _ = table.append(slot) }
        table.freeze()
        for position in [3, 0, 4, 1, 2] { #expect(table.remove(at: position) == nil) }
        #expect(table.count == 0)
        #expect(table.thaw().isEmpty)
        #expect(table.slots.isEmpty)
        #expect(table.append(8) == 0)
        #expect(table.remove(at: 0) == nil)
        #expect(table.slots.isEmpty)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func agreesWithANaiveModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = MemberTable()
        // Where the table said that each member is: what connections remember.
        var positions: [Int: Int] = [:]
        var isFrozen = false
        var free = Array(0..<40)
        for step in 0..<4000 {
            switch random.number(0..<20) {
            case 0..<9:
                guard !free.isEmpty else { continue }
                let slot = free.remove(at: random.number(0..<free.count))
                positions[slot] = table.append(slot)
            case 9..<18:
                guard let slot = positions.keys.sorted().randomElement(using: &random) else { continue }
                let before = positions
                guard let position = positions.removeValue(forKey: slot) else { continue }
                free.append(slot)
                let move = table.remove(at: position)
                if let move {
                    #expect(!isFrozen)
                    #expect(move.position == position)
                    #expect(before[move.slot] == before.values.max())
                    positions[move.slot] = move.position
                }
            case 18:
                table.freeze()
                isFrozen = true
            default:
                for move in table.thaw() { positions[move.slot] = move.position }
                isFrozen = false
            }
            #expect(table.count == positions.count, "step \(step)")
            var expected = ContiguousArray(repeating: MemberTable.hole, count: table.slots.count)
            for (slot, position) in positions where position < expected.count { expected[position] = Int32(slot) }
            #expect(table.slots == expected, "step \(step)")
            if !isFrozen { #expect(table.slots.count == positions.count, "step \(step)") }
        }
    }
}
