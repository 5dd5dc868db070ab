//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The rule for channel and room names, in one place.
///
/// A name is 1 to 255 bytes of UTF-8 without control characters (C0, DEL, C1). Nothing is trimmed or folded after this check, so a hook
/// sees the name that messages will be delivered under. Names are compared as Swift compares strings: canonically equivalent ones (an
/// accented letter, or the letter and its accent) are one name, for patterns and the registry alike.
public enum TopicName {
    /// The most bytes of UTF-8 that a name may have unless an application sets less.
    public static let maxLength = 255

    /// Checks a name.
    ///
    /// - Parameters:
    ///   - name: the name of a channel or room.
    ///   - maxLength: the most bytes of UTF-8 it may have.
    /// - Throws: ``RealtimeError`` with code ``RealtimeError/Code/invalidName`` that says what is wrong.
    public static func validate(_ name: String, maxLength: Int = TopicName.maxLength) throws(RealtimeError) {
        guard let problem = Self.problem(with: name, maxLength: maxLength) else { return }
        throw RealtimeError(.invalidName, "\(problem); a name is 1 to \(maxLength) bytes of UTF-8 without control characters")
    }

    /// Whether a name may be used.
    public static func isValid(_ name: String, maxLength: Int = TopicName.maxLength) -> Bool {
        Self.problem(with: name, maxLength: maxLength) == nil
    }

    private static func problem(with name: String, maxLength: Int) -> String? {
        let count = name.utf8.count
        if count == 0 { return "the name is empty" }
        if count > maxLength { return "the name has \(count) bytes" }
        var previous: UInt8 = 0
        for byte in name.utf8 {
            // C0 and DEL are single bytes; C1 (U+0080 to U+009F) is C2 80 to C2 9F in UTF-8.
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && byte < 0xa0) { return "the name holds a control character" }
            previous = byte
        }
        return nil
    }
}
