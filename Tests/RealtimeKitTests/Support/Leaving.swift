//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKitTesting

/// How a client leaves.
enum Leaving: CaseIterable, Sendable {
    /// Closes.
    case close
    /// Closes its own side and goes on reading, which sends a FIN and nothing else.
    case halfClose
    /// Cuts the connection, which sends a reset.
    case reset

    func leave(_ client: SSETestClient) async throws {
        switch self {
        case .close: await client.close()
        case .halfClose: try await client.closeOutput()
        case .reset: try await client.cut()
        }
    }

    func leave(_ socket: TestSocket) async throws {
        switch self {
        case .close: await socket.close()
        case .halfClose: try await socket.closeOutput()
        case .reset: try await socket.reset()
        }
    }
}
