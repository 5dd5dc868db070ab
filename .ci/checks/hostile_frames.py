#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Frames and messages that are wrong, or unusual, on WebSockets that are open, and what has to be answered to each."""

import dataclasses
import json
import struct

from frames import FrameStream, close, handshake, say
from loop import Connection
from playground import LIMIT, check
from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

MEBIBYTE = 1 << 20  # As long may a message be.


@dataclasses.dataclass
class FrameCase:
    """What is sent behind the handshake, the answers, and how it goes on: the server closes, or a question behind it is answered as ever."""

    name: str
    data: bytes
    answers: list  # Each a dictionary with members that the message has, a list of such, of which one fits, or the payload of a pong.
    closes: int | None | bool = False  # The code; None for a close frame without one.
    at_least: int = 0  # So many of the answers have to come; 0 for all.
    piecemeal: bool = False


def error(code, **more):
    return {"type": "error", "code": code} | more


def text(data):
    return frame(TEXT, data if isinstance(data, bytes) else data.encode())


def violation(name, data, code=1002):
    return FrameCase(name, data, [], closes=code)


def wrong(name, data, code="invalid_message", **more):
    return FrameCase(name, text(data), [error(code, **more)])


def header(first, length):
    """The beginning of a masked frame of which nothing else comes."""
    return struct.pack(">BBQ4s", first, 0xFF, length, b"mask")


JOIN = '{"type":"join","room":"hostile"}'
JOINED = {"type": "joined", "room": "hostile"}
TOO_MANY = [{"type": "pong"}, error("rate")]

VIOLATIONS = [
    violation("no mask", b"\x81\x02{}"),
    violation("no mask and no payload", b"\x81\x00"),
    *(violation(f"opcode {opcode}", frame(opcode)) for opcode in (3, 7, 11, 15)),
    *(violation(f"reserved bit {bit:x}", bytes([bit | 0x81]) + text("{}")[1:]) for bit in (0x10, 0x20, 0x40)),
    violation("half a ping", frame(PING, b"", final=False)),
    violation("a ping of 126 bytes", frame(PING, b"p" * 126)),
    violation("nothing to continue", frame(CONTINUATION, b"{}")),
    violation("a message inside another", frame(TEXT, b"{", final=False) + text("}")),
    violation("a long form of a short length", b"\x81\xfe\x00\x7dmask"),
    violation("a longer form of a length", header(0x81, 65_535)),
    violation("a length of 2^63", header(0x82, 1 << 63)),
    violation("a length of 2^63-1", header(0x82, (1 << 63) - 1), 1009),
    violation("a byte too many", header(0x81, MEBIBYTE + 1), 1009),
    violation("a byte too many in fragments", frame(BINARY, b"b" * 1000, final=False) + header(0x80, MEBIBYTE - 999), 1009),
    violation("no UTF-8", text(b"\xc3\x28"), 1007),
    violation("half a surrogate", text(b"\xed\xa0\x80"), 1007),
    violation("half a character", text(b'"\xf0\x9f\x91'), 1007),
    violation("no UTF-8 in a frame that does not end", header(0x81, MEBIBYTE) + b"\x92", 1007),
    violation("no UTF-8 across frames", frame(TEXT, b"\xf0\x9f", final=False) + frame(CONTINUATION, b"\x9f\x9f\x9f"), 1007),
    violation("half a close code", frame(CLOSE, b"\x03")),
    *(violation(f"close code {code}", close(code)) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535)),
    violation("a close reason that is no UTF-8", frame(CLOSE, b"\x03\xe8\xff"), 1007),
    violation("a long close reason", frame(CLOSE, b"\x03\xe8" + b"r" * 124)),
]

