#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Cases of RFC 6455, section 8.1: text that is UTF-8, and text that is not, which fails with the octet that is to blame."""

from ws_client import CONTINUATION, PING, PONG, TEXT, fragments, frame
from ws_case import SYNC, Case, Expect, Rest, Send, closes, echoed, fails

BEFORE = "κόσμε €😀".encode()  # What stands in front.

SCALARS = [0x00, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x3FFFF]
SCALARS += [0x40000, 0xFFFFF, 0x100000, 0x10FFFF, *(plane << 16 | end for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)), 0xFDD0, 0xFDEF]
GOOD = {f"U+{scalar:04X}": chr(scalar).encode() for scalar in SCALARS} | {
    "Greek": "κόσμε".encode(),
    "a byte order mark in front": b"\xef\xbb\xbftext",
    "a family": "👨‍👩‍👧‍👦".encode(),
    "combining marks": ("e" + "\u0301" * 40).encode(),
    "right to left": "שלום, مرحبا".encode(),
    "line ends": b"\r\n\n\r\x00\x0b\xc2\x85\xe2\x80\xa8",
}

BAD = {
    "continuations alone": ["80", "bf", "80bf", "80bf80", "80bf80bf80bf", "".join(f"{octet:02x}" for octet in range(0x80, 0xC0))],
    "octets that do not occur": ["c0", "c1", "f5", "f6", "f7", "f8", "fb", "fc", "fd", "fe", "ff", "fefeffff"],
    "a sequence that is cut short": ["c220", "df20", "e02020", "e0a020", "e18020", "ed9f20", "ef20", "efbf20", "f020", "f09020", "f0908020"],
    "a sequence behind a cut one": ["c2c280", "e180e18080", "f09080f0908080", "e0a0c280", "f48fbff48fbfbf"],
    "overlong forms": ["c080", "c0af", "c1bf", "e08080", "e080af", "e09fbf", "f0808080", "f08080af", "f08fbfbf", "f880808080", "fc8080808080"],
    "surrogates": ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf", "eda080edb080", "edadbfedbfbf", "edaf80edb080"],
    "beyond U+10FFFF": ["f4908080", "f490bfbf", "f7bfbfbf", "f5808080", "f888808080", "fbbfbfbfbf", "fc8480808080", "fdbfbfbfbfbf"],
    "a continuation too many": ["c28080", "e1808080", "f090808080", "4180"],
    "Latin-1": ["e473", "fc62"],
    "other encodings": ["fffe4100", "feff0041"],
}

# Sequences that miss their end: wrong only when the text ends.
UNFINISHED = ["c2", "df", "e0", "e0a0", "e1", "e180", "ed", "ed9f", "ef", "efbf"]
UNFINISHED += ["f0", "f090", "f09080", "f1", "f180", "f18080", "f4", "f48f", "f48fbf"]

CONTINUATIONS = range(0x80, 0xC0)
LEADS = {1: range(0xC2, 0xE0), 2: range(0xE0, 0xF0), 3: range(0xF0, 0xF5)}
SECOND = {0xE0: range(0xA0, 0xC0), 0xED: range(0x80, 0xA0), 0xF0: range(0x90, 0xC0), 0xF4: range(0x80, 0x90)}


def offender(octets):
    """The position of the first octet after which nothing could be UTF-8 any more (RFC 3629, section 4); None if there is none.

    Python's own decoder finds some surrogates an octet late.
    """
    missing, following = 0, CONTINUATIONS
    for position, octet in enumerate(octets):
        if missing:
            if octet not in following:
                return position
            missing, following = missing - 1, CONTINUATIONS
        elif octet >= 0x80:
            missing = next((count for count, leads in LEADS.items() if octet in leads), 0)
            if not missing:
                return position
            following = SECOND.get(octet, CONTINUATIONS)
    return None


def good():
    for name, text in GOOD.items():
        payload = BEFORE + text + b"!"
        yield Case(f"utf8/good: {name}", "5.6 8.1", echoed(TEXT, text) + echoed(TEXT, payload) + closes())
        octets = [payload[number : number + 1] for number in range(len(payload))]
        steps = [step for one in fragments(TEXT, octets)[:-1] for step in [Send(one), *SYNC]]
        steps += [Send(frame(CONTINUATION, octets[-1])), Expect(TEXT, payload)]
        yield Case(f"utf8/good, each octet a fragment: {name}", "5.6 8.1", steps + closes())
        yield Case(f"utf8/good, octet by octet: {name}", "5.6 8.1", echoed(TEXT, payload, chop=1, pause=0.001) + closes())


