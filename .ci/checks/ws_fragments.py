#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 6455, section 5.4: messages in fragments, and what may and may not stand between them."""

from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, cut, fragments, frame
from ws_case import SYNC, Case, Expect, ExpectClose, End, Rest, Send, closes, echoed, fails
from ws_frames import KINDS, filler

OPEN = frame(TEXT, b"fragment", final=False)


def good():
    for opcode, kind in KINDS:
        for sizes in ((1, 1), (5, 5), (0, 5), (5, 0), (0, 0), (0, 0, 0), (5, 0, 5), (0, 5, 0), (125, 126), (126, 125), (70_000, 1), (1, 70_000)):
            pieces = [filler(opcode, size) for size in sizes]
            frames = fragments(opcode, pieces)
            name = f"fragments/{kind} of {' and '.join(map(str, sizes))}"
            yield Case(name, "5.4", echoed(opcode, b"".join(pieces), *frames) + closes())
            if sum(sizes) < 500:
                steps = echoed(opcode, b"".join(pieces), *frames, chop=1, pause=0.001)
                yield Case(f"{name}, octet by octet", "5.4", steps + closes())
            steps = [step for one in frames[:-1] for step in [Send(one), *SYNC]]
            yield Case(f"{name}, pings between", "5.4 5.5.2", steps + [Send(frames[-1]), Expect(opcode, b"".join(pieces))] + closes())
        payload = filler(opcode, 1000)
        for size in (1, 3, 7, 126, 999):
            yield Case(f"fragments/{kind} of 1000 in {size}s", "5.4", echoed(opcode, payload, *fragments(opcode, cut(payload, size))) + closes())
        frames = fragments(opcode, cut(payload, 10))
        sent = b"".join(one + frame(PING, b"%d" % number) + frame(PONG, b"none") for number, one in enumerate(frames[:-1])) + frames[-1]
        pongs = [Expect(PONG, b"%d" % number) for number in range(len(frames) - 1)]
        yield Case(f"fragments/{kind} with pings and pongs in between", "5.4 5.5", [Send(sent), *pongs, Expect(opcode, payload), *closes()])
        steps = [Send(sent, 1, 0.0002), *pongs, Expect(opcode, payload)]
        yield Case(f"fragments/{kind} with pings and pongs in between, octet by octet", "5.4 5.5", steps + closes())
        steps = []
        for number in range(20):
            pieces = [b"%d" % number, b"-", b"%d" % number]
            steps += echoed(opcode, b"".join(pieces), *fragments(opcode, pieces))
        yield Case(f"fragments/{kind} 20 times", "5.4", steps + closes())
    frames = [fragments(opcode, [b"a%d" % number, b"b"]) for number, opcode in enumerate((TEXT, BINARY) * 10)]
    expected = [Expect((TEXT, BINARY)[number % 2], b"a%db" % number) for number in range(20)]
    yield Case("fragments/text and binary by turns, in one piece", "5.4", [Send(b"".join(sum(frames, []))), *expected, *closes()])
    steps = [Send(OPEN), Rest(), *SYNC, Send(frame(CONTINUATION)), Expect(TEXT, b"fragment")]
    yield Case("fragments/not given before the last", "5.4", steps + closes())


def bad():
    for payload in (b"", b"payload"):
        for final in (True, False):
            what = f"{'final' if final else 'open'} continuation of {len(payload)}"
            wrong = frame(CONTINUATION, payload, final)
            yield Case(f"fragments/{what} without a message", "5.4", [Send(wrong), *fails(1002)])
            steps = [*echoed(TEXT, b"good"), Send(wrong), *fails(1002)]
            yield Case(f"fragments/{what} behind a whole message", "5.4", steps)
            steps = [*echoed(TEXT, b"ab", *fragments(TEXT, [b"a", b"b"])), Send(wrong), *fails(1002)]
            yield Case(f"fragments/{what} behind a message of two", "5.4", steps)
    for first, first_kind in KINDS:
        for second, second_kind in KINDS:
            for final in (True, False):
                for between in (b"", frame(PING, b"ping")):
                    what = f"{'whole' if final else 'open'} {second_kind} inside {first_kind}{' behind a ping' if between else ''}"
                    sent = frame(first, b"a", final=False) + between + frame(second, b"b", final)
                    pong = [Expect(PONG, b"ping")] if between else []
                    yield Case(f"fragments/{what}", "5.4", [Send(sent), *pong, *fails(1002)])
    sent = OPEN + frame(CONTINUATION, b"b", final=False) + frame(TEXT, b"c", final=False)
    yield Case("fragments/text inside text, behind a continuation", "5.4", [Send(sent), *fails(1002)])
    for opcode, kind in ((PING, "ping"), (PONG, "pong"), (CLOSE, "close")):
        payload = b"\x03\xe8" if opcode == CLOSE else b"a"
        yield Case(f"fragments/open {kind} inside a message", "5.4 5.5", [Send(OPEN + frame(opcode, payload, final=False)), *fails(1002)])
    sent = b"".join(frame(CONTINUATION if number else TEXT, b"a", final=False) for number in range(50)) + frame(BINARY, b"x")
    yield Case("fragments/binary behind 50 of text, octet by octet", "5.4", [Send(sent, 1, 0.0005), *fails(1002)])


def closed():
    steps = [Send(OPEN + close(1000)), ExpectClose(1000), End()]
    yield Case("fragments/close inside a message", "5.4 5.5.1", steps)
    steps = [Send(OPEN + frame(CONTINUATION, b"more", final=False)), *SYNC, Send(close(1001)), ExpectClose(1001), End()]
    yield Case("fragments/close inside a message, behind a ping", "5.4 5.5.1", steps)
    steps = [Send(OPEN + close(1000) + frame(CONTINUATION, b"end")), ExpectClose(1000), End()]
    yield Case("fragments/the end of a message behind a close", "5.4 5.5.1", steps)


CASES = [*good(), *bad(), *closed()]
