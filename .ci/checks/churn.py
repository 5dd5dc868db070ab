#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Clients that come and go rudely, and one that does not read: nobody else notices.

Usage: churn.py <Playground> [seed]
"""

import random
import select
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True

from playground import HOST, LIMIT, EventStream, Failure, Playground, check, main, passed, raise_file_limit, request, wait_until

READERS = 50
CONNECTIONS = 2000
WORKERS = 40
RATE = 100  # Messages per second while connections churn.
MOMENTS = ("at once", "within the request's head", "after the request", "after the response's head", "within the stream")

FLOOD_EVENT = 64 << 10
FLOOD_SECONDS = 6
FLOOD_LIMIT = 15  # Seconds until the client that does not read must be gone.
FLOOD_GROWTH = 40 << 20


class Readers:
    """Streams that are read for as long as they are open, in a thread of their own."""

    def __init__(self, playground, channel, count):
        self.channel = channel
        self.streams = []
        self.problem = None
        self.bad = threading.Event()
        self._is_ending = False
        self._epoll = select.epoll()
        self._sockets = {}
        self._position = {}
        for position in range(count):
            connection = socket.create_connection((HOST, playground.port), timeout=LIMIT)
            connection.sendall(request(playground.port, channel))
            connection.setblocking(False)
            self.streams.append(EventStream())
            self._sockets[connection.fileno()] = connection
            self._position[connection.fileno()] = position
            self._epoll.register(connection, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.wait(lambda: all(stream.events for stream in self.streams), f"{count} readers of '{channel}' are connected")
        check(all(stream.events[0]["event"] == "connected" for stream in self.streams), "the first event is not 'connected'")

    def _run(self):
        try:
            while not self._is_ending:
                for descriptor, _ in self._epoll.poll(0.05):
                    data = self._sockets[descriptor].recv(1 << 18)
                    check(data, f"a reader of '{self.channel}' was disconnected")
                    self.streams[self._position[descriptor]].feed(data)
        except (Failure, OSError) as problem:
            self.problem = f"a reader of '{self.channel}': {problem!r}"

    def wait(self, condition, what, pause=0.02):
        def holds():
            check(not self.problem, self.problem)
            return condition()

        return wait_until(holds, what, pause=pause)

    def messages(self):
        """For each reader the data of the messages it got."""
        return [[event["data"] for event in stream.events if event["event"] == "message"] for stream in self.streams]

    def close(self):
        self._is_ending = True
        self._thread.join(LIMIT)
        for connection in self._sockets.values():
            connection.close()
        self._epoll.close()


def reset(connection):
    """Closes a connection by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def come_and_go(port, number, chance):
    """One connection that is reset at some moment. Returns the moment."""
    moment = MOMENTS[number % len(MOMENTS)]
    connection = socket.create_connection((HOST, port), timeout=LIMIT)
    try:
        text = request(port, f"churn,churn-{number % 7}")
        if moment == "at once":
            return moment
        if moment == "within the request's head":
            connection.sendall(text[: chance.randrange(1, len(text))])
            time.sleep(chance.random() * 0.02)
            return moment
        connection.sendall(text)
        if moment == "after the request":
            time.sleep(chance.choice((0, chance.random() * 0.01)))
            return moment
        stream = EventStream()
        messages = chance.randrange(1, 25)
        while True:
            data = connection.recv(chance.choice((1, 100, 4096)))
            check(data, "a churning connection was disconnected")
            stream.feed(data)
            if moment == "after the response's head" and stream.head:
                return moment
            if moment == "within the stream" and sum(event["event"] == "message" for event in stream.events) >= messages:
                return moment
    finally:
        reset(connection)


def nobody_is_there(playground):
    stats = playground.stats()
    return stats == {"connections": 0, "channels": {}}


