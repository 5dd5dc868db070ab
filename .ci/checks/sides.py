#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The two sides of the soak: the clients of event streams, and those of WebSockets. They do the same things beside each other."""

import dataclasses

from members import ChurningMember, LateMember, SilentMember, SlowMember, StalledMember, SteadyMember
from playground import LIMIT
from readers import ChurningReader, LateReader, Reader, SlowReader, StalledReader
from rooms import BulkRoom, Room
from traffic import BulkChannel, Channel, Publisher

# Of each side:
STEADY = 75
SLOW = 2
LATE = 2
STALLED = 4
CHURNING = 15
PUBLISHERS = 4
SILENT = 2  # Of WebSockets alone.

GUSH = (15, 30)  # So many bursts of the bulk go to the gush as well, then as many do not.

ROOMS = ["room-0", "room-1", "room-2", "room-3", "room-4", "room-5", "room-6", "room-7", "grün/κόσμε 👋", "with, comma"]


@dataclasses.dataclass(frozen=True)
class Transport:
    """What there is of one kind of connection. The names of channels and rooms are the same: nothing may get across."""

    name: str
    topics: str  # What /stats calls them.
    reader: str  # What its clients are called here.
    channel: type
    bulk: type
    steady: type
    slow: type
    late: type
    stalled: type
    churning: type


STREAMS = Transport("sse", "channels", "reader", Channel, BulkChannel, Reader, SlowReader, LateReader, StalledReader, ChurningReader)
SOCKETS = Transport("ws", "rooms", "member", Room, BulkRoom, SteadyMember, SlowMember, LateMember, StalledMember, ChurningMember)


class Side:
    """All the clients of one transport."""

    def __init__(self, soak, transport, seed):
        self.soak = soak
        self.transport = transport
        self.rooms = [transport.channel(name, seed, large_every=100) for name in ROOMS]
        self.slow_channels = [transport.channel(f"slow-{number}", seed, large_every=100) for number in range(2)]
        self.bulk, self.gush = transport.bulk("bulk"), transport.bulk("gush")
        self.publishers = [Publisher(soak.loop, soak.port, f"{transport.name} {number}") for number in range(PUBLISHERS)]
        self._publisher_of = {channel.name: number % PUBLISHERS for number, channel in enumerate(self.channels)}
        self.steady = {}
        self.slow = []
        self.stalled = {}
        self.silent = []
        self.evictions = []
        self.with_kernel = 0  # Messages of the bulk that the kernel takes for a client that does not read; unknown at first.
        self._bursts = 0

    @property
    def channels(self):
        return [*self.rooms, *self.slow_channels, self.bulk, self.gush]

    @property
    def listeners(self):
        """Those that have to get everything."""
        return [*self.steady.values(), *self.slow]

    # Who comes

    def open(self):
        """The clients that are there all the time."""
        for number in range(STEADY):
            self._open_steady(number)
        self.slow = [self.transport.slow(self, f"slow {self.transport.reader} {number}", self.slow_channels) for number in range(SLOW)]
        self.slow += [self.transport.late(self, f"late {self.transport.reader} {number}") for number in range(LATE)]

    @property
    def is_open(self):
        return all(client.is_subscribed for client in self.steady.values())

    def start(self):
        """Those that come and go."""
        for number in range(STALLED):
            self._open_stalled(number)
        for _ in range(CHURNING):
            self.soak.come_and_go(self._churn, "churned")
        if self.transport is SOCKETS:
            for _ in range(SILENT):
                self._open_silent()

    def _some_rooms(self):
        return self.soak.chance.sample(self.rooms, self.soak.chance.randrange(1, 5))

    def _open_steady(self, number):
        """Every client has one to four channels; a few have large ones among them."""
        channels = self._some_rooms()
        if number % 20 == 0:
            channels[-1] = self.bulk if number % 40 else self.gush
        name = f"steady {self.transport.reader} {number} of {[channel.name for channel in channels]}"
        self.steady[number] = self.transport.steady(self, name, channels)

    def _open_stalled(self, number):
        self.stalled[number] = self.transport.stalled(self, number)

    def _open_silent(self):
        self.silent.append(SilentMember(self, "silent member", self._some_rooms()))

    def _churn(self, done):
        self.transport.churning(self, self._some_rooms(), done)

    # Who goes

    def cut(self):
        number = self.soak.chance.choice(list(self.steady))
        self.steady.pop(number).cut()
        self.soak.counts["cuts"] += 1
        self.soak.loop.after(self.soak.chance.uniform(0, 1), lambda: self._open_steady(number))

    def visit(self):
        """Counts a visitor; returns what is to be called when it is gone."""
        self.soak.visitors += 1

        def gone():
            self.soak.visitors -= 1

        return gone

    def stalled_ended(self, client):
        number = next(number for number, other in self.stalled.items() if other is client)
        del self.stalled[number]
        self.soak.loop.after(self.soak.chance.uniform(0, 2), lambda: self.soak.is_ending or self._open_stalled(number))

    def silent_ended(self, client):
        self.soak.counts["given up"] += 1
        self.silent.remove(client)
        if not self.soak.is_ending:
            self._open_silent()

    def retire(self, member):
        """A member is gone. After some time everybody has heard what it said, and nobody needs to remember it."""

        def forget(voice):
            for client in self.steady.values():
                client.forget(voice.room, voice.member)
            del voice.room.voices[voice.member]

        for voice in member.voices:
            self.soak.loop.after(LIMIT, lambda voice=voice: forget(voice))

    # What is said

    def publish(self):
        self._publish_to(self.soak.chance.choice(self.rooms + self.slow_channels))

    def publish_bulk(self):
        self._publish_to(self.bulk)
        if self._bursts % sum(GUSH) < GUSH[0]:
            self._publish_to(self.gush)
        self._bursts += 1

    def _publish_to(self, channel):
        self.publishers[self._publisher_of[channel.name]].publish(channel)

    def speak(self):
        """A member speaks."""
        if self.steady:
            self.soak.chance.choice(list(self.steady.values())).speak()

    def wander(self):
        if self.steady:
            self.soak.chance.choice(list(self.steady.values())).wander()

    def look(self, stats):
        """Takes what /stats says."""
        for client in list(self.stalled.values()):
            client.look(stats[self.transport.name][self.transport.topics])

    # The end

    @property
    def is_answered(self):
        return all(publisher.is_idle for publisher in self.publishers)

    @property
    def is_complete(self):
        """Whether those that were cut are back."""
        return len(self.steady) == STEADY

    @property
    def is_at_end(self):
        return all(client.is_at_end for client in self.listeners)

    def hurry(self):
        for client in self.slow:
            client.hurry()

    def leave(self):
        for client in [*self.listeners, *self.stalled.values(), *self.silent]:
            client.leave(self.soak.chance.choice(("FIN", "RST")))
        for publisher in self.publishers:
            publisher.leave()
