//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeCore
import Testing

@Suite struct ConnectionMetadataTests {
    @Test func isEmptyUntilSomethingIsKept() {
        var metadata = ConnectionMetadata()
        #expect(metadata.isEmpty)
        #expect(metadata.keys.isEmpty)
        metadata["plan"] = "pro"
        #expect(!metadata.isEmpty)
        #expect(metadata.keys == ["plan"])
    }

    @Test func givesValuesByKeyAndType() {
        let metadata = ConnectionMetadata(["plan": "pro", "seats": 5])
        #expect(metadata["plan", as: String.self] == "pro")
        #expect(metadata["seats", as: Int.self] == 5)
        #expect(metadata["seats"] as? Int == 5)
        #expect(Set(metadata.keys) == ["plan", "seats"])
    }

    @Test func givesNothingForAnotherTypeOrAnUnknownKey() {
        let metadata = ConnectionMetadata(["seats": 5])
        #expect(metadata["seats", as: String.self] == nil)
        #expect(metadata["plan", as: String.self] == nil)
        #expect(metadata["plan"] == nil)
    }

    @Test func settingNilRemovesTheKey() {
        var metadata = ConnectionMetadata(["plan": "pro"])
        metadata["plan"] = nil
        metadata["absent"] = nil
        #expect(metadata.isEmpty)
        #expect(metadata["plan"] == nil)
    }

    @Test func settingAnOptionalWithoutValueRemovesTheKeyToo() {
        var metadata = ConnectionMetadata(["plan": "pro"])
        let unknown: String? = nil
        metadata["plan"] = unknown
        #expect(metadata.isEmpty)
    }

    @Test func aNewValueReplacesTheOldWhateverItsType() {
        var metadata = ConnectionMetadata(["key": "text"])
        metadata["key"] = 7
        #expect(metadata["key", as: Int.self] == 7)
        #expect(metadata["key", as: String.self] == nil)
        #expect(metadata.keys == ["key"])
    }

    @Test func copiesAreIndependent() {
        let original = ConnectionMetadata(["key": 1])
        var copy = original
        copy["key"] = 2
        #expect(original["key", as: Int.self] == 1)
    }
}
