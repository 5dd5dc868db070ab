#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 7692: compressed messages of every kind, which come back the same, compressed where that is shorter, and each by itself."""

import json
import random
import zlib

from ws_client import BINARY, CONTINUATION, PING, PONG, TEXT, cut, fragments, frame
from ws_compression import RSV1, Agreement, blocks, deflated, final, finished, stored
from ws_case import SYNC, Case, Expect, ExpectJSON, Rest, Send, closes, echoed
from ws_frames import KINDS, LIMIT
from ws_sizes import filler

NOISE = random.Random(7692).randbytes(1 << 20)
ITEMS = [{"id": number, "name": f"item {number}", "tags": ["grün", "κόσμε"], "price": number / 7} for number in range(120)]
JSON = json.dumps(ITEMS, ensure_ascii=False).encode()
PAYLOADS = {
    "text": (TEXT, filler(TEXT, 5000)),
    "JSON": (TEXT, JSON),
    "octets": (BINARY, filler(BINARY, 5000)),
    "zeros": (BINARY, bytes(5000)),
    "noise": (BINARY, NOISE[:5000]),
}
FLUSHES = {"sync": zlib.Z_SYNC_FLUSH, "full": zlib.Z_FULL_FLUSH, "partial": zlib.Z_PARTIAL_FLUSH, "block": zlib.Z_BLOCK}
STRATEGIES = {"filtered": zlib.Z_FILTERED, "Huffman only": zlib.Z_HUFFMAN_ONLY, "run lengths": zlib.Z_RLE, "fixed codes": zlib.Z_FIXED}
SIZES = [0, 1, 2, 3, 7, 124, 125, 126, 127, 128, 254, 255, 256, 257, 1000, 16_383, 16_384, 16_385, 65_534, 65_535, 65_536, 65_537, 1 << 20]
SHORT = "grün κόσμε 👋 grün κόσμε 👋".encode()


def case(name, rules, steps, deflate=Agreement(), **more):
    return Case(f"deflate/{name}", rules, steps, deflate=deflate, standard="RFC 7692", **more)


def packed(opcode, raw, pieces=None):
    """The frames of a message that is compressed already: RSV1 is on the first one alone."""
    pieces = [raw] if pieces is None else pieces
    last = len(pieces) - 1
    return [
        frame(CONTINUATION if number else opcode, piece, final=number == last, rsv=0 if number else RSV1) for number, piece in enumerate(pieces)
    ]


def comes_back(opcode, payload, raw, pieces=None, **more):
    return echoed(opcode, payload, *packed(opcode, raw, pieces), **more)


def lengths():
    for opcode, kind in KINDS:
        for size in SIZES:
            payload = filler(opcode, size)
            steps = comes_back(opcode, payload, deflated(payload)) + closes()
            yield case(f"{kind} of {size}", "6.1 6.2 7.2", steps, is_large=size > 100_000)
            yield case(f"{kind} of {size}, uncompressed", "6.1", echoed(opcode, payload) + closes(), is_large=size > 100_000)
    for size in (1, 255, 256, 300, 1000, 16_384, 65_535, 65_536, 1 << 20):
        payload = NOISE[:size]
        steps = comes_back(BINARY, payload, deflated(payload)) + closes()
        yield case(f"noise of {size}, which is longer compressed", "6.1 6.2", steps, is_large=size > 100_000)
    # Compressed to lengths about those where a header takes another form.
    for size in (124, 125, 126, 127, 128, 65_530, 65_535, 65_536, 65_540):
        payload = NOISE[: size - 6] if size < 1000 else NOISE[: size - 11]
        raw = stored(payload) if size < 1000 else stored(payload[:65_500], payload[65_500:])
        yield case(f"{len(raw)} octets on the wire", "6.2 7.2.2", comes_back(BINARY, payload, raw) + closes())
    for opcode, kind in KINDS:
        yield case(f"nothing at all for an empty {kind}", "7.2.3.6", comes_back(opcode, b"", b"") + closes())
        yield case(f"an empty block for an empty {kind}", "7.2.3.6", comes_back(opcode, b"", b"\0") + closes())
    for name, payload in (("zeros", bytes(LIMIT)), ("text", filler(TEXT, LIMIT))):
        opcode = BINARY if name == "zeros" else TEXT
        make = lambda opcode=opcode, payload=payload: comes_back(opcode, payload, deflated(payload, 1)) + closes()
        yield case(f"16 MiB of {name}", "6.2 8", make, is_large=True)
    make = lambda: comes_back(BINARY, bytes(LIMIT), deflated(bytes(LIMIT), 0)) + closes()
    yield case("16 MiB that compression makes longer", "6.2 8", make, is_large=True)


