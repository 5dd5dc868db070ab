#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The life of an `EventSource` in headless Chromium: heartbeats, reconnection, credentials, refusals, a server that restarts.

Usage: eventsource.py <Playground>
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from chromium import Chromium, OtherOrigin, check_installed
from playground import HOST, LIMIT, Failure, Playground, check, main, passed, request, wait_until
from proxy import DrainingConnection, Proxy

CONNECTING, OPEN, CLOSED = 0, 1, 2

RETRY = 700  # Milliseconds, and later:
OTHER_RETRY = 1600
RETRY_SLACK = 1300  # So much later is accepted. Without a `retry:` Chromium waits for 3000 ms.

COOKIE = "rtk_check=seen"

SCRIPT = """
const logs = {}, sources = {};
function listen(name, url, withCredentials) {
  const log = logs[name] = [], source = sources[name] = new EventSource(url, { withCredentials });
  const note = event => log.push({ type: event.type, data: event.data, id: event.lastEventId, state: source.readyState, at: performance.now() });
  for (const type of ["open", "error", "message", "connected", "unauthorized", "disconnect", "ping", "named"]) source.addEventListener(type, note);
}
"""

PAGE = f"""<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>{SCRIPT}</script>
""".encode()

# Signs in, and asks for a ticket for an EventSource.
TICKET = """
let issued = "";
(async () => {
  const ask = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  await ask("/login", { user: "alice" });
  issued = (await (await ask("/ticket", { path: "/sse" })).json()).ticket;
})()
"""


class Source:
    """An EventSource on the present page, and what it has seen."""

    count = 0

    def __init__(self, chromium, origin, channel, credentials=False, query=None):
        Source.count += 1
        self._chromium = chromium
        self._name = json.dumps(f"source {Source.count}")
        url = json.dumps(f"{origin}/sse?{query or 'channels=' + channel}")
        chromium.evaluate(f"listen({self._name}, {url}, {json.dumps(credentials)})")

    def log(self):
        return self._chromium.evaluate(f"logs[{self._name}]")

    def types(self):
        return [entry["type"] for entry in self.log()]

    def wait(self, types, what):
        """Waits until these things have happened, in this order and nothing between them; returns the last."""
        try:
            wait_until(lambda: len(self.types()) >= len(types), what, pause=0.05)
        except Failure as failure:
            raise Failure(f"{failure}; the page has seen {self.types()}") from None
        log = self.log()
        check([entry["type"] for entry in log[: len(types)]] == types, f"{what}: the page has seen {self.types()} instead of {types}")
        return log[len(types) - 1]

    def close(self):
        self._chromium.evaluate(f"sources[{self._name}].close()")


def publish(playground, channel, data, **fields):
    connection = playground.connect()
    delivered = playground.publish(connection, channel, data, **fields)
    connection.close()
    check(delivered == 1, f"{data!r} was for {delivered} connections; one is there")


def nobody_is_there(playground):
    wait_until(lambda: playground.stats() == {"connections": 0, "channels": {}}, "/stats says that nobody is there", limit=15)


def heartbeats(chromium, page, binary):
    with Playground(binary, PLAYGROUND_HEARTBEAT="1") as playground:
        chromium.open(page.origin + "/")
        source = Source(chromium, playground.origin, "quiet")
        source.wait(["open", "connected", "ping", "ping", "ping"], "three heartbeats")
        pings = source.log()[2:5]
        for ping in pings:
            check(re.fullmatch(r'\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}', ping["data"]), f"data of ping is {ping['data']}")
            check(ping["id"] == "", f"a ping has the id {ping['id']!r}")
        seconds = (pings[2]["at"] - pings[0]["at"]) / 1000
        check(1.5 < seconds < 5, f"two heartbeats of 1 s took {seconds:.1f} s")
        source.close()
        nobody_is_there(playground)
    passed(f"heartbeats come as 'ping' events with the time, two in {seconds:.2f} s, and nothing else")


def reconnects(chromium, page, binary):
    with Playground(binary, PLAYGROUND_RETRY=str(RETRY)) as playground, Proxy(playground.port) as proxy:
        chromium.open(page.origin + "/")
        source = Source(chromium, proxy.origin, "again")
        seen = ["open", "connected"]
        source.wait(seen, "the stream opens")
        check(proxy.exchanges[0].header("last-event-id") is None, "the first request has a Last-Event-ID")
        waited = [
            cut_and_return(playground, proxy, source, seen, way, last_id, retry)
            for way, last_id, retry in (("FIN", "42", RETRY), ("RST", "é-2 👋", OTHER_RETRY), ("FIN", "", RETRY))
        ]
        source.close()
        nobody_is_there(playground)
    passed(
        f"a connection that was cut comes back by itself with its Last-Event-ID, after the `retry:` of the stream or of an event: "
        f"{', '.join(f'{milliseconds:.0f} ms for {retry}' for retry, milliseconds in waited)}"
    )