MESSAGES = [
    wrong("no JSON", "abc"),
    wrong("nothing", ""),
    wrong("blanks", " \n\t "),
    wrong("no object", "[]"),
    wrong("null", "null"),
    wrong("half an object", '{"type":"join","room":"hostile"'),
    wrong("two objects", JOIN + JOIN),
    wrong("a comma too many", '{"type":"ping",}'),
    wrong("no type", '{"room":"hostile","id":7}', id=7),
    wrong("a number for a type", '{"type":5,"id":"é"}', id="é"),
    wrong("a number for a room", '{"type":"join","room":5}'),
    wrong("an object for an id", '{"type":"ping","id":{}}'),
    wrong("a long id", json.dumps({"type": "ping", "id": "i" * 127})),
    wrong("a control character", '{"type":"ping\n"}'),
    wrong("an escape that is none", '{"type":"p\\ing"}'),
    wrong("10,000 arrays", '{"type":"ping","a":' + "[" * 10_000 + "]" * 10_000 + "}"),
    wrong("10,000 objects that do not end", '{"a":' * 10_000),
    wrong("no room", '{"type":"join"}', "missing_room"),
    wrong("a room without a name", '{"type":"join","room":""}', "bad_name"),
    wrong("a long name", json.dumps({"type": "join", "room": "n" * 256}), "bad_name"),
    wrong("a control character in a name", '{"type":"leave","room":"a\\u0000b","id":1}', "bad_name", id=1),
    wrong("a type that nobody knows", '{"type":"brew"}', "unknown_type", message="Unknown type: brew"),
    wrong("a long type that nobody knows", json.dumps({"type": "b" * 100_000}), "unknown_type"),
    wrong("speaking from outside", '{"type":"broadcast","room":"hostile","payload":1}', "not_member"),
    wrong("a private room", '{"type":"join","room":"private-x"}', "denied", message="Access denied to room 'private-x'"),
    FrameCase("binary", frame(BINARY, b"\x00\xff"), [error("invalid_message")]),
    FrameCase("a leave from outside", say(type="leave", room="hostile"), [{"type": "left", "room": "hostile"}]),
    FrameCase("joining twice", text(JOIN) * 2, [JOINED] * 2),
    FrameCase("a type with escapes", text('{"type":"\\u006Aoin","room":"h\\u006fstile"}'), [JOINED]),
    FrameCase("names twice", text('{"type":"brew","type":"ping","id":1,"id":2}'), [{"type": "pong", "id": 2}]),
    FrameCase("an array of 100,000", say(type="ping", what=[1] * 100_000), [{"type": "pong"}]),
    FrameCase("speaking to oneself", text(JOIN) + say(type="broadcast", room="hostile", payload={"é": [None]}), [JOINED]),
    FrameCase(
        "101 rooms",
        b"".join(say(type="join", room=f"hostile-{number}") for number in range(101)),
        [{"type": "joined", "room": f"hostile-{number}"} for number in range(100)] + [error("limit")],
    ),
]

FRAMES = [
    FrameCase("no mask to speak of", frame(TEXT, JOIN.encode(), key=bytes(4)), [JOINED]),
    FrameCase("a ping of 125 bytes", frame(PING, b"p" * 125), [b"p" * 125]),
    FrameCase("5,000 pings", b"".join(frame(PING, b"%d" % number) for number in range(5000)), [b"%d" % number for number in range(5000)]),
    FrameCase("a pong that nobody asked for", frame(PONG, b"nobody"), []),
    FrameCase(
        "2,000 fragments",
        frame(TEXT, b"", final=False) + frame(CONTINUATION, b" ", final=False) * 2000 + frame(CONTINUATION, JOIN.encode()),
        [JOINED],
    ),
    FrameCase("byte by byte", text(JOIN) + frame(PING, b"p"), [JOINED, b"p"], piecemeal=True),
    FrameCase("300 messages at once", say(type="ping") * 300, [{"type": "pong"}] * 200 + [TOO_MANY] * 100),
    FrameCase("2,000 errors at once", text("abc") * 2000, [[error("invalid_message"), error("rate")]] * 2000, closes=4429, at_least=1000),
    FrameCase("a close frame", close(), [], closes=None),
    FrameCase("a long close reason", close(1000, "r" * 123), [], closes=1000),
    *(FrameCase(f"close code {code}", close(code), [], closes=code) for code in (1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999)),
    FrameCase("frames behind a close frame", close(3000) + text(JOIN) + frame(PING) + b"\xff", [], closes=3000),
    FrameCase("messages in front of a close frame", text(JOIN) + frame(PING) + close(1000), [JOINED, b""], closes=1000),
]

