#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 7692 that fail: RSV1 where it may not stand, and compressed data that is none, is cut short, is no text or far too much."""

import random
import zlib

from ws_client import BINARY, CLOSE, CONTINUATION, NAMES, PING, PONG, TEXT, cut, frame
from ws_compression import RSV1, RSV2, RSV3, TAIL, Agreement, deflated, final, stored
from ws_case import SYNC, Case, Expect, ExpectJSON, Rest, Send, closes, echoed, fails
from ws_deflate import packed
from ws_frames import LIMIT
from ws_sizes import filler
from ws_texts import BAD, BEFORE, UNFINISHED, offender

MIB = 1 << 20
TEXTS = filler(TEXT, 3000)
GOOD = packed(TEXT, deflated(TEXTS))[0]


def case(name, rules, steps, deflate=Agreement(), group="inflate", **more):
    return Case(f"{group}/{name}", rules, steps, deflate=deflate, standard="RFC 7692", **more)


def bits():
    """RSV1 is for the first frame of a message, when there is an agreement; nobody has agreed upon the others."""
    begin = frame(TEXT, deflated(TEXTS), final=False, rsv=RSV1)
    plain = frame(TEXT, b"plain", final=False)
    for is_last, shown in ((True, "last"), (False, "middle")):
        for payload in (b"", b"\0"):
            bad = frame(CONTINUATION, payload, final=is_last, rsv=RSV1)
            name = f"RSV1 on the {shown} frame, of {len(payload)}"
            yield case(f"{name}, of a compressed message", "6.1 6.2", [Send(begin + bad), *fails(1002)])
            yield case(f"{name}, of an uncompressed message", "6.1 6.2", [Send(plain + bad), *fails(1002)])
    for opcode in (PING, PONG, CLOSE):
        for inside, where in ((b"", "between messages"), (begin, "in a compressed message"), (plain, "in an uncompressed message")):
            for payload in (b"", (1000).to_bytes(2, "big") if opcode == CLOSE else deflated(b"control")):
                bad = frame(opcode, payload, rsv=RSV1)
                yield case(f"RSV1 on {NAMES[opcode]} of {len(payload)} {where}", "6.1", [Send(inside + bad), *fails(1002)])
    for rsv in (RSV2, RSV3, RSV2 | RSV3, RSV1 | RSV2, RSV1 | RSV3, RSV1 | RSV2 | RSV3):
        for opcode in (TEXT, BINARY, PING, CONTINUATION):
            before = begin if opcode == CONTINUATION else b""
            yield case(f"reserved bits {rsv:03b} on {NAMES[opcode]}", "6", [Send(before + frame(opcode, b"\0", rsv=rsv)), *fails(1002)])
    for opcode in (TEXT, BINARY):
        yield case(f"RSV1 on {NAMES[opcode]} without an offer", "6", [Send(frame(opcode, b"\0", rsv=RSV1)), *fails(1002)], None)
    steps = [Send(GOOD + frame(PING, b"", rsv=RSV1) + GOOD), Expect(TEXT, TEXTS), *fails(1002)]
    yield case("RSV1 on a ping behind a good message", "6.1", steps)
    yield case("a compressed message inside another", "6.1", [Send(begin + GOOD), *fails(1002)])
    # The header alone is enough.
    for opcode in (CONTINUATION, PING):
        before = begin if opcode == CONTINUATION else b""
        steps = [Send(before + frame(opcode, b"x" * 100, rsv=RSV1)[:2]), *fails(1002)]
        yield case(f"RSV1 on {NAMES[opcode]} whose payload does not come", "6.1", steps)


