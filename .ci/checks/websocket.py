#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What a real browser makes of the WebSockets: headless Chromium, with pages of the Playground's origin, its own page, and pages of others.

Usage: websocket.py <Playground>
"""

import json
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import compressing
from chromium import Chromium, OtherOrigin, check_installed
from frames import FrameStream, handshake
from playground import HOST, LIMIT, Failure, Playground, check, main, passed, wait_until
from proxy import Proxy
from sockets import PAGE, SCRIPT, Socket, is_refused

OPEN = 1

TEXT = "Grüße, κόσμε, 世界, שלום, 👋🏽 👨‍👩‍👧‍👦 \u2028 \u0085 \ufeff end"
MESSAGE_LIMIT = 16 << 20  # Of /echo.
WS_MAX = 5000  # Of /ws, as the Playground is told.

def open_own(chromium, playground):
    """A page of the Playground's own origin; not its own page, which asks for something all the time."""
    chromium.open(playground.origin + "/stats")
    chromium.evaluate(SCRIPT)


def nobody_is_there(playground):
    wait_until(lambda: playground.is_empty, "/stats says that nobody is there", limit=15)


def echoes(chromium, playground):
    open_own(chromium, playground)
    sizes = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000)
    small = [["text", text, 1] for text in ("plain", TEXT, "one\ntwo\r\n", "\0\x01\x7f", '{"a": 1.10}')]
    small += [["text", "x", size] for size in sizes] + [["binary", 31, size] for size in sizes] + [["binary", 1, 256]]
    is_echoed(chromium, playground, small)
    passed(f"{len(small)} messages come back from /echo in order and as they were: text, emoji, binary, lengths around those of frames")
    large = [["text", "ä👋", 700_000], ["binary", 31, MESSAGE_LIMIT], ["text", "x", MESSAGE_LIMIT]]
    is_echoed(chromium, playground, large)
    passed("so do 4.2 MB of umlauts and emoji, and a text and a binary of 16 MiB")
    is_echoed(chromium, playground, [["text", f"{number}", 1] for number in range(2000)])
    passed("so do 2,000 messages that are sent at once")
    is_echoed(chromium, playground, [["binary", 31, MESSAGE_LIMIT + 1]], right=0, closed=[1009, "The message is too long", True])
    passed("a byte more than 16 MiB ends the connection with 1009")


def is_echoed(chromium, playground, messages, right=None, closed=(1000, "", True)):
    chromium.evaluate(f"echo('echo', {json.dumps(playground.origin.replace('http', 'ws', 1) + '/echo')}, {json.dumps(messages)})")
    wait_until(lambda: chromium.evaluate("echoes.echo.closed"), f"the end of an echo, {str(messages)[:100]}", pause=0.1)
    result = chromium.evaluate("echoes.echo")
    check(not result["wrong"], f"{len(result['wrong'])} messages do not come back as they were, such as {result['wrong'][:5]}")
    check(result["right"] == (len(messages) if right is None else right), f"{result['right']} of {len(messages)} messages came back")
    check(result["closed"] == list(closed), f"closed with {result['closed']} instead of {closed}")


def closes(chromium, playground):
    open_own(chromium, playground)
    for code, reason in ((None, None), (1000, None), (1000, "auf Wiedersehen 👋"), (3000, None), (4999, "ä" * 61)):
        for path in ("/ws", "/echo"):
            leaving = Socket(chromium, playground.origin, path)
            leaving.wait("open", "the connection opens")
            leaving.close(code, reason)
            leaving.is_closed(1005 if code is None else code, "")
    passed("close frames are answered with the same code, or with none, on /ws and /echo")

    loud = Socket(chromium, playground.origin)
    loud.connect()
    text = json.dumps({"type": "ping", "id": 1})
    loud.send_text(text + " " * (WS_MAX - len(text)))
    loud.expect(type="pong", id=1)
    loud.send_text(text + " " * (WS_MAX - len(text) + 1))
    loud.is_closed(1009, "The message is too long")
    passed("a message of as many bytes as are allowed is answered, one more ends the connection with 1009")

    wrong = Socket(chromium, playground.origin)
    wrong.connect()
    chromium.evaluate("for (let number = 0; number < 3000; number++) Object.values(sockets).at(-1).send('wrong')")
    wrong.is_closed(4429, "Too many errors")
    answers = wrong.rest()
    check(all(answer["code"] in ("invalid_message", "rate") for answer in answers) and len(answers) >= 1000, f"{len(answers)} errors came")
    passed(f"a client that is wrong all the time gets {len(answers)} errors, then 4429")
    nobody_is_there(playground)


