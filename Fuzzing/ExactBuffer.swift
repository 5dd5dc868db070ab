//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

@_silgen_name("__asan_poison_memory_region")
private func poison(_ start: UnsafeRawPointer?, _ count: Int)

@_silgen_name("__asan_unpoison_memory_region")
private func unpoison(_ start: UnsafeRawPointer?, _ count: Int)

/// Buffers behind whose last byte AddressSanitizer watches. NIO takes more memory than it was asked for, so a read past the end would
/// not be noticed without this.
enum ExactBuffer {
    static func with<Result>(_ bytes: [UInt8], _ body: (inout ByteBuffer) -> Result) -> Result {
        var buffer = ByteBuffer(bytes: bytes)
        var watched = UnsafeRawBufferPointer(start: nil, count: 0)
        buffer.withVeryUnsafeBytes { watched = UnsafeRawBufferPointer(rebasing: $0[bytes.count...]) }
        poison(watched.baseAddress, watched.count)
        defer { unpoison(watched.baseAddress, watched.count) }
        return body(&buffer)
    }

    /// The same for code that reads plain memory.
    static func withBytes<Result>(_ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // Of its own: an array has a header in front and may have room behind.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return body(UnsafeRawBufferPointer(copy))
    }
}
