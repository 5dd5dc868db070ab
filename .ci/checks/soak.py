#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Everything at the same time, for a while: readers that are steady, slow, late or stalled, clients that come and go rudely, hostile requests.

Every reader gets every message of its channels once and in order, those who are too slow are ended, and at the end nothing is left: no
connection, no open file, no memory that grows.

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

from hostile import CASES, Exchange
from loop import HTTPClient, Loop
from playground import LIMIT, Failure, Playground, check, main, passed, raise_file_limit, wait_until
from readers import EVICTION_LIMIT, ChurningReader, LateReader, Reader, SlowReader, StalledReader
from traffic import BulkChannel, Channel, Latencies, Publisher

STEADY = 150
SLOW = 4
LATE = 3
STALLED = 6
CHURNING = 30
PUBLISHERS = 8

RATE = 100  # Single publications per second.
BULK_INTERVAL = 0.4  # Seconds; each brings 208 kB to the bulk.
GUSH = (15, 30)  # So many of these go to the gush as well, then as many do not.
CUT_INTERVAL = 0.4
HOSTILE_INTERVAL = 0.2
STATS_INTERVAL = 0.5

GROWTH_LIMIT = 10 << 20
MIB = 1 << 20

ROOMS = ["room-0", "room-1", "room-2", "room-3", "room-4", "room-5", "room-6", "room-7", "grün/κόσμε 👋", "with, comma"]


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
        self.evictions = []
        self.with_kernel = 0  # Messages of the bulk that the kernel takes for a reader that does not read; unknown at first.
        self.files_before, self.memory_before = playground.descriptors(), playground.rss()
        self.memory_after = 0
        self.samples = []  # (seconds since the start, resident memory, open files)
        self.is_ending = False  # Nobody comes any more.
        self.is_over = False  # Nothing is published any more, either.

        self.rooms = [Channel(name, seed, large_every=100) for name in ROOMS]
        self.slow_channels = [Channel(f"slow-{number}", seed, large_every=100) for number in range(2)]
        self.bulk, self.gush = BulkChannel("bulk"), BulkChannel("gush")
        self.publishers = [Publisher(loop, self.port, number) for number in range(PUBLISHERS)]
        self.publisher_of = {channel.name: number % PUBLISHERS for number, channel in enumerate(self.channels)}
        self.monitor = HTTPClient(loop, self.port, "monitor")
        self.steady = {}
        self.slow = []
        self.stalled = {}
        self.visitors = 0  # Churning readers and hostile requests that are under way.

    @property
    def channels(self):
        return [*self.rooms, *self.slow_channels, self.bulk, self.gush]

    # What the clients do

    def start(self):
        for number in range(STEADY):
            self._open_steady(number)
        self.slow = [SlowReader(self, f"slow reader {number}", self.slow_channels) for number in range(SLOW)]
        self.slow += [LateReader(self, f"late reader {number}") for number in range(LATE)]
        self.loop.run(lambda: all(reader.is_subscribed for reader in self.steady.values()), "all readers are connected", limit=60)
        self.started = time.monotonic()
        for number in range(STALLED):
            self._open_stalled(number)
        for _ in range(CHURNING):
            self._churn()
        for interval, action in ((0.01, self._publish), (BULK_INTERVAL, self._publish_bulk), (STATS_INTERVAL, self._ask_for_stats)):
            self._repeat(interval, action, lambda: self.is_over)
        for interval, action in ((CUT_INTERVAL, self._cut), (HOSTILE_INTERVAL, self._be_hostile), (STATS_INTERVAL, self._sample)):
            self._repeat(interval, action, lambda: self.is_ending)

    def _repeat(self, interval, action, is_enough):
        if is_enough():
            return
        action()
        self.loop.after(interval, lambda: self._repeat(interval, action, is_enough))

    def _publish(self):
        due = int((time.monotonic() - self.started) * RATE) - self.counts["publications"]
        for _ in range(min(due, RATE)):
            self.counts["publications"] += 1
            self._publish_to(self.chance.choice(self.rooms + self.slow_channels))

    def _publish_bulk(self):
        self._publish_to(self.bulk)
        if self.counts["bulk"] % sum(GUSH) < GUSH[0]:
            self._publish_to(self.gush)
        self.counts["bulk"] += 1

    def _publish_to(self, channel):
        self.publishers[self.publisher_of[channel.name]].publish(channel)

    def _open_steady(self, number):
        """Every reader has one to four channels; a few have large ones among them."""
        channels = self.chance.sample(self.rooms, self.chance.randrange(1, 5))
        if number % 30 == 0:
            channels[-1] = self.bulk if number % 60 else self.gush
        self.steady[number] = Reader(self, f"reader {number} of {[channel.name for channel in channels]}", channels)

    def _cut(self):
        number = self.chance.choice(list(self.steady))
        self.steady.pop(number).leave(self.chance.choice(("FIN", "RST")))
        self.counts["cuts"] += 1
        self.loop.after(self.chance.uniform(0, 1), lambda: self._open_steady(number))

    def _open_stalled(self, number):
        self.stalled[number] = StalledReader(self, number)

    def stalled_ended(self, reader):
        number = next(number for number, other in self.stalled.items() if other is reader)
        del self.stalled[number]
        self.loop.after(self.chance.uniform(0, 2), lambda: self.is_ending or self._open_stalled(number))

    def _churn(self):
        def go():
            if not self.is_ending:
                self.visitors += 1
                ChurningReader(self, self.chance.sample(self.rooms, self.chance.randrange(1, 5)), gone)

        def gone():
            self.visitors -= 1
            self.counts["churned"] += 1
            self._churn()

        self.loop.after(self.chance.uniform(0, 0.5), go)

    def _be_hostile(self):
        case = CASES[self.counts["hostile"] % len(CASES)]
        self.counts["hostile"] += 1
        self.visitors += 1

        def done():
            self.visitors -= 1

        Exchange(self.loop, self.port, case, done)

    def _ask_for_stats(self):
        def answered(response):
            check(response.status == 200, f"/stats answers {response.status}")
            channels = json.loads(response.body)["sse"]["channels"]
            for reader in list(self.stalled.values()):
                reader.look(channels)

        if not self.monitor.is_busy:
            self.monitor.ask("GET", "/stats", b"", answered)

    def _sample(self):
        check(self.playground.process.poll() is None, "the server is gone")
        self.samples.append((time.monotonic() - self.started, self.playground.rss(), self.playground.descriptors()))

    # The end

    def finish(self):
        """Everybody gets to the last message, then leaves."""
        self.is_ending = True
        self.loop.run(lambda: self.visitors == 0, "the last churning readers and hostile requests are done", limit=2 * LIMIT)
        self.is_over = True
        self.loop.run(lambda: all(publisher.is_idle for publisher in self.publishers), "all publications are answered")
        self.loop.run(lambda: len(self.steady) == STEADY, "the last readers that were cut are back")
        for reader in self.slow:
            reader.hurry()
        self.loop.run(lambda: self._readers_are_at_end() and not self.monitor.is_busy, "all readers have the last message", limit=60)
        self.loop.rest(0.5)  # For what should not come.
        for connection in [*self.steady.values(), *self.slow, *self.stalled.values()]:
            connection.leave(self.chance.choice(("FIN", "RST")))
        for connection in [*self.publishers, self.monitor]:
            connection.leave()

    def _readers_are_at_end(self):
        return all(reader.is_at_end for reader in [*self.steady.values(), *self.slow])

    # What came of it

    def memory_between(self, begin, end):
        """The median of the resident memory between two moments, as shares of the time."""
        found = [memory for at, memory, _ in self.samples if begin * self.seconds <= at <= end * self.seconds]
        return statistics.median(found) if found else 0


