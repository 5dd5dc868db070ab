#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""WebSockets on a page in Chromium, and what they have seen."""

import json
import re

from playground import Failure, check, wait_until

CLOSED = 3

SCRIPT = """
var logs = {}, sockets = {}, echoes = {};
function listen(name, url, protocols) {
  const log = logs[name] = [], socket = sockets[name] = new WebSocket(url, protocols);
  const note = (type, more) => log.push({ type, state: socket.readyState, at: performance.now(), ...more });
  socket.onopen = () => note("open", { protocol: socket.protocol, extensions: socket.extensions });
  socket.onmessage = event => note("message", { data: event.data });
  socket.onerror = () => note("error");
  socket.onclose = event => note("close", { code: event.code, reason: event.reason, wasClean: event.wasClean });
}
function made([kind, piece, count]) {
  if (kind === "text") return piece.repeat(count);
  return Uint8Array.from({ length: count }, (_, index) => index * piece + (index >> 8));
}
function isSame(data, expected) {
  if (typeof expected === "string") return data === expected;
  if (!(data instanceof ArrayBuffer) || data.byteLength !== expected.length) return false;
  const bytes = new Uint8Array(data);
  return bytes.every((byte, index) => byte === expected[index]);
}
function echo(name, url, messages) {
  const result = echoes[name] = { right: 0, wrong: [], closed: null }, expected = messages.map(made), socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    result.extensions = socket.extensions;
    for (const message of expected) socket.send(message);
  };
  socket.onmessage = event => {
    if (isSame(event.data, expected[result.right + result.wrong.length])) result.right++;
    else result.wrong.push(messages[result.right + result.wrong.length]);
    if (result.right + result.wrong.length === expected.length) socket.close(1000);
  };
  socket.onclose = event => { result.closed = [event.code, event.reason, event.wasClean]; };
}
"""
PAGE = f'<!doctype html>\n<meta charset="utf-8">\n<link rel="icon" href="data:,">\n<script>{SCRIPT}</script>\n'.encode()


class Socket:
    """A WebSocket on the present page, and what it has seen."""

    count = 0

    def __init__(self, chromium, origin, path="/ws", protocols=()):
        Socket.count += 1
        self._taken = 0
        self._chromium = chromium
        self._name = json.dumps(f"socket {Socket.count}")
        url = json.dumps(origin.replace("http", "ws", 1) + path)
        chromium.evaluate(f"listen({self._name}, {url}, {json.dumps(protocols)})")

    def log(self):
        return self._chromium.evaluate(f"logs[{self._name}]")

    def types(self):
        return [entry["type"] for entry in self.log()]

    def wait(self, kind, what, count=1):
        """Waits until something has happened so many times; returns the last."""
        try:
            wait_until(lambda: self.types().count(kind) >= count, what, pause=0.05)
        except Failure as failure:
            raise Failure(f"{failure}; the page has seen {str(self.log())[:1000]}") from None
        return [entry for entry in self.log() if entry["type"] == kind][count - 1]

    def next(self, what="a message"):
        """The text of the next message."""
        self._taken += 1
        return self.wait("message", what, self._taken)["data"]

    def rest(self):
        """The messages that have come and were not asked for."""
        return [json.loads(entry["data"]) for entry in self.log() if entry["type"] == "message"][self._taken :]

    def connect(self):
        """Waits until it is connected, and returns its id."""
        hello = json.loads(self.next("the first message"))
        check(self.types()[:2] == ["open", "message"] and hello["type"] == "connected", f"the page has seen {self.log()}")
        check(list(hello) == ["type", "id"] and re.fullmatch(r"[0-9a-f]{32}", hello["id"]), f"the first message is {hello}")
        return hello["id"]

    def send(self, **message):
        self.send_text(json.dumps(message))

    def send_text(self, text):
        self._chromium.evaluate(f"sockets[{self._name}].send({json.dumps(text)})")

    def send_bytes(self):
        self._chromium.evaluate(f"sockets[{self._name}].send(new Uint8Array([1, 2, 3]))")

    def expect(self, **message):
        """The next message is this one."""
        found = json.loads(self.next(str(message)))
        check(found == message, f"{found} comes instead of {message}")

    def join(self, room):
        self.send(type="join", room=room)
        self.expect(type="joined", room=room)

    def is_quiet(self):
        """What is answered next is this: nothing else has come."""
        self.send(type="ping", id="quiet?")
        self.expect(type="pong", id="quiet?")

    def close(self, code=None, reason=None):
        arguments = ", ".join(json.dumps(argument) for argument in (code, reason) if argument is not None)
        self._chromium.evaluate(f"sockets[{self._name}].close({arguments})")

    def is_closed(self, code, reason, clean=True):
        entry = self.wait("close", "the connection closes")
        found = (entry["code"], entry["reason"], entry["wasClean"], entry["state"])
        check(found == (code, reason, clean, CLOSED), f"closed with {found} instead of {(code, reason, clean)}")
        check(not clean or "error" not in self.types(), f"the page has seen {self.types()}")


def is_refused(chromium, origin, what, path="/ws", protocols=()):
    refused = Socket(chromium, origin, path, protocols)
    refused.is_closed(1006, "", clean=False)
    check(refused.types() == ["error", "close"], f"{what}: the page has seen {refused.types()}")
