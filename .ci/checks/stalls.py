#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""500 clients that never read, beside ten that do: what waits for all of them stays within the outbox budget, they are reset, and nobody else
notices.

Those who stall come in two waves, the second one while the first is being ended; every 20 seconds again. All this is done twice: with the
Playground's own budget, where single connections reach their limits first, and with a small one, which is reached before these.

Usage: stalls.py <Playground> [--seconds 20, of each of the two]
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter

sys.dont_write_bytecode = True

from loop import HTTPClient, Loop
from members import SteadyMember
from playground import Playground, check, main, passed, raise_file_limit, wait_until
from readers import Reader
from stalled import NAME, HeavyChannel, HeavyRoom, StalledMember, StalledReader
from traffic import Latencies, Publisher

MIB = 1 << 20
READERS = 5  # Of event streams, and as many of a room.
WAVE = 250  # Those who stall, every other one in the room.
ROUND = 20  # Seconds from one first wave to the next.
ARRIVAL = 1.5  # Seconds until a wave is there.
STALL_LIMIT = 30  # Seconds. It takes one until 1 MiB waits for a stalled client, on a busy machine more, and nothing may wait for more than 10.

RATE = 20  # Messages per second, for each of the two.
SAMPLES = 0.1  # Seconds from one look at the server to the next.

DEFAULT_BUDGET = 256 * MIB  # The two waves together never reach it: by then the first ones have reached their own limit of 1 MiB.
SMALL_BUDGET = 16 * MIB  # A message for each of a wave is as much.
OVERSHOOT = 32 * MIB  # A message for each of both: until the event loop that has to end somebody does so, others go on.

# What waits is counted for each receiver, but kept once: of each of the two, it is what comes until 1 MiB waits for somebody. 500 connections take
# 10 MiB, and what is read, published and freed leaves the allocator some. If each receiver had a copy, it would be 80 MiB and more.
MEMORY_LIMIT = 40 * MIB
GROWTH_LIMIT = 10 * MIB  # From the first quarter of the time to the last.

CAUSES = "outbox full", "oldest unsent byte too old", "outbox budget"


class Wave:
    """Clients that come within a moment, and stall."""

    def __init__(self, before=None):
        self.before = before  # The wave that is being ended when this one comes; None for a first one.
        self.has_follower = before is not None
        self.left = WAVE  # Those who have not come yet, or are not gone.
        self.overlap = None  # How many of the wave before were left when somebody of this one stalled.


