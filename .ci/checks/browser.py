#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""What a real browser makes of the streams: headless Chromium, with a page of another origin and with the Playground's own.

Usage: browser.py <Playground>
"""

import json
import re
import sys

sys.dont_write_bytecode = True

from chromium import Chromium, OtherOrigin, check_installed
from playground import Playground, check, main, passed, wait_until

API_KEY = "rtk_check_0123456789abcdef0123456789abcdef"

# What is published, and what the browser has to make of it: (fields of /publish, (type, data, lastEventId)). An id stays in force for the
# events behind it until another takes its place.
TEXT = "Grüße, κόσμε, 世界, שלום, 👋🏽 👨‍👩‍👧‍👦 \u2028 \u0085 \ufeff end"
JSON = '{"b": 1.10, "a": [1, 2, {"z": null, "é": "😀"}], "n": 12345678901234567890}'
EVENTS = [
    ({"data": "plain"}, ("message", "plain", "")),
    ({"event": "named", "data": "by name"}, ("named", "by name", "")),
    ({"data": "one\ntwo\n\nfour"}, ("message", "one\ntwo\n\nfour", "")),
    ({"event": "lines", "data": "one\r\ntwo\rthree\r\n"}, ("lines", "one\ntwo\nthree\n", "")),
    ({"data": TEXT}, ("message", TEXT, "")),
    ({"event": "größe-👋", "data": "a name"}, ("größe-👋", "a name", "")),
    ({"event": "named", "data": "with id", "id": "42"}, ("named", "with id", "42")),
    ({"data": "after it"}, ("message", "after it", "42")),
    ({"data": "another", "id": "é-2 👋", "retry": 1500}, ("message", "another", "é-2 👋")),
    ({"event": "json", "raw": JSON}, ("json", JSON, "é-2 👋")),
    ({"event": "json", "raw": "[true, 1.50, null]"}, ("json", "[true, 1.50, null]", "é-2 👋")),
    ({"data": "no more id", "id": ""}, ("message", "no more id", "")),
    ({"data": ""}, ("message", "", "")),
    ({"data": "  spaces: kept "}, ("message", "  spaces: kept ", "")),
    ({"data": "id: 1\nevent: no\n: no comment\n\ndata: x"}, ("message", "id: 1\nevent: no\n: no comment\n\ndata: x", "")),
    ({"event": "large", "data": "ä" * 300_000}, ("large", "ä" * 300_000, "")),
    ({"event": "done", "data": "done"}, ("done", "done", "")),
]

PAGE = """<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>
const server = %(server)s, names = %(names)s, key = %(key)s;
const tell = (path, what) => fetch(path, { method: "POST", body: JSON.stringify(what) });
addEventListener("error", event => tell("/failed", event.message));
addEventListener("unhandledrejection", event => tell("/failed", String(event.reason)));

async function firstEvent(apiKey) {
  const response = await fetch(server + "/sse?channels=private-x", { headers: { "x-api-key": apiKey } });
  if (response.status !== 200) return { status: response.status };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\\n\\n")) text += (await reader.read()).value;
  reader.cancel();
  return { status: 200, text };
}