def garbage():
    noise = random.Random(1951)
    raw = deflated(TEXTS)
    wrong = {
        "a block of the reserved type": b"\x06",
        "a final block of the reserved type": b"\x07",
        "a stored block whose lengths differ": b"\0\x05\0\xfa\xfeHello\0",
        "a reference to what is not there": b"\x02\x83\x80\0",
        "too many codes": b"\xfc\xff\xff\xff",
        "codes of no length": b"\x04" + bytes(20),
        "text": b"This is no compressed message at all",
        "zeros": bytes(50),
        "FF": b"\xff" * 50,
        "zlib's own header": zlib.compress(TEXTS),
        "gzip": zlib.compressobj(6, zlib.DEFLATED, 31).compress(TEXTS) + b"\x1f\x8b\x08\0" * 10,
        "a good block, then a wrong one": raw + TAIL + b"\x06",
        "a good final block, then a wrong one": final(TEXTS) + b"\x06",
        "the end that is to be left out": raw + TAIL,
        "a final block and nothing behind it": final(TEXTS),
        "the context of the message before": blocks_of_one_context()[1],
    }
    for name, data in wrong.items():
        yield case(f"{name}", "7.2.2 7.2.1", [Send(packed(BINARY, data)[0]), *fails(1007)])
        yield case(f"{name}, behind a good message", "7.2.2", [Send(GOOD + packed(BINARY, data)[0] + GOOD), Expect(TEXT, TEXTS), *fails(1007)])
        yield case(f"{name}, each octet a fragment", "7.2.2 6.2", [Send(b"".join(packed(BINARY, data, cut(data, 1)))), *fails(1007)])
        yield case(f"{name}, octet by octet", "7.2.2", [Send(packed(BINARY, data)[0], 1, 0.0005), *fails(1007)])
    yield case("not before the octet that is wrong", "7.2.2", at_the_octet(BINARY, b"\0\x05\0\xfa", b"\xfe", 1007))
    for number in range(60):
        # Noise has the reserved type in front, and what comes behind does not matter.
        data = bytes([noise.randrange(256) | 6]) + noise.randbytes(noise.choice((0, 1, 10, 1000, 50_000)))
        yield case(f"noise {number + 1}", "7.2.2", [Send(packed(BINARY, data)[0]), *fails(1007)])


def blocks_of_one_context():
    """Two messages, of which the second refers to the first: what a client may not do here (section 7.1.1.2)."""
    writer = zlib.compressobj(9, zlib.DEFLATED, -15)
    noise = random.Random(1).randbytes(300)
    return [(writer.compress(noise) + writer.flush(zlib.Z_SYNC_FLUSH))[: -len(TAIL)] for _ in range(2)]


def truncated():
    short = b"Hello, hello, hello, " * 3
    for kind, raw in (("", deflated(short)), (", stored", stored(short)), (", fixed codes", deflated(short, strategy=zlib.Z_FIXED))):
        whole = deflated(short)
        for size in range(1, len(raw) - 1):
            if is_complete(raw[:size]):
                continue  # What is missing adds nothing.
            yield case(f"cut short to {size} of {len(raw)}{kind}", "7.2.2", [Send(packed(TEXT, raw[:size])[0]), *fails(1007)])
        first = [Send(packed(TEXT, raw[:5])[0] + packed(TEXT, whole)[0]), *fails(1007)]
        yield case(f"the rest in another message{kind}", "7.2.2 7.1.1.2", first)
    steps = [Send(b"".join(packed(TEXT, deflated(TEXTS)[:-50], cut(deflated(TEXTS)[:-50], 10))[:-1])), *SYNC]
    yield case("cut short, known with the last fragment", "7.2.2", steps + [Send(frame(CONTINUATION, b"")), *fails(1007)])


def is_complete(raw):
    reader = zlib.decompressobj(-15)
    try:
        reader.decompress(raw + TAIL + b"\x03\0")
    except zlib.error:
        return False
    return reader.eof


def at_the_octet(opcode, good, wrong, code):
    """A message that goes on behind what is wrong."""
    begin = frame(opcode, good + wrong, length=len(good) + 1000, rsv=RSV1)
    return [Send(begin[:-1]), Rest(), Send(begin[-1:]), *fails(code)]


