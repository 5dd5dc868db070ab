//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import Synchronization

/// A log handler that keeps its records.
struct LogRecorder: LogHandler {
    private final class Records: Sendable {
        let lines = Mutex<[String]>([])
    }

    private let records = Records()
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    var logger: Logger { Logger(label: "recorded") { _ in self } }
    var lines: [String] { self.records.lines.withLock { $0 } }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.records.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}
