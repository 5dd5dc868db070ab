#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""SIGTERM with many open streams and WebSockets: everyone is told, ends in good order and not at the same moment.

Usage: shutdown.py <Playground> [connections, 5000 by default; half of them are WebSockets]
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

from frames import FrameStream, close, handshake, say
from playground import HOST, EventStream, Failure, Playground, check, main, passed, raise_file_limit, request
from ws_client import TEXT

AT_ONCE = 256  # Connections that are under way at a time.
CONNECT_LIMIT = 120
MEMORY_LIMIT = 12  # KiB per idle connection; one whose task has not gone takes 20 and more.
EXIT_LIMIT = 12  # The grace period of 10 s, and 2 s for the rest.


class Client:
    """A connection that never blocks. Subclasses say what it asks for, what that brings, and how it has to end."""

    kind = ""
    request = b""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex((HOST, port))
        self.is_sent = False
        self.ended_at = None
        self.problem = None

    def read(self):
        """Reads what is there; true at the end of the connection, be it good or bad."""
        try:
            while True:
                data = self.socket.recv(65_536)
                if not data:
                    break
                self.take(data)
        except BlockingIOError:
            return False
        except OSError as error:
            self.problem = f"{type(error).__name__} instead of an orderly end"
        except Failure as failure:
            self.problem = str(failure)
        self.ended_at = time.monotonic()
        self.socket.close()
        return True


class Stream(Client):
    kind = "streams"

    def __init__(self, port):
        super().__init__(port)
        self.request = request(port, "shutdown")
        self.stream = EventStream()

    def take(self, data):
        self.stream.feed(data)

    @property
    def is_connected(self):
        events = self.stream.events
        check(not events or events[0]["event"] == "connected", f"the first event is {events[:1]}")
        return bool(events)

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


class Member(Client):
    kind = "WebSockets"

    def __init__(self, port):
        super().__init__(port)
        self.request = handshake(port)
        self.frames = FrameStream()
        self.messages = []

    def take(self, data):
        for opcode, payload in self.frames.feed(data):
            check(opcode == TEXT, f"a frame of kind {opcode}")
            self.messages.append(json.loads(payload))
            if len(self.messages) == 1:
                self.socket.send(say(type="join", room="shutdown"))
        if self.frames.closed:
            self.socket.send(close(self.frames.closed[0]))

    @property
    def is_connected(self):
        types = [message["type"] for message in self.messages]
        check(types == ["connected", "joined"][: len(types)], f"the first messages are {self.messages}")
        return len(types) == 2

    def verdict(self):
        """What is wrong with how the WebSocket ended; None if nothing is."""
        if self.problem:
            return self.problem
        if self.frames.closed != (1012, "shutdown"):
            return f"the close frame says {self.frames.closed}"
        return None if len(self.messages) == 2 else f"the last message is {self.messages[-1]}"


def connect(playground, epoll, count):
    clients, pending, opened = {}, set(), 0
    deadline = time.monotonic() + CONNECT_LIMIT
    while opened < count or pending:
        check(time.monotonic() < deadline, f"{len(pending)} of {opened} not connected after {CONNECT_LIMIT} s")
        while opened < count and len(pending) < AT_ONCE:
            client = (Stream, Member)[opened % 2](playground.port)
            clients[client.socket.fileno()] = client
            pending.add(client.socket.fileno())
            epoll.register(client.socket, select.EPOLLOUT)
            opened += 1
        for descriptor, _ in epoll.poll(1):
            client = clients[descriptor]
            if not client.is_sent:
                error = client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                check(error == 0, f"cannot connect: errno {error}")
                client.socket.send(client.request)
                client.is_sent = True
                epoll.modify(descriptor, select.EPOLLIN)
                continue
            check(not client.read(), f"a connection ended before the shutdown: {client.problem or 'end of the connection'}")
            if client.is_connected:
                pending.discard(descriptor)
    return clients


def run():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    raise_file_limit(count + 500)
    # The first ones have been connected for a while when the last ones are: no heartbeats.
    with Playground(sys.argv[1], PLAYGROUND_HEARTBEAT="3600") as playground, select.epoll() as epoll:
        before = playground.rss()
        started = time.monotonic()
        clients = connect(playground, epoll, count)
        connecting = time.monotonic() - started
        memory = (playground.rss() - before) / count / 1024
        check(memory < MEMORY_LIMIT, f"an idle connection takes {memory:.1f} KiB of memory; at most {MEMORY_LIMIT} are expected")
        streams, sockets = playground.stats(), playground.stats("ws")
        check(streams["channels"] == {"shutdown": count - count // 2}, f"/stats says {streams}")
        check(sockets["rooms"] == {"shutdown": count // 2}, f"/stats says {sockets}")

        signalled = time.monotonic()
        playground.process.send_signal(signal.SIGTERM)
        left = len(clients)
        while left and time.monotonic() < signalled + EXIT_LIMIT:
            for descriptor, _ in epoll.poll(0.1):
                if clients[descriptor].read():
                    left -= 1
        check(left == 0, f"{left} of {count} connections are open {EXIT_LIMIT} s after SIGTERM")
        try:
            status = playground.process.wait(max(0.1, signalled + EXIT_LIMIT - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failure(f"the process runs {EXIT_LIMIT} s after SIGTERM") from None
        exited = time.monotonic() - signalled

        print(f"{count} connections, made in {connecting:.1f} s, {memory:.1f} KiB each; exit {status} after {exited:.2f} s", flush=True)
        for kind in (Stream, Member):
            judge([client for client in clients.values() if isinstance(client, kind)], kind.kind, signalled)
        check(status == 0, f"the process ended with {status}")
        passed("the server ended with status 0")


def judge(clients, kind, signalled):
    count = len(clients)
    verdicts = Counter(client.verdict() for client in clients)
    good = verdicts.pop(None, 0)
    check(not verdicts, f"{count - good} of {count} {kind} ended badly: {dict(verdicts.most_common(5))}")
    ends = sorted(client.ended_at - signalled for client in clients)
    span = ends[-1] - ends[0]
    most = max(Counter(int(end * 10) for end in ends).values())
    # 50 at a time, 20 times a second, and at most 8 s: half of it shows that it is done at all.
    check(span >= min(8, count / 1000) / 2, f"{count} {kind} ended within {span:.2f} s; they have to be spread")
    retries = [int(client.stream.events[-1]["retry"]) for client in clients if isinstance(client, Stream)]
    passed(
        f"{count} {kind} told and ended in order{' with 1012' if not retries else ''}: first {ends[0]:.2f} s, last {ends[-1]:.2f} s, "
        f"span {span:.2f} s, at most {most} in 0.1 s{f', retry {min(retries)} to {max(retries)} ms' if retries else ''}"
    )


main(run, overall=240)
