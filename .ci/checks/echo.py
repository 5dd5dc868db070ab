#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Clients of /echo for the soak: what they say comes back."""

import collections

from frames import FrameStream, close, fragments, handshake
from loop import Connection
from playground import LIMIT, check
from traffic import TEXT as UNICODE
from ws_client import BINARY, PONG, TEXT, frame


class Echo(Connection):
    """Says some things at once, sees them come back in their order, and leaves in one way or another, at the end or before. Some do not
    read for a while."""

    MOST = 256 << 10

    def __init__(self, soak, done):
        super().__init__(soak.loop, soak.port, "echo")
        self._chance = soak.chance
        self._counts = soak.counts
        self._done = done
        self._frames = FrameStream()
        self._expected = collections.deque()
        self._mark = self._chance.randbytes(8)  # On its pings.
        self._code = None
        self._way = self._chance.choice(("close", "close", "close", "FIN", "RST"))
        self.send(handshake(soak.port, "/echo"))
        for _ in range(self._chance.randrange(1, 20)):
            self._say(self._message())
        self._rest = self._chance.randrange(len(self._expected)) if self._way != "close" else 0
        if self._chance.random() < 0.2:
            self.pause()
            self.loop.after(1, self.resume)
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: {len(self._expected)} messages not back within {LIMIT} s"))

    def _message(self):
        size = int(self.MOST ** self._chance.random())
        if self._chance.random() < 0.5:
            return BINARY, self._chance.randbytes(size)
        return TEXT, (UNICODE * (size // len(UNICODE) + 1))[: size - 1]

    def _say(self, message):
        self._expected.append(message)
        opcode, payload = message
        payload = payload.encode() if opcode == TEXT else payload
        self.send(frame(opcode, payload) if self._chance.random() < 0.5 else fragments(self._chance, opcode, payload, self._mark))

    def received(self, data):
        for message in self._frames.feed(data):
            if message[0] == PONG:
                check(message[1] == self._mark, f"the pong of somebody else: {message[1]!r}")
                continue
            check(self._expected, f"{self._short(message)} comes back from nowhere")
            expected = self._expected.popleft()
            check(message == expected, f"{self._short(expected)} comes back as {self._short(message)}")
            self._counts["echoes"] += 1
        if self._frames.closed:
            check(self._frames.closed == (self._code, ""), f"closed with {self._frames.closed}; {self._code} was said")
        elif self._frames.is_upgraded and len(self._expected) <= self._rest and self._code is None:
            self._go()

    @staticmethod
    def _short(message):
        return f"{message[1][:60]!r}, {len(message[1])} long,"

    def _go(self):
        if self._way == "close":
            self._code = self._chance.choice((1000, 1001, 3999, 4000))
            self.send(close(self._code))
        else:
            self.leave(self._way)
            self._done()

    def ended(self, error):
        check(self._frames.closed and not error, f"ended by the server: {error or 'end of the connection'}")
        self._done()
