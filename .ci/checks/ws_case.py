#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What a case of conformance is: what a client sends step by step, and what has to come back, exactly and in order."""

import collections
import dataclasses
import json
import time
import typing

from playground import LIMIT, Failure, check
from ws_client import CLOSE, PING, PONG, TEXT, WebSocket, close, described, frame
from ws_compression import Agreement

FAREWELL = 4  # Seconds in which the server ends the connection behind its close frame; what it gives up on lasts longer.


@dataclasses.dataclass
class Send:
    """Sends bytes, all at once or so many at a time, with seconds between."""

    data: bytes
    chop: int = 0
    pause: float = 0


@dataclasses.dataclass
class Expect:
    """The next thing that comes is this message or control frame."""

    opcode: int
    payload: bytes


@dataclasses.dataclass
class ExpectClose:
    """The next thing that comes is a close frame with this code; None for one without."""

    code: typing.Optional[int]


@dataclasses.dataclass
class ExpectJSON:
    """The next thing that comes is a text with an object that has these fields, and is not longer than it has to be."""

    fields: dict
    most: int = 600


@dataclasses.dataclass
class Tally:
    """Errors come, and at most so many other answers of a type, until a close frame with this code."""

    type: str
    most: int
    code: int


@dataclasses.dataclass
class Rest:
    """Nothing comes for some time."""

    seconds: float = 0.15


@dataclasses.dataclass
class HalfClose:
    """Sends FIN."""


@dataclasses.dataclass
class Read:
    """Begins or ends not to read."""

    reads: bool


@dataclasses.dataclass
class End:
    """The server ends the connection, in order and soon; `anyhow` allows a reset."""

    anyhow: bool = False
    within: float = FAREWELL


@dataclasses.dataclass
class Stay:
    """Goes on without reading or closing: the server has to end the connection alone."""


# The server has read all that was sent, and nothing has come but what was expected.
SYNC = [Send(frame(PING, b"sync")), Expect(PONG, b"sync")]


@dataclasses.dataclass
class Case:
    """The name is group/what it is about; the rules are sections of a standard. The steps may be a function that makes them."""

    name: str
    rules: str
    steps: typing.Any
    glued: bytes = b""  # Sent together with the handshake.
    is_large: bool = False
    path: str = "/echo"
    receive_buffer: typing.Optional[int] = None
    deflate: typing.Optional[Agreement] = None  # What is agreed upon about compression.
    standard: str = "RFC 6455"


def closes(code=1000, reason=b""):
    """The client closes."""
    return [Send(close(code, reason)), ExpectClose(code), End()]


def fails(code):
    """The server closes, with a code, without being asked."""
    return [ExpectClose(code), End()]


def echoed(opcode, payload, *frames, chop=0, pause=0):
    """A message is sent, and comes back."""
    return [Send(b"".join(frames) or frame(opcode, payload), chop, pause), Expect(opcode, payload)]


