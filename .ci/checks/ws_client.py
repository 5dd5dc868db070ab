#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""A WebSocket client by the letter of RFC 6455 that can also break every rule of it."""

import base64
import hashlib
import itertools
import os
import random

from loop import Connection
from playground import HOST, check
from ws_compression import RSV1

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# The same keys in every run.
KEYS = itertools.cycle([random.Random(number).randbytes(4) for number in range(64)])
ANY_KEY = object()


def masked(payload, key):
    """XORs a payload with a key (section 5.3); at once, because byte by byte is slow here."""
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")


def frame(opcode, payload=b"", final=True, rsv=0, key=ANY_KEY, length=None, form=None):
    """A client's frame.

    `key` is None for a frame without mask; `length` is promised instead of the payload's own, in a `form` of 7, 16 or 64 bits.
    """
    key = next(KEYS) if key is ANY_KEY else key
    length = len(payload) if length is None else length
    form = form or (7 if length < 126 else 16 if length < 1 << 16 else 64)
    code, more = {7: (length, 0), 16: (126, 2), 64: (127, 8)}[form]
    head = bytes([final << 7 | rsv << 4 | opcode, (key is not None) << 7 | code]) + (length.to_bytes(more, "big") if more else b"")
    return head + payload if key is None else head + key + masked(payload, key)


def close(code=None, reason=b"", **more):
    """A client's close frame."""
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason, **more)


def fragments(opcode, pieces):
    """The frames of a message that comes in pieces."""
    last = len(pieces) - 1
    return [frame(CONTINUATION if number else opcode, piece, final=number == last) for number, piece in enumerate(pieces)]


def cut(payload, size):
    """A payload in pieces of a size."""
    return [payload[start : start + size] for start in range(0, len(payload), size)] or [b""]


def is_utf8(payload):
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def described(opcode, payload):
    name = NAMES.get(opcode, f"opcode {opcode}")
    if opcode == CLOSE and len(payload) >= 2:
        return f"close {int.from_bytes(payload[:2], 'big')} {bytes(payload[2:])!r}"
    shown = bytes(payload[:40])
    return f"{name} {shown!r}" + (f"... of {len(payload)} octets" if len(payload) > 40 else "")


class FrameReader:
    """Reads what a server sends. Whatever it must not do is a Failure; messages that it fragments are put together.

    With an agreement about compression, they are decompressed as well.
    """

    def __init__(self, deflate=None):
        self._deflate = deflate
        self._raw = bytearray()
        self._needed = 2
        self._message = None  # Opcode and payload of what is not complete, and whether it is compressed.
        self.is_closed = False  # The server has sent its close frame.

    def feed(self, data):
        """Takes bytes, and returns the messages and control frames that they complete."""
        check(not (self.is_closed and data), f"bytes behind the close frame: {bytes(data[:60])!r}")
        self._raw += data
        new = []
        while len(self._raw) >= self._needed and (found := self._take()):
            new += found
        return new

    def _take(self):
        """Takes a frame; None if it is not complete, and an empty list if it completes no message."""
        raw = self._raw
        final, rsv, opcode = raw[0] >> 7, raw[0] >> 4 & 7, raw[0] & 15
        is_compressed = rsv == RSV1 and self._deflate is not None and opcode in (TEXT, BINARY)
        check(rsv == 0 or is_compressed, f"section 5.2: the server sets reserved bits that no extension gives a meaning: {raw[0]:02x}")
        check(opcode in NAMES, f"section 5.2: the server uses a reserved opcode: {raw[0]:02x}")
        check(raw[1] < 128, "section 5.1: the server masks a frame")
        length, size = raw[1], 2
        if length > 125:
            check(opcode < 8, "section 5.5: a control frame of the server is too long")
            size = 4 if length == 126 else 10
            if len(raw) < size:
                self._needed = size
                return None
            shortest = 126 if size == 4 else 1 << 16
            length = int.from_bytes(raw[2:size], "big")
            check(shortest <= length < 1 << 63, f"section 5.2: the server writes the length {length} in {size - 2} octets")
        if len(raw) < size + length:
            self._needed = size + length
            return None
        payload = bytes(memoryview(raw)[size : size + length])
        del raw[: size + length]
        self._needed = 2
        return self._control(opcode, payload, final) if opcode >= 8 else self._part(opcode, payload, final, is_compressed)

    def _control(self, opcode, payload, final):
        check(final, "section 5.5: the server fragments a control frame")
        if opcode == CLOSE:
            check(len(payload) != 1, "section 5.5.1: the server's close code is cut short")
            check(is_utf8(payload[2:]), f"section 5.5.1: the server's reason is not UTF-8: {payload[2:]!r}")
            self.is_closed = True
            check(not self._raw, f"section 5.5.1: bytes behind the close frame: {bytes(self._raw[:60])!r}")
        return [(opcode, payload)]

    def _part(self, opcode, payload, final, is_compressed):
        check((opcode == CONTINUATION) == (self._message is not None), f"section 5.4: the server's fragments are out of order: {opcode}")
        kind, begin, is_compressed = self._message or (opcode, b"", is_compressed)
        whole = begin + payload if begin else payload
        self._message = None if final else (kind, whole, is_compressed)
        if not final:
            return []
        return [(kind, self._deflate.taken(whole, is_compressed) if self._deflate else whole)]