def writers():
    """All that a compressor may do: to whoever reads it, that makes no difference."""
    for name, (opcode, payload) in PAYLOADS.items():
        for level in range(10):
            yield case(f"{name}, level {level}", "7.2.1 7.2.2", comes_back(opcode, payload, deflated(payload, level)) + closes())
        for strategy, value in STRATEGIES.items():
            yield case(f"{name}, {strategy}", "7.2.1 7.2.2", comes_back(opcode, payload, deflated(payload, strategy=value)) + closes())
        for bits in range(9, 16):
            for memory in (1, 9):
                raw = deflated(payload, bits=bits, memory=memory)
                yield case(f"{name}, a window of {bits} bits, memory {memory}", "7.1.2.2 7.2.2", comes_back(opcode, payload, raw) + closes())
        for flush, value in FLUSHES.items():
            for size in (7, 1000):
                raw = blocks(cut(payload, size), value)
                yield case(f"{name}, {flush} flushes every {size}", "7.2.1 7.2.3.5", comes_back(opcode, payload, raw) + closes())
        for size in (1, 100, 2500, 5000, 65_535):
            yield case(f"{name}, stored blocks of {size}", "7.2.3.3", comes_back(opcode, payload, stored(*cut(payload, size))) + closes())
        for level in (0, 1, 9):
            raw = finished(payload, level=level)
            yield case(f"{name}, a final block, level {level}", "7.2.3.4", comes_back(opcode, payload, raw) + closes())
        for size in (1, 1000):
            raw = finished(*cut(payload, size))
            yield case(f"{name}, final blocks of {size}", "7.2.1 7.2.3.4", comes_back(opcode, payload, raw) + closes())
        raw = final(payload[:1000]) + deflated(payload[1000:])
        yield case(f"{name}, a final block in front of others", "7.2.1 7.2.3.4", comes_back(opcode, payload, raw) + closes())
        raw = stored(payload[:100])[:-1] + final(payload[100:2000]) + stored(b"", b"", payload[2000:])
        yield case(f"{name}, blocks of every type", "7.2.1 7.2.3", comes_back(opcode, payload, raw) + closes())
    # The standard's own examples of "Hello".
    for name, octets in {
        "in a block": "f248cdc9c90700",
        "in a block that is not compressed": "000500faff48656c6c6f00",
        "in a final block": "f348cdc9c9070000",
        "in two blocks": "f24805000000ffffcac9c90700",
    }.items():
        yield case(f"'Hello' {name}", "7.2.3", comes_back(TEXT, b"Hello", bytes.fromhex(octets)) + closes())


