#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""A TCP proxy between a browser and a Playground: keeps what passes, and cuts connections."""

import select
import socket
import struct
import threading
import time

from playground import HOST, LIMIT, check, wait_until

KEPT = 8192  # Bytes of an answer, as long as nobody asks for more.


class Exchange:
    """A request that has passed, and the beginning of its answer."""

    def __init__(self, head):
        self.at = time.monotonic()
        self.text = head.decode()
        self.answer = b""
        self.sent = b""  # What the browser has sent over a connection that is no longer HTTP.
        self.ended_at = None

    def header(self, name):
        """The value of a header of the request; None if it is not there."""
        for line in self.text.split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name:
                return value.strip()
        return None


class Proxy:
    """Takes connections for a Playground, and notes their requests, which have no bodies to speak of."""

    def __init__(self, server_port, kept=KEPT):
        self.exchanges = []
        self._kept = kept
        self.dial = self.connect
        self._server_port = server_port
        self._lock = threading.Lock()
        self._pumping = 0
        self._cut = None  # How connections have to end now: "FIN" or "RST".
        self._is_ending = False
        self._listener = socket.create_server((HOST, 0))
        self.origin = f"http://{HOST}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_ending = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        wait_until(lambda: self._pumping == 0, "the proxy's connections are closed")

    def connect(self, head):
        """Connects to the Playground and sends a request. `dial` may be set to something else that does this."""
        server = socket.create_connection((HOST, self._server_port), timeout=LIMIT)
        server.sendall(head)
        return server

    def cut(self, way):
        """Ends all connections, by FIN or by RST. Returns the time."""
        at = time.monotonic()
        self._cut = way
        wait_until(lambda: self._pumping == 0, "the connections are cut", pause=0.001)
        self._cut = None
        return at

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser):
        head = b""
        with browser:
            browser.settimeout(LIMIT)
            try:
                while b"\r\n\r\n" not in head:
                    data = browser.recv(65_536)
                    if not data:
                        return  # Browsers open connections that they may need.
                    head += data
            except OSError:
                return
            with self._lock:
                self._pumping += 1
            exchange = self._note(head)
            try:
                with self.dial(head) as server:
                    self._pump(exchange, browser, server)
            except OSError:
                pass  # The browser sees that its connection ends.
            finally:
                exchange.ended_at = time.monotonic()
                browser.close()
                with self._lock:
                    self._pumping -= 1

    def _note(self, head):
        exchange = Exchange(head)
        with self._lock:
            self.exchanges.append(exchange)
        return exchange

    def _pump(self, exchange, browser, server):
        """Passes bytes on until one side ends or the connection is cut."""
        while not (self._cut or self._is_ending):
            for end in select.select([browser, server], [], [], 0.01)[0]:
                data = end.recv(65_536)
                if not data:
                    return
                if end is server:
                    exchange.answer += data[: self._kept - len(exchange.answer)]
                    browser.sendall(data)
                else:
                    if exchange.answer.startswith(b"HTTP/1.1 101 "):
                        exchange.sent += data[: self._kept - len(exchange.sent)]
                    else:
                        exchange = self._note(data)  # The connection has been kept for another request.
                    server.sendall(data)
        if self._cut == "RST":
            for end in (browser, server):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class DrainingConnection:
    """A connection that a server keeps while it stops, because a request on it is not complete: the way to ask a server that drains."""

    def __init__(self, port):
        body = b'{"to":"sse","channel":"nobody","data":""}'
        self._rest = body[-1:]
        self._socket = socket.create_connection((HOST, port), timeout=LIMIT)
        head = f"POST /publish HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        # An answer to the first request says that the server has the beginning of the second one.
        self._socket.sendall(f"GET /stats HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode() + head + body[:-1])
        self._take_answer(b"200")

    def ask(self, head):
        """Completes the request, with another one behind it. What comes next is the answer to that one."""
        self._socket.sendall(self._rest + head)
        self._take_answer(b"202")
        return self._socket

    def close(self):
        self._socket.close()

    def _take_answer(self, status):
        """Reads an answer, and nothing behind it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._byte()
        check(head.startswith(b"HTTP/1.1 " + status), f"instead of {status.decode()}: {head!r}")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        for _ in range(length):
            self._byte()

    def _byte(self):
        byte = self._socket.recv(1)
        check(byte, "the connection to the server that drains has ended")
        return byte
