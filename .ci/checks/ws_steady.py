#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""A member of a room that is published to all the time, and misses nothing whatever others do."""

import json

from loop import HTTPClient
from playground import check
from ws_client import PING, PONG, TEXT, WebSocket, described, frame

INTERVAL = 0.01  # Seconds between publications.


class Steady(WebSocket):
    """Gets the numbers that its publisher sends, one after the other."""

    def __init__(self, loop, port, room):
        super().__init__(loop, port, f"the steady member of '{room}'", "/ws")
        self.is_member = False
        self.count = 0
        self._room = room
        self._publisher = HTTPClient(loop, port, f"the publisher of '{room}'")
        self._sent = 0
        self._is_over = False

    @property
    def is_at_end(self):
        return self._is_over and not self._publisher.is_busy and self.count == self._sent

    def stop(self):
        """Publishes no more."""
        self._is_over = True

    def leave(self, way="FIN"):
        self._publisher.leave()
        super().leave(way)

    def opened(self):
        self.send(frame(TEXT, json.dumps({"type": "join", "room": self._room}).encode()))

    def got(self, opcode, payload):
        if opcode == PING:
            self.send(frame(PONG, payload))
            return
        check(opcode == TEXT, f"{described(opcode, payload)} comes")
        message = json.loads(payload)
        if not self.is_member:
            check(message["type"] in ("connected", "joined"), f"{message} comes first")
            self.is_member = message["type"] == "joined"
            if self.is_member:
                self._publish()
            return
        check(message == {"n": self.count}, f"{message} comes instead of number {self.count}")
        self.count += 1

    def _publish(self):
        if self._is_over:
            return
        body = json.dumps({"to": "ws", "room": self._room, "payload": {"n": self._sent}})
        self._sent += 1
        self._publisher.ask("POST", "/publish", body.encode(), self._published)

    def _published(self, response):
        check(response.status == 202 and json.loads(response.body) == {"delivered": 1}, f"/publish: {response.status} {response.body!r}")
        self.loop.after(INTERVAL, self._publish)
