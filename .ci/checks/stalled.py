#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Clients that never read, and the large messages that wait for them."""

import errno
import json
import os
import select
import socket
import time

from members import Member
from playground import check
from readers import Subscriber
from rooms import Room
from traffic import Channel

NAME = "stalls"  # Of the channel and of the room.
SIZE = 64 << 10


class Heavy:
    """Large messages, each with its number."""

    def __init__(self):
        super().__init__(NAME, seed=None, large_every=1)

    def _content(self, number):
        return None, json.dumps({"number": number, "pad": "x" * SIZE})


class HeavyChannel(Heavy, Channel):
    pass


class HeavyRoom(Heavy, Room):
    pass


class Stalled:
    """Connects, and then never reads. The server has to reset the connection, which is seen without reading what came before."""

    # For a client on the same machine the kernel would keep megabytes. For this one it keeps as little as for those that are far away.
    segment = 1448

    def __init__(self, stalls, wave, name, topic):
        super().__init__(stalls, name, [topic], receive_buffer=4096)
        self.wave = wave
        self.began = time.monotonic()

    def received(self, data):
        super().received(data)
        if self.is_subscribed and self.reads:
            self.pause()
            self.side.has_stalled(self)

    def ready(self, events):
        if self.reads or not events & (select.EPOLLERR | select.EPOLLHUP):
            super().ready(events)
            return
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._end(OSError(error, os.strerror(error)) if error else None)

    def ended(self, error):
        check(error and error.errno == errno.ECONNRESET, f"not reset by the server: {error or 'end of the connection'}")
        self.side.was_reset(self)


class StalledReader(Stalled, Subscriber):
    pass


class StalledMember(Stalled, Member):
    pass
