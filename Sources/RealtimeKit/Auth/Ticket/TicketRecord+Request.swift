//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import Hummingbird

extension TicketRecord {
    /// Whether a request is one that the ticket was issued for: of this path, and from this page.
    func fits(_ request: Request) -> Bool {
        // By bytes: Swift takes some texts for equal that are different paths.
        self.path.utf8.elementsEqual(request.uri.path.utf8) && self.isFromItsPage(request)
    }

    private func isFromItsPage(_ request: Request) -> Bool {
        guard let text = self.origin else { return true }
        guard let own = Origin(text) else { return false }
        let origins = request.headers[values: .origin]
        guard origins.isEmpty else { return origins.count == 1 && Origin(origins[0]) == own }
        // A browser sends no origin with a GET to a page's own server (WHATWG Fetch, "`Origin` header"), which is what `EventSource` does; with
        // a WebSocket's handshake, and with what a page can read of another server, it does.
        guard !WSHandshake.asksForUpgrade(request.head), request.headers[.secFetchSite].map({ $0.lowercased() == "same-origin" }) ?? true else {
            return false
        }
        return request.head.authority.flatMap { Origin(scheme: own.scheme, authority: $0) } == own
    }
}
