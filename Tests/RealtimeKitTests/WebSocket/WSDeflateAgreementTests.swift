//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RealtimeKit

/// Which offers of compression are accepted (RFC 7692 §5.1 and §7.1).
@Suite struct WSDeflateAgreementTests {
    private static let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    private static func agreement(_ field: String...) throws -> WSDeflateAgreement? {
        WSDeflateAgreement.first(of: try #require(WSExtensionOffer.list(field)))
    }

    @Test(arguments: [
        "permessage-deflate", "PerMessage-Deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover", "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=\"10\"",
    ])
    func bothSidesGoWithoutContextWhateverIsOffered(offer: String) throws {
        let agreement = try #require(try Self.agreement(offer))
        #expect(agreement.field == Self.both)
        #expect(agreement.maxBytes == .max)
    }

    @Test(arguments: 8...15) func aSmallerWindowIsKept(bits: Int) throws {
        let agreement = try #require(try Self.agreement("permessage-deflate; server_max_window_bits=\(bits)"))
        #expect(agreement.field == Self.both + "; server_max_window_bits=\(bits)")
        #expect(agreement.maxBytes == (bits == 15 ? .max : 1 << bits))
    }

    @Test(arguments: [
        // Parameters that are not known, come twice, or have a value that is not valid.
        "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits=12; extra=1", "permessage-deflate; Server_No_Context_Takeover",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
        "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=08",
        "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; server_max_window_bits=a",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=010", "permessage-deflate; client_max_window_bits=9999999999999999999999",
        // Other extensions.
        "permessage-bzip2", "x-webkit-deflate-frame", "deflate",
    ])
    func offersThatCannotBeKeptAreDeclined(offer: String) throws {
        #expect(try Self.agreement(offer) == nil)
        // The next offer counts.
        #expect(try Self.agreement(offer + ", permessage-deflate")?.field == Self.both)
        #expect(try Self.agreement(offer, "permessage-deflate")?.field == Self.both)
    }

    @Test func theFirstOfferThatCanBeKeptIsAccepted() throws {
        let field = "permessage-deflate; server_max_window_bits=99, permessage-deflate; server_max_window_bits=10, permessage-deflate"
        #expect(try Self.agreement(field)?.field == Self.both + "; server_max_window_bits=10")
        #expect(WSDeflateAgreement.first(of: []) == nil)
    }
}