def subprotocols(chromium, playground):
    open_own(chromium, playground)
    for offered, chosen in ((["realtime.v1"], "realtime.v1"), (["chat", "realtime.v1"], "realtime.v1"), ([], "")):
        speaker = Socket(chromium, playground.origin, protocols=offered)
        opened = speaker.wait("open", f"the connection opens with {offered}")
        check(opened["protocol"] == chosen, f"of {offered} '{opened['protocol']}' was chosen instead of '{chosen}'")
        speaker.connect()
        speaker.close(1000)
        speaker.is_closed(1000, "")
    # None of them is spoken here. The server says so by choosing none, which browsers do not accept.
    is_refused(chromium, playground.origin, "a subprotocol that is not spoken", protocols=["chat"])
    nobody_is_there(playground)
    passed("the subprotocol realtime.v1 is chosen where it is offered, and none otherwise")


def rooms(chromium, playground):
    open_own(chromium, playground)
    alice, bob = Socket(chromium, playground.origin), Socket(chromium, playground.origin)
    alice_id, bob_id = alice.connect(), bob.connect()
    check(alice_id != bob_id, "two connections have the same id")
    room = "grün/κόσμε 👋"
    alice.send(type="join", room=room, id=1)
    alice.expect(type="joined", room=room, id=1)
    alice.join(room)
    bob.send(type="join", room=room, id="é")
    bob.expect(type="joined", room=room, id="é")
    check(playground.stats("ws") == {"connections": 2, "rooms": {room: 2}, "heartbeatActive": True}, f"/stats says {playground.stats('ws')}")
    passed("joins are answered, with the request's id, and seen in /stats")

    payload = {"text": TEXT, "list": [1.5, None, {"z": []}]}
    alice.send(type="broadcast", room=room, payload=payload)
    bob.expect(type="message", room=room, **{"from": alice_id}, payload=payload)
    alice.is_quiet()
    passed("a broadcast reaches the other member, and not the sender")

    connection = playground.connect()
    published = ('{"n": 1.10, "é":  "\\u00e9👋"}', '"a text"', "[true, 12345678901234567890]", "null")
    for raw in published:
        delivered = playground.publish_to_room(connection, room, raw)
        check(delivered == 2, f"{raw} was for {delivered} connections; two are there")
    check(playground.publish(connection, room, "not for rooms") == 0, "a room's members get what is published to a channel")
    for member in (alice, bob):
        texts = tuple(member.next() for _ in published)
        check(texts == published, f"{published} came as {texts}")
        member.is_quiet()
    passed(f"{len(published)} payloads that the server publishes reach both as they are")

    bob.send(type="leave", room=room, id=2)
    bob.expect(type="left", room=room, id=2)
    bob.send(type="leave", room=room)
    bob.expect(type="left", room=room)
    alice.send(type="broadcast", room=room, payload=1)
    alice.is_quiet()
    check(playground.publish_to_room(connection, room, "2") == 1, "a publication is for somebody who has left")
    connection.close()
    check(alice.next() == "2", "a publication does not reach who is left")
    bob.is_quiet()
    passed("who has left gets nothing more")
    errors(bob, room)
    for member in (alice, bob):
        member.close()
        member.is_closed(1005, "")
    nobody_is_there(playground)


def errors(member, room):
    def wrong(code, message=None):
        answer = json.loads(member.next(f"an error {code}"))
        check((answer["type"], answer["code"]) == ("error", code), f"{answer} comes instead of an error {code}")
        check(message is None or answer["message"] == message, f"{answer} comes instead of '{message}'")

    member.send(type="join", room="private-x")
    wrong("denied", "Access denied to room 'private-x'")
    member.send(type="broadcast", room=room, payload=1)
    wrong("not_member")
    member.send(type="join")
    wrong("missing_room")
    member.send(type="join", room="n" * 256)
    wrong("bad_name")
    member.send(type="brew")
    wrong("unknown_type")
    member.send_text("{")
    wrong("invalid_message")
    member.send_bytes()
    wrong("invalid_message", "Invalid message")
    member.is_quiet()
    passed("what is wrong is answered with an error that says so, and nothing is closed for it")


