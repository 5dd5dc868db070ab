//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

/// A roster beside what it should be, written as plainly as possible: lists of who is there and of who is about to come.
struct SSEChannelRosterModel {
    enum Step {
        case reserve(String, replaces: Bool)
        case cancel(String)
        case occupy(String)
        /// The connection of this number in the order of their coming, gone or not.
        case leave(Int)
        case retire
        case retireIfEmpty
    }

    private var roster: SSEChannelRoster
    private let maxClients: Int?
    private var present: [(name: String, id: ConnectionID)] = []
    private var reserved: [String] = []
    private var isRetired = false
    private var past: [ConnectionID] = []

    init(maxClients: Int?) {
        self.roster = SSEChannelRoster(maxClients: maxClients)
        self.maxClients = maxClients
    }

    private var isFull: Bool { self.maxClients.map { self.present.count + self.reserved.count >= $0 } ?? false }

    /// What can happen next.
    var steps: [Step] {
        var steps: [Step] = [.retire, .retireIfEmpty, .reserve("a", replaces: false), .cancel("c")]
        steps += ["a", "b"].map { .reserve($0, replaces: true) }
        for name in Set(self.reserved) { steps += [.cancel(name), .occupy(name)] }
        steps += self.past.indices.map { .leave($0) }
        return steps
    }

    mutating func apply(_ step: Step) {
        switch step {
        case .reserve(let name, let replaces):
            let isPresent = self.present.contains { $0.name == name }
            var expected = SSEChannelRoster.Reservation.reserved
            if self.isFull, !isPresent { expected = .full }
            if !replaces, isPresent || self.reserved.contains(name) { expected = .duplicate }
            if self.isRetired { expected = .retired }
            if expected == .reserved { self.reserved.append(name) }
            self.check(self.roster.reserve(name, replaces: replaces) == expected, "\(step)")
        case .cancel(let name):
            self.reserved.firstIndex(of: name).map { _ = self.reserved.remove(at: $0) }
            self.roster.cancel(name)
        case .occupy(let name):
            let id = ConnectionID()
            let replaced = self.present.first { $0.name == name }?.id
            self.present.removeAll { $0.name == name }
            self.present.append((name, id))
            self.past.append(id)
            self.reserved.firstIndex(of: name).map { _ = self.reserved.remove(at: $0) }
            self.check(self.roster.occupy(name, with: id) == replaced, "\(step)")
        case .leave(let number):
            self.present.removeAll { $0.id == self.past[number] }
            self.roster.leave(self.past[number])
        case .retire:
            self.isRetired = true
            self.check(self.roster.retire(), "\(step)")
        case .retireIfEmpty:
            let isEmpty = self.present.isEmpty && self.reserved.isEmpty
            if isEmpty { self.isRetired = true }
            self.check(self.roster.retire(onlyIfEmpty: true) == isEmpty, "\(step)")
        }
        self.checkState(after: step)
    }

    private func checkState(after step: Step) {
        self.check(self.roster.count == self.present.count, "count after \(step)")
        self.check(self.roster.isFull == self.isFull, "isFull after \(step)")
        if let maxClients { self.check(Set(self.present.map(\.name) + self.reserved).count <= maxClients, "limit after \(step)") }
        for id in self.past {
            let name = self.present.first { $0.id == id }?.name
            self.check(self.roster.clientID(of: id) == name, "clientID after \(step)")
        }
        for name in ["a", "b", "c"] {
            let id = self.present.first { $0.name == name }?.id
            self.check(self.roster.connection(of: name) == id, "connection after \(step)")
        }
    }

    /// As an expectation that is met costs more than all else here.
    private func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { Issue.record("\(what()); there are \(self.present.map(\.name)), \(self.reserved) reserved, retired: \(self.isRetired)") }
    }
}
