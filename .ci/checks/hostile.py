#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Requests that are wrong, or unusual, and what has to be answered to each."""

import dataclasses
import json
import re

from loop import Connection, Response
from playground import LIMIT, EventStream, check

STREAM = "a stream"
PLAIN_STREAM = "a stream without chunks"
HOST_LINE = "Host: 127.0.0.1\r\n"
STATS = f"GET /stats HTTP/1.1\r\n{HOST_LINE}\r\n"


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict = dataclasses.field(default_factory=dict)
    text: str = ""  # Stands in the body.
    has_body: bool = True

    def check(self, response):
        check(response.status == self.status, f"status {response.status} instead of {self.status}: {response.body[:200]!r}")
        for name, value in self.headers.items():
            check(response.headers.get(name) == value, f"{name} is {response.headers.get(name)!r} instead of {value!r}")
        check(self.text in response.body.decode(), f"{response.body[:200]!r} does not say {self.text!r}")


@dataclasses.dataclass
class Case:
    """A request, the answers, and how it goes on: the server closes the connection, or a request behind it is answered as ever."""

    name: str
    request: str
    answers: list
    closes: bool = False
    # The server closes before it has read everything. That is a reset, which may overtake its answer.
    may_reset: bool = False


def get(path, *headers):
    return f"GET {path} HTTP/1.1\r\n{HOST_LINE}" + "".join(f"{header}\r\n" for header in headers) + "\r\n"


def malformed(name, request, **more):
    return Case(name, request, [Answer(400, {"connection": "close"})], closes=True, **more)


def refused(name, path, text, *headers, status=400):
    return Case(name, get(path, *headers), [Answer(status, {"access-control-allow-origin": "*"}, text)])


def other_method(method, body=""):
    request = f"{method} /sse?channels=hostile HTTP/1.1\r\n{HOST_LINE}Content-Length: {len(body)}\r\n\r\n{body}"
    return Case(method, request, [Answer(405, {"allow": "GET, HEAD, OPTIONS"})])


def upgrade(name, *headers):
    return Case(name, get("/sse?channels=hostile", *headers), [STREAM])


KEY = f"Sec-WebSocket-Key: {'A' * 22}=="
VERSION = "Sec-WebSocket-Version: 13"


def handshake(name, *headers, status=400, text="", answer=None, path="/ws"):
    """A handshake that is refused; nothing is read behind one."""
    request = get(path, "Upgrade: websocket", "Connection: Upgrade", *headers)
    return Case(name, request, [Answer(status, {"connection": "close"} | (answer or {}), text)], closes=True)


HANDSHAKES = [
    Case("a WebSocket without an upgrade", get("/ws"), [Answer(426, {"upgrade": "websocket"}, "WebSocket")]),
    handshake("a handshake without a key", VERSION, text="Sec-WebSocket-Key"),
    handshake("a handshake with a short key", VERSION, "Sec-WebSocket-Key: AAAA", text="Sec-WebSocket-Key"),
    handshake("a handshake with a key that is no Base64", VERSION, f"Sec-WebSocket-Key: {'-' * 22}==", text="Sec-WebSocket-Key"),
    handshake("a handshake without a version", KEY, text="Sec-WebSocket-Version"),
    handshake("a handshake of version 8", KEY, "Sec-WebSocket-Version: 8", status=426, answer={"sec-websocket-version": "13"}),
    Case("an upgrade without 'Connection: Upgrade'", get("/ws", "Upgrade: websocket", KEY, VERSION), [Answer(400, text="'Connection: Upgrade'")]),
    handshake("a handshake with a body", KEY, VERSION, "Content-Length: 5", text="body"),
    handshake("a handshake with a protocol twice", KEY, VERSION, "Sec-WebSocket-Protocol: a, b, a", text="Sec-WebSocket-Protocol"),
    handshake("a handshake from another page", KEY, VERSION, "Origin: https://evil.example", status=403),
    handshake("a handshake from no page", KEY, VERSION, "Origin: null", status=403),
    handshake("a handshake from two pages", KEY, VERSION, "Origin: http://127.0.0.1", "Origin: http://127.0.0.1", status=403),
    handshake("a handshake with a wrong key", KEY, VERSION, "X-Api-Key: rtk_check_wrong", status=401),
    handshake("a handshake for nothing", KEY, VERSION, path="/none", status=404),
]

