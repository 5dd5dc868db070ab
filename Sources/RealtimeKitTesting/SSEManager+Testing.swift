//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

public import Logging
public import RealtimeCore
public import RealtimeKit

extension SSEManager {
    /// Makes a manager whose heartbeats, limits and timeouts go by a clock that a test moves.
    ///
    /// - Throws: ``RealtimeCore/RealtimeError`` that says what is accepted.
    public init(
        configuration: EngineConfiguration = .init(),
        limiter: ConnectionLimiter = .shared,
        denyList: DenyList = .shared,
        outboxBudget: OutboxBudget = .shared,
        clock: ManualClock,
        logger: Logger? = nil
    ) throws(RealtimeError) {
        try self.init(
            configuration: configuration,
            limiter: limiter,
            denyList: denyList,
            outboxBudget: outboxBudget,
            clock: clock as any EngineClock,
            logger: logger
        )
    }
}
