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

/// Random streams, cut and paused at random: a reader gives what the model gives, in every way to read them.
@Suite struct WSReaderDifferentialTests {
    private static let maxMessageBytes = 400
    private static let maxFragments = 4

    private struct Run: Equatable {
        var seen: [WSReading.Seen]
        var error: WSProtocolError?
        var isFinished: Bool

        init(_ reading: WSReading) {
            self.seen = reading.seen
            self.error = reading.error
            self.isFinished = reading.reader.isFinished
        }
    }

    private func reading() -> WSReading { WSReading(maxMessageBytes: Self.maxMessageBytes, maxFragments: Self.maxFragments) }

    private func whole(_ stream: [UInt8]) -> Run {
        var reading = self.reading()
        reading.read(stream)
        return Run(reading)
    }

    /// Reads pieces whose lengths `next` says.
    private func inPieces(_ stream: [UInt8], next: () -> Int) -> Run {
        var reading = self.reading()
        var rest = stream[...]
        while !rest.isEmpty {
            let piece = rest.prefix(next())
            rest = rest.dropFirst(piece.count)
            reading.read(Array(piece))
            #expect(reading.buffer.readableBytes <= WSFrameHeader.maxSize - 1)
        }
        return Run(reading)
    }

    /// Stops after every event and goes on with what is left, while more arrives.
    private func withPauses(_ stream: [UInt8], next: () -> Int) -> Run {
        var reading = self.reading()
        var rest = stream[...]
        repeat {
            let piece = rest.prefix(next())
            rest = rest.dropFirst(piece.count)
            reading.buffer.writeBytes(piece)
            let count = reading.seen.count
            reading.read { _ in false }
            #expect(reading.seen.count <= count + 1)
        } while !rest.isEmpty
        while true {
            let count = reading.seen.count
            reading.read { _ in false }
            if reading.seen.count == count { return Run(reading) }
        }
    }

    private func check(seeds: Range<UInt64>, mistakes: Int) -> Set<UInt16> {
        var codes: Set<UInt16> = []
        for seed in seeds {
            var streams = WSStreamGenerator(seed: seed, mistakes: mistakes)
            let stream = streams.stream()
            let expected = self.whole(stream)
            #expect(
                expected.seen == WSReaderModel.seen(stream, maxMessageBytes: Self.maxMessageBytes, maxFragments: Self.maxFragments),
                "seed \(seed)"
            )
            if let error = expected.error {
                codes.insert(error.closeCode.rawValue)
                #expect(expected.isFinished, "seed \(seed)")
            }
            var generator = SeededGenerator(seed: seed)
            #expect(self.inPieces(stream) { 1 } == expected, "seed \(seed), byte by byte")
            #expect(self.inPieces(stream) { generator.number(1..<40) } == expected, "seed \(seed), in pieces")
            #expect(self.inPieces(stream) { generator.number(1..<400) } == expected, "seed \(seed), in large pieces")
            #expect(self.withPauses(stream) { stream.count } == expected, "seed \(seed), with pauses")
            #expect(self.withPauses(stream) { generator.number(1..<100) } == expected, "seed \(seed), with pauses in pieces")
        }
        return codes
    }

    @Test func goodStreamsAreReadTheSameHoweverTheyAreCut() {
        _ = self.check(seeds: 0..<400, mistakes: 1000)
    }

    @Test func badStreamsFailTheSameHoweverTheyAreCut() {
        #expect(self.check(seeds: 1000..<1800, mistakes: 6) == [1002, 1007, 1009])
    }

    @Test func everySingleCutIsTheSame() {
        for seed in UInt64(5000)..<5060 {
            var streams = WSStreamGenerator(seed: seed, mistakes: 10)
            let stream = streams.stream()
            let expected = self.whole(stream)
            for cut in 0...stream.count {
                var reading = self.reading()
                reading.read(Array(stream[..<cut]))
                reading.read(Array(stream[cut...]))
                #expect(Run(reading) == expected, "seed \(seed), cut at \(cut)")
            }
        }
    }

    @Test func noiseIsRefusedInEveryWay() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let stream = (0..<generator.number(1..<60)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let expected = self.whole(stream)
            #expect(expected.seen == WSReaderModel.seen(stream, maxMessageBytes: Self.maxMessageBytes, maxFragments: Self.maxFragments))
            #expect(self.inPieces(stream) { 1 } == expected)
        }
    }
}
