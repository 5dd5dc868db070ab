#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What is said in rooms, by the server and by members, and what every member must therefore get."""

import json
import re

from playground import check
from traffic import BulkChannel, Channel, Position


def quoted(text):
    """A JSON string with no more escapes than it needs, as the server writes it."""
    return json.dumps(text, ensure_ascii=False)


class Text:
    """Messages that are texts and have to arrive to the letter."""

    @staticmethod
    def difference(text, expected):
        pairs = zip(text, expected)
        at = next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(text), len(expected)))
        return f"{at} characters are right, then {text[at : at + 60]!r} instead of {expected[at : at + 60]!r}"


class Room(Text, Channel):
    """A room: the server's messages are numbered payloads, which reach its members as they were published. Members speak beside them."""

    NAME = re.compile(r'\{"in": "([^"]*)", ')
    NUMBER = re.compile(r'"number" : (\d+),')

    def __init__(self, name, seed, large_every):
        super().__init__(name, seed, large_every)
        self.voices = {}  # What members say, by the id of their connection.

    def voice(self, member):
        if member not in self.voices:
            self.voices[member] = Voice(self, member, self._seed)
        return self.voices[member]

    def _request(self, number):
        return f'{{"to": "ws", "room": {json.dumps(self.name)}, "payload": {self.event(number)} }}'

    def _event(self, number):
        kind, raw = self._content(number)
        return f'{{"in": {quoted(self.name)}, "number" : {number},"kind":  {json.dumps(kind)}, "data": {raw} }}'

    @classmethod
    def number(cls, text):
        found = cls.NUMBER.search(text, 0, 400)
        return int(found[1]) if found else -1


class BulkRoom(Text, BulkChannel):
    """A room that gets several large messages with each publication."""

    NUMBER = re.compile(r'\{"in": "[^"]*", "first": (\d+),"n":(\d+),')

    def __init__(self, name):
        super().__init__(name)
        self.voices = {}

    def _burst(self, first):
        return {"to": "ws", "room": self.name, "payload": {"in": self.name, "first": first}}

    def _event(self, number):
        n = number % self.COUNT
        return f'{{"in": {json.dumps(self.name)}, "first": {number - n},"n":{n},"pad":"{self.PAD}"}}'

    @classmethod
    def number(cls, text):
        found = cls.NUMBER.match(text)
        return int(found[1]) + int(found[2]) if found else -1


class Voice(Text, Channel):
    """What one member says in a room. It gets no answers to that, but to a question behind it: by then the others have been sent it."""

    ENVELOPE = re.compile(r'\{"type":"message","room":"([^"]*)","from":"([0-9a-f]{32})","payload":')
    NUMBER = re.compile(r'"payload":\{"number": (\d+),')
    LARGE_EVERY = 8

    def __init__(self, room, member, seed):
        super().__init__(room.name, f"{seed}-{member}", self.LARGE_EVERY)
        self.room = room
        self.member = member
        self.is_lost = False  # The connection was cut; how much of what had no answer was still heard, nobody knows.

    @property
    def due(self):
        return self.answered if self.is_lost else self.sent

    def _request(self, number):
        return f'{{"type": "broadcast", "room": {json.dumps(self.name)}, "payload": {self._payload(number)} }}'

    def _payload(self, number):
        kind, raw = self._content(number)
        return f'{{"number": {number}, "kind" :{json.dumps(kind)}, "data": {raw} }}'

    def _event(self, number):
        return f'{{"type":"message","room":{quoted(self.name)},"from":"{self.member}","payload":{self._payload(number)}}}'

    @classmethod
    def number(cls, text):
        found = cls.NUMBER.search(text, 0, 400)
        return int(found[1]) if found else -1


class Seat:
    """A member's place in a room. From the answer to its `join` to its `leave` everything that is said has to come, and nothing behind the
    answer to that."""

    def __init__(self, room):
        self.room = room
        self.is_in = False
        self.is_leaving = False  # What was under way may still come.
        self._position = Position(room)
        self._voices = {member: Position(voice) for member, voice in room.voices.items()}

    def joined(self):
        check(not self.is_in, f"joined '{self.room.name}' twice")
        self.is_in = True
        self._position.subscribed()
        for member, voice in self.room.voices.items():
            self._voices.setdefault(member, Position(voice, earliest=0)).subscribed()

    def take(self, text):
        """Checks what the server has said, and returns how long it was under way."""
        return self._position.take(text)

    def take_from(self, member, text):
        """Checks what a member has said, and returns how long it was under way."""
        check(member in self.room.voices, f"'{self.room.name}': a message of nobody: {text[:200]}")
        return self._heard(member).take(text)

    def _heard(self, member):
        """Of a member that spoke for the first time when this one was in the room, everything has to come."""
        if member not in self._voices:
            self._voices[member] = Position(self.room.voices[member], earliest=0)
            self._voices[member].subscribed(since=0)
        return self._voices[member]

    def is_at_end(self, me):
        """Whether everything that has to come has come; one's own words do not."""
        others = (self._heard(member) for member in self.room.voices if member != me)
        return self.is_in and self.behind == 0 and all(position.behind == 0 for position in others)

    def forget(self, member):
        """A member has been gone for long: everything that it said has come."""
        if self.is_in:
            position = self._heard(member)
            check(position.behind == 0, f"'{self.room.name}': {position.behind} messages of {member} are lost")
        self._voices.pop(member, None)

    @property
    def behind(self):
        """How many of the server's messages are still to come."""
        return self._position.behind

    @property
    def age(self):
        """For how many seconds the next message has been under way."""
        return max(self._position.age, *(position.age for position in self._voices.values()), 0)
