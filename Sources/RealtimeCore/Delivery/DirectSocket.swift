//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// A socket that may be written directly, and which bytes it gets: all in one word, because passes look at one after the other.
struct DirectSocket {
    private static let deflated: CInt = 1 << 30
    private static let oneByOne: CInt = 1 << 29

    /// None.
    static let none = DirectSocket(rawValue: -1)

    private let rawValue: CInt

    private init(rawValue: CInt) {
        self.rawValue = rawValue
    }

    init(_ descriptor: CInt, _ framing: WireMessage.Framing) {
        switch framing {
        case .framed: self.rawValue = descriptor
        case .deflated(upTo: .max): self.rawValue = descriptor | Self.deflated
        case .deflated, .bare: self.rawValue = descriptor | Self.oneByOne
        }
    }

    /// Whether passes may write to it the bytes that are the same for all.
    var isForPasses: Bool { self.rawValue >= 0 && self.rawValue & Self.oneByOne == 0 }

    /// Whether these are the compressed ones.
    var takesDeflated: Bool { self.rawValue & Self.deflated != 0 }

    /// The socket itself; -1 for none.
    var descriptor: CInt { self.rawValue < 0 ? -1 : self.rawValue & ~(Self.deflated | Self.oneByOne) }
}
