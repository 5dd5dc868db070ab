#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Compression as Chromium agrees upon it by itself (RFC 7692): what the page sees, and what passes on the wire in both directions."""

import json

from playground import Playground, check, passed, wait_until
from proxy import Proxy
from sockets import SCRIPT, Socket
from ws_client import BINARY, CONTINUATION, TEXT, masked
from ws_compression import LONGEST, RSV1, Agreement, inflated

ANSWER = Agreement().answer
KEPT = 32 << 20
# 64 characters of ASCII, of which the numbers differ from one to the next in no way that matters here.
PIECE = '{"symbol":"AAPL","bid":187.42,"ask":187.45,"at":1732741200,"n":1'
SIZES = [1 << 10, 2 << 10, 16 << 10, LONGEST, 256 << 10, 1 << 20]


def frames(raw):
    """All frames that are complete: opcode, FIN, RSV and payload, without any judgement."""
    position, found = 0, []
    while position + 2 <= len(raw):
        first, length = raw[position], raw[position + 1] & 127
        is_masked = raw[position + 1] > 127
        more = {126: 2, 127: 8}.get(length, 0)
        start = position + 2 + more
        length = int.from_bytes(raw[position + 2 : start], "big") if more else length
        key = raw[start : start + 4] if is_masked else None
        start += 4 if is_masked else 0
        if start + length > len(raw):
            break
        payload = raw[start : start + length]
        found.append((first & 15, first >> 7, first >> 4 & 7, masked(payload, key) if is_masked else payload))
        position = start + length
    return found


def messages(raw):
    """The messages that have passed in one direction: whether compressed, how many octets they had, and what they said."""
    found, parts = [], []
    for opcode, is_last, rsv, payload in frames(raw):
        if opcode not in (CONTINUATION, TEXT, BINARY):
            check(rsv == 0, f"reserved bits {rsv:03b} on a control frame")
            continue
        check(rsv in (0, RSV1) and not (rsv and opcode == CONTINUATION), f"reserved bits {rsv:03b} on a frame with opcode {opcode}")
        if opcode != CONTINUATION:
            parts, is_compressed = [], rsv == RSV1
        parts.append(payload)
        if is_last:
            whole = b"".join(parts)
            found.append((is_compressed, len(whole), inflated(whole) if is_compressed else whole))
    return found


class Wire:
    """What has passed on the last connection of a proxy that became a WebSocket."""

    def __init__(self, proxy):
        self._exchange = [one for one in proxy.exchanges if one.answer.startswith(b"HTTP/1.1 101 ")][-1]

    @property
    def offer(self):
        return self._exchange.header("sec-websocket-extensions")

    @property
    def answer(self):
        head = self._exchange.answer.partition(b"\r\n\r\n")[0].decode("latin-1")
        return next((line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("sec-websocket-extensions:")), None)

    @property
    def from_page(self):
        return messages(self._exchange.sent)

    @property
    def from_server(self):
        return messages(self._exchange.answer.partition(b"\r\n\r\n")[2])

    def is_agreed(self, extensions):
        check(self.offer and "permessage-deflate" in self.offer, f"the browser offers {self.offer}")
        check(self.answer == ANSWER, f"'{self.offer}' is answered with '{self.answer}'")
        # Browsers show the answer as it is, or with other blanks.
        shown = [one.strip() for one in extensions.split(";")]
        check(shown == ANSWER.split("; "), f"the page sees the extensions '{extensions}'")


def are_compressed(found, texts, what, longest=None):
    """These messages have passed, each compressed and shorter for it, but for those that may be too long for that."""
    check([plain for _, _, plain in found] == texts, f"{what}: {len(found)} messages of {[len(plain) for _, _, plain in found]} octets")
    for is_compressed, size, plain in found:
        if longest is None or len(plain) <= longest:
            check(is_compressed and size < len(plain) // 2, f"{what}: {len(plain)} octets come in {size}, compressed: {is_compressed}")
    return sum(size for _, size, _ in found), sum(len(plain) for _, _, plain in found)


def echoes(chromium, proxy):
    sent = [["text", PIECE, size // len(PIECE)] for size in SIZES]
    chromium.evaluate(f"echo('deflated', {json.dumps(proxy.origin.replace('http', 'ws', 1) + '/echo')}, {json.dumps(sent)})")
    wait_until(lambda: chromium.evaluate("echoes.deflated.closed"), "the end of an echo", pause=0.1)
    result = chromium.evaluate("echoes.deflated")
    check(not result["wrong"] and result["right"] == len(sent), f"{result['right']} of {len(sent)} texts come back as they were")
    check(result["closed"] == [1000, "", True], f"closed with {result['closed']}")
    wire = Wire(proxy)
    wire.is_agreed(result["extensions"])
    texts = [PIECE.encode() * count for _, _, count in sent]
    up, plain = are_compressed(wire.from_page, texts, "from the page")
    are_compressed(wire.from_server, texts, "from the server", LONGEST)
    passed(f"Chromium and /echo agree upon '{result['extensions']}'; texts of {plain} octets arrive in {up}, and come back compressed up to 64 KiB")


def publications(chromium, playground, proxy):
    member = Socket(chromium, proxy.origin)
    opened = member.wait("open", "the connection opens")
    member.connect()
    wire = Wire(proxy)
    wire.is_agreed(opened["extensions"])
    room = "compressed/grün"
    member.join(room)
    items = [{"id": number, "name": f"größe {number}", "price": number / 8} for number in range(24)]
    payload = json.dumps(items, ensure_ascii=False)
    check(1000 < len(payload.encode()) < 1300, f"the payload has {len(payload.encode())} octets")
    large = json.dumps(items * 300, ensure_ascii=False)
    connection = playground.connect()
    published = [payload, large, payload, '"short"']
    for text in published:
        check(playground.publish_to_room(connection, room, text) == 1, "a publication is not for the page")
    connection.close()
    for text in published:
        check(member.next() == text, "a publication does not come as it was")
    found = wire.from_server[-len(published) :]
    down, plain = are_compressed(found[:-1], [text.encode() for text in published[:-1]], "published")
    check(found[-1] == (False, 7, b'"short"'), f"seven octets come as {found[-1]}")
    check(found[0][1] == found[2][1], "the same text comes with another length: it is not compressed by itself")
    member.send(type="broadcast", room=room, payload=items)
    member.is_quiet()
    request = [plain for _, _, plain in wire.from_page if b"broadcast" in plain]
    check(len(request) == 1, f"{len(request)} requests to broadcast came from the page")
    member.close(1000)
    member.is_closed(1000, "")
    passed(f"publications of {plain} octets reach the page's room in {down}, each compressed by itself")


def run(chromium, binary):
    with Playground(binary) as playground, Proxy(playground.port, KEPT) as proxy:
        chromium.open(proxy.origin + "/stats")
        chromium.evaluate(SCRIPT)
        echoes(chromium, proxy)
        publications(chromium, playground, proxy)
        wait_until(lambda: playground.is_empty, "/stats says that nobody is there", limit=15)
