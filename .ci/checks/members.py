#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The members of the soak: WebSockets in rooms. What each gets is checked as it comes, and so are the answers to what it asks for."""

import collections
import json
import re
import time

from frames import FrameStream, close, fragments, handshake, say
from habits import Churning, Late, Listener, Slow, Stalled, Steady
from playground import LIMIT, Failure, check
from rooms import BulkRoom, Room, Seat, Voice
from ws_client import PING, PONG, TEXT, frame

CLOSE_CODES = (None, 1000, 1001, 1011, 3000, 4321, 4999)
HEARTBEAT, HEARTBEAT_TIMEOUT = 5, 20  # Seconds, as the Playground is told.


class Member(Listener):
    """A WebSocket in rooms."""

    SIGN_INTERVAL = 2  # Seconds between signs of life.

    def __init__(self, side, name, rooms, receive_buffer=None):
        super().__init__(side, name, receive_buffer)
        self.id = None
        self._mark = self.soak.chance.randbytes(122)  # On all its pings: nobody else may get what answers them.
        self.frames = FrameStream()
        self._rooms = rooms
        self._seats = {}
        self._questions = collections.deque()  # Asked behind a message: (id, voice, how many messages that were).
        self._question_count = 0
        self._goodbye = None  # The code that it closes with, and what to do when that is done.
        self._next_sign = time.monotonic() + self.SIGN_INTERVAL
        self._is_hasty = self.soak.chance.random() < 0.5
        self.send(handshake(self.soak.port))
        if self._is_hasty:
            self._join_all()

    def _join_all(self):
        for room in self._rooms:
            self._join(room)

    def send(self, data):
        if not self._goodbye:  # Nothing goes behind a close frame.
            super().send(data)

    def _join(self, room):
        self._seats[room.name] = Seat(room)
        self.send(say(type="join", room=room.name))

    # What comes

    def received(self, data):
        was_closed = self.frames.closed
        for opcode, payload in self.frames.feed(data):
            if opcode == TEXT:
                self._take(payload)
            elif opcode == PING:
                self.pinged(payload)
            elif opcode != PONG:
                self.unexpected(f"frame {opcode:x} with {payload[:20]!r}")
            elif payload != self._mark:
                self.unexpected(f"a pong for somebody else's ping, {payload[:20]!r}")
        if self.frames.closed and not was_closed:
            self.closed(*self.frames.closed)

    def pinged(self, payload):
        self.send(frame(PONG, payload))

    def unexpected(self, what):
        raise Failure(f"not expected: {what}")

    def _take(self, text):
        if text.startswith('{"in": '):
            self.got(self._seat(Room.NAME.match(text)[1], text).take(text))
        elif text.startswith('{"type":"message",'):
            found = Voice.ENVELOPE.match(text)
            check(found, f"a message begins with {text[:200]}")
            check(found[2] != self.id, f"its own message comes back: {text[:200]}")
            self.got(self._seat(found[1], text).take_from(found[2], text))
        else:
            self._answered(json.loads(text))

    def _seat(self, name, text):
        seat = self._seats.get(name)
        check(seat and seat.is_in, f"a message of a room that it is not in: {text[:200]}")
        return seat

    def _answered(self, message):
        kind = message["type"]
        check((kind == "connected") == (self.id is None), f"{message} is {'not ' * (self.id is None)}the first message")
        if kind == "connected":
            check(list(message) == ["type", "id"] and re.fullmatch(r"[0-9a-f]{32}", message["id"]), f"the first message is {message}")
            self.id = message["id"]
            if not self._is_hasty:
                self._join_all()
        elif kind == "joined" and message["room"] in self._seats:
            self._seats[message["room"]].joined()
        elif kind == "left" and message["room"] in self._seats:
            seat = self._seats.pop(message["room"])
            check(seat.is_leaving, f"it has left '{seat.room.name}' without asking")
            self._join(seat.room)
        elif kind == "ping":
            self.soak.counts["heartbeats"] += 1
            self.heartbeat()
        elif kind == "pong" and self._questions and self._questions[0][0] == message.get("id"):
            _, voice, count = self._questions.popleft()
            voice.answered = count
        else:
            self.unexpected(str(message))

    def heartbeat(self):
        """The protocol ping beside this one is answered; some clients answer both."""
        if self.soak.chance.random() < 0.5:
            self.send(say(type="pong"))

    # What it does

    def speak(self):
        """Says something in one of its rooms."""
        seats = [seat for seat in self._taken_seats if not isinstance(seat.room, BulkRoom)]
        if not seats:
            return
        voice = self.soak.chance.choice(seats).room.voice(self.id)
        message = voice.publication()
        is_whole = self.soak.chance.random() < 0.7
        self.send(frame(TEXT, message) if is_whole else fragments(self.soak.chance, TEXT, message, self._mark))
        self._question_count += 1
        self._questions.append((self._question_count, voice, voice.sent))
        self.send(say(type="ping", id=self._question_count))
        self.soak.counts["spoken"] += 1

    def wander(self):
        """Leaves a room, and joins it again when it has left."""
        if seats := self._taken_seats:
            seat = self.soak.chance.choice(seats)
            seat.is_leaving = True
            self.send(say(type="leave", room=seat.room.name))
            self.soak.counts["wandered"] += 1

    def show_life(self):
        if self.is_open and time.monotonic() >= self._next_sign:
            self._next_sign = time.monotonic() + self.SIGN_INTERVAL
            self.send(say(type="pong"))

    # The end

    def lose_voices(self):
        for voice in self.voices:
            voice.is_lost = True

    @property
    def voices(self):
        return [room.voices[self.id] for room in self._rooms if self.id in room.voices]

    def leave(self, way="FIN"):
        if self.is_open:
            super().leave(way)
            self.side.retire(self)

    def forget(self, room, member):
        """What somebody else has said in a room, who is gone, is over."""
        if room.name in self._seats:
            self._seats[room.name].forget(member)

    def say_goodbye(self, done):
        """Closes with a code; the server answers with the same one, and ends the connection."""
        code = self.soak.chance.choice(CLOSE_CODES)
        self.send(close(code, "" if code is None else self.soak.chance.choice(("", "auf Wiedersehen 👋"))))
        self._goodbye = (code, done)
        self.loop.after(LIMIT, lambda: check(not self.is_open, f"{self.name}: its close frame was not answered within {LIMIT} s"))

    def closed(self, code, reason):
        """The server's close frame has come."""
        check(self._goodbye, f"closed with {code} '{reason}'")
        check((code, reason) == (self._goodbye[0], ""), f"{self._goodbye[0]} is answered with {code} '{reason}'")

    def ended(self, error):
        check(self._goodbye and self.frames.closed and not error, f"ended by the server: {error or 'end of the connection'}")
        self._goodbye[1]()

    # Where it is

    @property
    def _taken_seats(self):
        return [seat for seat in self._seats.values() if seat.is_in and not seat.is_leaving]

    @property
    def is_subscribed(self):
        return len(self._taken_seats) == len(self._rooms)

    @property
    def is_at_end(self):
        return self.is_subscribed and not self._questions and all(seat.is_at_end(self.id) for seat in self._seats.values())

    @property
    def age(self):
        return max((seat.age for seat in self._seats.values()), default=0)

    def behind(self, room):
        return self._seats[room.name].behind if room.name in self._seats else 0


