#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Offers of compression, and what has to be answered to each (RFC 7692, sections 5 and 7.1). What is agreed upon is then made use of."""

from ws_client import TEXT, frame
from ws_compression import RSV1, Agreement, deflated
from ws_handshakes import Accepted, Case, Refused, handshake

NAME = "permessage-deflate"
PLAIN = Agreement()

# Parameters with which an offer has to be declined (section 7.1). What stands for itself is no value.
WRONG = [
    *("unknown", "unknown=1", "server_max_window_bits=10; unknown", "x_server_no_context_takeover", "window=10", "mem_level=8"),
    *("server_no_context_takeover; server_no_context_takeover", "client_no_context_takeover; client_no_context_takeover"),
    *("client_max_window_bits; client_max_window_bits", "client_max_window_bits; client_max_window_bits=10"),
    *("server_max_window_bits=10; server_max_window_bits=10", "server_max_window_bits=10; server_max_window_bits=11"),
    *("server_no_context_takeover=1", "server_no_context_takeover=true", 'client_no_context_takeover="1"', "client_no_context_takeover=0"),
    "server_max_window_bits",
    *(f"{side}_max_window_bits={value}" for side in ("server", "client") for value in ("0", "1", "7", "16", "32768", "4294967304", "9" * 40)),
    *(f"{side}_max_window_bits={value}" for side in ("server", "client") for value in ("08", "015", "+9", "-9", "9.0", "0x9", "1e1", "nine", "9a")),
    *(f'{side}_max_window_bits="{value}"' for side in ("server", "client") for value in ("7", "16", "010", "x")),
    "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12; more",
]
OTHERS = ["permessage-bzip2", "permessage-deflate2", "x-permessage-deflate", "deflate", "x-webkit-deflate-frame", "permessage_deflate", "permessage"]


def case(name, rules, value, agreement):
    return Case(f"offer/{name}", rules, handshake(Sec_WebSocket_Extensions=value), Accepted(deflate=agreement), standard="RFC 7692")


def accepted():
    def one(value, bits=None, rules="5.1 7.1", name="accepted"):
        return case(f"{name}: {value}", rules, value, Agreement(bits=bits))

    yield one(NAME)
    for value in ("PERMESSAGE-DEFLATE", "Permessage-Deflate", f"  {NAME}\t ", f", ,{NAME}", f"{NAME},"):
        yield one(value)
    for value in ("server_no_context_takeover", "client_no_context_takeover", "client_no_context_takeover; server_no_context_takeover"):
        yield one(f"{NAME}; {value}", rules="7.1.1.1 7.1.1.2")
    yield one(f"{NAME}; client_max_window_bits", rules="7.1.2.2")
    for bits in range(8, 16):
        yield one(f"{NAME}; client_max_window_bits={bits}", rules="7.1.2.2")
        yield one(f"{NAME}; server_max_window_bits={bits}", bits, "7.1.2.1")
        yield one(f'{NAME};client_max_window_bits="{bits}";server_max_window_bits="{bits}"', bits, "5.1 7.1.2.1 7.1.2.2")
    yield one(f'{NAME}; server_max_window_bits="1\\0"', 10, "5.1 7.1.2.1")
    for order in (1, -1):
        every = ["server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=9", "client_max_window_bits=15"][::order]
        yield one("; ".join([NAME, *every]), 9, "7.1")
        yield one(" ;\t".join([NAME, *every]).replace("=", " = "), 9, "5.1 7.1")
    # What browsers send.
    yield one(f"{NAME}; client_max_window_bits, x-webkit-deflate-frame", rules="5.1")


def several():
    """The first offer that can be kept."""

    def one(value, bits=None):
        return case(f"several: {value}", "5.1", value, Agreement(bits=bits))

    yield one(f"{NAME}; server_max_window_bits=10, {NAME}", 10)
    yield one(f"{NAME}, {NAME}; server_max_window_bits=10")
    yield one([f"{NAME}; server_max_window_bits=10", NAME], 10)
    yield one([NAME, f"{NAME}; server_max_window_bits=10"])
    yield one([f"{NAME}; server_max_window_bits=7", f"{NAME}; server_max_window_bits=16", f"{NAME}; server_max_window_bits=11, {NAME}"], 11)
    yield one([f"{NAME}; unknown", "x-unknown, x-other; a=1", f"permessage-bzip2, {NAME}; server_max_window_bits=15", NAME], 15)
    for other in OTHERS:
        yield one(f"{other}, {NAME}")
        yield one([f"{other}; client_max_window_bits", NAME])
        yield one([NAME, other])
    for wrong in WRONG:
        yield one(f"{NAME}; {wrong}, {NAME}")
        yield one([f"{NAME}; {wrong}", f"{NAME}; {wrong}, {NAME}; server_max_window_bits=12"], 12)
    yield one(", ".join([f"{NAME}; unknown"] * 100 + [NAME]))


def declined():
    """No extension is agreed upon then, and the connection works without."""
    for wrong in WRONG:
        yield case(f"declined: {wrong}", "5.1 7.1", f"{NAME}; {wrong}", None)
    for other in OTHERS:
        yield case(f"declined: {other}", "5.1", other, None)
        yield case(f"declined: {other} with parameters", "5.1", f"{other}; server_no_context_takeover; client_max_window_bits=10", None)
    every = [f"{NAME}; {wrong}" for wrong in WRONG]
    yield case("declined: all that are wrong, in a line", "5.1", ", ".join(every), None)
    yield case("declined: all that are wrong, each in a line", "5.1", every, None)


def broken():
    """What is no offer at all ends the handshake, also beside a good one."""
    values = [f"{NAME}; server_max_window_bits={value}" for value in ("", '"', '""', '"10', '10"', "1 0", "=10")]
    values += [f"{NAME}{rest}" for rest in (";", "; =1", " server_no_context_takeover", "=1", ";; client_max_window_bits", "; (x)", ", ;", "\x80")]
    values += [f'"{NAME}"', f"({NAME})"]
    for value in values:
        for beside, shown in ((value, ""), (f"{NAME}, {value}", " behind a good one"), ([value, NAME], " in front of a good line")):
            request = handshake(Sec_WebSocket_Extensions=beside)
            yield Case(f"offer/broken: {value!r}{shown}", "5.1", request, Refused(), standard="RFC 7692")


def rooms():
    """The same at an endpoint of rooms."""
    for value, agreement in ((NAME, PLAIN), (f"{NAME}; server_max_window_bits=12", Agreement(bits=12)), (f"{NAME}; unknown", None)):
        request = handshake("/ws", Sec_WebSocket_Extensions=value, Sec_WebSocket_Protocol="realtime.v1")
        yield Case(f"offer/rooms: {value}", "5.1 7.1", request, Accepted("realtime.v1", deflate=agreement), standard="RFC 7692")


def packets():
    """The first message may come with the offer, for a client that trusts in its being accepted, and the offer in pieces."""
    request, text = handshake(Sec_WebSocket_Extensions=NAME), b"trust " * 100
    sent = frame(TEXT, deflated(text), rsv=RSV1)
    more = {"glued": sent, "answers": [(TEXT, text)], "standard": "RFC 7692"}
    yield Case("offer/a compressed message behind it", "5.1 6", request, Accepted(deflate=PLAIN), **more)
    first = request.index(b"Extensions")
    for cut in range(first, len(request) + len(sent), 3):
        yield Case(f"offer/cut after {cut} octets", "5.1 6", request, Accepted(deflate=PLAIN), cut=cut, **more)


CASES = [*accepted(), *several(), *declined(), *broken(), *rooms(), *packets()]
