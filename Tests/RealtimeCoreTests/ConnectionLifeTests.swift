//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

/// The machine is small enough to try everything that can happen to it.
@Suite struct ConnectionLifeTests {
    private enum Event: Equatable {
        case end(DisconnectReason)
        case abort(DisconnectReason)
        case transportClosed(DisconnectReason)

        var isClose: Bool {
            if case .transportClosed = self { true } else { false }
        }

        var reason: DisconnectReason {
            switch self {
            case .end(let reason), .abort(let reason), .transportClosed(let reason): reason
            }
        }
    }

    private static let alphabet: [Event] = [
        .end(.kicked), .end(.shutdown), .abort(.slowConsumer), .abort(.limit), .transportClosed(.clientClosed), .transportClosed(.connectionLost),
    ]

    /// Every sequence of one to five events.
    private static let sequences: [[Event]] = {
        var all: [[Event]] = []
        var longest: [[Event]] = [[]]
        for _ in 1...5 {
            longest = longest.flatMap { sequence in Self.alphabet.map { sequence + [$0] } }
            all += longest
        }
        return all
    }()

    /// Tells a machine everything and gives the reasons that it reported.
    private func reports(of sequence: [Event]) -> [DisconnectReason] {
        var life = ConnectionLife()
        var reported: [DisconnectReason] = []
        for event in sequence {
            switch event {
            case .end(let reason): _ = life.end(reason)
            case .abort(let reason): _ = life.abort(reason)
            case .transportClosed(let cause):
                if case .report(let reason) = life.transportClosed(cause) { reported.append(reason) }
            }
        }
        return reported
    }

    @Test func theEndIsReportedExactlyOnceIfTheTransportCloses() {
        for sequence in Self.sequences {
            let count = sequence.contains(where: \.isClose) ? 1 : 0
            #expect(self.reports(of: sequence).count == count, "\(sequence)")
        }
    }

    @Test func theFirstEventGivesTheReason() {
        for sequence in Self.sequences where sequence.contains(where: \.isClose) {
            #expect(self.reports(of: sequence) == [sequence[0].reason], "\(sequence)")
        }
    }

    @Test func everyActionFollowsFromWhatHappenedBefore() {
        for sequence in Self.sequences {
            var life = ConnectionLife()
            for (index, event) in sequence.enumerated() {
                let before = sequence[..<index]
                let wasClosed = before.contains(where: \.isClose)
                #expect(life.isOpen == before.isEmpty, "\(before)")
                #expect(life.isClosed == wasClosed, "\(before)")
                switch event {
                case .end(let reason):
                    #expect(life.end(reason) == (before.isEmpty ? .sayFarewell : .nothing), "\(sequence)")
                case .abort(let reason):
                    #expect(life.abort(reason) == (wasClosed ? .nothing : .closeTransport), "\(sequence)")
                case .transportClosed(let cause):
                    #expect(life.transportClosed(cause) == (wasClosed ? .nothing : .report(sequence[0].reason)), "\(sequence)")
                }
            }
        }
    }

    @Test func anOrderlyEndKeepsItsReasonWhenTheClientLeavesFirst() {
        var life = ConnectionLife()
        #expect(life.end(.kicked) == .sayFarewell)
        #expect(!life.isOpen)
        #expect(!life.isClosed)
        #expect(life.transportClosed(.connectionLost) == .report(.kicked))
        #expect(life.isClosed)
    }

    @Test func anAbortAfterAnEndClosesTheSocketAndKeepsTheReason() {
        var life = ConnectionLife()
        _ = life.end(.shutdown)
        #expect(life.abort(.connectionLost) == .closeTransport)
        #expect(life.transportClosed(.clientClosed) == .report(.shutdown))
    }
}