def texts():
    for name, sequences in BAD.items():
        text = bytes.fromhex(sequences[0])
        end = offender(text)
        good, wrong = BEFORE + text[:end], text[end : end + 1]
        for raw, kind in ((deflated(BEFORE + text), ""), (stored(BEFORE + text), ", stored")):
            yield case(f"no UTF-8: {name}{kind}", "6.2", [Send(packed(TEXT, raw)[0]), *fails(1007)], group="deflated text")
            steps = [Send(GOOD + packed(TEXT, raw)[0] + GOOD), Expect(TEXT, TEXTS), *fails(1007)]
            yield case(f"no UTF-8 behind a good message: {name}{kind}", "6.2", steps, group="deflated text")
            yield case(f"binary: {name}{kind}", "6.2", echoed(BINARY, BEFORE + text, *packed(BINARY, raw)) + closes(), group="deflated text")
        # A block that is stored promises more than comes.
        block = stored(good + wrong + bytes(500))[: 5 + len(good)]
        steps = at_the_octet(TEXT, block, wrong, 1007)
        yield case(f"no UTF-8 at the octet, in a frame that goes on: {name}", "6.2", steps, group="deflated text")
        frames = packed(TEXT, block + wrong, [*cut(block + wrong, 1), b""])[:-1]
        steps = [Send(b"".join(frames[:-1])), *SYNC, Send(frames[-1]), *fails(1007)]
        yield case(f"no UTF-8 at the octet, each a fragment: {name}", "6.2", steps, group="deflated text")
        flushed = frame(TEXT, deflated(good + wrong) + TAIL, final=False, rsv=RSV1)
        yield case(f"no UTF-8 in a message that goes on: {name}", "6.2", [Send(flushed), *fails(1007)], group="deflated text")
    for hexadecimal in UNFINISHED:
        raw = deflated(BEFORE + bytes.fromhex(hexadecimal))
        yield case(f"an unfinished character: {hexadecimal}", "6.2", [Send(packed(TEXT, raw)[0]), *fails(1007)], group="deflated text")


def bombs():
    """Too much comes out, however little goes in."""
    for size, data in ((20 * MIB, deflated(bytes(20 * MIB), 9)), (LIMIT + 1, deflated(bytes(LIMIT + 1), 9))):
        for opcode in (TEXT, BINARY):
            steps = [Send(packed(opcode, data)[0]), *fails(1009)]
            yield case(f"{NAMES[opcode]} of {size} zeros", "8", steps, group="bomb", is_large=True)
        for piece in (1, 100):
            steps = [Send(b"".join(packed(BINARY, data, cut(data, piece)))), *fails(1009)]
            yield case(f"{size} zeros in fragments of {piece}", "8 6.2", steps, group="bomb", is_large=True)
    # It is over before the message is.
    begin = frame(BINARY, deflated(bytes(20 * MIB), 9) + TAIL, final=False, rsv=RSV1)
    yield case("a message that does not end", "8", [Send(begin), *fails(1009)], group="bomb", is_large=True)
    steps = [Send(frame(BINARY, stored(*[b""] * 2000), final=False, rsv=RSV1)), *SYNC, *closes()]
    yield case("10 kB of blocks with nothing in them", "8", steps, group="bomb")
    for length in (32 * MIB, 1 << 32, (1 << 63) - 1):
        steps = [Send(frame(BINARY, length=length, rsv=RSV1)), *fails(1009)]
        yield case(f"a frame of {length} announced", "8", steps, group="bomb")


def rude():
    """The same at the rooms, where a message may have 1 MiB, many at a time: for the check that watches the server's memory."""

    def one(name, steps, **more):
        return case(name, "8", [ExpectJSON({"type": "connected"}), *steps], group="rude bomb", path="/ws", **more)

    data = packed(TEXT, deflated(b" " * (64 * MIB), 9))[0]
    for number in range(100):
        yield one(f"64 MiB of blanks, {number + 1}", [Send(data), *fails(1009)])
    half = frame(TEXT, deflated(b" " * 1000) + TAIL, final=False, rsv=RSV1)
    for number in range(100):
        yield one(f"a message that does not end, {number + 1}", [Send(half), Rest(0.5)])
    ping = packed(TEXT, deflated(b'{"type":"ping","id":1}' + b" " * 500_000))[0]
    yield one("many blanks around a request", [Send(ping), ExpectJSON({"type": "pong", "id": 1}), *closes()])


CASES = [*bits(), *garbage(), *truncated(), *texts(), *bombs()]
RUDE = [*rude()]