def report(soak):
    """A table of numbers, also of a soak that failed."""
    messages = sum(channel.sent for channel in soak.channels)
    large = sum(channel.large for channel in soak.channels)
    bulk = soak.bulk.sent + soak.gush.sent
    skipped = sum(publisher.skipped for publisher in soak.publishers)
    evictions = f"after {min(soak.evictions):.1f} to {max(soak.evictions):.1f} s; " if soak.evictions else ""
    log = soak.playground.log()  # It has at most one line a second.
    evictions += f"logged {log.count('=outbox full')} times for the size, {log.count('=oldest unsent byte too old')} times for the age"
    most_memory, most_files = (max((sample[index] for sample in soak.samples), default=0) for index in (1, 2))
    points = [soak.memory_between((number - 0.5) / 12, (number + 0.5) / 12) / MIB for number in range(13)]

    def quantiles(latencies):
        return f"median {latencies.share(50)}, 99 % {latencies.share(99)}, most {latencies.share(100)} ms"

    rows = [
        ("published", messages, f"{large} of 200 KiB, {bulk} of 16 kB in bursts; {skipped} publications skipped"),
        ("delivered", soak.counts["delivered"], f"and checked; {soak.latencies.count} to steady readers, {soak.slow_latencies.count} to slow ones"),
        ("latency", "", f"steady readers: {quantiles(soak.latencies)}"),
        ("", "", f"slow readers: {quantiles(soak.slow_latencies)}"),
        ("evicted", len(soak.evictions), evictions),
        (
            "late",
            soak.counts["late"],
            f"times something waited in the server for one of {LATE} readers, who then read it; the kernel takes {soak.with_kernel} messages",
        ),
        ("cuts", soak.counts["cuts"], f"of {STEADY} steady readers"),
        ("churned", soak.counts["churned"], ""),
        ("hostile", soak.counts["hostile"], f"of {len(CASES)} kinds"),
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
        f"{STEADY} steady, {SLOW} slow and {LATE} late readers got every message of their channels from the subscription on, none lost, twice "
        f"or out of order; {soak.counts['cuts']} cuts and {soak.counts['churned']} rude clients beside them"
    )
    check(len(soak.evictions) >= STALLED or soak.seconds < EVICTION_LIMIT, f"only {len(soak.evictions)} stalled readers were ended")
    check(soak.counts["late"] > 0 or soak.seconds < EVICTION_LIMIT, "nothing ever waited for a late reader")
    passed(f"{len(soak.evictions)} times a stalled reader was ended; what it had got until then was without a gap")
    passed(f"{soak.counts['hostile']} hostile requests of {len(CASES)} kinds got the expected answers")


def left_behind(soak, playground):
    started = time.monotonic()
    wait_until(lambda: playground.stats() == {"connections": 0, "channels": {}}, "/stats says that nobody is there", limit=15)
    passed(f"nobody and no channel in /stats {time.monotonic() - started:.2f} s after the last client")
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
    with Playground(options.playground, PLAYGROUND_HEARTBEAT="5") as playground, Loop() as loop:
        check(playground.stats() == {"connections": 0, "channels": {}}, "a new server has connections")
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
