#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Many clients in one thread: a loop with timers, connections that never block, and an HTTP client on top of them."""

import errno
import heapq
import itertools
import os
import select
import socket
import struct
import time

from playground import HOST, LIMIT, Failure, check


class Loop:
    """Calls connections when there is something to read or room to write, and actions when their time has come."""

    def __init__(self):
        self._epoll = select.epoll()
        self._connections = {}
        self._timers = []
        self._numbers = itertools.count()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in list(self._connections.values()):
            connection.leave("RST")
        self._epoll.close()

    def after(self, seconds, action):
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), action))

    def run(self, until, what, limit=LIMIT):
        """Runs until a condition is true. It is asked often, so it has to be quick."""
        deadline = time.monotonic() + limit
        while not until():
            check(time.monotonic() < deadline, f"not within {limit} s: {what}")
            self._turn()

    def rest(self, seconds):
        """Runs for some time."""
        end = time.monotonic() + seconds
        self.run(lambda: time.monotonic() >= end, "a rest", limit=seconds + LIMIT)

    def _turn(self):
        pause = self._timers[0][0] - time.monotonic() if self._timers else 1
        for descriptor, events in self._epoll.poll(min(max(pause, 0), 0.05)):
            connection = self._connections.get(descriptor)
            if connection:  # Nothing of this turn may have closed it.
                self._call(connection, events)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    @staticmethod
    def _call(connection, events):
        try:
            connection.ready(events)
        except (Failure, OSError) as problem:
            raise Failure(f"{connection.name}: {problem}") from None

    def add(self, connection, interest):
        self._connections[connection.socket.fileno()] = connection
        self._epoll.register(connection.socket, interest)

    def change(self, connection, interest):
        self._epoll.modify(connection.socket, interest)

    def remove(self, connection):
        if self._connections.pop(connection.socket.fileno(), None):
            self._epoll.unregister(connection.socket)


class Connection:
    """A TCP connection that never blocks. Subclasses say what to do with what comes, and with the end."""

    segment = None  # The most bytes that the server may send in one piece, if not as many as the interface takes.

    def __init__(self, loop, port, name, receive_buffer=None):
        self.loop = loop
        self.name = name
        self.is_open = True
        self.reads = True
        self.chop = None  # The most bytes that are written at a time.
        self._is_connected = False
        self._output = bytearray()
        self._interest = select.EPOLLOUT
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if self.segment:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self.segment)
        error = self.socket.connect_ex((HOST, port))
        check(error in (0, errno.EINPROGRESS), f"{name}: cannot connect: {os.strerror(error)}")
        loop.add(self, self._interest)

    def received(self, data):
        """Bytes have come."""

    def ended(self, error):
        """The server has ended the connection; `error` is None for FIN. By default nothing is expected to end."""
        raise Failure(f"ended by the server: {error or 'end of the connection'}")

    def send(self, data):
        self._output += data
        self._set_interest()

    def pause(self):
        """Stops reading."""
        self.reads = False
        self._set_interest()

    def resume(self):
        self.reads = True
        self._set_interest()

    def read(self, size=1 << 18):
        """Reads once, also while paused."""
        if not self.is_open:
            return
        try:
            data = self.socket.recv(size)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self.received(data)
        else:
            self._end(None)

    def half_close(self):
        """Sends FIN, and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def leave(self, way="FIN"):
        """Closes, by FIN or by RST. FIN is RST as well if something came that was not read."""
        if not self.is_open:
            return
        self.is_open = False
        self.loop.remove(self)
        if way == "RST":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _end(self, error):
        self.leave()
        self.ended(error)

    def ready(self, events):
        """To be called by the loop."""
        if not self._is_connected:
            error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            check(error == 0, f"cannot connect: {os.strerror(error)}")
            self._is_connected = True
        if events & select.EPOLLOUT and self._output:
            self._write()
        if events & select.EPOLLIN or events & (select.EPOLLHUP | select.EPOLLERR):
            self.read()
        self._set_interest()

    def _write(self):
        try:
            sent = self.socket.send(self._output[: self.chop] if self.chop else self._output)
        except BlockingIOError:
            return
        except OSError:
            self._output.clear()  # The reason is to be read.
            return
        del self._output[:sent]

    def _set_interest(self):
        if not self.is_open:
            return
        wants_to_write = self._output or not self._is_connected
        interest = (select.EPOLLIN if self.reads else 0) | (select.EPOLLOUT if wants_to_write else 0)
        if interest != self._interest:
            self._interest = interest
            self.loop.change(self, interest)


class Response:
    """An HTTP response with a length."""

    def __init__(self, head, body):
        status, *lines = head.split("\r\n")
        self.status = int(status.split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.body = body

    @classmethod
    def take(cls, raw, has_body=True):
        """Takes a response from the beginning of the bytes that have come; None if it is not complete."""
        end = raw.find(b"\r\n\r\n")
        if end < 0:
            check(len(raw) < 16_384, f"not the head of a response: {bytes(raw[:100])!r}")
            return None
        head = raw[:end].decode("latin-1")
        check(head.startswith("HTTP/1.1 ") and head[9:12].isdigit(), f"not the head of a response: {head[:100]!r}")
        response = cls(head, b"")
        length = 0
        if has_body and response.status != 204:
            check(response.headers.get("content-length", "").isdigit(), f"a response without a length: {head!r}")
            length = int(response.headers["content-length"])
        if len(raw) < end + 4 + length:
            return None
        response.body = bytes(raw[end + 4 : end + 4 + length])
        del raw[: end + 4 + length]
        return response


class HTTPClient(Connection):
    """Asks one thing after the other over a connection that stays open."""

    def __init__(self, loop, port, name):
        super().__init__(loop, port, name)
        self._port = port
        self._raw = bytearray()
        self._answered = None

    @property
    def is_busy(self):
        return self._answered is not None

    def ask(self, method, path, body, answered):
        """Sends a request when no other is under way; `answered` gets the response."""
        check(not self.is_busy, "one request at a time")
        self._answered = answered
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.send(head.encode() + body)

    def received(self, data):
        self._raw += data
        response = Response.take(self._raw)
        if response:
            check(self.is_busy and not self._raw, f"an answer that nobody asked for: {bytes(self._raw[:100])!r}")
            answered, self._answered = self._answered, None
            answered(response)
