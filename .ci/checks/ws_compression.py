#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What permessage-deflate (RFC 7692) adds to a client: its offer and the answer to that, and messages compressed in every way there is."""

import dataclasses
import typing
import zlib

from playground import check

TAIL = b"\0\0\xff\xff"  # What is left out at the end of a message (section 7.2.1).
THRESHOLD = 256  # Shorter messages the server does not compress,
LONGEST = 64 << 10  # and longer ones only where nobody else waits for it.
RSV1, RSV2, RSV3 = 4, 2, 1


@dataclasses.dataclass(frozen=True)
class Agreement:
    """An offer that is accepted, and the window of the server's messages when the client asks for one."""

    offer: str = "permessage-deflate"
    bits: typing.Optional[int] = None

    @property
    def answer(self):
        window = "" if self.bits is None else f"; server_max_window_bits={self.bits}"
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + window

    def taken(self, payload, is_compressed):
        """Takes a message of the server, decompressed by itself. Whatever it must not do is a Failure."""
        window = 1 << (self.bits or 15)
        limit = LONGEST if window == 1 << 15 else window
        if not is_compressed:
            may_be_shorter = THRESHOLD <= len(payload) <= limit and len(deflated(payload, 3)) + 14 < len(payload)
            check(not may_be_shorter, f"section 6.1: {len(payload)} octets come uncompressed that would be shorter otherwise")
            return payload
        plain = inflated(payload, self.bits or 15)
        check(len(plain) >= THRESHOLD, f"{len(plain)} octets come compressed")
        check(len(payload) < len(plain), f"{len(plain)} octets come compressed to {len(payload)}")
        # There is no smaller window to read it with.
        check(self.bits != 8 or len(plain) <= window, f"section 7.1.2.1: {len(plain)} octets come compressed, for a window of {window}")
        return plain


def inflated(payload, bits=15):
    """Decompresses a message with a window of so many bits, 9 at least."""
    reader = zlib.decompressobj(-max(bits, 9))
    try:
        if bits == 15:
            plain = reader.decompress(payload + TAIL)
        else:
            # Octet by octet: whatever goes out at once may be referred to beyond the window.
            pieces, rest = [], payload + TAIL
            while piece := reader.decompress(rest, 1):
                pieces.append(piece)
                rest = reader.unconsumed_tail
            plain = b"".join(pieces)
        # It ends where a block does: the last block of all fits there.
        plain += reader.decompress(reader.unconsumed_tail + b"\x03\0")
    except zlib.error as error:
        check(False, f"section 7.2.2: a message that is not compressed data, or not with a window of {bits} bits: {error}, {payload[:40]!r}")
    check(reader.eof and not reader.unused_data, f"section 7.2.1: a compressed message is cut short, or has more than one end: {payload[:40]!r}")
    return plain


def deflated(payload, level=6, strategy=zlib.Z_DEFAULT_STRATEGY, bits=15, memory=8):
    """A message, compressed the usual way (section 7.2.1)."""
    return blocks([payload], zlib.Z_SYNC_FLUSH, level, strategy, bits, memory)


def blocks(pieces, flush, level=6, strategy=zlib.Z_DEFAULT_STRATEGY, bits=15, memory=8):
    """A message, compressed piece by piece, with a kind of flush between them."""
    writer = zlib.compressobj(level, zlib.DEFLATED, -bits, memory, strategy)
    raw = b"".join(writer.compress(piece) + writer.flush(flush) for piece in pieces[:-1])
    raw += writer.compress(pieces[-1]) + writer.flush(zlib.Z_SYNC_FLUSH)
    # A flush behind another one has nothing to write.
    return raw[: -len(TAIL)] if raw.endswith(TAIL) else raw + b"\0"


def final(payload, level=6):
    """Compressed data whose last block says that it is the last, without what has to stand behind it."""
    writer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return writer.compress(payload) + writer.flush(zlib.Z_FINISH)


def finished(*payloads, level=6):
    """A message of blocks that each say that they are the last (section 7.2.3.4)."""
    return b"".join(final(payload, level) for payload in payloads) + b"\0"


def stored(*payloads):
    """A message of blocks that are not compressed, written by hand (section 7.2.3.3)."""
    heads = [bytes([0]) + len(one).to_bytes(2, "little") + (len(one) ^ 0xFFFF).to_bytes(2, "little") for one in payloads]
    return b"".join(head + one for head, one in zip(heads, payloads)) + b"\0"