def churn(playground, seed):
    before = playground.descriptors()
    readers = Readers(playground, "churn", READERS)
    done = threading.Event()
    problems = []
    published = 0

    def publish():
        nonlocal published
        connection = playground.connect()
        try:
            start = time.monotonic()
            while not done.is_set():
                delivered = playground.publish(connection, "churn", str(published))
                published += 1
                check(delivered >= READERS, f"message {published - 1} was for {delivered} connections; {READERS} are there")
                time.sleep(max(0, start + published / RATE - time.monotonic()))
        except (Failure, OSError) as problem:
            problems.append(f"publisher: {problem!r}")
        finally:
            connection.close()

    def work(worker):
        chance = random.Random(f"{seed}-{worker}")
        try:
            for number in range(worker, CONNECTIONS, WORKERS):
                # The worker's number and the count of moments have common divisors; the sum takes turns.
                come_and_go(playground.port, number + number // WORKERS, chance)
        except (Failure, OSError) as problem:
            problems.append(f"churning connection: {problem!r}")

    publisher = threading.Thread(target=publish, daemon=True)
    workers = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in range(WORKERS)]
    started = time.monotonic()
    try:
        for thread in [publisher, *workers]:
            thread.start()
        for thread in workers:
            thread.join(max(0.1, started + 120 - time.monotonic()))
        check(not any(thread.is_alive() for thread in workers), "the churn is not over after 120 s")
    finally:
        done.set()
    publisher.join(LIMIT)
    check(not publisher.is_alive(), "the publisher hangs")
    seconds = time.monotonic() - started
    check(not problems, f"{len(problems)} problems (seed {seed}), such as {problems[:3]}")
    expected = [str(number) for number in range(published)]
    readers.wait(lambda: all(len(got) >= published for got in readers.messages()), f"all {published} messages at all readers", pause=0.2)
    time.sleep(0.3)  # For what should not come.
    for number, got in enumerate(readers.messages()):
        wrong = next((index for index, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), None)
        check(got == expected, f"reader {number} got {len(got)} of {published} messages; the first wrong one is number {wrong} (seed {seed})")
    passed(
        f"{READERS} readers got {published} messages each, none lost, twice or out of order, while {CONNECTIONS} connections "
        f"were reset within {seconds:.1f} s (seed {seed})"
    )

    wait_until(
        lambda: playground.stats() == {"connections": READERS, "channels": {"churn": READERS}}, "only the readers are left in /stats", limit=15
    )
    readers.close()
    started = time.monotonic()
    wait_until(lambda: nobody_is_there(playground), "/stats says that nobody is there", limit=15)
    passed(f"nobody and no channel in /stats {time.monotonic() - started:.2f} s after the last client")
    # Not only streams: connections that were reset within the request's head leave nothing, either.
    wait_until(lambda: playground.descriptors() <= before + 2, f"the open files are {before} again", limit=15)
    passed(f"the server has {playground.descriptors()} open files; {before} before")


def answers(playground):
    readers = Readers(playground, "after", 1)
    connection = playground.connect()
    check(playground.publish(connection, "after", "still there") == 1, "a message after the churn finds nobody")
    connection.close()
    readers.wait(lambda: readers.messages()[0] == ["still there"], "a message after the churn arrives")
    readers.close()
    passed("the server answers as before")


def flood(playground):
    wait_until(lambda: nobody_is_there(playground), "/stats says that nobody is there", limit=15)
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    lazy.settimeout(LIMIT)
    lazy.connect((HOST, playground.port))
    lazy.sendall(request(playground.port, "flood"))
    readers = Readers(playground, "flood", 1)
    wait_until(lambda: playground.stats()["channels"] == {"flood": 2}, "both clients of the flood are connected")

    stream = readers.streams[0]
    connection = playground.connect()
    rss = highest = playground.rss()
    started = time.monotonic()
    published, gone_after = 0, None
    while time.monotonic() < started + FLOOD_SECONDS or gone_after is None:
        seconds = time.monotonic() - started
        check(seconds < FLOOD_LIMIT, f"a client that does not read is still connected after {published} events in {FLOOD_LIMIT} s")
        delivered = playground.publish(connection, "flood", flood_data(published))
        published += 1
        if delivered == 1 and gone_after is None:
            gone_after = seconds
        readers.wait(lambda: len(stream.events) > published, f"event {published - 1} at the client that reads", pause=0.001)
        check(stream.events[published]["data"] == flood_data(published - 1), f"event {published - 1} is not what was published")
        stream.events[published]["data"] = ""  # The check needs no memory for it any more.
        highest = max(highest, playground.rss())
    connection.close()
    check(len(stream.events) == published + 1, f"the client that reads got {len(stream.events) - 1} of {published} events")
    growth = (highest - rss) / (1 << 20)
    check(highest - rss < FLOOD_GROWTH, f"the server's memory grew by {growth:.1f} MiB")
    wait_until(lambda: playground.stats() == {"connections": 1, "channels": {"flood": 1}}, "one client is left in /stats", limit=5)
    whole = whole_events(lazy)
    lazy.close()
    readers.close()
    passed(
        f"a client that does not read was disconnected after {gone_after:.2f} s and its connection reset (it could still read {whole} whole events, in order); "
        f"memory grew by {growth:.1f} MiB; the other one got all {published} events of {FLOOD_EVENT >> 10} KiB"
    )
    wait_until(lambda: nobody_is_there(playground), "/stats says that nobody is there", limit=15)


def flood_data(number):
    return f"{number:08}".ljust(FLOOD_EVENT, "x")


def whole_events(lazy):
    """Reads what the client's kernel still has for it, to the end: events without a gap, then a reset. Without that the server's kernel would keep
    what it had taken, for minutes."""
    stream = EventStream()
    deadline = time.monotonic() + LIMIT
    try:
        while data := lazy.recv(1 << 18):
            check(time.monotonic() < deadline, f"the connection of the client that did not read has no end within {LIMIT} s")
            stream.feed(data)
        raise Failure("the connection of the client that did not read was closed, but not reset")
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise Failure("the connection of the client that did not read was not closed") from None
    got = [event["data"] for event in stream.events if event["event"] == "message"]
    check(got == [flood_data(number) for number in range(len(got))], "the client that did not read got events with a gap")
    check(not stream.ended, "the stream of the client that did not read ends as if it were complete")
    return len(got)


def run():
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(1 << 32))
    raise_file_limit(4096)
    with Playground(sys.argv[1]) as playground:
        churn(playground, seed)
        answers(playground)
        flood(playground)
        answers(playground)
        check(playground.process.poll() is None, "the server is gone")


main(run, overall=300)