CASES = HANDSHAKES + [
    malformed("no HTTP", "GARBAGE\r\n\r\n"),
    malformed("no path", "GET\r\n\r\n"),
    malformed("no text", "\x00\x01\x02\xff\r\n\r\n"),
    malformed("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "z" * 200),
    malformed("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    malformed("a version that does not exist", "GET /sse HTTP/9.9\r\n\r\n"),
    malformed("a method that does not exist", f"BREW /sse HTTP/1.1\r\n{HOST_LINE}\r\n"),
    malformed("a header's name with a blank", get("/sse", "Bad Header: x")),
    malformed("a length that is no number", get("/sse", "Content-Length: abc")),
    malformed("two lengths", get("/sse", "Content-Length: 5", "Transfer-Encoding: chunked")),
    malformed("a chunk's size that is no number", f"POST /publish HTTP/1.1\r\n{HOST_LINE}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    malformed("100 kB of a header", get("/sse", "X: " + "a" * 100_000), may_reset=True),
    malformed("100 kB of a path", get("/sse?channels=" + "a" * 100_000), may_reset=True),
    refused("half an escape", "/sse?channels=hostile,%4", "percent-encoded"),
    refused("no escape", "/sse?channels=%zz", "percent-encoded"),
    refused("no UTF-8", "/sse?channel=%c3%28", "percent-encoded"),
    refused("a control character", "/sse?channel=a%00b", "control character"),
    refused("a long name", "/sse?channel=" + "n" * 256, "256 bytes"),
    refused("300 channels", "/sse?channels=" + ",".join(f"hostile-{number}" for number in range(300)), "300 channels"),
    refused("a wrong key", "/sse?channels=hostile", "Unauthorized", "X-Api-Key: rtk_check_wrong", status=401),
    refused("a wrong token", "/sse?channels=hostile", "Unauthorized", "Authorization: Bearer wrong", status=401),
    Case("no JSON", f"POST /publish HTTP/1.1\r\n{HOST_LINE}Content-Length: 3\r\n\r\nabc", [Answer(400, text="JSON")]),
    Case("no such path", get("/none"), [Answer(404)]),
    Case(
        "HEAD",
        f"HEAD /sse?channels=hostile HTTP/1.1\r\n{HOST_LINE}\r\n",
        [Answer(200, {"content-type": "text/event-stream"}, has_body=False)],
    ),
    Case("OPTIONS", f"OPTIONS /sse HTTP/1.1\r\n{HOST_LINE}\r\n", [Answer(204, {"allow": "GET, HEAD, OPTIONS"})]),
    other_method("POST", "channels=hostile"),
    other_method("PUT"),
    other_method("PATCH", "{}"),
    other_method("DELETE"),
    upgrade("an upgrade to WebSocket", "Connection: Upgrade", "Upgrade: websocket", VERSION, KEY),
    upgrade("an upgrade to HTTP/2", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
    upgrade("a body that does not come", "Content-Length: 10"),
    Case("two requests at once", STATS + STATS, [Answer(200, text="connections")] * 2),
    Case("a stream behind another request", STATS + get("/sse?channels=hostile"), [Answer(200, text="connections"), STREAM]),
    Case("a request behind a stream", get("/sse?channels=hostile") + STATS, [STREAM]),
    Case("HTTP/1.0", "GET /sse?channels=hostile HTTP/1.0\r\n\r\n", [PLAIN_STREAM]),
]


class Exchange(Connection):
    """One case."""

    REST = 0.1  # Seconds in which nothing more should come.

    def __init__(self, loop, port, case, done):
        super().__init__(loop, port, f"hostile request '{case.name}'")
        self._case = case
        self._done = done
        self._answers = list(case.answers)
        self._is_stream = case.answers[-1] in (STREAM, PLAIN_STREAM)
        if not case.closes and not self._is_stream:
            self._answers.append(None)  # Another request on the same connection.
        self._raw = bytearray()
        self._stream = None
        self.send(case.request.encode("latin-1"))
        loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: not answered within {LIMIT} s: {bytes(self._raw[:200])!r}"))

    def received(self, data):
        if self._stream:
            self._take_events(data)
            return
        self._raw += data
        while self._answers and self._take_answer():
            self._answers.pop(0)
            self._go_on()
        check(self._answers or not self._raw, f"more than the expected answers: {bytes(self._raw[:200])!r}")

    def ended(self, error):
        if not (self._case.may_reset and isinstance(error, ConnectionError)):
            check(self._case.closes and not error, f"ended by the server: {error or 'end of the connection'}")
            check(not self._answers and not self._raw, f"ended by the server without an answer: {bytes(self._raw[:200])!r}")
        self._done()

    def _take_answer(self):
        answer = self._answers[0]
        if answer == STREAM:
            self._stream = EventStream()
            self._take_events(self._raw)
            self._raw = bytearray()
            return True
        if answer == PLAIN_STREAM:
            return self._take_plain_stream()
        response = Response.take(self._raw, has_body=answer is None or answer.has_body)
        if not response:
            return False
        if answer:
            answer.check(response)
        else:
            check(response.status == 200 and "sse" in json.loads(response.body), f"the request behind it: {response.status} {response.body!r}")
        return True

    def _take_events(self, data):
        check(not self._stream.events, f"a stream without a publication goes on: {bytes(data[:200])!r}")
        self._stream.feed(data)
        if self._stream.events:
            event = self._stream.events[0]
            check(event["event"] == "connected" and json.loads(event["data"])["channels"] == ["hostile"], f"the stream begins with {event}")
            self.loop.after(self.REST, self._finish)

    def _take_plain_stream(self):
        head, _, body = self._raw.decode().partition("\r\n\r\n")
        if not body.endswith("\n\n"):
            return False
        check(re.match(r"HTTP/1\.[01] 200 ", head), f"the head of the stream is {head!r}")
        check(not re.search(r"^(transfer-encoding|content-length):", head, re.I | re.M), f"the head of the stream is {head!r}")
        check(re.search(r"^connection: close\r?$", head, re.I | re.M), f"the head of the stream is {head!r}")
        check(re.fullmatch(r'event: connected\ndata: .*"channels":\["hostile"\].*\n\n', body), f"the stream begins with {body!r}")
        self._raw.clear()
        self.loop.after(self.REST, self._finish)
        return True

    def _go_on(self):
        if self._answers == [None]:
            self.send(STATS.encode())
        elif not self._answers and not self._case.closes and not self._is_stream:
            self._finish()

    def _finish(self):
        if self.is_open:
            self.leave("FIN")
            self._done()
