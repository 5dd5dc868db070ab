//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

@testable import RealtimeKitJWT

/// An issuer whose key set is loaded: counts the loads, holds them up, and lets them fail.
final class TestIssuer: Sendable {
    struct Failure: Error {}

    private struct State {
        var set: String?
        var count = 0
        var gate: Gate?
    }

    private let state: Mutex<State>

    /// Makes one; without a set, loads fail.
    init(_ set: String?) {
        self.state = Mutex(State(set: set))
    }

    /// How often the set has been asked for.
    var count: Int { self.state.withLock { $0.count } }

    func change(_ set: String?) { self.state.withLock { $0.set = set } }

    /// Holds up the loads from now on.
    func close() -> Gate {
        let gate = Gate()
        self.state.withLock { $0.gate = gate }
        return gate
    }

    /// The keys, for a verifier.
    func keys(coolDown: Duration = .seconds(30), refreshAfter: Duration = .seconds(600)) -> JWTKeySource {
        .loadedJWKS(coolDown: coolDown, refreshAfter: refreshAfter) {
            let (set, gate) = self.state.withLock { state in
                state.count += 1
                return (state.set, state.gate)
            }
            await gate?.pass()
            guard let set else { throw Failure() }
            return set
        }
    }
}