class Run(WebSocket):
    """One case. A failure is that of the case, and goes to `done`."""

    def __init__(self, loop, port, case, done, kept):
        self._done = done
        self._kept = kept
        self._steps = collections.deque(case.steps() if callable(case.steps) else case.steps)
        self._came = collections.deque()
        self._is_busy = False  # A step goes on by a timer or when all is written.
        self._is_ended = False  # By the server.
        self._when_written = None
        self._closed_at = None
        super().__init__(loop, port, case.name, case.path, case.glued, case.deflate, receive_buffer=case.receive_buffer)
        self._limit = 2 * LIMIT if case.is_large else LIMIT
        loop.after(self._limit, lambda: self._guard(self._expire))

    def opened(self):
        self._go_on()

    def got(self, opcode, payload):
        check(not isinstance(self._next, Rest), f"too early: {described(opcode, payload)}")
        if opcode == CLOSE:
            self._closed_at = time.monotonic()
        self._came.append((opcode, payload))
        if not self._is_busy:
            self._go_on()

    def ended(self, error):
        if self._is_busy and isinstance(self._next, (Send, HalfClose)):
            # The server need not wait for the rest of what is wrong.
            self._steps.popleft()
            self._is_ended = True
            self._is_busy = False
            self._go_on()
        came = ", ".join(described(*one) for one in self._came)
        check(isinstance(self._next, End) and not came, f"ended by the server ({error or 'FIN'}) instead of {str(self._next)[:200]}; before: {came}")
        check(not error or self._next.anyhow, f"the connection ends with {error}")
        if self._closed_at:
            took = time.monotonic() - self._closed_at
            check(took < self._next.within, f"section 7.1.1: the connection ends only {took:.1f} s after the close frame")
        self._done(None)

    def ready(self, events):
        self._guard(lambda: super(Run, self).ready(events))
        if self._when_written and not self._output:
            then, self._when_written = self._when_written, None
            self._guard(then)

    @property
    def waits_for_close(self):
        return isinstance(self._next, ExpectClose)

    @property
    def _next(self):
        return self._steps[0] if self._steps else None

    def _guard(self, action):
        if not self.is_open:
            return
        try:
            action()
        except (Failure, OSError) as problem:
            self.leave("RST")
            self._done(problem)

    def _expire(self):
        raise Failure(f"not done within {self._limit} s, expected is {str(self._next)[:200]}")

    def _stepped(self):
        """A step that took its time is done."""
        self._is_busy = False
        self._steps.popleft()
        self._go_on()

    def _go_on(self):
        while (self.is_open or self._is_ended) and self._steps and self._take(self._steps[0]):
            self._steps.popleft()
        if self.is_open and not self._steps:
            self.leave()
            self._done(None)

    def _take(self, step):
        """Begins a step, and says whether it is done."""
        match step:
            case Send(data, chop, _) if not chop:
                self.send(data)
            case Send(data, chop, pause) if pause:
                self._is_busy = True
                self._send_slowly(data, chop, pause)
                return False
            case Send(data, chop):
                self._is_busy = True
                self.chop = chop
                self._when_written = self._chopped
                self.send(data)
                return False
            case Expect(opcode, payload):
                if not self._came:
                    return False
                came = self._came.popleft()
                check(came == (opcode, payload), f"{described(*came)} comes instead of {described(opcode, payload)}")
            case ExpectJSON(fields, most):
                if not self._came:
                    return False
                self._check_json(fields, most, *self._came.popleft())
            case Tally():
                while self._came:
                    opcode, payload = self._came.popleft()
                    if opcode == CLOSE:
                        self._check_close(step.code, opcode, payload)
                        return True
                    self._check_one_of(step, json.loads(payload))
                return False
            case ExpectClose(code):
                if not self._came:
                    return False
                self._check_close(code, *self._came.popleft())
            case Rest(seconds):
                check(not self._came, f"nothing was expected: {described(*self._came[0])}" if self._came else "")
                self._is_busy = True
                self.loop.after(seconds, lambda: self._guard(self._stepped))
                return False
            case HalfClose():
                if not self._output:
                    self.half_close()
                    return True
                self._is_busy = True
                self._when_written = self._half_closed
                return False
            case Read(reads):
                self.resume() if reads else self.pause()
            case Stay():
                self._kept.append(self.socket)
                self.loop.remove(self)
                self.is_open = False
                self._done(None)
            case End():
                check(not self._came, f"nothing more was expected: {described(*self._came[0])}" if self._came else "")
                return False
        return True

    def _chopped(self):
        self.chop = None
        self._stepped()

    def _half_closed(self):
        self.half_close()
        self._stepped()

    def _send_slowly(self, data, chop, pause):
        self.send(data[:chop])
        rest = data[chop:]
        self.loop.after(pause, lambda: self._guard((lambda: self._send_slowly(rest, chop, pause)) if rest else self._stepped))

    @staticmethod
    def _check_json(fields, most, opcode, payload):
        check(opcode == TEXT and len(payload) <= most, f"{described(opcode, payload)} comes instead of {fields}")
        found = json.loads(payload)
        check(all(found.get(name) == value for name, value in fields.items()), f"{found} comes instead of {fields}")

    @staticmethod
    def _check_one_of(step, found):
        if found["type"] != "error":
            check(found["type"] == step.type and step.most > 0, f"{found} comes instead of errors")
            step.most -= 1

    @staticmethod
    def _check_close(code, opcode, payload):
        found = int.from_bytes(payload[:2], "big") if payload else None
        check(opcode == CLOSE and found == code, f"{described(opcode, payload)} comes instead of close {code}")
