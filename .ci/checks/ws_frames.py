#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 6455, sections 5.1 to 5.3, 5.5 and 5.6: lengths, masks, reserved bits and opcodes, pings and pongs."""

from ws_client import BINARY, CLOSE, CONTINUATION, NAMES, PING, PONG, TEXT, close, frame
from ws_case import SYNC, Case, Expect, Rest, Send, closes, echoed, fails

KINDS = ((TEXT, "text"), (BINARY, "binary"))
LIMIT = 16 << 20  # The longest message at /echo.


def filler(opcode, size):
    """Some payload: letters, or all octets there are."""
    return bytes(97 + number % 26 for number in range(size)) if opcode == TEXT else (bytes(range(256)) * (size // 256 + 1))[:size]


def lengths():
    for opcode, kind in KINDS:
        for size in (0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 124, 125, 126, 127, 128, 129, 255, 256, 1000, 65_534, 65_535, 65_536, 65_537):
            payload = filler(opcode, size)
            yield Case(f"length/{kind} of {size}", "5.2 5.6", echoed(opcode, payload) + closes())
        for size in (0, 1, 5, 125, 126, 300):
            payload = filler(opcode, size)
            steps = echoed(opcode, payload, chop=1, pause=0.001)
            yield Case(f"length/{kind} of {size}, octet by octet", "5.2 5.6", steps + closes())
        for size in (65_535, 65_536, 200_000):
            payload = filler(opcode, size)
            yield Case(f"length/{kind} of {size}, 997 octets at a time", "5.2 5.6", echoed(opcode, payload, chop=997) + closes())
    for opcode, kind in (*KINDS, (CONTINUATION, "continuation")):
        begin = [Send(frame(BINARY, b"begin", final=False))] if opcode == CONTINUATION else []
        for form, sizes in ((16, (0, 1, 125)), (64, (0, 1, 125, 126, 65_535))):
            for size in sizes:
                bad = frame(opcode, length=size, form=form)
                yield Case(f"length/{kind} of {size} in {form} bits", "5.2", [*begin, Send(bad), *fails(1002)])
        for size, code in ((1 << 63, 1002), ((1 << 64) - 1, 1002), ((1 << 63) - 1, 1009), (1 << 62, 1009), (1 << 32, 1009), (LIMIT + 1, 1009)):
            yield Case(f"length/{kind} of {size} announced", "5.2 10.4", [*begin, Send(frame(opcode, length=size)), *fails(code)])


def masks():
    for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
        for size in (0, 20):
            bad = close(1000, bytes(size), key=None) if opcode == CLOSE else frame(opcode, b"x" * size, key=None)
            yield Case(f"mask/none on {NAMES[opcode]} of {size}", "5.1", [Send(bad), *fails(1002)])
    bad = frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b", key=None)
    yield Case("mask/none on continuation", "5.1", [Send(bad), *fails(1002)])
    good = frame(TEXT, b"good")
    yield Case("mask/none behind a good message", "5.1", [Send(good + frame(TEXT, b"bad", key=None) + good), Expect(TEXT, b"good"), *fails(1002)])
    for key in ("00000000", "ffffffff", "00000001", "80000000", "00ff00ff", "61626364"):
        for opcode, kind in KINDS:
            payload = filler(opcode, 103)
            steps = echoed(opcode, payload, frame(opcode, payload, key=bytes.fromhex(key))) + closes()
            yield Case(f"mask/{key} on {kind}", "5.3", steps)
    payload = b"abcd" * 20
    yield Case("mask/all zeros on the wire", "5.3", echoed(TEXT, payload, frame(TEXT, payload, key=b"abcd")) + closes())
    pieces = [filler(BINARY, size) for size in range(1, 30)]
    yield Case("mask/another key in each frame", "5.3", [step for piece in pieces for step in echoed(BINARY, piece)] + closes())
    payload = filler(BINARY, 1003)
    for chop in (1, 2, 3, 5, 7):
        yield Case(f"mask/payload {chop} octets at a time", "5.3", echoed(BINARY, payload, chop=chop, pause=0.0002) + closes())


def reserved_bits():
    for rsv in range(1, 8):
        for opcode, kind in (*KINDS, (PING, "ping"), (PONG, "pong"), (CLOSE, "close")):
            bad = close(1000, rsv=rsv) if opcode == CLOSE else frame(opcode, b"payload", rsv=rsv)
            yield Case(f"reserved bits/{rsv} on {kind}", "5.2", [Send(bad), *fails(1002)])
        bad = frame(TEXT, b"a", final=False, rsv=rsv)
        yield Case(f"reserved bits/{rsv} on a first fragment", "5.2", [Send(bad), *fails(1002)])
        bad = frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b", rsv=rsv)
        yield Case(f"reserved bits/{rsv} on a continuation", "5.2", [Send(bad), *fails(1002)])
        both = frame(TEXT, b"good") + frame(PING, b"ping") + frame(TEXT, b"bad", rsv=rsv) + frame(PING, b"late") + frame(TEXT, b"late")
        steps = [Send(both), Expect(TEXT, b"good"), Expect(PONG, b"ping"), *fails(1002)]
        yield Case(f"reserved bits/{rsv} behind a good message", "5.2 7.1.7", steps)
    bad = frame(TEXT, b"bad", rsv=4)
    yield Case("reserved bits/4 octet by octet", "5.2", [Send(bad, 1, 0.001), *fails(1002)])


def opcodes():
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        kind = "a message's" if opcode < 8 else "a control's"
        name = f"opcodes/{opcode}, {kind},"
        yield Case(f"{name} empty", "5.2", [Send(frame(opcode)), *fails(1002)])
        yield Case(f"{name} with a payload", "5.2", [Send(frame(opcode, b"payload")), *fails(1002)])
        both = frame(TEXT, b"good") + frame(opcode, b"bad") + frame(PING, b"late")
        yield Case(f"{name} behind a good message", "5.2 7.1.7", [Send(both), Expect(TEXT, b"good"), *fails(1002)])
        inside = frame(TEXT, b"a", final=False) + frame(opcode) + frame(CONTINUATION, b"b")
        yield Case(f"{name} inside a message", "5.2", [Send(inside), *fails(1002)])
        yield Case(f"{name} octet by octet", "5.2", [Send(frame(opcode, b"x"), 1, 0.001), *fails(1002)])


def answered(payloads, **how):
    """Pings in one piece, and their pongs."""
    return [Send(b"".join(frame(PING, payload) for payload in payloads), **how), *(Expect(PONG, payload) for payload in payloads)]


def pings():
    for size in (0, 1, 2, 4, 5, 8, 100, 124, 125):
        yield Case(f"ping/of {size}", "5.5.2 5.5.3", answered([filler(BINARY, size)]) + closes())
        yield Case(f"ping/of {size}, octet by octet", "5.5.2 5.5.3", answered([filler(BINARY, size)], chop=1, pause=0.001) + closes())
    yield Case("ping/no UTF-8", "5.5.2", answered([b"\xff\xfe\x00\xc0\x80"]) + closes())
    numbered = [b"%d" % number for number in range(1000)]
    yield Case("ping/10 in a row", "5.5.3", answered(numbered[:10]) + closes())
    yield Case("ping/10 in a row, octet by octet", "5.5.3", answered(numbered[:10], chop=1, pause=0.001) + closes())
    yield Case("ping/1000 in a row", "5.5.3", answered(numbered) + closes())
    mixed, answers = b"", []
    for number in numbered[:100]:
        mixed += frame(TEXT, number) + frame(PING, number) + frame(BINARY, number)
        answers += [Expect(TEXT, number), Expect(PONG, number), Expect(BINARY, number)]
    yield Case("ping/between messages, answered in order", "5.5.2", [Send(mixed), *answers, *closes()])
    for opcode, kind in ((PING, "ping"), (PONG, "pong")):
        rule = "5.5.2 5.5" if opcode == PING else "5.5.3 5.5"
        for size, form in ((126, 16), (127, 16), (65_535, 16), (65_536, 64), (5, 16), (125, 64), (0, 16)):
            bad = frame(opcode, length=size, form=form)
            yield Case(f"{kind}/of {size} in {form} bits", rule, [Send(bad), *fails(1002)])
        yield Case(f"{kind}/of 126, whole", rule, [Send(frame(opcode, bytes(126))), *fails(1002)])
        yield Case(f"{kind}/fragmented", rule, [Send(frame(opcode, b"a", final=False)), *fails(1002)])
        both = frame(opcode, b"a", final=False) + frame(CONTINUATION, b"b")
        yield Case(f"{kind}/fragmented and continued", rule, [Send(both), *fails(1002)])
    for size in (0, 1, 125):
        steps = [Send(frame(PONG, filler(BINARY, size))), Rest(), *SYNC]
        yield Case(f"pong/unsolicited of {size}", "5.5.3", steps + closes())
    steps = [Send(frame(PONG, b"x", key=bytes(4)) * 1000), *SYNC]
    yield Case("pong/1000 unsolicited", "5.5.3", steps + closes())
    steps = [Send(frame(PONG, b"sync") + frame(PING, b"1") + frame(PONG, b"1") + frame(PING, b"2")), Expect(PONG, b"1"), Expect(PONG, b"2")]
    yield Case("pong/unsolicited between pings", "5.5.3", steps + closes())
    yield Case("pong/unsolicited, octet by octet", "5.5.3", [Send(frame(PONG, b"octets"), 1, 0.001), Rest(), *SYNC, *closes()])


CASES = [*lengths(), *masks(), *reserved_bits(), *opcodes(), *pings()]
