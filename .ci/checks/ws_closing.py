#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 6455, sections 5.5.1 and 7: who closes with what, what is answered, and who ends the connection."""

from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, frame
from ws_case import SYNC, Case, End, Expect, ExpectClose, HalfClose, Read, Rest, Send, Stay, closes, echoed, fails
from ws_frames import filler

VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4401, 4999)
INVALID = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1099, 1100, 1999, 2000, 2999, 5000, 5001, 10_000, 32_768, 65_535)
REASONS = {
    "1 octet": b"x",
    "123 octets": b"x" * 123,
    "123 octets of €": "€".encode() * 41,
    "characters of every length": "a\u0000ä€😀".encode(),
    "noncharacters": "\ufffe\uffff\U0010ffff".encode(),
}
NO_REASONS = ["ff", "80", "c080", "c2", "e282", "f09f98", "eda080", "f4908080", "4141ff", "ce bace b1 ed a0 80"]


def codes():
    yield Case("close/without a code", "5.5.1", closes(None))
    yield Case("close/without a code, octet by octet", "5.5.1", [Send(close(), 1, 0.001), ExpectClose(None), End()])
    for code in VALID:
        yield Case(f"close/{code}", "5.5.1 7.4", closes(code))
        yield Case(f"close/{code} with a reason, octet by octet", "5.5.1 7.4", [Send(close(code, b"reason"), 1, 0.001), ExpectClose(code), End()])
    for code in INVALID:
        for reason in (b"", b"reason"):
            steps = [*echoed(TEXT, b"good"), Send(close(code, reason)), *fails(1002)]
            yield Case(f"close/{code}{' with a reason' if reason else ''} is no code", "7.4", steps)


def reasons():
    for name, reason in REASONS.items():
        yield Case(f"close/reason of {name}", "5.5.1 7.1.6", closes(1000, reason))
        yield Case(f"close/reason of {name}, octet by octet", "5.5.1 7.1.6", [Send(close(1001, reason), 1, 0.0005), ExpectClose(1001), End()])
    for reason in NO_REASONS:
        yield Case(f"close/reason {reason} is not UTF-8", "5.5.1 8.1", [Send(close(1000, bytes.fromhex(reason))), *fails(1007)])


def forms():
    for octet in (0x00, 0x03, 0xFF):
        yield Case(f"close/one octet {octet:02x} is no code", "5.5.1", [Send(frame(CLOSE, bytes([octet]))), *fails(1002)])
    yield Case("close/reason of 124 is too long", "5.5", [Send(close(1000, b"x" * 124)), *fails(1002)])
    yield Case("close/of 65536", "5.5", [Send(frame(CLOSE, length=65_536)), *fails(1002)])
    yield Case("close/of 2 in 16 bits", "5.2 5.5", [Send(close(1000, form=16)), *fails(1002)])
    yield Case("close/of 2 in 64 bits", "5.2 5.5", [Send(close(1000, form=64)), *fails(1002)])
    yield Case("close/fragmented", "5.4 5.5", [Send(close(1000, final=False)), *fails(1002)])
    yield Case("close/fragmented and continued", "5.4 5.5", [Send(frame(CLOSE, b"\x03", final=False) + frame(CONTINUATION, b"\xe8")), *fails(1002)])


def after():
    """Nothing counts behind a close frame."""
    for name, more in {
        "text": frame(TEXT, b"late"),
        "ping": frame(PING, b"late"),
        "another close": close(1001),
        "a wrong frame": b"\xff\xff\xff\xff",
        "half a frame": frame(TEXT, b"late")[:5],
        "text that is not UTF-8": frame(TEXT, b"\xff"),
        "a megabyte": frame(BINARY, bytes(1 << 20)),
    }.items():
        yield Case(f"close/{name} behind it", "5.5.1 7.1.4", [Send(close(1000) + more), ExpectClose(1000), End()])
        bad = frame(TEXT, b"bad", rsv=1)
        yield Case(f"close/{name} behind a failure", "7.1.7", [Send(bad + more), ExpectClose(1002), End()])
        sent = [Send(frame(TEXT, b"good") + close(1000) + more), Expect(TEXT, b"good"), ExpectClose(1000), End()]
        yield Case(f"close/a message in front, {name} behind it", "5.5.1", sent)


def pending():
    yield Case("close/in the handshake's packet", "5.5.1 4.1", [ExpectClose(1000), End()], glued=close(1000))
    steps = [Expect(TEXT, b"x"), ExpectClose(1001), End()]
    yield Case("close/behind a message in the handshake's packet", "5.5.1", steps, glued=frame(TEXT, b"x") + close(1001))
    yield Case("close/a failure in the handshake's packet", "7.1.7", fails(1002), glued=frame(3))
    numbered = [b"%d" % number for number in range(1000)]
    sent = b"".join(frame(TEXT, number) for number in numbered) + close(1000, b"done")
    steps = [Send(sent), *(Expect(TEXT, number) for number in numbered), ExpectClose(1000), End()]
    yield Case("close/behind 1000 messages", "5.5.1 7.1.4", steps)
    sent = b"".join(frame(PING, number) for number in numbered) + close(1000)
    yield Case("close/behind 1000 pings", "5.5.1 5.5.2", [Send(sent), *(Expect(PONG, number) for number in numbered), ExpectClose(1000), End()])
    large = filler(BINARY, 1 << 20)
    steps = [Read(False), Send(frame(BINARY, large) * 4 + close(1000)), Rest(0.5), Read(True), *[Expect(BINARY, large)] * 4, ExpectClose(1000), End()]
    yield Case("close/behind echoes that wait for the client", "5.5.1 7.1.4", steps, is_large=True)
    steps = [Read(False), Send(frame(BINARY, large) * 4 + frame(TEXT, b"\xff")), Rest(0.5), Read(True), *[Expect(BINARY, large)] * 4, *fails(1007)]
    yield Case("close/a failure behind echoes that wait for the client", "7.1.7", steps, is_large=True)


def ends():
    """The connection ends with the WebSocket, whoever does what."""
    for name, begin in {
        "nothing": b"",
        "half a header": frame(TEXT, bytes(1000))[:3],
        "half a frame": frame(TEXT, bytes(1000))[:100],
        "half a message": frame(TEXT, b"half", final=False),
    }.items():
        # A reset is fine: the client, which breaks the protocol by not closing (7.1.1), is not waited for.
        steps = [*SYNC, Send(begin), Rest(), HalfClose(), End(anyhow=True)]
        yield Case(f"close/FIN instead, behind {name}", "7.1.1 7.1.5", steps)
    yield Case("close/FIN right behind it", "7.1.1", [*SYNC, Send(close(1000)), HalfClose(), ExpectClose(1000), End()])
    yield Case("close/FIN behind the answer", "7.1.1", [Send(close(1000)), ExpectClose(1000), HalfClose(), End()])
    yield Case("close/the client does not end the connection", "7.1.1", [Send(close(1000)), ExpectClose(1000), Stay()])
    yield Case("close/the client does not end the connection after a failure", "7.1.7 7.1.1", [Send(frame(3)), ExpectClose(1002), Stay()])
    yield Case("close/the client does not read the answer", "7.1.1", [*SYNC, Read(False), Send(close(1000)), Rest(), Stay()])


CASES = [*codes(), *reasons(), *forms(), *after(), *pending(), *ends()]
