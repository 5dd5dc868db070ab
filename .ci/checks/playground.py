#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What the checks share: a Playground that runs, and a reader of its streams."""

import http.client
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

HOST = "127.0.0.1"
LIMIT = 30  # Seconds that any one thing may take.


class Failure(Exception):
    """A check that did not hold; the message says which."""


def check(holds, what):
    if not holds:
        raise Failure(what)


def passed(what):
    print(f"ok: {what}", flush=True)


def wait_until(condition, what, limit=LIMIT, pause=0.02):
    """Waits for a condition to become true, and returns its value."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"not within {limit} s: {what}")
        time.sleep(pause)


def raise_file_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))


def main(body, overall):
    """Runs a check: 0 if all holds, 1 with a message otherwise, and never longer than `overall` seconds."""

    def stop(number, _):
        raise Failure(f"not done after {overall} s" if number == signal.SIGALRM else f"ended by signal {number}")

    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.alarm(overall)
    try:
        check(len(sys.argv) > 1 and os.access(sys.argv[1], os.X_OK), "the first argument is the Playground's executable file")
        body()
    except (Failure, OSError, http.client.HTTPException) as failure:
        reason = failure if isinstance(failure, Failure) else repr(failure)
        print(f"FAILED: {reason}", file=sys.stderr, flush=True)
        sys.exit(1)


class Playground:
    """A Playground on a port of its own; as a context manager it is ended whatever happens."""

    def __init__(self, binary, **environment):
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [binary],
            env={**os.environ, "HOST": HOST, "PORT": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )
        self.pid = self.process.pid
        try:
            self.port = int(wait_until(self._announced, "the Playground says where it listens").group(1))
        except BaseException:
            self.end()
            raise
        self.origin = f"http://{HOST}:{self.port}"

    def _announced(self):
        check(self.process.poll() is None, f"the Playground ended with {self.process.poll()}:\n{self.log()}")
        return re.search(r"open http://[^/\s]+:(\d+)/", self.log())

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if error:
            print(f"--- the Playground's output\n{self.summary()}\n---", file=sys.stderr)
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()

    def log(self):
        return os.pread(self.output.fileno(), 1 << 20, 0).decode(errors="replace")

    def summary(self):
        """The begin and the end of the output: a crash report begins with what is wrong."""
        log = self.log()
        return log if len(log) < 10_000 else f"{log[:7000]}\n[...]\n{log[-1000:]}"

    def connect(self):
        return http.client.HTTPConnection(HOST, self.port, timeout=LIMIT)

    def publish(self, connection, channel, data, raw=None, **fields):
        """Publishes by a connection that stays open, and returns for how many it was. `raw` is JSON text to send as the data."""
        body = json.dumps({"to": "sse", "channel": channel, **fields})[:-1]
        body += ', "data": ' + (json.dumps(data) if raw is None else raw) + "}"
        return self._published(connection, body)

    def publish_to_room(self, connection, room, payload):
        """The same for a room; `payload` is JSON text."""
        body = f'{{"to": "ws", "room": {json.dumps(room)}, "payload": {payload}}}'
        return self._published(connection, body)

    def _published(self, connection, body):
        connection.request("POST", "/publish", body.encode(), {"content-type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        check(response.status == 202, f"/publish answers {response.status}: {answer[:300]!r}")
        return json.loads(answer)["delivered"]

    def stats(self, transport="sse"):
        """What /stats says of the event streams, or of the WebSockets."""
        return self._told("/stats")[transport]

    def outbox(self):
        """How many bytes wait for all clients together, and how many may."""
        return self._told("/stats/outbox")

    def _told(self, path):
        connection = self.connect()
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            answer = response.read()
            check(response.status == 200, f"{path} answers {response.status}")
            return json.loads(answer)
        finally:
            connection.close()

    @property
    def is_empty(self):
        """Whether /stats says that nobody is there."""
        none = {"connections": 0, "channels": {}}, {"connections": 0, "rooms": {}, "heartbeatActive": False}
        return (self.stats(), self.stats("ws")) == none

    def rss(self):
        """Resident memory in bytes."""
        with open(f"/proc/{self.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


def request(port, channels):
    return f"GET /sse?channels={channels} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()


class EventStream:
    """Decodes the response of a stream as it comes: head, chunks, events. Anything out of form is a Failure."""

    def __init__(self, keeps_events=True):
        self.head = None
        self.events = []  # All that came so far, unless only `feed` shall tell of them.
        self._keeps_events = keeps_events
        self.ended = False  # The last chunk has come.
        self._raw = bytearray()
        self._body = bytearray()

    def feed(self, data):
        """Takes bytes, and returns the events that they complete."""
        self._raw += data
        if self.head is None:
            end = self._raw.find(b"\r\n\r\n")
            if end < 0:
                return []
            self.head = self._raw[:end].decode("latin-1")
            del self._raw[: end + 4]
            check(self.head.startswith("HTTP/1.1 200 "), f"a stream's head is {self.head!r}")
            check("transfer-encoding: chunked" in self.head.lower(), f"a stream is not chunked: {self.head!r}")
        while self._take_chunk():
            pass
        new = []
        while (end := self._body.find(b"\n\n")) >= 0:
            event = self._parse(self._body[:end].decode())
            del self._body[: end + 2]
            if event:
                new.append(event)
        check(not (self.ended and self._body), f"the stream ends within an event: {bytes(self._body[:200])!r}")
        if self._keeps_events:
            self.events += new
        return new

    def _take_chunk(self):
        check(not (self.ended and self._raw), f"bytes behind the last chunk: {bytes(self._raw[:60])!r}")
        line = self._raw.find(b"\r\n")
        if line < 0:
            check(len(self._raw) < 20, f"not a chunk's size: {bytes(self._raw[:60])!r}")
            return False
        check(re.fullmatch(rb"[0-9a-fA-F]+", self._raw[:line]), f"not a chunk's size: {bytes(self._raw[:line][:60])!r}")
        size = int(self._raw[:line], 16)
        end = line + 2 + size
        if len(self._raw) < end + 2:
            return False
        check(self._raw[end : end + 2] == b"\r\n", "a chunk does not end where its size says")
        self.ended = size == 0
        self._body += self._raw[line + 2 : end]
        del self._raw[: end + 2]
        return True

    @staticmethod
    def _parse(block):
        event = {"event": "message"}
        data = []
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "data":
                data.append(value)
            elif name:
                event[name] = value
        event["data"] = "\n".join(data)
        return event if data else None