class SteadyMember(Steady, Member):
    def cut(self):
        way = self.soak.chance.choice(("FIN", "RST", "close"))
        if way == "close":
            self.say_goodbye(self.side.visit())
        else:
            self.lose_voices()
            self.leave(way)


class SlowMember(Slow, Member):
    pass


class LateMember(Late, Member):
    pass


class StalledMember(Stalled, Member):
    def __init__(self, side, number):
        super().__init__(side, number)
        self.resume()  # Until it is in its rooms.

    def received(self, data):
        super().received(data)
        if self.is_subscribed and not self.is_given_up:
            self.pause()


class SilentMember(Steady, Member):
    """Reads everything and says nothing, not even that it is there: the server has to give it up, and say so."""

    def __init__(self, side, name, rooms):
        super().__init__(side, name, rooms)
        self._began = time.monotonic()

    def pinged(self, payload):
        pass

    def heartbeat(self):
        pass

    def closed(self, code, reason):
        seconds = time.monotonic() - self._began
        check((code, reason) == (4408, "ping_timeout"), f"closed with {code} '{reason}' after {seconds:.1f} s")
        check(seconds > HEARTBEAT + HEARTBEAT_TIMEOUT - 1, f"given up after {seconds:.1f} s")
        check(seconds < HEARTBEAT + HEARTBEAT_TIMEOUT + LIMIT, f"given up after {seconds:.1f} s")
        self.send(close(code))

    def ended(self, error):
        check(self.frames.closed and not error, f"ended by the server: {error or 'end of the connection'}")
        self.side.silent_ended(self)


class ChurningMember(Churning, Member):
    MOMENTS = (
        "at once", "within the request", "after the request", "within the response", "after messages", "within a frame", "by a close frame",
        "by a close frame at once", "by FIN, still reading", "talking", "garbage", "within a flood",
    )  # fmt: skip

    def __init__(self, side, channels, done):
        super().__init__(side, channels, done)
        self._has_acted = False
        if self.moment == "by a close frame at once":
            self.say_goodbye(self._done)

    def received(self, data):
        super().received(data)
        if self.is_open and self.is_subscribed and not self._has_acted:
            self._has_acted = True
            self._act()

    def _act(self):
        chance = self.soak.chance
        if self.moment == "within a frame":
            message = say(type="broadcast", room=self._rooms[0].name, payload="x" * chance.randrange(1000))
            self.send(message[: chance.randrange(1, len(message))])
            self.go_soon()
        elif self.moment == "by a close frame":
            self.say_goodbye(self._done)
        elif self.moment == "by FIN, still reading":
            self.half_close()
        elif self.moment == "talking":
            for _ in range(chance.randrange(1, 10)):
                self.speak()
            self.go_soon()
        elif self.moment == "garbage":
            self.send(chance.randbytes(chance.randrange(1, 5000)))
            self.go_soon()
        elif self.moment == "within a flood":
            # Of a few pings the server begins to write the answers when it has read all, of many while it still reads; in both cases to a
            # connection that may be lost by then. A few are as many bytes as it reads at a time.
            self.send(frame(PING, self._mark) * chance.choice((16, 16, 2000)))
            self._way = "RST"
            self.loop.after(chance.uniform(0, 0.003), self.go)

    def unexpected(self, what):
        if self.moment != "garbage":
            super().unexpected(what)

    def closed(self, code, reason):
        if self.moment != "garbage":
            super().closed(code, reason)

    def ended(self, error):
        if self.moment == "by FIN, still reading":
            check(not error and not self.frames.closed, f"ended by the server: {error}, {self.frames.closed}")
            self._done()
        elif self.moment == "garbage":
            self._done()
        else:
            super().ended(error)

    def go(self):
        self.lose_voices()
        super().go()