class Stalls:
    """Who is there, and what comes of them. To its clients it is what a soak and its sides are to theirs."""

    def __init__(self, loop, playground, seconds):
        self.soak = self
        self.loop = loop
        self.playground = playground
        self.port = playground.port
        self.seconds = seconds
        self.chance = random.Random(0)
        self.counts = Counter()
        self.latencies = Latencies()
        self.topics = HeavyChannel(), HeavyRoom()
        self.publishers = [Publisher(loop, self.port, name) for name in ("of the channel", "of the room")]
        self.monitor = HTTPClient(loop, self.port, "monitor")
        self.readers = []
        self.waves = []
        self.stalled = set()
        self.lives = []  # Seconds from coming to being reset.
        self.samples = []  # (seconds since the start, resident memory, bytes that wait for all)
        self.budget = playground.outbox()["maxBytes"]
        self.memory_before = playground.rss()
        self.is_over = False

    # Those who read

    def open(self):
        channel, room = self.topics
        for number in range(READERS):
            self.readers += [Reader(self, f"reader {number}", [channel]), SteadyMember(self, f"member {number}", [room])]
        self.loop.run(lambda: all(reader.is_subscribed for reader in self.readers), "the readers are connected")

    def start(self):
        self.started = time.monotonic()
        self._publish()
        self._look()
        for begin in range(0, max(1, self.seconds // ROUND) * ROUND, ROUND):
            self.loop.after(begin, lambda: self._begin(Wave()))

    def _publish(self):
        if self.is_over:
            return
        for publisher, topic in zip(self.publishers, self.topics):
            publisher.publish(topic)
        self.counts["published"] += 1
        self.loop.after(self.started + self.counts["published"] / RATE - time.monotonic(), self._publish)

    def retire(self, member):
        """A member is gone. It has said nothing that anybody had to remember."""

    # Those who do not

    def _begin(self, wave):
        self.waves.append(wave)
        for number in range(WAVE):
            self.loop.after(ARRIVAL * number / WAVE, lambda number=number: self._come(wave, number))

    def _come(self, wave, number):
        kind = StalledMember if number % 2 else StalledReader
        client = kind(self, wave, f"stalled client {number} of wave {len(self.waves)}", self.topics[number % 2])
        self.stalled.add(client)
        self.loop.after(STALL_LIMIT, lambda: client.is_open and self._give_up(client))

    def _give_up(self, client):
        there = self.playground.stats()["connections"] + self.playground.stats("ws")["connections"] - len(self.readers)
        check(
            False,
            f"{client.name} was not reset within {STALL_LIMIT} s; {len(self.lives)} were, and {len(self.stalled)} not, "
            f"of whom {there} are connected by what /stats says",
        )

    def has_stalled(self, client):
        wave = client.wave
        if wave.before and wave.overlap is None:
            wave.overlap = wave.before.left

    def was_reset(self, client):
        self.lives.append(time.monotonic() - client.began)
        self.stalled.remove(client)
        client.wave.left -= 1
        if not client.wave.has_follower:
            client.wave.has_follower = True
            self._begin(Wave(before=client.wave))

    @property
    def are_gone(self):
        return all(wave.has_follower and wave.left == 0 for wave in self.waves)

    # What the server says

    def _look(self):
        check(self.playground.process.poll() is None, "the server is gone")
        if not self.monitor.is_busy:
            self.monitor.ask("GET", "/stats/outbox", b"", self._take)
        if not self.is_over:
            self.loop.after(SAMPLES, self._look)

    def _take(self, response):
        check(response.status == 200, f"/stats/outbox answers {response.status}")
        self.samples.append((time.monotonic() - self.started, self.playground.rss(), json.loads(response.body)["bytes"]))
        self.check_waiting(self.samples[-1][2])

    def check_waiting(self, waiting):
        check(waiting <= self.budget + OVERSHOOT, f"{waiting / MIB:.1f} MiB wait for all clients; the budget is {self.budget // MIB} MiB")

    def memory(self, begin=0, end=1):
        """The most resident memory between two moments, as shares of the time."""
        return max((memory for at, memory, _ in self.samples if begin * self.seconds <= at <= end * self.seconds), default=0)

    @property
    def most_waiting(self):
        return max((waiting for _, _, waiting in self.samples), default=0)

    # The end

    def finish(self):
        """Those who have stalled have to be gone, and the others get to the last message."""
        self.loop.run(lambda: self.are_gone, "all who have stalled are reset", limit=2 * STALL_LIMIT)
        self.is_over = True
        self.loop.run(lambda: all(publisher.is_idle for publisher in self.publishers), "all publications are answered")
        self.loop.run(lambda: all(reader.is_at_end for reader in self.readers), "all readers have the last message")
        self.loop.run(lambda: not self.monitor.is_busy, "the last answer of /stats/outbox")
        self.loop.rest(0.5)  # For what should not come.

    def leave(self):
        for client in [*self.readers, *self.publishers, self.monitor]:
            client.leave()


def evictions(log):
    """Of how many evictions the log tells, by transport and cause (None if it does not say), in the order of their first ones. It has a line a second
    at most, which counts those before: the last ones are missing."""
    told = Counter()
    for line in log.splitlines():
        if found := re.search(r" rt\.(sse|ws): .*rt\.also_evicted=(\d+) .*Slow consumer evicted", line):
            cause = next((cause for cause in CAUSES if f"rt.detail={cause} " in line), None)
            told[found[1], cause] += 1 + int(found[2])
    return told


def report(stalls):
    """What was measured, also by a check that failed."""
    points = [stalls.memory(number / 12, (number + 1) / 12) / MIB for number in range(12)]
    print(f"  memory, MiB: {stalls.memory_before / MIB:.1f} at first, then {' '.join(f'{point:.1f}' for point in points)}", flush=True)
    sent, published, delivered = sum(topic.sent for topic in stalls.topics), stalls.counts["published"], stalls.counts["delivered"]
    print(f"  {sent} of {2 * published} messages were published, {delivered} came; {stalls.most_waiting / MIB:.1f} MiB waited at most", flush=True)
    told = evictions(stalls.playground.log())
    causes = ", ".join(f"{count} of {transport} for '{cause}'" for (transport, cause), count in told.items())
    print(f"  {len(stalls.lives)} were reset, {len(stalls.stalled)} not; the log tells of {causes or 'none'}", flush=True)


def judge(stalls):
    """While the readers are there, and nobody else is."""
    published, skipped = 2 * stalls.counts["published"], sum(publisher.skipped for publisher in stalls.publishers)
    # A busy machine is none of the server's faults, as long as what follows is tried at all.
    check(skipped < published * 3 / 4, f"{skipped} of {published} messages were not published in time: the server, or this machine, is too slow")
    passed(
        f"{READERS} readers got {stalls.topics[0].sent} messages of 64 KiB and {READERS} members {stalls.topics[1].sent}, none lost, twice or out of "
        f"order; 99 % within {stalls.latencies.share(99)} ms, all within {stalls.latencies.share(100)} ms"
    )
    overlaps = [wave.overlap for wave in stalls.waves if wave.before]
    check(all(overlaps), f"of the first waves {overlaps} were left when the second ones came: these are to meet")
    passed(
        f"{len(stalls.lives)} clients that did not read were reset, {min(stalls.lives):.1f} to {max(stalls.lives):.1f} s after they came; "
        f"{min(overlaps)} or more of a first wave of {WAVE} were left when the second one came"
    )
    playground = stalls.playground
    said = playground.stats(), playground.stats("ws")
    expected = {"connections": READERS, "channels": {NAME: READERS}}, {"connections": READERS, "rooms": {NAME: READERS}, "heartbeatActive": True}
    check(said == expected, f"only the readers should be left in /stats; it says {said}")
    waiting = playground.outbox()["bytes"]
    check(waiting == 0, f"{waiting} bytes wait when nobody is stalled")
    passed(f"only the readers are left in /stats, and nothing waits; at most {stalls.most_waiting / MIB:.1f} MiB did, {stalls.budget // MIB} MiB may")


def judge_causes(stalls):
    log = stalls.playground.log()
    told = evictions(log)
    for transport in ("sse", "ws"):
        causes = [cause for about, cause in told if about == transport]
        check(causes, f"the log of rt.{transport} does not tell of any eviction")
        check(None not in causes, f"the log of rt.{transport} does not say why somebody was evicted")
        is_first = causes[0] == "outbox budget"
        check(is_first == (stalls.budget == SMALL_BUDGET), f"the first one in the log of rt.{transport} was evicted for '{causes[0]}'")
    for waiting in re.findall(r"rt\.outbox_budget\.bytes=(\d+)", log):
        stalls.check_waiting(int(waiting))
    # Those who are left when a wave is nearly gone are so few that the budget is enough for what their own limits allow.
    count = sum(count for (_, cause), count in told.items() if cause == "outbox budget")
    check(stalls.budget != SMALL_BUDGET or count > told.total() / 2, f"the log tells of {told.total()} evictions, {count} of them for the budget")
    passed(f"the log tells of {told.total()} evictions and their causes; {count} were for the budget")


def judge_memory(stalls):
    first, last, most = stalls.memory(end=1 / 4), stalls.memory(begin=3 / 4), stalls.memory()
    text = f"at most {first / MIB:.1f} MiB in the first quarter of the time and {last / MIB:.1f} MiB in the last one"
    check(last - first < GROWTH_LIMIT, f"the server's memory was {text}; {GROWTH_LIMIT // MIB} MiB more are too much")
    growth = f"it grew by {(most - stalls.memory_before) / MIB:.1f} MiB, and {MEMORY_LIMIT // MIB} MiB"
    check(most - stalls.memory_before < MEMORY_LIMIT, f"the server's memory was {text}; {growth} are too much")
    passed(f"the server's memory was {text}; {growth} would be too much")


def left_behind(playground, files):
    wait_until(lambda: playground.is_empty, "/stats says that nobody is there", limit=15)
    wait_until(lambda: playground.descriptors() <= files, f"the open files are {files} again", limit=15)
    passed(f"then nobody was left, and {playground.descriptors()} files are open, {files} before")


def stall(budget):
    settings = {} if budget == DEFAULT_BUDGET else {"PLAYGROUND_OUTBOX_BUDGET_MIB": str(budget // MIB)}
    with Playground(options.playground, **settings) as playground, Loop() as loop:
        check(playground.is_empty, "a new server has connections")
        time.sleep(0.3)  # That request's connection is gone, too.
        files = playground.descriptors()
        stalls = Stalls(loop, playground, options.seconds)
        check(stalls.budget == budget, f"the server's budget is {stalls.budget} bytes instead of {budget}")
        try:
            stalls.open()
            stalls.start()
            loop.rest(options.seconds)
            stalls.finish()
            judge(stalls)
            judge_causes(stalls)
            judge_memory(stalls)
        finally:
            report(stalls)
        stalls.leave()
        left_behind(playground, files)


def run():
    raise_file_limit(4096)
    for budget in (DEFAULT_BUDGET, SMALL_BUDGET):
        print(f"{2 * WAVE} stalled clients, {options.seconds} s, a budget of {budget // MIB} MiB", flush=True)
        stall(budget)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("playground", help="the Playground's executable file")
    parser.add_argument("--seconds", type=int, default=20, help="for each of the two budgets")
    return parser.parse_args()


options = arguments()
main(run, overall=2 * options.seconds + 180)
