#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Requests for a WebSocket, right and wrong, and what has to be answered to each (RFC 6455, section 4)."""

import dataclasses

from playground import HOST
from ws_client import BINARY, CLOSE, PING, PONG, TEXT, close, fragments, frame
from ws_compression import Agreement

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # The standard's own.
STATS = f"GET /stats HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
OTHER_ORIGIN = "https://app.example.com"  # The Playground is told to accept it.
HEADER_TIMEOUT = 8  # Seconds; the Playground is told so.


@dataclasses.dataclass
class Accepted:
    """101, and a WebSocket that works: what was sent behind the handshake is answered, and so is what comes later."""

    protocol: str = None
    key: str = KEY
    deflate: Agreement = None


@dataclasses.dataclass
class Refused:
    """An answer with one of these statuses. Either it says that the server closes the connection, and then that comes true, or the next request
    is answered."""

    statuses: tuple = (400,)
    headers: dict = dataclasses.field(default_factory=dict)
    closes: bool = False  # The server has to close.
    has_body: bool = True
    may_reset: bool = False  # The server closes before it has read everything. That is a reset, which may overtake its answer.


@dataclasses.dataclass
class Dropped:
    """No answer: the connection is ended in time."""

    within: float


@dataclasses.dataclass
class Case:
    """The name is group/what it is about; the rules are sections of a standard, those of 4.2.1 of RFC 6455 with the number in its list."""

    name: str
    rules: str
    request: bytes
    answer: object
    before: int = 0  # So many answers to other requests come first.
    glued: bytes = b""  # Sent in the same packet.
    answers: list = dataclasses.field(default_factory=list)  # Frames that answer what was glued.
    cut: int = 0  # So much is sent first, and the rest a moment later.
    pause: float = 0  # Seconds between octets.
    leaves: str = ""  # FIN or RST behind what is sent first.
    standard: str = "RFC 6455"


