#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Clients of the rooms at /ws that mean harm: each gets the answer that it should, costs the server little, and disturbs nobody."""

import json

from ws_client import BINARY, CONTINUATION, PING, PONG, TEXT, close, frame
from ws_case import SYNC, Case, End, Expect, ExpectClose, ExpectJSON, Read, Rest, Send, Tally, closes, fails

WS_MAX = 1 << 20  # The longest message, as long as the Playground is not told otherwise,
MAX_ROOMS = 100  # the most rooms,
MAX_NAME = 255  # and the longest name of one.
BURST = 200  # So many messages may come at once.
MAX_FRAGMENTS = 100_000
CONNECTED = [ExpectJSON({"type": "connected"})]
ALIVE = [Send(frame(TEXT, b'{"type":"ping","id":1}')), ExpectJSON({"type": "pong", "id": 1})]


def text(**fields):
    return frame(TEXT, json.dumps(fields, ensure_ascii=False).encode())


def case(name, steps, rules="10.4", group="rude", **more):
    return Case(f"{group}/{name}", rules, CONNECTED + steps, path="/ws", **more)


def asks(name, sent, answer, **more):
    """A message, its answer, and a connection that goes on."""
    return case(name, [Send(sent), ExpectJSON(answer), *ALIVE, *closes()], "8.1 10.7", **more)


def refuses(name, sent, code, **fields):
    return asks(name, sent, {"type": "error", "code": code, **fields})


def lengths():
    for size, code in ((1 << 63, 1002), ((1 << 64) - 1, 1002), ((1 << 63) - 1, 1009), (WS_MAX + 1, 1009)):
        yield case(f"a frame of {size}", [Send(frame(TEXT, b"x" * 1000, length=size)), *fails(code)], "5.2 10.4")
    yield case("a message that grows too long", [Send(frame(TEXT, b"x" * WS_MAX, final=False) + frame(CONTINUATION, b"x")), *fails(1009)])
    for payload in (b"", b"x"):
        more = frame(CONTINUATION, payload, final=False, key=b"mask") * MAX_FRAGMENTS
        sent = frame(TEXT, b"", final=False) + more
        yield case(f"endless fragments of {len(payload)}", [Send(sent), *fails(1009)], is_large=True)
    half = frame(TEXT, b"x" * 1000, length=WS_MAX)
    for number in range(100):
        yield case(f"a megabyte that does not come, {number + 1}", [Send(half), Rest(1)])


def pings():
    payloads = [b"%d" % number + b"p" * 100 for number in range(5000)]
    flood = b"".join(frame(PING, payload) for payload in payloads)
    pongs = [Expect(PONG, payload) for payload in payloads]
    yield case("5,000 pings at once", [Send(flood), *pongs, *ALIVE, *closes()], "5.5.2", is_large=True)
    steps = [Send(flood), Send(text(type="join", room="pings")), *pongs, ExpectJSON({"type": "joined"}), *ALIVE, *closes()]
    yield case("a room behind 5,000 pings", steps, "5.5.2", is_large=True)

    hundred = [b"%0125d" % number for number in range(100)]
    flood = b"".join(frame(PING, payload) for payload in hundred) * 1000
    pongs = [Expect(PONG, payload) for payload in hundred] * 1000
    steps = [Read(False), Send(flood), Rest(1), Read(True), *pongs, *closes()]
    # The server gives up on what waits for longer than 10 s; with little in front of it, it does not.
    more = {"is_large": True, "receive_buffer": 1 << 16}
    yield case("100,000 pings whose pongs are not read for a while", steps, "5.5.2 10.4", **more)


def floods():
    """What the limit of messages is for: refused first, then ended."""
    for name, sent in {
        "100,000 rooms joined": b"".join(frame(TEXT, b'{"type":"join","room":"flood-%d"}' % number, key=b"mask") for number in range(100_000)),
        "100,000 times the same room": frame(TEXT, b'{"type":"join","room":"flood"}') * 100_000,
        "100,000 broadcasts without a room": frame(TEXT, b'{"type":"broadcast","room":"none","payload":1}') * 100_000,
        "100,000 times no JSON": frame(TEXT, b"{") * 100_000,
        "100,000 empty texts": frame(TEXT) * 100_000,
        "100,000 binary messages": frame(BINARY, b"x") * 100_000,
        "100,000 unknown types": frame(TEXT, b'{"type":"none"}') * 100_000,
    }.items():
        # At most so many answers that are no errors: what may come at once, and what time brings meanwhile.
        most = MAX_ROOMS if "rooms" in name else 10 * BURST if "same" in name else 0
        steps = [Send(sent), Tally("joined", most, 4429), Send(close(4429)), End()]
        yield case(name, steps, "10.4 7.1.2", is_large=True)
    # Whoever does not answer the close frame is not waited for any longer than a client that may be slow.
    steps = [Send(frame(TEXT, b"{") * 100_000), Tally("none", 0, 4429), End(anyhow=True, within=8)]
    yield case("100,000 times no JSON, and no answer to the close", steps, "7.1.1", is_large=True)


def rooms():
    for number in range(50):
        names = [f"{number}-{room}-" + "n" * 240 for room in range(MAX_ROOMS)]
        joined = [ExpectJSON({"type": "joined", "room": name}) for name in names]
        one_more = [Send(text(type="join", room="more")), ExpectJSON({"type": "error", "code": "limit"})]
        steps = [Send(b"".join(text(type="join", room=name) for name in names)), *joined, *one_more, *closes()]
        yield case(f"{MAX_ROOMS} rooms with long names, {number + 1}", steps)