def handshake(path, port, key, extensions=None):
    """A client's handshake."""
    fields = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    fields += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    fields += [f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []
    return ("\r\n".join(fields) + "\r\n\r\n").encode()


def check_answer(head, key, protocol=None, extensions=None):
    """Checks the head of the answer to a handshake (section 4.2.2)."""
    status, *lines = head.decode("latin-1").split("\r\n")
    check(status.startswith("HTTP/1.1 101 "), f"the handshake is answered with {head[:300]!r}")
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.lower(), []).append(value.strip())
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    check([value.lower() for value in fields.get("upgrade", [])] == ["websocket"], f"'Upgrade' is {fields.get('upgrade')}")
    check([value.lower() for value in fields.get("connection", [])] == ["upgrade"], f"'Connection' is {fields.get('connection')}")
    check(fields.get("sec-websocket-accept") == [accept], f"'Sec-WebSocket-Accept' is {fields.get('sec-websocket-accept')}, not {accept}")
    check(fields.get("sec-websocket-protocol") == (protocol and [protocol]), f"the subprotocol is {fields.get('sec-websocket-protocol')}")
    check(fields.get("sec-websocket-extensions") == (extensions and [extensions]), f"extensions are {fields.get('sec-websocket-extensions')}")
    for name in ("sec-websocket-version", "sec-websocket-key", "content-length", "transfer-encoding"):
        check(name not in fields, f"a 101 with '{name}: {fields.get(name)}'")


class WebSocket(Connection):
    """A connection that becomes a WebSocket, with compression if that is to be agreed upon. Subclasses say what to do with frames."""

    def __init__(self, loop, port, name, path="/echo", glued=b"", deflate=None, **more):
        super().__init__(loop, port, name, **more)
        self._key = base64.b64encode(os.urandom(16)).decode()
        self._head = bytearray()
        self._deflate = deflate
        self.reader = None  # Once the handshake is done.
        self.send(handshake(path, port, self._key, deflate and deflate.offer) + glued)

    def opened(self):
        """The handshake is done."""

    def got(self, opcode, payload):
        """A message or a control frame has come."""

    def received(self, data):
        if self.reader is None:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            check_answer(self._head[:end], self._key, extensions=self._deflate and self._deflate.answer)
            self.reader = FrameReader(self._deflate)
            data = bytes(self._head[end + 4 :])
            self.opened()
        for opcode, payload in self.reader.feed(data):
            if self.is_open:
                self.got(opcode, payload)