def in_pieces():
    """Fragments and packets, cut anywhere (section 6.1)."""
    raws = {"": deflated(SHORT), ", stored": stored(SHORT), ", final": finished(SHORT), ", in blocks": blocks(cut(SHORT, 5), zlib.Z_FULL_FLUSH)}
    for name, raw in raws.items():
        for at in range(len(raw) + 1):
            yield case(f"cut into fragments at {at}{name}", "6.1 6.2", comes_back(TEXT, SHORT, raw, [raw[:at], raw[at:]]) + closes())
        yield case(f"each octet a fragment{name}", "6.1 6.2", comes_back(TEXT, SHORT, raw, cut(raw, 1)) + closes())
        steps = comes_back(TEXT, SHORT, raw, [b"", *cut(raw, 1), b"", b""])
        yield case(f"each octet a fragment, with empty ones{name}", "6.1 6.2", steps + closes())
        yield case(f"octet by octet{name}", "6.2", comes_back(TEXT, SHORT, raw, chop=1, pause=0.001) + closes())
        frames = packed(TEXT, raw, cut(raw, 1))
        steps = [step for one in frames[:-1] for step in [Send(one), *SYNC]] + [Rest(), Send(frames[-1]), Expect(TEXT, SHORT)]
        yield case(f"pings between fragments{name}", "6.1 6.2", steps + closes())
    for name, (opcode, payload) in PAYLOADS.items():
        raw = deflated(payload)
        for size in (1, 2, 10, 100, 1000):
            yield case(f"{name} in fragments of {size}", "6.1", comes_back(opcode, payload, raw, cut(raw, size)) + closes())
            yield case(f"{name}, {size} at a time", "6.2", comes_back(opcode, payload, raw, chop=size) + closes())
        pings = b"".join(one + frame(PING, b"%d" % number) for number, one in enumerate(packed(opcode, raw, cut(raw, 50))[:-1]))
        count, last = len(cut(raw, 50)) - 1, packed(opcode, raw, cut(raw, 50))[-1]
        steps = [Send(pings + last), *(Expect(PONG, b"%d" % number) for number in range(count)), Expect(opcode, payload)]
        yield case(f"{name} with pings that are sent at once", "6.1 6.2", steps + closes())
    large = filler(TEXT, 1 << 20)
    for size in (1, 100, 10_007):
        make = lambda size=size: comes_back(TEXT, large, deflated(large), cut(deflated(large), size)) + closes()
        yield case(f"1 MiB in fragments of {size}", "6.1", make, is_large=True)


def windows():
    """The server's messages fit into the window that was asked for."""
    for bits in range(8, 16):
        agreement = Agreement(f"permessage-deflate; server_max_window_bits={bits}", bits)
        for size in sorted({255, 256, 257, (1 << bits) - 1, 1 << bits, (1 << bits) + 1, 3 << bits, 65_536}):
            # The second half refers to the first, as far away as can be.
            half = NOISE[: size // 2]
            for name, payload in (("repeated noise", half + half + NOISE[: size % 2]), ("zeros", bytes(size)), ("octets", filler(BINARY, size))):
                for raw, shown in ((deflated(payload), ""), (None, ", uncompressed")):
                    steps = comes_back(BINARY, payload, raw) if raw else echoed(BINARY, payload)
                    yield case(f"a window of {bits} bits, {name} of {size}{shown}", "7.1.2.1 7.2.1", steps + closes(), agreement)


def many():
    """Each message by itself (section 7.1.1), compressed or not, in order."""
    again = deflated(JSON)
    yield case("200 times the same message", "7.1.1.1 7.1.1.2", [step for _ in range(200) for step in comes_back(TEXT, JSON, again)] + closes())
    kinds = list(PAYLOADS.values())
    mixed = [(*kinds[number % len(kinds)], number % 3 > 0) for number in range(300)]
    sent = b"".join(packed(opcode, deflated(payload))[0] if is_packed else frame(opcode, payload) for opcode, payload, is_packed in mixed)
    expected = [Expect(opcode, payload) for opcode, payload, _ in mixed]
    yield case("compressed and uncompressed ones by turns", "6.1", [Send(sent), *expected, *closes()])
    yield case("compressed and uncompressed ones by turns, 997 at a time", "6.1", [Send(sent, 997), *expected, *closes()])
    text = filler(TEXT, 3000)
    plain = b"".join(fragments(TEXT, cut(text, 100)))
    steps = [Send(plain + packed(TEXT, deflated(text))[0] + plain), *[Expect(TEXT, text)] * 3, *closes()]
    yield case("a compressed one between uncompressed ones in fragments", "6.1", steps)
    yield case("5000 empty ones", "7.2.3.6", [Send(packed(TEXT, b"\0")[0] * 5000), *[Expect(TEXT, b"")] * 5000, *closes()])
    steps = [Send(frame(TEXT, deflated(SHORT), final=False, rsv=RSV1) + frame(CONTINUATION, b"", final=False)), *SYNC, *closes()]
    yield case("a close inside a message", "6.1", steps)
    join = json.dumps({"type": "join", "room": "compressed", "id": 1}).encode()
    steps = [ExpectJSON({"type": "connected"}), Send(packed(TEXT, deflated(join))[0]), ExpectJSON({"type": "joined", "room": "compressed"})]
    yield case("a request of the rooms", "6.2", steps + closes(), path="/ws")


CASES = [*lengths(), *writers(), *in_pieces(), *windows(), *many()]
