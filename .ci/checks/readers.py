#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The readers of the soak: steady, slow, late, stalled and churning ones. What each gets is checked as it comes."""

import json
import time
import urllib.parse

from loop import Connection
from playground import HOST, LIMIT, EventStream, Failure, check
from traffic import BulkChannel, Channel, Position

EVICTION_LIMIT = 60  # Seconds: only what the kernel does not take waits in the outbox, and 10 s or 1 MiB may do so.
LATENCY_LIMIT = 20  # Seconds until a message must be at a steady or slow reader, however busy the machine is.


def request(port, channels):
    """A request for channels with any names."""
    query = "&".join(f"channel={urllib.parse.quote(channel, safe='')}" for channel in channels)
    return f"GET /sse?{query} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()


class Subscriber(Connection):
    """A stream that is checked as it comes. It is not to be ended by the server, unless a subclass says so."""

    def __init__(self, soak, name, channels, receive_buffer=None):
        super().__init__(soak.loop, soak.port, name, receive_buffer)
        self.soak = soak
        self.stream = EventStream(keeps_events=False)
        self.is_subscribed = False
        self.messages = 0
        self._positions = {channel.name: Position(channel) for channel in channels}
        self.send(request(soak.port, self.names))

    @property
    def names(self):
        return list(self._positions)

    def received(self, data):
        for event in self.stream.feed(data):
            self._take(event)
        check(not self.stream.ended, "the stream ends")

    def _take(self, event):
        if not self.is_subscribed:
            check(event["event"] == "connected", f"the first event is {str(event)[:200]}")
            check(json.loads(event["data"])["channels"] == self.names, f"the granted channels are {event['data']}")
            self.is_subscribed = True
            for position in self._positions.values():
                position.subscribed()
        elif event["event"] == "ping":
            self.soak.counts["heartbeats"] += 1
        else:
            check(event.get("channel") in self._positions, f"an event that nobody asked for: {str(event)[:200]}")
            self.got(self._positions[event["channel"]].take(event))

    def got(self, seconds):
        """A message has come, and was right."""
        self.messages += 1
        self.soak.counts["delivered"] += 1

    @property
    def is_at_end(self):
        return self.is_subscribed and all(position.behind == 0 for position in self._positions.values())


class Reader(Subscriber):
    """Reads what comes when it comes."""

    def got(self, seconds):
        super().got(seconds)
        self.soak.latencies.add(seconds)
        check(seconds < LATENCY_LIMIT, f"a message came after {seconds:.1f} s")


class SlowReader(Subscriber):
    """Reads a few KiB now and then, and rests from time to time; but sees to it that it stays within the server's limits."""

    SIZE = 8 << 10
    BEHIND = 3  # Seconds. From then on it does not rest, and reads more often.

    def __init__(self, soak, name, channels):
        super().__init__(soak, name, channels, receive_buffer=32 << 10)
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
        if max(position.age for position in self._positions.values()) > self.BEHIND:
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


class LateReader(Subscriber):
    """Does not read until something waits for it in the server's outbox; then catches up, and so on."""

    MARGIN = 20  # Messages more than the kernel takes for a stalled reader; the outbox takes 65. Some go to the larger buffer here.

    def __init__(self, soak, name):
        super().__init__(soak, name, [soak.bulk], receive_buffer=64 << 10)
        self._hurries = False
        self._look()

    def hurry(self):
        self._hurries = True
        self.resume()

    def _look(self):
        if self._hurries or not self.is_open:
            return
        behind = self._positions[self.soak.bulk.name].behind
        if behind < BulkChannel.COUNT and self.soak.with_kernel:
            self.pause()
        elif behind >= self.soak.with_kernel + self.MARGIN and not self.reads:
            self.soak.counts["late"] += 1
            self.resume()
        self.loop.after(0.05, self._look)


class StalledReader(Subscriber):
    """Does not read until the server has given it up; then reads what the kernel has: messages without a gap, but no orderly end."""

    def __init__(self, soak, number):
        self.mark = f"stalled-{number}"  # A channel of its own, to be seen in /stats.
        # The bulk fills the outbox; the gush does not quite, and what it leaves there gets too old.
        channels = [soak.bulk if number % 2 else soak.gush, Channel(self.mark, None, 1)]
        super().__init__(soak, f"stalled reader {number} of {channels[0].name}", channels, receive_buffer=4096)
        self._seen_at = None
        self._is_given_up = False
        self.pause()

    def look(self, channels):
        """Takes what /stats says."""
        is_there = self.mark in channels
        if self._seen_at is None:
            self._seen_at = time.monotonic() if is_there else None
        elif not self._is_given_up:
            seconds = time.monotonic() - self._seen_at
            check(is_there or seconds > 1, f"{self.name} was ended after {seconds:.1f} s")
            check(not is_there or seconds < EVICTION_LIMIT, f"{self.name} is still connected after {seconds:.1f} s")
            if not is_there:
                self._given_up(seconds)

    def _given_up(self, seconds):
        self._is_given_up = True
        self.soak.evictions.append(seconds)
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name} was ended, but its connection was not"))
        self.resume()

    def ended(self, error):
        check(self._is_given_up, f"ended by the server, and /stats does not say so: {error or 'end of the connection'}")
        check(self.messages > 0, "a stalled reader was ended before it got anything")
        self.soak.with_kernel = min(self.messages, self.soak.with_kernel or self.messages)
        self.soak.stalled_ended(self)


class ChurningReader(Subscriber):
    """Comes, reads little or nothing, and leaves at some moment."""

    MOMENTS = ("at once", "within the request", "after the request", "within the response", "after messages", "by FIN, still reading", "talking")

    def __init__(self, soak, channels, done):
        self.moment = soak.chance.choice(self.MOMENTS)
        super().__init__(soak, f"churning reader, '{self.moment}'", channels)
        self._done = done
        self._way = soak.chance.choice(("FIN", "RST"))
        self._wanted = soak.chance.randrange(1, 10) if self.moment == "after messages" else None
        self._has_said_goodbye = False
        chance = soak.chance
        if self.moment == "at once":
            self._go()
        elif self.moment == "within the request":
            del self._output[chance.randrange(1, len(self._output)) :]
            self.loop.after(chance.uniform(0, 0.05), self._go)
        elif self.moment == "talking":
            self.send(chance.randbytes(chance.randrange(1, 5000)))
        if self.moment in ("after the request", "talking"):
            self.loop.after(chance.uniform(0, 0.05), self._go)
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: not over after {LIMIT} s"))

    def received(self, data):
        super().received(data)
        if self.moment == "within the response" or self._wanted and self.messages >= self._wanted:
            self._go()
        elif self.moment == "by FIN, still reading" and self.is_subscribed and not self._has_said_goodbye:
            self._has_said_goodbye = True
            self.half_close()

    def ended(self, error):
        check(self.moment == "by FIN, still reading" and not error, f"ended by the server: {error or 'end of the connection'}")
        self._done()

    def _go(self):
        if self.is_open:
            self.leave(self._way)
            self._done()
