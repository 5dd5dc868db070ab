//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

#ifndef REALTIME_ZLIB_H
#define REALTIME_ZLIB_H

#if defined(__has_include)
#if !__has_include(<zlib.h>)
#error "RealtimeKit needs the headers of zlib. On Debian and Ubuntu: apt-get install zlib1g-dev. On Fedora: dnf install zlib-devel."
#endif
#endif

#include <zlib.h>

// zlib's own names for these are macros, which Swift does not see.

/// Begins compression to raw DEFLATE data (RFC 1951).
static inline int realtime_deflate_init(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

/// Begins decompression of raw DEFLATE data with the largest window.
static inline int realtime_inflate_init(z_stream *stream) {
    return inflateInit2(stream, -15);
}

#endif
