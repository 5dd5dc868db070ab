//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writing to a socket past NIO: one system call, nothing else.
package enum DirectWrite {
    #if os(Linux)
    /// Whether this platform's sockets can be written without blocking and without a signal by flags of the call alone.
    package static let isSupported = true

    /// Gives bytes to the kernel without waiting.
    ///
    /// - Returns: how many it took. 0 stands for all failures: NIO meets them again on its own path and handles them there.
    @inline(__always)
    static func send(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        #if canImport(Glibc)
        return max(0, Glibc.send(descriptor, base, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)))
        #else
        return max(0, Musl.send(descriptor, base, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)))
        #endif
    }
    #else
    package static let isSupported = false

    static func send(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int { 0 }
    #endif

    /// Whether the peer has closed its side and everything that it sent has been read.
    package static func isAtEnd(_ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        #if canImport(Glibc)
        return Glibc.recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 0
        #elseif canImport(Musl)
        return Musl.recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 0
        #else
        return Darwin.recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0
        #endif
    }
}