def cut_and_return(playground, proxy, source, seen, way, last_id, retry):
    """Publishes an event with an id, cuts the connection, and sees the EventSource come back. Returns how long it was to wait, and waited."""
    publish(playground, "again", "before", id=last_id, event="named", **({} if retry == RETRY else {"retry": retry}))
    seen += ["named"]
    event = source.wait(seen, f"an event with the id '{last_id}'")
    check((event["data"], event["id"]) == ("before", last_id), f"the page has seen {event}")
    count = len(proxy.exchanges)
    at = proxy.cut(way)
    seen += ["error"]
    state = source.wait(seen, f"an error after the cut by {way}")["state"]
    check(state == CONNECTING, f"after the cut by {way} readyState is {state}")

    wait_until(lambda: len(proxy.exchanges) > count, "the browser comes back")
    again = proxy.exchanges[count]
    waited = (again.at - at) * 1000
    check(retry - 20 < waited < retry + RETRY_SLACK, f"the browser came back after {waited:.0f} ms instead of {retry} ms")
    check(again.header("last-event-id") == (last_id or None), f"Last-Event-ID is {again.header('last-event-id')!r} instead of {last_id!r}")
    seen += ["open", "connected"]
    state = source.wait(seen, "the stream opens again")["state"]
    check(state == OPEN, f"after the return readyState is {state}")

    # The server has seen the end of the old connection, or will: its new one is the only reader of what comes now.
    wait_until(lambda: playground.stats()["connections"] == 1, "only the new connection is left in /stats")
    publish(playground, "again", "after")
    seen += ["message"]
    event = source.wait(seen, "an event after the return")
    check((event["data"], event["id"]) == ("after", last_id), f"the page has seen {event}")
    return retry, waited


def credentials(chromium, page, binary):
    with OtherOrigin(PAGE) as unlisted:
        with Playground(binary, PLAYGROUND_ORIGINS=page.origin) as playground, Proxy(playground.port) as proxy:
            chromium.open(page.origin + "/")
            # Cookies belong to a host, whatever its port, and pages of the same host are of the same site.
            chromium.evaluate(f"document.cookie = '{COOKIE}; path=/; SameSite=Strict'")
            head = connects(chromium, proxy, playground, credentials=True)
            check(head.header("origin") == page.origin, f"Origin is {head.header('origin')}")
            check(head.header("cookie") == COOKIE, f"the cookies are {head.header('cookie')!r}")
            check("access-control-allow-credentials: true" in head.answer.decode().lower(), f"the answer is {head.answer!r}")
            head = connects(chromium, proxy, playground, credentials=False)
            check(head.header("cookie") is None, f"cookies without credentials: {head.header('cookie')!r}")
            passed("a page of a listed origin connects with credentials, and its cookie arrives; without credentials it connects without the cookie")

            chromium.open(unlisted.origin + "/")
            is_refused(chromium, proxy.origin, "a page of an origin that is not listed, with credentials", credentials=True)
            is_refused(chromium, proxy.origin, "a page of an origin that is not listed", credentials=False)
            nobody_is_there(playground)
            passed("a page of an origin that is not listed gets nothing, and readyState is CLOSED")

        with Playground(binary) as playground, Proxy(playground.port) as proxy:
            chromium.open(unlisted.origin + "/")
            head = connects(chromium, proxy, playground, credentials=False)
            check(head.header("cookie") is None, f"cookies without credentials: {head.header('cookie')!r}")
            is_refused(chromium, proxy.origin, "credentials where every origin may read", credentials=True)
            nobody_is_there(playground)
            passed("without a list every origin connects, but not with credentials")


def connects(chromium, proxy, playground, credentials):
    """Connects, reads one event, and closes. Returns the request."""
    count = len(proxy.exchanges)
    source = Source(chromium, proxy.origin, "cookies", credentials)
    source.wait(["open", "connected"], "the stream opens")
    publish(playground, "cookies", "something")
    event = source.wait(["open", "connected", "message"], "an event")
    check(event["data"] == "something", f"the page has seen {event}")
    source.close()
    nobody_is_there(playground)
    check(len(proxy.exchanges) == count + 1, f"there were {len(proxy.exchanges) - count} requests")
    return proxy.exchanges[count]