const got = [];
const source = new EventSource(server + "/sse?channels=browser,private-x");
source.onerror = () => tell("/failed", "EventSource: error, readyState " + source.readyState);
for (const name of names) source.addEventListener(name, async event => {
  got.push([event.type, event.data, event.lastEventId, event.origin]);
  if (name === "connected") tell("/ready", null);
  if (name !== "done") return;
  source.onerror = null;
  source.close();
  tell("/result", { got, origin: location.origin, rightKey: await firstEvent(key), wrongKey: await firstEvent("rtk_check_wrong") });
});
</script>
"""


def other_origin(playground):
    names = ["connected", "unauthorized", "disconnect"] + sorted({expected[0] for _, expected in EVENTS})
    page = PAGE % {"server": json.dumps(playground.origin), "names": json.dumps(names), "key": json.dumps(API_KEY)}
    with OtherOrigin(page.encode()) as other, Chromium() as chromium:
        chromium.open(other.origin + "/")
        other.expect("/ready")
        connection = playground.connect()
        for fields, _ in EVENTS:
            delivered = playground.publish(connection, "browser", **{"data": None, **fields})
            check(delivered == 1, f"{str(fields)[:100]} was for {delivered} connections; one is there")
        connection.close()
        result = other.expect("/result")
        errors = [error for error in chromium.errors() if "401" not in error]
    got = result["got"]
    check(not errors, f"errors on the page: {errors}")
    check(result["origin"] == other.origin != playground.origin, f"the page's origin is {result['origin']}")
    check(all(event[3] == playground.origin for event in got), "the events' origin is not the Playground's")

    check(got[0][0] == "connected", f"the first event is {got[0]}")
    hello = json.loads(got[0][1])
    check(list(hello) == ["id", "channels", "authenticated"], f"data of connected is {got[0][1]}")
    check(re.fullmatch(r"[0-9a-f]{32}", hello["id"]), f"data of connected is {got[0][1]}")
    check(hello["channels"] == ["browser"] and hello["authenticated"] is False, f"data of connected is {got[0][1]}")
    passed("another origin's page: 'connected' comes first and says id, channels and authenticated")

    check(got[1][0] == "unauthorized", f"the second event is {got[1]}")
    refusal = json.loads(got[1][1])
    check(refusal["channel"] == "private-x" and refusal["message"], f"data of unauthorized is {got[1][1]}")
    passed("a private channel without credentials brings 'unauthorized'")

    for (fields, expected), event in zip(EVENTS, got[2:]):
        check(tuple(event[:3]) == expected, f"{str(fields)[:200]} came as {str(event[:3])[:300]} instead of {str(expected)[:200]}")
    check(len(got) == len(EVENTS) + 2, f"{len(got) - 2} of {len(EVENTS)} events came")
    passed(f"{len(EVENTS)} events came in order, with their names, data and ids (lines, non-ASCII, JSON, empty, 600 kB)")

    check(result["wrongKey"] == {"status": 401}, f"a wrong API key brings {result['wrongKey']}")
    check('"channels":["private-x"],"authenticated":true' in result["rightKey"].get("text", ""), f"the API key brings {result['rightKey']}")
    passed("fetch with an API key, after the browser's preflight: the private channel is granted; a wrong key is a 401 the page can see")


def own_page(playground):
    with Chromium() as chromium:

        def wait_for(script, what):
            wait_until(lambda: chromium.evaluate(script), f"the Playground's page: {what}", pause=0.1)

        def press(name):
            chromium.evaluate(f"document.getElementById('{name}').click()")

        def click(name):
            press(f"sse-{name}")

        chromium.open(playground.origin + "/")
        wait_for("document.getElementById('sse-stats').textContent.includes('connections')", "shows the statistics")
        click("connect")
        wait_for("document.getElementById('sse-state').textContent === 'open'", "is connected")
        click("publish")
        wait_for("/hello Good morning 👋\\nin two lines/.test(document.getElementById('sse-log').textContent)", "shows what it published")
        wait_for("document.getElementById('sse-delivered').textContent === 'to 1'", "says for how many it was")
        for method in ("bearer", "key"):
            chromium.evaluate(f"document.getElementById('sse-as').value = '{method}'")
            click("clear")
            click("connect")
            wait_for("document.getElementById('sse-log').textContent.includes('\"authenticated\":true')", f"is connected as alice, by {method}")
        click("close")
        wait_for("document.getElementById('sse-state').textContent === 'closed'", "is closed")
        press("login-alice")
        wait_for("document.getElementById('me').textContent === 'alice, by session'", "says that alice has signed in")
        chromium.evaluate("document.getElementById('sse-as').value = 'ticket'")
        click("connect")
        wait_for("document.getElementById('sse-state').textContent === 'open'", "is connected with a ticket")
        press("login-admin")  # In place of alice, whose session ends with that.
        wait_for("document.getElementById('sse-log').textContent.includes('{\"reason\":\"kicked\",\"reconnect\":false}')", "has been told to go")
        wait_for("document.getElementById('sse-state').textContent === 'closed'", "does not come back")
        check(not chromium.errors(), f"errors on the Playground's page: {chromium.errors()}")
        # Would an error have been seen at all?
        chromium.evaluate("setTimeout(() => { throw new Error('on purpose') })")
        wait_until(lambda: chromium.evaluate("true") and any("on purpose" in error for error in chromium.errors()), "a JavaScript error is seen")
    wait_until(lambda: playground.stats()["connections"] == 0, "the page's streams are gone")
    passed("the Playground's page connects, publishes, shows events, as anonymous and as alice, and closes when told to, without a JavaScript error")


def run():
    check_installed()
    with Playground(sys.argv[1], PLAYGROUND_API_KEY=API_KEY) as playground:
        other_origin(playground)
        own_page(playground)


main(run, overall=240)