def bad():
    for name, sequences in BAD.items():
        for hexadecimal in sequences:
            text = bytes.fromhex(hexadecimal)
            shown = hexadecimal if len(hexadecimal) < 20 else f"{hexadecimal[:16]}..."
            end = offender(text)
            good, wrong = BEFORE + text[:end], text[end : end + 1]
            yield Case(f"utf8/wrong: {name}, {shown}", "8.1 7.4.1", [Send(frame(TEXT, text)), *fails(1007)])
            sent = frame(TEXT, b"good") + frame(TEXT, BEFORE + text + b"!") + frame(TEXT, b"late") + frame(PING, b"late")
            yield Case(f"utf8/wrong, behind good text: {name}, {shown}", "8.1 7.1.7", [Send(sent), Expect(TEXT, b"good"), *fails(1007)])
            # The frame promises more than is ever sent.
            begin = frame(TEXT, good + wrong, length=len(good) + 1000)
            steps = [Send(begin[:-1]), Rest(), Send(begin[-1:]), *fails(1007)]
            yield Case(f"utf8/wrong at the octet, in a frame that goes on: {name}, {shown}", "8.1", steps)
            steps = [Send(begin[:-1], 1, 0.0005), Rest(), Send(begin[-1:]), *fails(1007)]
            yield Case(f"utf8/wrong at the octet, octet by octet: {name}, {shown}", "8.1", steps)
            octets = [good[number : number + 1] for number in range(len(good))]
            steps = [Send(b"".join(fragments(TEXT, [*octets, b""])[:-1])), *SYNC, Send(frame(CONTINUATION, wrong, final=False)), *fails(1007)]
            yield Case(f"utf8/wrong at the octet, each a fragment: {name}, {shown}", "8.1 5.4", steps)


def unfinished():
    for hexadecimal in UNFINISHED:
        text = BEFORE + bytes.fromhex(hexadecimal)
        yield Case(f"utf8/unfinished: {hexadecimal}", "8.1 5.6", [Send(frame(TEXT, text)), *fails(1007)])
        steps = [Send(frame(TEXT, text, final=False)), *SYNC, Send(frame(CONTINUATION)), *fails(1007)]
        yield Case(f"utf8/unfinished, until the last fragment: {hexadecimal}", "8.1 5.6", steps)
        steps = [Send(frame(TEXT, text), 1, 0.0005), *fails(1007)]
        yield Case(f"utf8/unfinished, octet by octet: {hexadecimal}", "8.1 5.6", steps)
        # The next message begins anew, and what would complete the sequence does not count.
        steps = [Send(frame(TEXT, text) + frame(TEXT, b"\x80\x80\x80")), *fails(1007)]
        yield Case(f"utf8/unfinished, the rest in another message: {hexadecimal}", "8.1 5.6", steps)


def positions():
    """An octet is found behind any number of others."""
    for size in (*range(1, 10), 15, 16, 17, 31, 32, 33, 39, 40, 63, 64, 65, 127, 1000, 4095, 4096, 16_383, 16_384, 16_385, 65_535, 65_536, 100_000):
        for before, kind in ((b"a", "ASCII"), ("€".encode(), "€")):
            good = before * size
            yield Case(f"utf8/wrong: FF behind {size} of {kind}", "8.1", [Send(frame(TEXT, good + b"\xff")), *fails(1007)])
            begin = frame(TEXT, good + b"\xff", length=len(good) + 1000)
            steps = [Send(begin[:-1]), Rest(), Send(begin[-1:]), *fails(1007)]
            yield Case(f"utf8/wrong at the octet, in a frame that goes on: FF behind {size} of {kind}", "8.1", steps)
    for size in (7, 8, 9, 31, 32, 33, 1000):
        text = b"a" * size + "€".encode()
        yield Case(f"utf8/unfinished: € behind {size} of ASCII", "8.1", [Send(frame(TEXT, text[:-1])), *fails(1007)])
        steps = echoed(TEXT, text, *fragments(TEXT, [text[:-2], b"", text[-2:-1], text[-1:]]))
        yield Case(f"utf8/good: € in fragments behind {size} of ASCII", "8.1", steps + closes())
    steps = [Send(frame(TEXT, b"\xe2", final=False) + frame(PING, b"\xff") + frame(CONTINUATION, b"\x82\xac")), Expect(PONG, b"\xff")]
    yield Case("utf8/no UTF-8 in a ping inside a character", "8.1 5.5.2", steps + [Expect(TEXT, "€".encode()), *closes()])
    every = bytes(range(256))
    yield Case("utf8/binary messages need none", "5.6", echoed(2, every) + echoed(2, every, *fragments(2, [every[:200], every[200:]])) + closes())


CASES = [*good(), *bad(), *unfinished(), *positions()]