def heartbeats(chromium, binary):
    with Playground(binary, PLAYGROUND_HEARTBEAT="1", PLAYGROUND_HEARTBEAT_TIMEOUT="1") as playground:
        open_own(chromium, playground)
        quiet = Socket(chromium, playground.origin)
        quiet.connect()
        silent = socket.create_connection((HOST, playground.port), timeout=LIMIT)
        silent.sendall(handshake(playground.port))
        silent_since = time.monotonic()
        stream = FrameStream()
        while not stream.closed:
            data = silent.recv(65_536)
            check(data, "a client that does not answer was ended without a close frame")
            stream.feed(data)
        seconds = time.monotonic() - silent_since
        silent.close()
        check(stream.closed == (4408, "ping_timeout"), f"a client that does not answer is closed with {stream.closed}")
        check(1.5 < seconds < 10, f"a client that does not answer was ended after {seconds:.1f} s")
        quiet.wait("message", "five heartbeats", 6)
        check(quiet.types() == ["open"] + ["message"] * 6, f"the page has seen {quiet.types()}")
        pings = quiet.log()[2:]
        check(all(entry["data"] == '{"type":"ping"}' and entry["state"] == OPEN for entry in pings), f"the page has seen {quiet.log()}")
        interval = (pings[-1]["at"] - pings[0]["at"]) / 4000
        check(0.7 < interval < 3, f"heartbeats of 1 s came every {interval:.2f} s")
        quiet.close(1000)
        quiet.is_closed(1000, "")
        nobody_is_there(playground)
    passed(
        f"a page that says nothing stays connected, because the browser answers pings; it sees a message every {interval:.2f} s. "
        f"A client that answers none was closed with 4408 after {seconds:.1f} s"
    )


def origins(chromium, page, binary):
    with OtherOrigin(PAGE) as unlisted:
        with Playground(binary) as playground, Proxy(playground.port) as proxy:
            chromium.open(page.origin + "/")
            is_refused(chromium, proxy.origin, "another origin's page")
            is_refused(chromium, proxy.origin, "another origin's page", path="/echo")
            for exchange in proxy.exchanges:
                check(exchange.header("origin") == page.origin, f"Origin is {exchange.header('origin')}")
                check(exchange.answer.startswith(b"HTTP/1.1 403 "), f"the answer is {exchange.answer[:200]!r}")
            check(len(proxy.exchanges) == 2, f"{len(proxy.exchanges)} requests instead of 2")
            nobody_is_there(playground)
        passed("a page of another origin is refused with 403, on /ws and /echo, and sees an error and 1006")

        with Playground(binary, PLAYGROUND_ORIGINS=f"https://app.example, {page.origin}") as playground:
            for origin in (page.origin, playground.origin):
                chromium.open(origin + ("/" if origin is page.origin else "/stats"))
                chromium.evaluate(SCRIPT)
                for path in ("/ws", "/echo"):
                    welcome = Socket(chromium, playground.origin, path)
                    welcome.wait("open", f"a page of {origin} connects")
                    welcome.close(1000)
                    welcome.is_closed(1000, "")
            chromium.open(unlisted.origin + "/")
            is_refused(chromium, playground.origin, "a page of an origin that is not listed")
            nobody_is_there(playground)
        passed("a page of a listed origin connects, and still one of the server's own; one that is not listed does not")


def stops(chromium, binary):
    with Playground(binary) as playground:
        open_own(chromium, playground)
        members = [Socket(chromium, playground.origin, path) for path in ("/ws", "/ws", "/echo")]
        for member in members:
            member.wait("open", "the connection opens")
        playground.process.send_signal(signal.SIGTERM)
        for member in members[:2]:
            member.is_closed(1012, "shutdown")
        echo = members[2].wait("close", "the end of an echo")
        try:
            status = playground.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise Failure(f"the server runs {LIMIT} s after SIGTERM") from None
        check(status == 0, f"the server ended with {status}")
        check(echo["code"] == 1012, f"/echo was closed with {echo['code']}")
    passed("a server that stops closes with 1012, reason shutdown, and ends with status 0")