def handshake(target="/echo", method="GET", version="HTTP/1.1", without=(), more=(), **changed):
    """A handshake with fields left out, changed or added. A value that is a list stands for several lines."""
    fields = {"Host": HOST, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    fields |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{method} {target} {version}"]
    for name, value in fields.items():
        if name not in without:
            lines += [f"{name}: {one}" for one in (value if isinstance(value, list) else [value])]
    return ("\r\n".join([*lines, *more]) + "\r\n\r\n").encode("latin-1")


def good():
    def case(name, rules, request, **more):
        return Case(f"handshake/{name}", rules, request, Accepted(**more))

    yield case("plain", "4.2.1 4.2.2", handshake())
    yield case("with a query", "4.2.1-1 3", handshake("/echo?a=b&c=%20d"))
    yield case("with an absolute URI", "4.2.1-1", handshake(f"http://{HOST}/echo"))
    yield case("with an absolute URI and a query", "4.2.1-1", handshake(f"http://{HOST}:80/echo?a=b"))
    for host in ("localhost", "localhost:8080", "example.com", "[::1]:8080", "EXAMPLE.com"):
        yield case(f"Host {host}", "4.2.1-2", handshake(Host=host))
    for value in ("WebSocket", "WEBSOCKET", "h2c, websocket", "websocket, h2c", "websocket,", ", ,websocket", ["h2c", "websocket"]):
        yield case(f"Upgrade {value}", "4.2.1-3", handshake(Upgrade=value))
    for value in ("upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade, keep-alive", "keep-alive,Upgrade", ", ,Upgrade", ["keep-alive", "Upgrade"]):
        yield case(f"Connection {value}", "4.2.1-4", handshake(Connection=value))
    for key in ("AAAAAAAAAAAAAAAAAAAAAA==", "/////////////////////w==", "++++++++++++++++++++++=="[:21] + "Q=="):
        yield case(f"key {key}", "4.2.1-5 4.2.2-5", handshake(Sec_WebSocket_Key=key), key=key)
    yield case("blanks around values", "4.2.1", handshake(Upgrade="  websocket\t ", Sec_WebSocket_Key=f" \t{KEY}  ", Sec_WebSocket_Version=" 13 "))
    yield case("no blanks in front of values", "4.2.1", handshake().replace(b": ", b":"))
    lower, upper = (convert(handshake().decode()).encode() for convert in (swapped_names(str.lower), swapped_names(str.upper)))
    yield case("names in lower case", "4.2.1", lower)
    yield case("names in upper case", "4.2.1", upper)
    first, *lines = handshake().decode().strip().split("\r\n")
    yield case("fields the other way round", "4.2.1", ("\r\n".join([first, *reversed(lines)]) + "\r\n\r\n").encode())
    yield case("fields that nobody knows", "4.2.1-10", handshake(more=("Cookie: a=b; c=d", "X-Unknown: x", "Sec-WebSocket-Unknown: y", "DNT: 1")))
    yield case("Content-Length 0", "4.2.1", handshake(more=("Content-Length: 0",)))
    for value in ("x-unknown", "x-unknown; a=1; b", 'x-unknown; a="q", x-other', ["x-one", "x-two"]):
        yield case(f"extensions {value}", "4.2.1-9 9.1", handshake(Sec_WebSocket_Extensions=value))
    for value, chosen in (
        ("realtime.v1", "realtime.v1"),
        ("other, realtime.v1", "realtime.v1"),
        ("realtime.v1,other", "realtime.v1"),
        (", ,other , realtime.v1 ,", "realtime.v1"),
        (["other", "realtime.v1"], "realtime.v1"),
        ("other", None),
        ("REALTIME.V1", None),
        ("realtime.v1.1, realtime", None),
    ):
        yield case(f"subprotocols {value}", "4.2.1-8 4.2.2-5", handshake("/ws", Sec_WebSocket_Protocol=value), protocol=chosen)
    yield case("no subprotocols at /ws", "4.2.2-5", handshake("/ws"))
    yield case("subprotocols where none is spoken", "4.2.2-5", handshake(Sec_WebSocket_Protocol="realtime.v1"))
    yield case("own origin", "4.2.1-7 4.2.2", handshake(Origin=f"http://{HOST}"))
    yield case("accepted origin", "4.2.1-7 4.2.2", handshake(Origin=OTHER_ORIGIN))


def swapped_names(convert):
    """What changes the names of all fields in a head."""

    def change(head):
        first, *lines = head.split("\r\n")
        return "\r\n".join([first, *(convert(name) + colon + value for name, colon, value in (line.partition(":") for line in lines))])

    return change


def bad():
    def case(name, rules, request, *statuses, may_reset=False, **headers):
        answer = Refused(statuses or (400,), {name.replace("_", "-"): value for name, value in headers.items()}, may_reset=may_reset)
        return Case(f"refused/{name}", rules, request, answer)

    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for target in ("/echo", "/ws"):
            yield case(f"{method} {target}", "4.2.1-1", handshake(target, method), 400, 404, 405)
    yield Case("refused/HEAD", "4.2.1-1", handshake(method="HEAD"), Refused((400, 404, 405), has_body=False))
    yield case("get", "4.2.1-1", handshake(method="get"), 400, 405, 501)
    yield case("HTTP/1.0", "4.2.1-1", handshake(version="HTTP/1.0"), 400, 426, 505)
    for version in ("HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTX/1.1"):
        yield case(version, "4.2.1-1", handshake(version=version), 400, 505)
    yield case("no Host", "4.2.1-2", handshake(without=("Host",)))
    yield case("two Hosts", "4.2.1-2", handshake(Host=[HOST, HOST]))
    yield case("two different Hosts", "4.2.1-2", handshake(Host=[HOST, "example.com"]))
    for host in ("a b", "a/b", "a@b", "a:b:c", "a?b", "[::1"):
        yield case(f"Host {host}", "4.2.1-2", handshake(Host=host))
    yield case("no Upgrade", "4.2.1-3", handshake(without=("Upgrade",)), 400, 426)
    for value in ("h2c", "websockets", "web socket", "websocket/13", '"websocket"', "websocket; v=13", "", "x-websocket"):
        yield case(f"Upgrade '{value}'", "4.2.1-3", handshake(Upgrade=value), 400, 426)
    yield case("no Connection", "4.2.1-4", handshake(without=("Connection",)))
    for value in ("keep-alive", "close", "upgrades", "not-upgrade", "up grade", ""):
        yield case(f"Connection '{value}'", "4.2.1-4", handshake(Connection=value))
    yield case("no key", "4.2.1-5", handshake(without=("Sec-WebSocket-Key",)))
    yield case("two keys", "4.2.1-5 11.3.1", handshake(Sec_WebSocket_Key=[KEY, KEY]))
    yield case("two keys in a line", "4.2.1-5", handshake(Sec_WebSocket_Key=f"{KEY}, {KEY}"))
    keys = {
        "empty": "",
        "of 15 octets": "dGhlIHNhbXBsZSBub25j",
        "of 17 octets": "dGhlIHNhbXBsZSBub25jZWU=",
        "of 18 octets": "dGhlIHNhbXBsZSBub25jZWVl",
        "without padding": "dGhlIHNhbXBsZSBub25jZQ",
        "with half the padding": "dGhlIHNhbXBsZSBub25jZQ=",
        "with too much padding": "dGhlIHNhbXBsZSBub25jZQ===",
        "with a blank inside": "dGhlIHNhbXBs ZSBub25jZQ==",
        "of 24 signs with a blank": "dGhlIHNhbXBs SBub25jZQ==",
        "in another alphabet": "-_hlIHNhbXBsZSBub25jZQ==",
        "with a wrong sign": "dGhlIHNhbXBs!SBub25jZQ==",
        "that is only padding": "========================",
        "with padding inside": "dGhlIHNhbXBs=SBub25jZQ==",
        "that is no ASCII": "dGhlIHNhbXBs\xe4SBub25jZQ==",
        "in quotes": f'"{KEY}"',
    }
    for name, key in keys.items():
        yield case(f"key {name}", "4.2.1-5", handshake(Sec_WebSocket_Key=key))
    yield case("no version", "4.2.1-6", handshake(without=("Sec-WebSocket-Version",)), 400, 426)
    for version in ("0", "6", "7", "8", "12", "14", "25", "99", "255"):
        yield case(f"version {version}", "4.2.1-6 4.2.2-4 4.4", handshake(Sec_WebSocket_Version=version), 400, 426, sec_websocket_version="13")
    for version in ("013", "+13", "13.0", "13 13", "1 3", "256", "-13", "0x0d", "thirteen", "", "13;q=1"):
        yield case(f"version '{version}'", "4.2.1-6", handshake(Sec_WebSocket_Version=version), 400, 426)
    for versions in ("13, 8", "8, 13", "13, 13", ["13", "8"], ["8", "13"], ["13", "13"]):
        yield case(f"versions {versions}", "4.2.1-6 11.3.5", handshake(Sec_WebSocket_Version=versions), 400, 426)
    for value in ("a b", "a;b", '"a"', "a/b", "realtime.v1, (x)", "\xe4", "realtime.v1, realtime.v1", ["a", "a"], "a\tb", ",", ""):
        yield case(f"subprotocols {value!r}", "4.2.1-8 4.2.1 4.1-10", handshake("/ws", Sec_WebSocket_Protocol=value))
    for value in ("x y", "x;", "x; =1", "x; a=", 'x; a="', "x; a=b c", "(x)", ";", ",", "x; a=\xe4", 'x; a="b c"'):
        yield case(f"extensions {value!r}", "4.2.1-9 9.1", handshake(Sec_WebSocket_Extensions=value))
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example", f"http://{HOST}:1", "evil", ""):
        for target in ("/echo", "/ws"):
            yield case(f"origin '{origin}' {target}", "4.2.2 10.2", handshake(target, Origin=origin), 403)
    yield case("two origins", "4.2.2 10.2", handshake(Origin=[OTHER_ORIGIN, "https://evil.example"]), 403, 400)
    yield case("a wrong token", "4.2.2-2 10.5", handshake("/ws", Authorization="Bearer wrong"), 401)
    yield case("a wrong key of the application", "4.2.2-2 10.5", handshake("/ws", X_Api_Key="rtk_check_wrong"), 401)
    yield case("no such resource", "4.2.2-4", handshake("/none"), 404)
    yield case("a resource without WebSockets", "4.2.2-4", handshake("/stats"), 200)
    yield case("a body", "4.2.1-1", handshake(more=("Content-Length: 5",)) + b"hello")
    yield case("a body in chunks", "4.2.1-1", handshake(more=("Transfer-Encoding: chunked",)) + b"0\r\n\r\n")
    yield case("a length that is no number", "4.2.1", handshake(more=("Content-Length: x",)))
    yield case("a length and chunks", "4.2.1", handshake(more=("Content-Length: 5", "Transfer-Encoding: chunked")) + b"0\r\n\r\n")
    yield case("a folded field", "4.2.1", handshake(Upgrade="web\r\n socket"), 400, 426)
    yield case("a blank in front of a colon", "4.2.1", handshake().replace(b"Upgrade: w", b"Upgrade : w"))
    yield case("a blank in a name", "4.2.1", handshake(more=("Bad Name: x",)))
    yield case("a NUL in a value", "4.2.1", handshake(more=("X: a\0b",)))
    yield case("a bare CR in a value", "4.2.1", handshake(more=("X: a\rb",)))
    yield case("no colon", "4.2.1", handshake(more=("nothing",)))
    yield case("100 kB of a field", "4.2.1 10.4", handshake(more=("X: " + "a" * 100_000,)), 400, 431, may_reset=True)
    yield case("1000 fields", "4.2.1 10.4", handshake(more=[f"X-{number}: x" for number in range(1000)]), 400, 431, may_reset=True)
    for target in ("/echo", "/ws"):
        answer = Refused((426,), {"upgrade": "websocket"})
        yield Case(f"refused/a plain GET {target}", "4.2.1-3", f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(), answer)


def packets():
    """Where one thing ends and the next begins does not matter."""
    text, binary = frame(TEXT, "grün".encode()), frame(BINARY, bytes(range(256)))
    many = [(TEXT, b"%d" % number) for number in range(500)]
    large = bytes(1 << 20)
    glued = {
        "a text": (text, [(TEXT, "grün".encode())]),
        "a ping": (frame(PING, b"ping"), [(PONG, b"ping")]),
        "text, ping, binary": (text + frame(PING) + binary, [(TEXT, "grün".encode()), (PONG, b""), (BINARY, bytes(range(256)))]),
        "fragments": (b"".join(fragments(TEXT, [b"a", b"b", b"c"])), [(TEXT, b"abc")]),
        "500 texts": (b"".join(frame(*one) for one in many), many),
        "a megabyte": (frame(BINARY, large), [(BINARY, large)]),
    }
    for name, (sent, answers) in glued.items():
        yield Case(f"packets/{name} behind the handshake", "4.1 5", handshake(), Accepted(), glued=sent, answers=answers)
    for name, sent, code in (("a close", close(1001), 1001), ("a wrong frame", frame(3), 1002), ("no UTF-8", frame(TEXT, b"\xff"), 1007)):
        answers = [(CLOSE, code)]
        yield Case(f"packets/{name} behind the handshake", "4.1 7", handshake(), Accepted(), glued=sent, answers=answers)
    for count in (1, 2, 10):
        before = STATS.encode() * count
        yield Case(f"packets/{count} requests before", "4.2.1", before + handshake(), Accepted(), before=count)
        answers = [(TEXT, "grün".encode())]
        yield Case(f"packets/{count} requests before, a text behind", "4.2.1", before + handshake(), Accepted(), count, text, answers)
    post = f"POST /publish HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n".encode()
    yield Case("packets/a bad request before", "4.2.1", post + handshake(), Accepted(), before=1)
    yield Case("packets/octet by octet", "4.2.1", handshake(), Accepted(), glued=text, answers=[(TEXT, "grün".encode())], pause=0.001)
    behind = {"a frame": text, "a request": STATS.encode(), "another handshake": handshake(), "noise": bytes(range(256)) * 100}
    for name, sent in behind.items():
        wrong = handshake(Sec_WebSocket_Key="wrong")
        yield Case(f"packets/{name} behind a refused handshake", "4.2.1", wrong, Refused(closes=True), glued=sent)
        yield Case(f"packets/{name} behind a handshake for another resource", "4.2.2-4", handshake("/none"), Refused((404,), closes=True), glued=sent)


def cuts():
    request, text = handshake(), frame(TEXT, b"cut")
    for cut in range(1, len(request) + len(text)):
        yield Case(f"cut/after {cut} octets", "4.2.1 5.2", request, Accepted(), glued=text, answers=[(TEXT, b"cut")], cut=cut)
    for cut in range(len(request) + len(text) + 1):
        for way in ("RST", "FIN"):
            yield Case(f"leave/{way} after {cut} octets", "7.1.1 7.1.5", request, None, glued=text, cut=cut, leaves=way)


def slow():
    """Nobody may take for ever."""
    for cut in (0, 1, 20, len(handshake()) - 1):
        yield Case(f"slow/nothing after {cut} octets", "10.4", handshake(), Dropped(HEADER_TIMEOUT), cut=cut)
    yield Case("slow/octet by octet", "10.4", handshake(), Dropped(HEADER_TIMEOUT), pause=0.4)


CASES = [*slow(), *good(), *bad(), *packets(), *cuts()]
