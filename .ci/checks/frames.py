#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What the clients of a soak say and hear on WebSockets, on top of the strict client's frames."""

import base64
import json

import ws_client
from ws_client import CLOSE, CONTINUATION, PING, TEXT, FrameReader, check_answer, frame

KEY = base64.b64encode(b"sixteen bytes ..").decode()


def handshake(port, path="/ws"):
    return ws_client.handshake(path, port, KEY)


def fragments(chance, opcode, payload, mark):
    """A message in several frames, with a ping between them that is marked."""
    cuts = sorted(chance.randrange(len(payload) + 1) for _ in range(chance.randrange(1, 5)))
    pieces = [payload[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(payload)])]
    frames = [frame(CONTINUATION if index else opcode, piece, final=False) for index, piece in enumerate(pieces[:-1])]
    return b"".join([*frames, frame(PING, mark), frame(CONTINUATION, pieces[-1])])


def say(**fields):
    """A message of the room protocol."""
    return frame(TEXT, json.dumps(fields, ensure_ascii=False).encode())


def close(code=None, reason=""):
    return ws_client.close(code, reason.encode())


class FrameStream:
    """Decodes what a server says, handshake first, as it comes. Anything out of form is a Failure."""

    def __init__(self):
        self.is_upgraded = False
        self.closed = None  # The code, None if there is none, and the reason of the server's close frame.
        self._head = bytearray()
        self._reader = FrameReader()

    def feed(self, data):
        """Takes bytes, and returns the messages and control frames that they complete: (opcode, text or bytes). A close frame is kept."""
        if not self.is_upgraded:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return []
            self.is_upgraded = True
            check_answer(self._head[:end], KEY)
            data = bytes(self._head[end + 4 :])
        found = []
        for opcode, payload in self._reader.feed(data):
            if opcode == CLOSE:
                self.closed = (int.from_bytes(payload[:2], "big"), payload[2:].decode()) if payload else (None, "")
            else:
                found.append((opcode, payload.decode() if opcode == TEXT else payload))
        return found
