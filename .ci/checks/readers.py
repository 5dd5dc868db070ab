#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The readers of the soak: clients of event streams. What each gets is checked as it comes."""

import json
import urllib.parse

from habits import Churning, Late, Listener, Slow, Stalled, Steady
from playground import HOST, EventStream, check
from traffic import Position


def request(port, channels):
    """A request for channels with any names."""
    query = "&".join(f"channel={urllib.parse.quote(channel, safe='')}" for channel in channels)
    return f"GET /sse?{query} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()


class Subscriber(Listener):
    """A stream that is checked as it comes."""

    def __init__(self, side, name, channels, receive_buffer=None):
        super().__init__(side, name, receive_buffer)
        self.stream = EventStream(keeps_events=False)
        self.is_subscribed = False
        self._positions = {channel.name: Position(channel) for channel in channels}
        self.send(request(self.soak.port, self.names))

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

    @property
    def is_at_end(self):
        return self.is_subscribed and all(position.behind == 0 for position in self._positions.values())

    @property
    def age(self):
        return max(position.age for position in self._positions.values())

    def behind(self, channel):
        return self._positions[channel.name].behind


class Reader(Steady, Subscriber):
    def cut(self):
        self.leave(self.soak.chance.choice(("FIN", "RST")))


class SlowReader(Slow, Subscriber):
    pass


class LateReader(Late, Subscriber):
    pass


class StalledReader(Stalled, Subscriber):
    pass


class ChurningReader(Churning, Subscriber):
    MOMENTS = ("at once", "within the request", "after the request", "within the response", "after messages", "by FIN, still reading", "talking")

    def __init__(self, side, channels, done):
        super().__init__(side, channels, done)
        self._has_said_goodbye = False
        if self.moment == "talking":
            self.send(self.soak.chance.randbytes(self.soak.chance.randrange(1, 5000)))
            self.go_soon()

    def received(self, data):
        super().received(data)
        if self.moment == "by FIN, still reading" and self.is_subscribed and not self._has_said_goodbye:
            self._has_said_goodbye = True
            self.half_close()

    def ended(self, error):
        check(self.moment == "by FIN, still reading" and not error, f"ended by the server: {error or 'end of the connection'}")
        self._done()
