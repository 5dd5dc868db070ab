#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What is published, and what every reader must therefore get: each channel has numbered messages that can be told from their number."""

import array
import collections
import functools
import json
import random
import re
import time

from loop import HTTPClient
from playground import LIMIT, check

LARGE = 200 << 10
TEXT = "Grüße, κόσμε, 世界, שלום, 👋🏽 👨‍👩‍👧‍👦 \u2028 \u0085 end. id: 1 event: no data: x : "
PLAIN = "The quick brown fox jumps over the lazy dog. "


def lines(chance, text, size):
    """Text of about so many characters in lines that end in every way there is."""
    parts = []
    while size > 0:
        parts.append(text[: chance.randrange(len(text))] + chance.choice(("\n", "\r\n", "\r", "\n\n")))
        size -= len(parts[-1])
    return "".join(parts)


class Channel:
    """A channel whose messages are single publications: short and long, lines and none, some of them large."""

    def __init__(self, name, seed, large_every):
        self.name = name
        self.sent = 0  # Messages whose publication has been sent.
        self.answered = 0  # Of these, the ones that the server has answered.
        self.large = 0
        self.times = array.array("d")  # When each was sent.
        self._seed = seed
        self._large_every = large_every
        self.event = functools.lru_cache(maxsize=256)(self._event)

    @property
    def due(self):
        """How many messages have to arrive."""
        return self.sent

    def publication(self):
        """The next request's body."""
        number = self.sent
        self._note(1)
        self.large += self._is_large(number)
        return self._request(number).encode()

    def _request(self, number):
        name, raw = self._content(number)
        fields = {"to": "sse", "channel": self.name, "id": str(number)} | ({"event": name} if name else {})
        return json.dumps(fields)[:-1] + f', "data": {raw}}}'

    def _note(self, count):
        self.sent += count
        self.times.extend([time.monotonic()] * count)

    def _is_large(self, number):
        return number % self._large_every == self._large_every - 1

    def _content(self, number):
        """The event's name and the JSON text of its data."""
        chance = random.Random(f"{self._seed}-{self.name}-{number}")
        if self._is_large(number):
            return "large", json.dumps(PLAIN * (LARGE // len(PLAIN)))
        name = chance.choice((None, None, "tick", "größe-👋"))
        size = int(2 ** chance.uniform(4, 12))
        kind = chance.randrange(10)
        if kind < 5:
            return name, json.dumps((PLAIN * 100)[:size])
        if kind < 7:
            return name, json.dumps(lines(chance, PLAIN, size))
        if kind < 9:
            return name, json.dumps(lines(chance, TEXT, size), ensure_ascii=False)
        return name, chance.choice(('""', "null", "[1.50, true]", json.dumps({"é": TEXT * (size // len(TEXT)), "b": 1}, ensure_ascii=False)))

    def _event(self, number):
        name, raw = self._content(number)
        data = json.loads(raw) if raw.startswith('"') else raw
        return {"event": name or "message", "id": str(number), "channel": self.name, "data": re.sub("\r\n|\r", "\n", data)}

    @staticmethod
    def number(event):
        return int(event.get("id", "-1"))

    @staticmethod
    def difference(event, expected):
        different = next(name for name in expected | event if event.get(name) != expected.get(name))
        return f"{different} is {event.get(different)!r:.200} instead of {expected.get(different)!r:.200}"


class BulkChannel(Channel):
    """A channel that gets several large messages with each publication."""

    COUNT, SIZE = 13, 16_000
    PAD = "x" * SIZE

    def __init__(self, name):
        super().__init__(name, seed=None, large_every=1)

    def publication(self):
        body = self._burst(self.sent) | {"count": self.COUNT, "size": self.SIZE}
        self._note(self.COUNT)
        return json.dumps(body).encode()

    def _burst(self, first):
        return {"to": "sse", "channel": self.name, "data": {"first": first}}

    def _event(self, number):
        n = number % self.COUNT
        return {"event": "message", "channel": self.name, "data": f'{{"first": {number - n},"n":{n},"pad":"{self.PAD}"}}'}

    @staticmethod
    def number(event):
        found = re.match(r'\{"first": (\d+),"n":(\d+),', event["data"])
        return int(found[1]) + int(found[2]) if found else -1


class Position:
    """Where a reader is in a channel. Its messages have to come from the subscription on: all, once, in order, and as they were published."""

    def __init__(self, channel, earliest=None):
        self.channel = channel
        self._next = None
        self._earliest = channel.answered if earliest is None else earliest  # What is answered now was published before the subscription.
        self._latest = None

    def subscribed(self, since=None):
        """The reader knows that it is subscribed: what is sent from now on has to come, or all since that number."""
        self._latest = self.channel.sent if since is None else since

    def take(self, event):
        """Checks a message, and returns how long it was under way."""
        if self._next is None:
            self._next = self.channel.number(event)
            where = f"the first of '{self.channel.name}'"
            check(self._next <= self._latest, f"{where} is {self._next}; {self._latest} was published after the subscription: lost")
            check(self._next >= self._earliest, f"{where} is {self._next}; {self._earliest - 1} was published before the subscription")
        check(self._next < self.channel.sent, f"'{self.channel.name}': {str(event)[:100]} comes; only {self.channel.sent} were published")
        if event != self.channel.event(self._next):
            check(False, self._difference(event))
        self._next += 1
        return time.monotonic() - self.channel.times[self._next - 1]

    def _difference(self, event):
        try:
            number = self.channel.number(event)
        except ValueError:
            number = -1
        where = f"'{self.channel.name}': {number} instead of {self._next}"
        if number > self._next:
            return f"{where}: {number - self._next} lost, or out of order"
        if number < self._next:
            return f"{where}: twice, or out of order: {str(event)[:200]}"
        return f"'{self.channel.name}': of {number} {self.channel.difference(event, self.channel.event(number))}"

    @property
    def behind(self):
        """How many messages are still to come, of those that were published."""
        return max(0, self.channel.due - self._expected)

    @property
    def age(self):
        """For how many seconds the next message has been under way."""
        return time.monotonic() - self.channel.times[self._expected] if self.behind else 0

    @property
    def _expected(self):
        if self._next is not None:
            return self._next
        return self.channel.sent if self._latest is None else self._latest


class Publisher(HTTPClient):
    """Publishes to its channels, one message at a time: that makes their order."""

    QUEUE = 50

    def __init__(self, loop, port, number):
        super().__init__(loop, port, f"publisher {number}")
        self._queue = collections.deque()
        self.requests = 0
        self.skipped = 0  # The server, or this machine, is behind.

    def publish(self, channel):
        if len(self._queue) >= self.QUEUE:
            self.skipped += 1
            return
        self._queue.append(channel)
        self._next()

    @property
    def is_idle(self):
        return not self.is_busy and not self._queue

    def _next(self):
        if self.is_busy or not self._queue:
            return
        channel = self._queue.popleft()
        body = channel.publication()
        sent = channel.sent
        began = time.monotonic()

        def answered(response):
            check(response.status == 202, f"/publish answers {response.status}: {response.body[:300]!r}")
            check(time.monotonic() < began + LIMIT, f"/publish took longer than {LIMIT} s")
            channel.answered = sent
            self.requests += 1
            self._next()

        self.ask("POST", "/publish", body, answered)


class Latencies:
    """How long messages were under way."""

    def __init__(self):
        self._counts = collections.Counter()

    def add(self, seconds):
        self._counts[int(seconds * 1000)] += 1

    @property
    def count(self):
        return self._counts.total()

    def share(self, share):
        """So many of a hundred took at most this many milliseconds."""
        left = self.count * share / 100
        for milliseconds in sorted(self._counts):
            left -= self._counts[milliseconds]
            if left <= 0:
                return milliseconds + 1
        return 0