def is_refused(chromium, origin, what, credentials=False, query=None):
    source = Source(chromium, origin, "refused", credentials, query)
    state = source.wait(["error"], what)["state"]
    check(state == CLOSED, f"{what}: readyState is {state}")


def tickets(chromium, page, binary):
    """The Playground's own page opens a stream with a ticket, which is spent when the stream has to be opened again."""
    with Playground(binary, PLAYGROUND_RETRY=str(RETRY)) as playground, Proxy(playground.port) as proxy:
        chromium.open(proxy.origin + "/")
        chromium.evaluate(SCRIPT)
        chromium.evaluate(TICKET)
        wait_until(lambda: chromium.evaluate("issued"), "a ticket")
        query = f"channels=private-alice&ticket={chromium.evaluate('issued')}"
        source = Source(chromium, proxy.origin, "private-alice", query=query)
        seen = ["open", "connected"]
        source.wait(seen, "the stream opens with a ticket")
        for _ in range(2):
            proxy.cut("RST")
            seen += ["error", "open", "connected"]
            source.wait(seen, "the stream opens again with the ticket that is spent")
            wait_until(lambda: playground.stats()["connections"] == 1, "only the new connection is left in /stats")
            publish(playground, "private-alice", "for alice")
            seen += ["message"]
            source.wait(seen, "an event after the return")
        streams = [exchange for exchange in proxy.exchanges if exchange.text.startswith(f"GET /sse?{query} ")]
        kept = [re.findall(r"ticket-[0-9a-f]{32}=", exchange.header("cookie") or "") for exchange in streams]
        check([len(names) for names in kept] == [0, 1, 1], f"the cookies of the three requests are {kept}")
        is_refused(chromium, proxy.origin, "a ticket that somebody else has used", query=query[:-4] + "AAAA")
        source.close()
        nobody_is_there(playground)
    passed("a stream that was opened with a ticket comes back by itself, with the cookie that it got for the ticket; another ticket is refused")


def refusals(chromium, page, binary):
    with Playground(binary) as playground, Proxy(playground.port) as proxy:
        chromium.open(page.origin + "/")
        is_refused(chromium, proxy.origin, "a malformed name", query="channels=%zz")
        is_refused(chromium, proxy.origin, "too many channels", query="channels=" + ",".join(f"c{number}" for number in range(300)))
        check(len(proxy.exchanges) == 2, f"{len(proxy.exchanges)} requests instead of 2")
        check(all(exchange.answer.startswith(b"HTTP/1.1 400 ") for exchange in proxy.exchanges), "the status is not 400")
    passed("what is refused for good, with 400, is not tried again")


def restart(chromium, page, binary):
    """A server stops, slowly, and another one takes its place, while there are EventSources."""
    with Playground(binary) as old, Proxy(old.port) as proxy:
        port = old.port
        stalled = stall(old)
        draining = DrainingConnection(port)
        chromium.open(page.origin + "/")
        told = Source(chromium, old.origin, "restart")
        told.wait(["open", "connected"], "the stream opens")

        old.process.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        state = told.wait(["open", "connected", "disconnect", "error"], "the farewell, and the end of the stream")["state"]
        data = told.log()[2]["data"]
        check(json.loads(data) == {"reason": "shutdown", "reconnect": True}, f"data of disconnect is {data}")
        check(state == CONNECTING, f"after the farewell readyState is {state}")

        proxy.dial = draining.ask
        asked = Source(chromium, proxy.origin, "restart")
        state = asked.wait(["open", "error"], "the answer of a server that stops")["state"]
        check(state == CONNECTING, f"after the answer of a server that stops readyState is {state}")
        proxy.dial = proxy.connect
        turned_away = Source(chromium, old.origin, "restart")
        state = turned_away.wait(["error"], "no connection to a server that stops")["state"]
        check(state == CONNECTING, f"without a connection to a server that stops readyState is {state}")
        check(old.process.poll() is None, "the server was gone before the page could ask it")
        retry = come_back_later(proxy.exchanges[0].answer.decode())

        seconds = ends_well(old, stopped)
        stalled.close()
        draining.close()
        with Playground(binary, PORT=str(port)) as new:
            return_to(new, [told, asked, turned_away])
            waited = (proxy.exchanges[1].at - proxy.exchanges[0].ended_at) * 1000
            check(retry - 20 < waited < retry + RETRY_SLACK, f"the browser came back after {waited:.0f} ms instead of {retry} ms")
            for source in (told, asked, turned_away):
                source.close()
            nobody_is_there(new)
    passed("a server that stops says 'disconnect', reason shutdown, reconnect true, and the EventSource keeps trying")
    passed(
        f"while it stops ({seconds:.1f} s, for a client that does not read) a new EventSource keeps trying: without a connection, and after a 200 "
        f"with `retry: {retry}` and a comment that the page does not see (back after {waited:.0f} ms)"
    )
    passed("a new server on the same port: all of them open again and get events")


