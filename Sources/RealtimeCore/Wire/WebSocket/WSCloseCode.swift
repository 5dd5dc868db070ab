//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// Why a WebSocket is closed, in the form that goes over the wire (RFC 6455 §7.4).
///
/// Applications may use 4000 to 4999 for reasons of their own, but for the five that are listed here.
public struct WSCloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// 1000: the connection has fulfilled its purpose.
    public static let normal = WSCloseCode(rawValue: 1000)
    /// 1001: an endpoint goes away, such as a page that is left.
    public static let goingAway = WSCloseCode(rawValue: 1001)
    /// 1002: the peer broke a rule of the protocol.
    public static let protocolError = WSCloseCode(rawValue: 1002)
    /// 1003: the peer sent a kind of message that is not accepted here.
    public static let unsupportedData = WSCloseCode(rawValue: 1003)
    /// 1007: a message does not hold what its kind promises, such as a text that is not UTF-8.
    public static let invalidPayload = WSCloseCode(rawValue: 1007)
    /// 1008: a message breaks a rule of the application.
    public static let policyViolation = WSCloseCode(rawValue: 1008)
    /// 1009: a message is larger than accepted here.
    public static let messageTooBig = WSCloseCode(rawValue: 1009)
    /// 1011: the server met a condition that it did not expect.
    public static let internalError = WSCloseCode(rawValue: 1011)
    /// 1012: the server restarts; clients should come back.
    public static let serviceRestart = WSCloseCode(rawValue: 1012)
    /// 1013: the server has too much to do; clients should come back later.
    public static let tryAgainLater = WSCloseCode(rawValue: 1013)
    /// 4401: the credential that opened the connection has expired. Clients should come back with a new one.
    public static let expired = WSCloseCode(rawValue: 4401)
    /// 4403: the client may not be here, or no longer. Clients should not come back.
    public static let forbidden = WSCloseCode(rawValue: 4403)
    /// 4408: the client did not answer a ping in time.
    public static let pingTimeout = WSCloseCode(rawValue: 4408)
    /// 4409: the client read too slowly. For applications: a client that the library ends for that would not read a close frame, and gets none.
    public static let slowConsumer = WSCloseCode(rawValue: 4409)
    /// 4429: a limit was passed. Clients should come back after a pause.
    public static let limit = WSCloseCode(rawValue: 4429)

    /// The code as a number.
    public let rawValue: UInt16

    /// The code as decimal digits.
    public var description: String { String(self.rawValue) }

    /// Makes a code from its number, also one that is not ``isSendable``.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Whether the code may stand in a close frame: 1000 to 1003, 1007 to 1014 and 3000 to 4999.
    ///
    /// 1004 has no meaning; 1005, 1006 and 1015 are for programs' own use and never sent (RFC 6455 §7.4.1); the other numbers are not
    /// assigned (§7.4.2).
    public var isSendable: Bool {
        switch self.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
