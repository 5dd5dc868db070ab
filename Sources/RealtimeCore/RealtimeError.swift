//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Everything RealtimeKit throws because of what it was given.
///
/// The message says what was wrong and what is accepted. It is meant for the developer and the log; it is never sent to a client
/// unless an application does so on purpose.
public struct RealtimeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of an error, for programs that react to it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A channel, room or pattern name that is empty, too long or holds control characters.
        public static let invalidName = Code("invalid_name")
        /// An `event`, `id` or comment of a Server-Sent Event that holds CR, LF or NUL.
        public static let invalidField = Code("invalid_field")
        /// A configuration value outside its range.
        public static let invalidConfiguration = Code("invalid_configuration")
        /// A change that is refused once connections are served.
        public static let alreadyServing = Code("already_serving")
        /// A name that is in use.
        public static let alreadyExists = Code("already_exists")
        /// Input that passes a stated limit.
        public static let tooLarge = Code("too_large")

        /// The code as a word, such as `invalid_name`.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }
    }

    /// The kind of the error.
    public let code: Code
    /// What was wrong, and what is accepted.
    public let message: String

    /// The code and the message in one line.
    public var description: String { "\(self.code): \(self.message)" }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
