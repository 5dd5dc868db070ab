//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Logging

/// A log handler that keeps its records.
struct LogRecorder: LogHandler {
    let records = Recorder<String>()
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    var logger: Logger { Logger(label: "recorded") { _ in self } }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.records.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}