def stall(playground):
    """A client that does not read, and for which something waits in the server: ending it takes 5 s, so long does the server stop."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((HOST, playground.port))
    client.sendall(request(playground.port, "stalled"))
    wait_until(lambda: playground.stats()["connections"] == 1, "the client that does not read is connected")
    peer = client.getsockname()[1]
    connection = playground.connect()
    held = -1
    # What no longer goes to the kernel waits in the outbox; up to 1 MiB may do so, and this is less.
    while (now := kernel_holds(playground.port, peer, held)) > held:
        held = now
        check(held < 64 << 20, "the kernel takes everything")
        for _ in range(2):
            connection.request("POST", "/publish", json.dumps({"to": "sse", "channel": "stalled", "count": 13, "size": 16_000}))
            check(connection.getresponse().read() == b'{"delivered":13}', "the client that does not read was ended")
    connection.close()
    return client


def kernel_holds(port, peer, more_than):
    """How many bytes the kernel has for a connection of the server's that were not taken; gives them half a second to become more."""
    deadline = time.monotonic() + 0.5
    while (held := transmit_queue(port, peer)) <= more_than and time.monotonic() < deadline:
        time.sleep(0.01)
    return held


def transmit_queue(port, peer):
    with open("/proc/net/tcp") as table:
        for line in table:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[2].endswith(f":{peer:04X}"):
                return int(fields[4].partition(":")[0], 16)
    raise Failure("the kernel does not know the connection")


def come_back_later(answer):
    """Checks the answer of a server that stops, and returns when to come back, in milliseconds."""
    head, _, body = answer.partition("\r\n\r\n")
    check(head.startswith("HTTP/1.1 200 "), f"a server that stops answers {head!r}")
    check(re.search(r"^content-type: text/event-stream\r?$", head, re.I | re.M), f"a server that stops answers {head!r}")
    check(re.search(r"^connection: close\r?$", head, re.I | re.M), f"a server that stops answers {head!r}")
    found = re.search(r"^retry: (\d+)\n: .+\n\n", body, re.M)
    check(found and 1000 <= int(found[1]) < 6000, f"a server that stops says {body!r}")
    return int(found[1])


def ends_well(playground, stopped):
    try:
        status = playground.process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        raise Failure(f"the server runs {LIMIT} s after SIGTERM") from None
    check(status == 0, f"the server ended with {status}")
    return time.monotonic() - stopped


def return_to(playground, sources):
    """All these EventSources open again, and get an event."""
    before = [source.types().count("connected") for source in sources]
    wait_until(
        lambda: all(source.types().count("connected") > count for source, count in zip(sources, before)),
        "the EventSources are connected to the new server",
        pause=0.1,
    )
    connection = playground.connect()
    delivered = playground.publish(connection, "restart", "back", event="named")
    connection.close()
    check(delivered == len(sources), f"an event was for {delivered} connections; {len(sources)} are there")
    for source in sources:
        wait_until(lambda: source.types()[-1] == "named", "an event of the new server", pause=0.05)
        log = source.log()
        check(all(entry["state"] == CONNECTING for entry in log if entry["type"] == "error"), f"an EventSource was closed: {log}")
        check([entry["type"] for entry in log[-3:]] == ["open", "connected", "named"], f"the page has seen {source.types()}")
        check(log[-1]["data"] == "back", f"the page has seen {log[-1]}")


def run():
    check_installed()
    binary = sys.argv[1]
    with OtherOrigin(PAGE) as page, Chromium() as chromium:
        for part in (heartbeats, reconnects, credentials, tickets, refusals, restart):
            part(chromium, page, binary)


main(run, overall=300)
