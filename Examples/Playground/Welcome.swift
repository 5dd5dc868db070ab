//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the terminal shows when the server is up.
enum Welcome {
    static func text(_ settings: Settings, port: Int) -> String {
        let base = "http://\(settings.host):\(port)"
        return """

            RealtimeKit Playground: open \(base)/

            Listen            curl -N '\(base)/sse?channels=news'
            Publish           curl -d '{"to":"sse","channel":"news","event":"hello","data":"world"}' \(base)/publish
            As alice, bearer  curl -N -H 'Authorization: Bearer \(settings.bearerToken)' '\(base)/sse?channels=private-alice'
            As alice, key     curl -N -H 'x-api-key: \(settings.apiKey)' '\(base)/sse?channels=private-alice'
            Statistics        curl \(base)/stats

            """
    }
}
