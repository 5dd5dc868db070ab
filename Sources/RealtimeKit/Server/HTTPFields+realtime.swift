//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes

extension HTTPField.Name {
    /// `Last-Event-ID` (WHATWG HTML §9.2.4).
    static let lastEventID = Self.named("Last-Event-ID")
    /// `X-Accel-Buffering`: keeps nginx and its kin from collecting a response before they pass it on.
    static let xAccelBuffering = Self.named("X-Accel-Buffering")

    /// For names that are written in this file and are known to be tokens.
    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is not a field name") }
        return name
    }
}

extension HTTPFields {
    /// The header fields of every event stream.
    static let eventStream: HTTPFields = [
        .contentType: "text/event-stream",
        // Proxies must neither keep nor change (compress, and therefore collect) what passes.
        .cacheControl: "no-cache, no-transform",
        .xAccelBuffering: "no",
    ]
}
