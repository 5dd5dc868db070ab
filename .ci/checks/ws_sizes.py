#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of large messages and of many: RFC 6455, sections 5.2, 5.4 and 10.4."""

import functools

from ws_client import BINARY, CONTINUATION, TEXT, cut, fragments, frame
from ws_case import SYNC, Case, Expect, Send, closes, echoed, fails
from ws_frames import KINDS, LIMIT

KIB, MIB = 1 << 10, 1 << 20
PATTERN = {TEXT: "Grüße, κόσμε, 世界 👋 and plain text, 0123456789. ".encode(), BINARY: bytes(range(256)) + b"odd"}


@functools.lru_cache(maxsize=4)
def filler(opcode, size):
    """Text with characters of every length, or all octets there are."""
    payload = (PATTERN[opcode] * (size // len(PATTERN[opcode]) + 1))[:size]
    if opcode == TEXT:
        payload = payload.decode(errors="ignore").encode()  # Without half a character at the end.
        payload += b"." * (size - len(payload))
    return payload


def named(size):
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size // KIB} KiB" if size % KIB == 0 else str(size)


def later(name, rules, make):
    """A case that is made when its turn comes: all of them are too much at a time."""
    return Case(name, rules, make, is_large=True)


def whole(opcode, size):
    return lambda: echoed(opcode, filler(opcode, size)) + closes()


def in_fragments(opcode, size, piece):
    return lambda: echoed(opcode, filler(opcode, size), *fragments(opcode, cut(filler(opcode, size), piece))) + closes()


def in_chops(opcode, size, chop):
    return lambda: echoed(opcode, filler(opcode, size), chop=chop) + closes()


def sizes():
    for opcode, kind in KINDS:
        for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB):
            yield later(f"size/{kind} of {named(size)}", "5.2 5.4", whole(opcode, size))
        for piece in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 1009, 65_537):
            yield later(f"size/{kind} of 4 MiB in fragments of {named(piece)}", "5.4", in_fragments(opcode, 4 * MIB, piece))
        yield later(f"size/{kind} of 16 MiB in 65536 fragments", "5.4", in_fragments(opcode, 16 * MIB, 256))
        yield later(f"size/{kind} of 64 KiB in 65536 fragments", "5.4", in_fragments(opcode, 64 * KIB, 1))
        for chop in (64, 128, 256, 512, KIB, 2 * KIB, 1009):
            yield later(f"size/{kind} of 1 MiB, {named(chop)} at a time", "5.2", in_chops(opcode, MIB, chop))
        yield later(f"size/{kind} of 16 MiB, 10007 at a time", "5.2", in_chops(opcode, 16 * MIB, 10_007))


def limits():
    def with_pings():
        pieces = [frame(CONTINUATION if number else BINARY, bytes(MIB), final=False) for number in range(16)]
        return [*(step for piece in pieces for step in [Send(piece), *SYNC]), Send(frame(CONTINUATION)), Expect(BINARY, bytes(LIMIT)), *closes()]

    def bad_end(*frames):
        return lambda: [Send(b"".join(frames)), *fails(1007)]

    first = functools.partial(frame, BINARY, bytes(LIMIT), final=False)
    name = "size/one octet too many in the second fragment"
    yield later(name, "10.4 7.4.1", lambda: [Send(first()), *SYNC, Send(frame(CONTINUATION, length=1)), *fails(1009)])
    name = "size/an empty fragment behind as much as there may be"
    yield later(name, "5.4", lambda: [Send(first()), *SYNC, Send(frame(CONTINUATION)), Expect(BINARY, bytes(LIMIT)), *closes()])
    # The answer arrives although the client sends all of it.
    name = "size/one octet too many, sent to the end"
    yield later(name, "10.4 7.1.7", lambda: [Send(frame(BINARY, bytes(LIMIT + 1))), *fails(1009)])
    yield later("size/pings between the fragments of 16 MiB", "5.4 5.5.2", with_pings)
    text = filler(TEXT, MIB)
    yield later("size/FF behind 1 MiB", "8.1", bad_end(frame(TEXT, text + b"\xff")))
    yield later("size/FF in a fragment behind 1 MiB", "8.1 5.4", bad_end(frame(TEXT, text, final=False), frame(CONTINUATION, b"\xff", final=False)))
    yield later("size/a character cut behind 1 MiB", "8.1", bad_end(frame(TEXT, text + b"\xe2\x82")))


def many():
    """Many messages on one connection, none lost, twice or out of order."""
    for opcode, kind in KINDS:
        for size in (0, 16, 64, 256, 1024, 4096, 16_384):
            steps = [step for _ in range(200) for step in echoed(opcode, filler(opcode, size))] + closes()
            yield Case(f"many/200 of {kind} and {size} octets, one after the other", "5.6", steps)
        for count, size in ((10_000, 8), (2000, 126), (500, 4096), (30, 70_000)):
            payloads = [b"%08d" % number + filler(opcode, size - 8) for number in range(count)]
            sent = b"".join(frame(opcode, payload) for payload in payloads)
            steps = [Send(sent), *(Expect(opcode, payload) for payload in payloads), *closes()]
            yield Case(f"many/{count} of {kind} and {size} octets at once", "5.6", steps, is_large=True)
    payloads = [(TEXT, BINARY)[number % 2] for number in range(3000)]
    sent = b"".join(frame(opcode, b"%d" % number) for number, opcode in enumerate(payloads))
    expected = [Expect(opcode, b"%d" % number) for number, opcode in enumerate(payloads)]
    yield Case("many/3000 of text and binary by turns, 100 octets at a time", "5.6", [Send(sent, 100), *expected, *closes()])
    steps = [Send(frame(BINARY, b"") * 5000), *[Expect(BINARY, b"")] * 5000, *closes()]
    yield Case("many/5000 empty ones", "5.6", steps)


CASES = [*sizes(), *limits(), *many()]
