#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Tries a handshake: sends it as its case says, and checks what comes back."""

import collections
import json
import time

from loop import Connection, Response
from playground import LIMIT, Failure, check
from ws_client import CLOSE, TEXT, FrameReader, check_answer, close, described, frame
from ws_compression import RSV1, deflated
from ws_handshakes import STATS, Accepted, Dropped, Refused

FAREWELL = 4  # Seconds in which the server ends the connection behind its last words.
MOMENT = 0.01


class Exchange(Connection):
    """One case. A failure is that of the case, and goes to `done`."""

    def __init__(self, loop, port, case, done):
        super().__init__(loop, port, case.name)
        self._case, self._done = case, done
        self._began = time.monotonic()
        self._before = case.before  # Answers to other requests that are to come.
        self._raw = bytearray()
        self._answer = case.answer  # What is to come next; None when that has come.
        self._reader = None
        self._expected = collections.deque(case.answers)
        self._says_close = False
        self._closed_at = None
        self._is_sending = False  # More of the case's own is to be sent.
        self._last = b""  # What is sent behind that.
        self._begin(case.request + case.glued)
        loop.after(LIMIT, lambda: self._guard(self._expire))

    # What is sent

    def _begin(self, data):
        case = self._case
        if case.leaves:
            self.send(data[: case.cut])
            self.loop.after(MOMENT, self._leave)
        elif isinstance(case.answer, Dropped):
            self._send_slowly(data, case.pause) if case.pause else self.send(data[: case.cut])
        elif case.cut:
            self._is_sending = True
            self.send(data[: case.cut])
            self.loop.after(MOMENT, lambda: self._guard(lambda: self._send_last(data[case.cut :])))
        elif case.pause:
            self._send_slowly(data, case.pause)
        else:
            self.send(data)

    def _send_slowly(self, data, pause):
        self._is_sending = True
        if len(data) == 1:
            self._send_last(data)
        else:
            self.send(data[:1])
            self.loop.after(pause, lambda: self._guard(lambda: self._send_slowly(data[1:], pause)))

    def _send_last(self, data):
        self._is_sending = False
        self.send(data + self._last)

    def _leave(self):
        if self.is_open:
            self.leave(self._case.leaves)
            self._done(None)

    # What comes

    def received(self, data):
        if self._case.leaves:
            return
        check(not isinstance(self._answer, Dropped), f"an answer: {data[:200]!r}")
        if self._reader:
            self._take_frames(data)
            return
        self._raw += data
        while self._before and (response := Response.take(self._raw)):
            self._before -= 1
            check(response.status in (200, 400), f"the request before is answered with {response.status}")
        if self._before:
            return
        if isinstance(self._answer, Accepted):
            self._take_acceptance(self._answer)
        elif isinstance(self._answer, Refused):
            check(not self._raw.startswith(b"HTTP/1.1 101"), "the handshake is accepted")
            self._take_refusal(self._answer)
        elif not self._says_close and (response := Response.take(self._raw)):
            check(response.status == 200 and "sse" in json.loads(response.body), f"the request behind it: {response.status} {response.body!r}")
            self._finish()
        if self._answer is None:
            check(not self._raw, f"more than the expected answers: {bytes(self._raw[:200])!r}")

    def _take_acceptance(self, answer):
        end = self._raw.find(b"\r\n\r\n")
        if end < 0:
            return
        check_answer(self._raw[:end], answer.key, answer.protocol, answer.deflate and answer.deflate.answer)
        rest = bytes(self._raw[end + 4 :])
        self._raw.clear()
        self._answer, self._reader = None, FrameReader(answer.deflate)
        if b" /ws" in self._case.request.partition(b"\r\n")[0]:
            self._expected.append((TEXT, {"type": "connected"}))
            self._say(b'{"type":"ping"}', {"type": "pong"}, answer.deflate)
        elif not self._expected or self._expected[-1][0] != CLOSE:
            self._say(b"later" * 200, b"later" * 200, answer.deflate)
        self._take_frames(rest)

    def _say(self, text, answer, deflate):
        """Something behind the handshake, compressed if that was agreed upon, and the end."""
        said = frame(TEXT, deflated(text), rsv=RSV1) if deflate else frame(TEXT, text)
        self._last = said + close(1000)
        if not self._is_sending:
            self.send(self._last)
        self._expected += [(TEXT, answer), (CLOSE, 1000)]

    def _take_frames(self, data):
        for opcode, payload in self._reader.feed(data):
            check(self._expected, f"nothing more was expected: {described(opcode, payload)}")
            kind, expected = self._expected.popleft()
            found = payload
            if isinstance(expected, int):
                found, self._closed_at = int.from_bytes(payload[:2], "big"), time.monotonic()
            elif isinstance(expected, dict):
                found = json.loads(payload)
                found = {name: found.get(name) for name in expected}
            check((kind, expected) == (opcode, found), f"{described(opcode, payload)} comes instead of {str(expected)[:60]}")

    def _take_refusal(self, answer):
        if b"HTTP/1.0\r\n" in self._case.request and self._raw.startswith(b"HTTP/1.0 "):
            self._raw[:8] = b"HTTP/1.1"  # What is expected otherwise.
        response = Response.take(self._raw, has_body=answer.has_body)
        if not response:
            return
        check(response.status in answer.statuses, f"status {response.status} instead of {answer.statuses}: {response.body[:200]!r}")
        for name, value in answer.headers.items():
            check(response.headers.get(name) == value, f"{name} is {response.headers.get(name)!r} instead of {value!r}")
        asks_for_close = b"Connection: close\r\n" in self._case.request
        self._says_close = asks_for_close or response.headers.get("connection", "").lower() == "close"
        check(self._says_close or not answer.closes, f"the answer does not say that the connection will be closed: {response.headers}")
        self._answer = None
        if self._says_close:
            self._closed_at = time.monotonic()
        else:
            self.send(STATS.encode())

    # The end

    def ended(self, error):
        after = time.monotonic() - self._began
        if self._case.leaves or self._may_reset and isinstance(error, ConnectionError):
            self._done(None)
            return
        if isinstance(self._answer, Dropped):
            within = self._answer.within
            check(within - 1 < after < within + 3, f"ended after {after:.1f} s instead of {within} s")
            self._done(None)
            return
        came = bytes(self._raw[:200])
        check(self._answer is None and not self._expected, f"ended by the server ({error or 'FIN'}) before the answer: {came!r}")
        check(not error and self._closed_at is not None, f"ended by the server: {error or 'FIN'}")
        took = time.monotonic() - self._closed_at
        check(took < FAREWELL, f"the connection ends only {took:.1f} s after the last word")
        self._done(None)

    @property
    def _may_reset(self):
        return getattr(self._case.answer, "may_reset", False)

    def _finish(self):
        self.leave()
        self._done(None)

    def _expire(self):
        raise Failure(f"not done within {LIMIT} s; came: {bytes(self._raw[:200])!r}; to come: {self._answer or list(self._expected)[:3]}")

    def ready(self, events):
        self._guard(lambda: super(Exchange, self).ready(events))

    def _guard(self, action):
        if not self.is_open:
            return
        try:
            action()
        except (Failure, OSError) as problem:
            self.leave("RST")
            self._done(problem)
