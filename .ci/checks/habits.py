#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""How the clients of the soak read, whatever they are connected by: at once, slowly, late, not at all, or only for a moment."""

import socket
import time

from loop import Connection
from playground import LIMIT, Failure, check
from traffic import BulkChannel

EVICTION_LIMIT = 60  # Seconds: only what the kernel does not take waits in the outbox, and 10 s or 1 MiB may do so.
LATENCY_LIMIT = 20  # Seconds until a message must be at a steady or slow client, however busy the machine is.


class Listener(Connection):
    """A client whose messages are checked as they come. The server is not to end it, unless a subclass says so.

    What subclasses know about their channels or rooms: `is_subscribed`; `is_at_end`, whether they have all messages; `age`, for how many
    seconds the next one has been under way; `behind(channel)`, how many of a channel's are.
    """

    def __init__(self, side, name, receive_buffer=None):
        super().__init__(side.soak.loop, side.soak.port, name, receive_buffer)
        self.side = side
        self.soak = side.soak
        self.messages = 0

    def got(self, seconds):
        """A message has come, and was right."""
        self.messages += 1
        self.soak.counts["delivered"] += 1

    def show_life(self):
        """Called now and then by those who do not read, and so do not answer what needs an answer."""


class Steady:
    """Reads what comes when it comes."""

    def got(self, seconds):
        super().got(seconds)
        self.soak.latencies.add(seconds)
        check(seconds < LATENCY_LIMIT, f"a message came after {seconds:.1f} s")


class Slow:
    """Reads a few KiB now and then, and rests from time to time; but sees to it that it stays within the server's limits."""

    SIZE = 8 << 10
    BEHIND = 3  # Seconds. From then on it does not rest, and reads more often.

    def __init__(self, side, name, channels):
        super().__init__(side, name, channels, receive_buffer=32 << 10)
        self._hurries = False
        self.pause()
        self._read_later()

    def hurry(self):
        """Reads like everyone else from now on."""
        self._hurries = True
        self.resume()

    def got(self, seconds):
        super().got(seconds)
        self.soak.slow_latencies.add(seconds)
        check(seconds < LATENCY_LIMIT, f"a message came after {seconds:.1f} s")

    def _read_later(self):
        chance = self.soak.chance
        if self.age > self.BEHIND:
            seconds = 0.01
        elif chance.random() < 0.01:
            seconds = chance.uniform(1, 2)
        else:
            seconds = chance.uniform(0.02, 0.08)
        self.loop.after(seconds, self._read_some)

    def _read_some(self):
        if self._hurries or not self.is_open:
            return
        try:
            self.read(self.SIZE)
        except Failure as failure:
            raise Failure(f"{self.name}: {failure}") from None
        self._read_later()


class Late:
    """Does not read until something waits for it in the server's outbox; then catches up, and so on."""

    MARGIN = 20  # Messages more than the kernel takes for a stalled client. Some go to the larger buffer here.
    OUTBOX = 65 + BulkChannel.COUNT  # What the outbox takes, and the end of a publication that is sent behind its being full.

    def __init__(self, side, name):
        super().__init__(side, name, [side.bulk], receive_buffer=64 << 10)
        self._hurries = False
        self._look()

    def hurry(self):
        self._hurries = True
        self.resume()

    def _look(self):
        if self._hurries or not self.is_open:
            return
        behind = self.behind(self.side.bulk)
        if behind < BulkChannel.COUNT and self.side.with_kernel:
            self.pause()
        elif behind >= self.side.with_kernel + self.MARGIN and not self.reads:
            self.soak.counts["late"] += 1
            self.resume()
        self.show_life()
        self.loop.after(0.05, self._look)


class Stalled:
    """Does not read until the server has given it up; then reads what the kernel has: messages without a gap, but no orderly end."""

    def __init__(self, side, number):
        self.mark = f"stalled-{number}"  # A channel or room of its own, to be seen in /stats.
        # The bulk fills the outbox; the gush does not quite, and what it leaves there gets too old.
        channels = [side.bulk if number % 2 else side.gush, side.transport.channel(self.mark, None, 1)]
        super().__init__(side, f"stalled {side.transport.reader} {number} of {channels[0].name}", channels, receive_buffer=4096)
        self._seen_at = None
        self._takes_bulk = number % 2 == 1
        self.is_given_up = False
        self.pause()

    def look(self, channels):
        """Takes what /stats says."""
        is_there = self.mark in channels
        if self._seen_at is None:
            self._seen_at = time.monotonic() if is_there else None
        elif not self.is_given_up:
            seconds = time.monotonic() - self._seen_at
            check(is_there or seconds > 1, f"{self.name} was ended after {seconds:.1f} s")
            check(not is_there or seconds < EVICTION_LIMIT, f"{self.name} is still connected after {seconds:.1f} s")
            if is_there:
                self.show_life()
            else:
                self.given_up(seconds)

    def given_up(self, seconds):
        self.is_given_up = True
        self.side.evictions.append(seconds)
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name} was ended, but its connection was not"))
        if self.is_open:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # In larger pieces, it is soon done.
        self.resume()

    def ended(self, error):
        # The server's kernel is to forget what it has taken.
        check(isinstance(error, ConnectionResetError), f"{self.name} was not reset by the server: {error or 'end of the connection'}")
        if not self.is_given_up:
            # Known before /stats was asked.
            check(self._seen_at is not None, f"{self.name} was ended before /stats has said that it is there")
            seconds = time.monotonic() - self._seen_at
            check(seconds > 1, f"{self.name} was ended after {seconds:.1f} s")
            self.is_given_up = True
            self.side.evictions.append(seconds)
            if self._takes_bulk:
                self._tell_of_kernel()
        self.side.stalled_ended(self)

    def _tell_of_kernel(self):
        """So many messages does the kernel take for somebody who does not read: those that were sent to it without what the outbox takes."""
        taken = max(1, self.behind(self.side.bulk) - Late.OUTBOX)
        self.side.with_kernel = min(taken, self.side.with_kernel or taken)


class Churning:
    """Comes, reads little or nothing, and leaves at some moment: one of `MOMENTS`."""

    def __init__(self, side, channels, done):
        self.moment = side.soak.chance.choice(self.MOMENTS)
        super().__init__(side, f"churning {side.transport.reader}, '{self.moment}'", channels)
        self._done = done
        self._way = self.soak.chance.choice(("FIN", "RST"))
        self._wanted = self.soak.chance.randrange(1, 10) if self.moment == "after messages" else None
        if self.moment == "at once":
            self.go()
        elif self.moment == "within the request":
            del self._output[self.soak.chance.randrange(1, len(self._output)) :]
            self.go_soon()
        elif self.moment == "after the request":
            self.go_soon()
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: not over after {LIMIT} s"))

    def received(self, data):
        super().received(data)
        if self.moment == "within the response" or self._wanted and self.messages >= self._wanted:
            self.go()

    def go(self):
        if self.is_open:
            self.leave(self._way)
            self._done()

    def go_soon(self):
        self.loop.after(self.soak.chance.uniform(0, 0.05), self.go)