def names():
    for name, room in {
        "": "",
        "of 256": "n" * (MAX_NAME + 1),
        "of 256 in 128 characters": "é" * 128,
        "of 500,000": "n" * 500_000,
        "of a family 1000 times": "👨‍👩‍👧‍👦" * 1000,
        "with NUL": "a\0b",
        "with ESC": "a\x1bb",
        "with DEL": "a\x7fb",
        "with NEL": "a\x85b",
        "with a line end": "a\nb",
    }.items():
        for kind in ("join", "leave", "broadcast"):
            yield refuses(f"{kind} with a name {name}".strip(), text(type=kind, room=room, id=7), "bad_name", id=7)
    for name, room in (("n", "n" * MAX_NAME), ("é", "é" * 127 + "e"), ("an emoji", "👋" * 63)):
        answer = {"type": "joined", "room": room}
        yield asks(f"the longest name of {name}", text(type="join", room=room), answer)
    yield refuses("a private room", text(type="join", room="private-x"), "denied")
    for name, kind in (("letters", "x" * 900_000), ("marks on one letter", "e" + "\u0301" * 200_000), ("a family", "\u200d".join("👩" * 50_000))):
        yield refuses(f"a giant type of {name}", text(type=kind, id=7), "unknown_type", id=7)
    for name, kind in (("quotes", '"' * 60), ("NUL", "\0" * 60), ("line ends", "\r\n" * 30)):
        yield refuses(f"a type of {name}", text(type=kind), "unknown_type")


def deep(begin, middle, end, depth=10_000):
    return (begin * depth + middle + end * depth).encode()


WRONG = ["", " ", "{", "}", "{}", "[]", "[1]", "null", "true", "1", '"join"', "{,}", "/**/{}", "\ufeff{}", '{"type"}', '{"type":}']
WRONG += ['{"type":"join"', '{"type":"join",}', '{type:"join"}', "{'type':'join'}", '{"type":"join"}}', '{"type":"join"} x', '{"type":"ping",\0}']
WRONG += ['{"type":"join"}{"type":"join"}', '{"type":1}', '{"type":null}', '{"type":["join"]}', '{"type":"jo\nin"}', '{"type":"\\x"}']
WRONG += ['{"type":"\\u12"}', '{"type":"\\ud800"}', '{"type":"\\udc00\\ud800"}', '{"type":"join","room":"\\ud83d"}', '{"type":"join","room":1}']
WRONG += ['{"type":"join","room":null}', '{"type":"join","room":{}}', '{"type":"ping","id":1.}', '{"type":"ping","id":01}']
WRONG += ['{"type":"ping","id":+1}', '{"type":"ping","id":NaN}', '{"type":"ping","id":{}}', '{"type":"ping","id":true}', '{"type":"ping","id":null}']
WRONG += ['{"type":"ping","id":"%s"}' % ("i" * 127)]


def json_texts():
    for name, value in {
        "arrays": deep("[", "", "]"),
        "objects": deep('{"a":', "1", "}"),
        "both": deep('[{"a":', "1", "}]", 5000),
        "arrays without an end": deep("[", "", "", 500_000),
        "objects without an end": deep('{"":', "", "", 200_000),
    }.items():
        for key in ("payload", "type", "room", "id", "other"):
            sent = frame(TEXT, b'{"type":"broadcast","room":"r","%s":%s}' % (key.encode(), value))
            yield refuses(f"10,000 {name} as {key}", sent, "invalid_message")
        yield refuses(f"10,000 {name} alone", frame(TEXT, value), "invalid_message")
    for one in WRONG:
        yield refuses(f"JSON {one[:40]!r} of {len(one)}", frame(TEXT, one.encode()), "invalid_message")
    for one in ('{"type":"join"}', '{"type":"leave"}', '{"type":"broadcast","payload":1}'):
        yield refuses(f"JSON {one!r}", frame(TEXT, one.encode()), "missing_room")
    yield refuses("a binary message", frame(BINARY, b'{"type":"ping"}'), "invalid_message")
    yield refuses("a broadcast from outside", text(type="broadcast", room="elsewhere", payload=1), "not_member")
    for value in ("1e999999", "-0", "1" * 100, '"' + "i" * 126 + '"', '"\\u0000"', '"\\ud83d\\ude00"'):
        sent = frame(TEXT, b'{"type":"ping","id":%s}' % value.encode())
        yield case(f"an id {value[:20]} of {len(value)}", [Send(sent), ExpectJSON({"type": "pong"}), *ALIVE, *closes()], "8.1")
    sent = frame(TEXT, b'{"type":"ping","pad":"%s"}' % (b"x" * (WS_MAX - 100)))
    yield asks("a ping of a megabyte", sent, {"type": "pong"})
    members = b"".join(b'"%d":0,' % number for number in range(80_000))
    yield asks("a ping of 80,000 members", frame(TEXT, b'{%s"type":"ping"}' % members), {"type": "pong"})


def farewells():
    """What happens to those who are connected when the server stops."""
    for number in range(10):
        told = [ExpectClose(1012), Send(close(1012)), End()]
        yield case(f"at /ws {number + 1}", [*ALIVE, *told], "7.1.2 7.2.2", "farewell")
        yield Case(f"farewell/at /echo {number + 1}", "7.1.2 7.2.2", [*SYNC, *told])
        half = [Send(frame(TEXT, b"half", final=False)), *SYNC, ExpectClose(1012), Send(close(1012)), End()]
        yield Case(f"farewell/inside a message {number + 1}", "7.1.2 7.2.2", half)


FAREWELLS = [*farewells()]
CASES = [*lengths(), *names(), *json_texts(), *rooms(), *pings(), *floods()]