def own_page(chromium, binary):
    """The right half of the Playground's page, through a proxy that cuts its connection."""
    with Playground(binary) as playground, Proxy(playground.port) as proxy:
        page = OwnPage(chromium, proxy.origin)
        page.click("connect")
        page.wait("state", "'open'", "is connected")
        page.click("join")
        page.wait("rooms", "'Leavechat'", "has joined")
        page.fill("room", "news")
        page.click("join")
        page.wait("rooms", "'LeavechatLeavenews'", "has joined another room")
        page.wait_for("JSON.parse(document.getElementById('ws-stats').textContent).rooms.news === 1", "shows the statistics")

        chromium.evaluate(SCRIPT)
        other = Socket(chromium, proxy.origin)
        other.connect()
        other.join("chat")
        page.click("broadcast")
        message = json.loads(other.next("what the page has broadcast"))
        check(message["payload"] == {"text": "Good morning 👋"}, f"the page's broadcast is {message}")
        other.send(type="broadcast", room="chat", payload="from the other")
        page.shows("from the other")
        page.fill("payload", "no JSON")
        page.click("publish")
        page.shows('published "no JSON"')
        page.wait("delivered", "'to 2'", "says for how many it was")
        page.click("leave")
        page.wait("rooms", "'Leavechat'", "has left a room")
        page.fill("room", "private-x")
        page.click("join")
        page.shows("Access denied to room 'private-x'")
        check(not chromium.errors(), f"errors on the Playground's page: {chromium.errors()}")

        page.click("kill")
        page.comes_back("closed with 4000")
        proxy.cut("RST")
        page.comes_back("closed with 1006")
        other.is_closed(1006, "", clean=False)
        page.click("close")
        page.wait("state", "'closed'", "is closed")
        page.shows("closed with 1000")
        page.wait("rooms", "''", "is in no room")
        # It would be back by now if it had not been told to go.
        chromium.evaluate("setTimeout(() => { window.isLater = true }, 1200)")
        page.wait_for("window.isLater", "some time goes by")
        page.wait("state", "'closed'", "is still closed")
        nobody_is_there(playground)
    passed("the Playground's page joins, leaves, broadcasts, publishes, shows messages and statistics, and comes back to its rooms when cut off")


class OwnPage:
    """The right half of the Playground's page."""

    def __init__(self, chromium, origin):
        self._chromium = chromium
        chromium.events.clear()
        chromium.open(origin + "/")

    def click(self, name):
        self._chromium.evaluate(f"document.getElementById('ws-{name}').click()")

    def fill(self, name, text):
        self._chromium.evaluate(f"document.getElementById('ws-{name}').value = {json.dumps(text)}")

    def wait_for(self, script, what):
        wait_until(lambda: self._chromium.evaluate(script), f"the Playground's page: {what}", pause=0.1)

    def wait(self, name, expected, what):
        self.wait_for(f"document.getElementById('ws-{name}').textContent === {expected}", what)

    def shows(self, text):
        self.wait_for(f"document.getElementById('ws-log').textContent.includes({json.dumps(text)})", f"shows {text}")

    def comes_back(self, text):
        self.shows(text)
        self.click("clear")
        self.wait("state", "'open'", "is connected again")
        self.wait("rooms", "'Leavechat'", "is back in its room")


def run():
    check_installed()
    binary = sys.argv[1]
    with OtherOrigin(PAGE) as page, Chromium() as chromium:
        with Playground(binary, PLAYGROUND_WS_MAX=str(WS_MAX)) as playground:
            for part in (echoes, closes, subprotocols, rooms):
                part(chromium, playground)
        heartbeats(chromium, binary)
        origins(chromium, page, binary)
        stops(chromium, binary)
        own_page(chromium, binary)
        compressing.run(chromium, binary)


main(run, overall=300)
