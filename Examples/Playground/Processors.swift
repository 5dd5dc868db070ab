//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// The processors of the machine that this process may run on.
enum Processors {
    /// How many there are; `taskset` and cpusets may allow fewer than the machine has, which NIO does not see.
    static var usable: Int {
        // Such as "Cpus_allowed:\t00000000,00000003" on Linux.
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
        let allowed = line?.split(separator: "\t").last?.compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount } ?? 0
        return allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
    }
}
