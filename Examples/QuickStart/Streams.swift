//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Hummingbird
import RealtimeKit

/// Streams for one client, as the README shows them: compiled, and never run.
enum Streams {
    static func closure(router: Router<BasicRequestContext>) {
        // snippet: one client
        router.get("countdown") { _, _ in
            SSEResponse { stream in
                for number in (1...10).reversed() {
                    try await stream.send("tick", ["left": number])
                    try await Task.sleep(for: .seconds(1))
                }
                try await stream.send("done")
            }
        }
        // end
    }

    static func others(router: Router<BasicRequestContext>, log: Log, sensor: Sensor, images: Images) {
        // snippet: other streams
        // A sequence. The next element is asked for when the client has taken the one before.
        router.get("log") { _, _ in
            SSEResponse(events: log.lines().map { SSEEvent.text($0) })
        }

        // Progress of a task: events `progress`, and `complete` or `error` at the end.
        router.get("thumbnails") { _, _ in
            SSEResponse.progress { update in
                for step in 1...20 {
                    try await images.resize(step)
                    try await update(Double(step) * 5, "Resizing")
                }
            }
        }

        // Callbacks: hand the stream over and wait for its end. `enqueue` does not wait for the client.
        router.get("temperature") { _, _ in
            SSEResponse { stream in
                let watch = sensor.watch { degrees in _ = try? stream.enqueue(.text("\(degrees)")) }
                await stream.closed
                watch.cancel()
            }
        }

        // Bytes in their wire form, for example from another server.
        router.get("relay") { _, _ in
            SSEResponse.bytes { writer in
                for try await bytes in log.bytes() { try await writer.write(bytes) }
            }
        }
        // end
    }

    static func channelProgress(images: Images) async throws {
        // snippet: progress of a channel
        try await SSEManager.shared.progress(of: "thumbnails/42") { update in
            try await images.resize(1)
            try await update(50, "Half of it")
            try await images.resize(2)
        }
        // end
    }

    // MARK: What the snippets speak of

    struct Log: Sendable {
        func lines() -> AsyncStream<String> { AsyncStream { $0.finish() } }
        func bytes() -> AsyncStream<ByteBuffer> { AsyncStream { $0.finish() } }
    }

    struct Images: Sendable {
        func resize(_ number: Int) async throws {}
    }

    struct Sensor: Sendable {
        func watch(_ handler: @escaping @Sendable (Double) -> Void) -> Watch { Watch() }
    }

    struct Watch: Sendable {
        func cancel() {}
    }
}
