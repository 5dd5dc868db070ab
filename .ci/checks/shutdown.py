#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""SIGTERM with many open streams: everyone is told, ends in good order and not at the same moment.

Usage: shutdown.py <Playground> [streams, 5000 by default]
"""

import json
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

sys.dont_write_bytecode = True

from playground import HOST, EventStream, Failure, Playground, check, main, passed, raise_file_limit, request

AT_ONCE = 256  # Connections that are under way at a time.
CONNECT_LIMIT = 120
MEMORY_LIMIT = 12  # KiB per idle stream; a stream whose task has not gone takes 20 and more.
EXIT_LIMIT = 12  # The grace period of 10 s, and 2 s for the rest.


class Client:
    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex((HOST, port))
        self.stream = EventStream()
        self.is_sent = False
        self.ended_at = None
        self.problem = None

    def read(self):
        """Reads what is there; true at the end of the stream, be it good or bad."""
        try:
            while True:
                data = self.socket.recv(65_536)
                if not data:
                    break
                self.stream.feed(data)
        except BlockingIOError:
            return False
        except OSError as error:
            self.problem = f"{type(error).__name__} instead of an orderly end"
        except Failure as failure:
            self.problem = str(failure)
        self.ended_at = time.monotonic()
        self.socket.close()
        return True

    def verdict(self):
        """What is wrong with how the stream ended; None if nothing is."""
        if self.problem:
            return self.problem
        if not self.stream.ended:
            return "end of the connection without the last chunk"
        last = self.stream.events[-1]
        if last["event"] != "disconnect":
            return f"the last event is {last['event']}"
        try:
            data = json.loads(last["data"])
        except ValueError:
            return f"data of disconnect is {last['data']!r}"
        if data.get("reason") != "shutdown" or data.get("reconnect") is not True:
            return f"data of disconnect is {last['data']}"
        if not last.get("retry", "").isdigit():
            return "disconnect does not say when to come back"
        return None


def connect(playground, epoll, count):
    clients, pending, opened = {}, set(), 0
    deadline = time.monotonic() + CONNECT_LIMIT
    while opened < count or pending:
        check(time.monotonic() < deadline, f"{len(pending)} of {opened} streams not connected after {CONNECT_LIMIT} s")
        while opened < count and len(pending) < AT_ONCE:
            client = Client(playground.port)
            clients[client.socket.fileno()] = client
            pending.add(client.socket.fileno())
            epoll.register(client.socket, select.EPOLLOUT)
            opened += 1
        for descriptor, _ in epoll.poll(1):
            client = clients[descriptor]
            if not client.is_sent:
                error = client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                check(error == 0, f"cannot connect: errno {error}")
                client.socket.send(request(playground.port, "shutdown"))
                client.is_sent = True
                epoll.modify(descriptor, select.EPOLLIN)
                continue
            check(not client.read(), f"a stream ended before the shutdown: {client.problem or 'end of the connection'}")
            if client.stream.events:
                check(client.stream.events[0]["event"] == "connected", f"the first event is {client.stream.events[0]}")
                pending.discard(descriptor)
    return clients


def run():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    raise_file_limit(count + 500)
    with Playground(sys.argv[1]) as playground, select.epoll() as epoll:
        before = playground.rss()
        started = time.monotonic()
        clients = connect(playground, epoll, count)
        connecting = time.monotonic() - started
        memory = (playground.rss() - before) / count / 1024
        check(memory < MEMORY_LIMIT, f"an idle stream takes {memory:.1f} KiB of memory; at most {MEMORY_LIMIT} are expected")
        check(playground.stats()["connections"] == count, f"/stats says {playground.stats()}")

        signalled = time.monotonic()
        playground.process.send_signal(signal.SIGTERM)
        left = len(clients)
        while left and time.monotonic() < signalled + EXIT_LIMIT:
            for descriptor, _ in epoll.poll(0.1):
                if clients[descriptor].read():
                    left -= 1
        check(left == 0, f"{left} of {count} streams are open {EXIT_LIMIT} s after SIGTERM")
        try:
            status = playground.process.wait(max(0.1, signalled + EXIT_LIMIT - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failure(f"the process runs {EXIT_LIMIT} s after SIGTERM") from None
        exited = time.monotonic() - signalled

        verdicts = Counter(client.verdict() for client in clients.values())
        good = verdicts.pop(None, 0)
        check(not verdicts, f"{count - good} of {count} streams ended badly: {dict(verdicts.most_common(5))}")
        check(status == 0, f"the process ended with {status}")

        ends = sorted(client.ended_at - signalled for client in clients.values())
        span = ends[-1] - ends[0]
        most = max(Counter(int(end * 10) for end in ends).values())
        # 50 at a time, 20 times a second, and at most 8 s: half of it shows that it is done at all.
        check(span >= min(8, count / 1000) / 2, f"{count} streams ended within {span:.2f} s; they have to be spread")
        retries = [int(client.stream.events[-1]["retry"]) for client in clients.values()]
        passed(
            f"{count} streams (connected in {connecting:.1f} s, {memory:.1f} KiB each) told and ended in order: first {ends[0]:.2f} s, last {ends[-1]:.2f} s, "
            f"span {span:.2f} s, at most {most} in 0.1 s, retry {min(retries)} to {max(retries)} ms, exit 0 after {exited:.2f} s"
        )


main(run, overall=240)