FRAME_CASES = VIOLATIONS + MESSAGES + FRAMES


class FrameExchange(Connection):
    """One case. Some clients do not wait for the answer to their handshake."""

    REST = 0.1  # Seconds in which nothing more should come.
    QUESTION = "still here?"

    def __init__(self, loop, port, case, done, is_hasty):
        super().__init__(loop, port, f"hostile frames '{case.name}'")
        self._case = case
        self._done = done
        self._answers = list(case.answers)
        self._came = 0
        self._stream = FrameStream()
        self._has_asked = False
        self._pieces = case.data
        if case.piecemeal:
            self._pieces = handshake(port) + case.data
            self._send_piece()
        else:
            self.send(handshake(port))
            if is_hasty:
                self._send_all()
        loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: not over within {LIMIT} s; {self._came} answers came"))

    def _send_all(self):
        self.send(self._pieces)
        self._pieces = b""

    def _send_piece(self):
        if self.is_open and self._pieces:
            self.send(self._pieces[:1])
            self._pieces = self._pieces[1:]
            self.loop.after(0.001, self._send_piece)

    def received(self, data):
        was_closed = self._stream.closed
        for opcode, payload in self._stream.feed(data):
            self._take(opcode, payload)
        if self._stream.closed and not was_closed:
            self._closed(*self._stream.closed)
        elif self._came > len(self._answers) and self._case.closes is False and not self._has_asked:
            # Everything has been answered.
            self._has_asked = True
            self.send(say(type="ping", id=self.QUESTION))

    def _take(self, opcode, payload):
        message = json.loads(payload) if opcode == TEXT else payload
        if message == {"type": "ping"} or (opcode, payload) == (PING, b""):
            return  # A heartbeat; some cases take their time.
        if self._came == 0:
            check(opcode == TEXT and message["type"] == "connected", f"the first message is {message}")
            if not self._case.piecemeal:
                self._send_all()
        elif self._came > len(self._answers):
            self._answered(message)
        else:
            expected = self._answers[self._came - 1]
            check(self._fits(opcode, message, expected), f"answer {self._came} is {str(message)[:200]} instead of {str(expected)[:200]}")
        self._came += 1

    @staticmethod
    def _fits(opcode, message, expected):
        if isinstance(expected, bytes):
            return (opcode, message) == (PONG, expected)
        choice = expected if isinstance(expected, list) else [expected]
        return opcode == TEXT and any(all(message.get(name) == value for name, value in one.items()) for one in choice)

    def _answered(self, message):
        """The question behind it all has been answered, or, while there are many messages, refused."""
        check(self._has_asked and isinstance(message, dict), f"{str(message)[:200]} was not expected")
        if message.get("code") == "rate":
            self.loop.after(self.REST, lambda: self.send(say(type="ping", id=self.QUESTION)))
            return
        check(message == {"type": "pong", "id": self.QUESTION}, f"{str(message)[:200]} was not expected")
        self.loop.after(self.REST, lambda: self.send(close(1000)))

    def _closed(self, code, reason):
        came = self._came - 1
        expected = 1000 if self._case.closes is False else self._case.closes
        check(code == expected, f"closed with {code} '{reason}' instead of {expected}, after {came} answers")
        check(came >= (self._case.at_least or len(self._answers)), f"closed with {code} '{reason}' after {came} answers")
        if self._case.closes is not False:
            self.send(close(code))

    def ended(self, error):
        check(self._stream.closed and not error, f"ended by the server: {error or 'end of the connection'}")
        self._done()
