#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Everything at the same time, for a while: clients of event streams and of WebSockets that are steady, slow, late or stalled, others that come
and go rudely, hostile requests and frames.

Every client gets every message of its channels or rooms once and in order, those who are too slow are ended, and at the end nothing is left:
no connection, no open file, no memory that grows.

Usage: soak.py <Playground> [--seconds 60] [--seed N]
"""

import argparse
import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter

sys.dont_write_bytecode = True

from echo import Echo
from habits import EVICTION_LIMIT
from hostile import CASES, Exchange
from hostile_frames import FRAME_CASES, FrameExchange
from loop import HTTPClient, Loop
from members import HEARTBEAT, HEARTBEAT_TIMEOUT
from playground import LIMIT, Failure, Playground, check, main, passed, raise_file_limit, wait_until
from sides import LATE, SILENT, SLOW, SOCKETS, STALLED, STEADY, STREAMS, Side
from traffic import Latencies

ECHOING = 4

RATE = 100  # Single publications per second.
SPEECHES = 20  # Messages of members per second.
BULK_INTERVAL = 0.4  # Seconds; each brings 208 kB to the bulk of each side.
CUT_INTERVAL = 0.4
WANDER_INTERVAL = 0.2
HOSTILE_INTERVAL = 0.2
STATS_INTERVAL = 0.5

GROWTH_LIMIT = 10 << 20
MIB = 1 << 20


class Soak:
    """All the clients, and what came of them."""

    def __init__(self, loop, playground, seconds, seed):
        self.loop = loop
        self.playground = playground
        self.port = playground.port
        self.seconds = seconds
        self.chance = random.Random(seed)
        self.counts = Counter()
        self.latencies = Latencies()
        self.slow_latencies = Latencies()
        self.files_before, self.memory_before = playground.descriptors(), playground.rss()
        self.memory_after = 0
        self.samples = []  # (seconds since the start, resident memory, open files)
        self.is_ending = False  # Nobody comes any more.
        self.is_over = False  # Nothing is published any more, either.

        self.streams, self.sockets = self.sides = [Side(self, transport, seed) for transport in (STREAMS, SOCKETS)]
        self.monitor = HTTPClient(loop, self.port, "monitor")
        self.visitors = 0  # Those who come and go, and have not gone.

    @property
    def evictions(self):
        return [seconds for side in self.sides for seconds in side.evictions]

    # What the clients do

    def start(self):
        for side in self.sides:
            side.open()
        self.loop.run(lambda: all(side.is_open for side in self.sides), "all clients are connected", limit=60)
        self.started = time.monotonic()
        for side in self.sides:
            side.start()
        for _ in range(ECHOING):
            self.come_and_go(lambda done: Echo(self, done), "echoing")
        # What is published goes on until nobody comes any more.
        for interval, action in ((0.01, self._publish), (BULK_INTERVAL, self._publish_bulk), (STATS_INTERVAL, self._ask_for_stats)):
            self._repeat(interval, action, lambda: self.is_over)
        for interval, action in (
            (0.01, self._speak),
            (CUT_INTERVAL, lambda: self.chance.choice(self.sides).cut()),
            (WANDER_INTERVAL, self.sockets.wander),
            (HOSTILE_INTERVAL, self._be_hostile),
            (STATS_INTERVAL, self._sample),
        ):
            self._repeat(interval, action, lambda: self.is_ending)

    def _repeat(self, interval, action, is_enough):
        if is_enough():
            return
        action()
        self.loop.after(interval, lambda: self._repeat(interval, action, is_enough))

    def _due(self, rate, kind):
        """How many times something has to be done now to be done so many times a second."""
        due = min(rate, int((time.monotonic() - self.started) * rate) - self.counts[kind])
        self.counts[kind] += due
        return due

    def _publish(self):
        for _ in range(self._due(RATE, "publications")):
            self.chance.choice(self.sides).publish()

    def _speak(self):
        for _ in range(self._due(SPEECHES, "speeches")):
            self.sockets.speak()

    def _publish_bulk(self):
        for side in self.sides:
            side.publish_bulk()

    def come_and_go(self, come, kind):
        """Has somebody come, and somebody else when that one has gone, and so on. `come` gets what is to be called at the end."""

        def go():
            if not self.is_ending:
                self.visitors += 1
                come(gone)

        def gone():
            self.visitors -= 1
            self.counts[kind] += 1
            self.come_and_go(come, kind)

        self.loop.after(self.chance.uniform(0, 0.5), go)

    def _be_hostile(self):
        number = self.counts["hostile"]
        self.counts["hostile"] += 1
        self.visitors += 1

        def done():
            self.visitors -= 1

        if number % 2:
            is_hasty = self.chance.random() < 0.5
            FrameExchange(self.loop, self.port, FRAME_CASES[number // 2 % len(FRAME_CASES)], done, is_hasty)
        else:
            Exchange(self.loop, self.port, CASES[number // 2 % len(CASES)], done)

    def _ask_for_stats(self):
        def answered(response):
            check(response.status == 200, f"/stats answers {response.status}")
            for side in self.sides:
                side.look(json.loads(response.body))

        if not self.monitor.is_busy:
            self.monitor.ask("GET", "/stats", b"", answered)

    def _sample(self):
        check(self.playground.process.poll() is None, "the server is gone")
        self.samples.append((time.monotonic() - self.started, self.playground.rss(), self.playground.descriptors()))

    # The end

    def finish(self):
        """Everybody gets to the last message, then leaves."""
        self.is_ending = True
        self.loop.run(lambda: self.visitors == 0, "the last visitors are gone", limit=2 * LIMIT)
        self.is_over = True
        self._wait("all publications are answered", lambda side: side.is_answered)
        self._wait("the last clients that were cut are back", lambda side: side.is_complete)
        for side in self.sides:
            side.hurry()
        self._wait("all clients have the last message", lambda side: side.is_at_end, limit=60)
        self.loop.run(lambda: not self.monitor.is_busy, "the last answer of /stats")
        self.loop.rest(0.5)  # For what should not come.
        for side in self.sides:
            side.leave()
        self.monitor.leave()

    def _wait(self, what, condition, limit=LIMIT):
        self.loop.run(lambda: all(condition(side) for side in self.sides), what, limit)

    # What came of it

    def memory_between(self, begin, end):
        """The median of the resident memory between two moments, as shares of the time."""
        found = [memory for at, memory, _ in self.samples if begin * self.seconds <= at <= end * self.seconds]
        return statistics.median(found) if found else 0


def report(soak):
    """A table of numbers, also of a soak that failed."""
    channels = [channel for side in soak.sides for channel in side.channels]
    messages = sum(channel.sent for channel in channels)
    large = sum(channel.large for channel in channels)
    bulk = sum(channel.sent for side in soak.sides for channel in (side.bulk, side.gush))
    skipped = sum(publisher.skipped for side in soak.sides for publisher in side.publishers)
    evictions = "".join(
        f"{len(side.evictions)} {side.transport.reader}s after {min(side.evictions):.1f} to {max(side.evictions):.1f} s; "
        for side in soak.sides
        if side.evictions
    )
    log = soak.playground.log()  # It has at most one line a second.
    evictions += f"logged {log.count('=outbox full')} times for the size, {log.count('=oldest unsent byte too old')} times for the age"
    most_memory, most_files = (max((sample[index] for sample in soak.samples), default=0) for index in (1, 2))
    points = [soak.memory_between((number - 0.5) / 12, (number + 0.5) / 12) / MIB for number in range(13)]

    def quantiles(latencies):
        return f"median {latencies.share(50)}, 99 % {latencies.share(99)}, most {latencies.share(100)} ms"

    rows = [
        ("spoken", soak.counts["spoken"], f"by members, who {soak.counts['wandered']:,} times left a room and came back"),
        ("published", messages, f"{large} of 200 KiB, {bulk} of 16 kB in bursts; {skipped} publications skipped"),
        ("delivered", soak.counts["delivered"], f"and checked; {soak.latencies.count} to steady clients, {soak.slow_latencies.count} to slow ones"),
        ("latency", "", f"steady clients: {quantiles(soak.latencies)}"),
        ("", "", f"slow clients: {quantiles(soak.slow_latencies)}"),
        ("evicted", len(soak.evictions), evictions),
        (
            "late",
            soak.counts["late"],
            f"times something waited in the server for one of {2 * LATE} late ones, who then read it; the kernel takes "
            f"{soak.streams.with_kernel} events or {soak.sockets.with_kernel} frames",
        ),
        ("cuts", soak.counts["cuts"], f"of {2 * STEADY} steady clients"),
        ("churned", soak.counts["churned"], f"and {soak.counts['echoing']:,} clients of /echo with {soak.counts['echoes']:,} messages"),
        ("given up", soak.counts["given up"], "members that did not answer heartbeats"),
        ("hostile", soak.counts["hostile"], f"of {len(CASES)} kinds of requests and {len(FRAME_CASES)} kinds of frames"),
        ("heartbeats", soak.counts["heartbeats"], ""),
        (
            "memory, MiB",
            f"{soak.memory_before / MIB:.1f}",
            f"at first, {most_memory / MIB:.1f} at most, {soak.memory_after / MIB:.1f} when everyone has left",
        ),
        ("", "", "over time: " + " ".join(f"{point:.1f}" for point in points)),
        ("open files", soak.files_before, f"at first, {most_files} at most"),
    ]
    for name, number, text in rows:
        number = f"{number:,}" if isinstance(number, int) else number
        print(f"  {name:<12} {number:>10}  {text}", flush=True)


def judge(soak):
    """What can be said while the clients are gone, and the server is not."""
    check(soak.counts["delivered"] > 0, "no message was delivered")
    passed(
        f"{STEADY} steady, {SLOW} slow and {LATE} late readers, and as many members, got every message of their channels and rooms, none lost, "
        f"twice or out of order; {soak.counts['cuts']} cuts and {soak.counts['churned']} rude clients beside them"
    )
    for side in soak.sides:
        ended = len(side.evictions)
        check(ended >= STALLED or soak.seconds < EVICTION_LIMIT, f"only {ended} stalled {side.transport.reader}s were ended")
    check(soak.counts["late"] > 0 or soak.seconds < EVICTION_LIMIT, "nothing ever waited for a late reader")
    passed(f"{len(soak.evictions)} times a stalled client was ended; what it had got until then was without a gap")
    given_up = soak.counts["given up"]
    check(given_up >= SILENT or soak.seconds < 2 * (HEARTBEAT + HEARTBEAT_TIMEOUT), f"only {given_up} silent members were given up")
    passed(f"{given_up} times a member that did not answer heartbeats was given up, with 4408")
    passed(f"{soak.counts['echoes']} messages came back from /echo, each as it was and in order")
    passed(f"{soak.counts['hostile']} hostile requests and frames of {len(CASES) + len(FRAME_CASES)} kinds got the expected answers")


def left_behind(soak, playground):
    started = time.monotonic()
    wait_until(lambda: playground.is_empty, "/stats says that nobody is there", limit=15)
    passed(f"nobody, no channel and no room in /stats {time.monotonic() - started:.2f} s after the last client")
    wait_until(lambda: playground.descriptors() <= soak.files_before, f"the open files are {soak.files_before} again", limit=15)
    passed(f"the server has {playground.descriptors()} open files, {soak.files_before} before")
    soak.memory_after = playground.rss()

    # The same load at both times, and medians: what the outboxes of the stalled readers hold comes and goes.
    warm, last = soak.memory_between(1 / 3, 1 / 2), soak.memory_between(5 / 6, 1)
    growth = f"the server's memory went from {warm / MIB:.1f} MiB after a third of the time to {last / MIB:.1f} MiB at the end"
    check(last - warm < GROWTH_LIMIT, growth)
    passed(f"{growth}; {GROWTH_LIMIT // MIB} MiB more would be too much")


def terminated(playground):
    playground.process.send_signal(signal.SIGTERM)
    try:
        status = playground.process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        raise Failure(f"the server runs {LIMIT} s after SIGTERM") from None
    check(status == 0, f"the server ended with {status}")
    passed("SIGTERM ends the server with status 0")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("playground", help="the Playground's executable file")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    return parser.parse_args()


def run():
    raise_file_limit(4096)
    heartbeat = {"PLAYGROUND_HEARTBEAT": str(HEARTBEAT), "PLAYGROUND_HEARTBEAT_TIMEOUT": str(HEARTBEAT_TIMEOUT)}
    with Playground(options.playground, **heartbeat) as playground, Loop() as loop:
        check(playground.is_empty, "a new server has connections")
        time.sleep(0.3)  # That request's connection is gone, too.
        print(f"soak of {options.seconds} s with --seed {options.seed}", flush=True)
        soak = Soak(loop, playground, options.seconds, options.seed)
        try:
            soak.start()
            loop.rest(options.seconds)
            soak.finish()
            judge(soak)
            left_behind(soak, playground)
            terminated(playground)
        finally:
            report(soak)


options = arguments()
main(run, overall=options.seconds + 240)
