//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// The page: plain HTML and JavaScript, no build step, nothing from other servers.
enum Page {
    static func html(_ settings: Settings) -> String {
        self.template
            .replacing("{{bearer}}", with: settings.bearerToken)
            .replacing("{{key}}", with: settings.apiKey)
    }

    private static let template = #"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>RealtimeKit Playground</title>
        <style>
          :root { color-scheme: light dark; --line: #8884; --dim: #888; --ok: #2a9d5c; --bad: #d1495b; }
          * { box-sizing: border-box; }
          body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 70rem; }
          h1 { font-size: 1.3rem; margin: 0 0 .3rem; } h2 { font-size: 1rem; margin: 0 0 .7rem; }
          p { margin: 0 0 1rem; color: var(--dim); }
          main { display: grid; grid-template-columns: 20rem 1fr; gap: 1.5rem; }
          section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-bottom: 1rem; }
          label { display: block; margin-bottom: .6rem; color: var(--dim); }
          input, select, textarea { display: block; width: 100%; font: inherit; padding: .3rem .5rem; }
          textarea { font-family: ui-monospace, monospace; min-height: 4.5rem; }
          button { font: inherit; padding: .35rem .9rem; margin: .2rem .3rem 0 0; cursor: pointer; }
          #state { font-weight: 600; } #state.on { color: var(--ok); } #state.off { color: var(--bad); }
          #log { list-style: none; margin: 0; padding: 0; font: 13px/1.5 ui-monospace, monospace; max-height: 34rem; overflow: auto; }
          #log li { border-bottom: 1px solid var(--line); padding: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
          #log b { color: var(--ok); } #log i { color: var(--dim); font-style: normal; }
          #stats { white-space: pre-wrap; font: 13px/1.5 ui-monospace, monospace; margin: 0; }
          @media (max-width: 50rem) { main { grid-template-columns: 1fr; } }
        </style>
        <h1>RealtimeKit Playground</h1>
        <p>Connect, publish, and watch the events arrive. Open the page twice to talk to yourself.</p>
        <main>
          <div>
            <section>
              <h2>Server-Sent Events <span id="state" class="off">closed</span></h2>
              <label>Channels, separated by commas <input id="channels" value="news,chat"></label>
              <label>As
                <select id="as">
                  <option value="">anonymous (EventSource)</option>
                  <option value="bearer">alice, by bearer token (fetch)</option>
                  <option value="key">alice, by API key (fetch)</option>
                </select>
              </label>
              <button id="connect">Connect</button><button id="close">Close</button>
              <p style="margin:.7rem 0 0">Channels that begin with <code>private-</code> are for alice.</p>
            </section>
            <section>
              <h2>Publish</h2>
              <label>Channel <input id="to" value="news"></label>
              <label>Event (empty: message) <input id="event" value="hello"></label>
              <label>Data <textarea id="data">Good morning 👋
        in two lines</textarea></label>
              <button id="publish">Publish</button> <span id="delivered"></span>
            </section>
            <section><h2>Statistics</h2><pre id="stats"></pre></section>
          </div>
          <section><h2>Events <button id="clear">Clear</button></h2><ol id="log"></ol></section>
        </main>
        <script>
          const $ = id => document.getElementById(id);
          const credentials = { bearer: { Authorization: "Bearer {{bearer}}" }, key: { "x-api-key": "{{key}}" } };
          let stop = null, listening = new Set();

          function log(name, data, extra = "") {
            const item = document.createElement("li"), b = document.createElement("b"), i = document.createElement("i");
            b.textContent = name + " "; i.textContent = extra ? "  " + extra : "";
            item.append(b, data, i);
            $("log").prepend(item);
            while ($("log").children.length > 500) $("log").lastChild.remove();
          }
          function state(text, on) { $("state").textContent = text; $("state").className = on ? "on" : "off"; }
          function close() { if (stop) stop(); stop = null; state("closed", false); }

          function connect() {
            close();
            const url = "/sse?channels=" + encodeURIComponent($("channels").value);
            $("as").value ? byFetch(url, credentials[$("as").value]) : byEventSource(url);
          }
          function byEventSource(url) {
            const source = new EventSource(url);
            const show = event => log(event.type, event.data, event.lastEventId && "id " + event.lastEventId);
            listening = new Set(["connected", "unauthorized", "subscribed", "unsubscribed", "disconnect", "ping", "message"]);
            for (const name of listening) source.addEventListener(name, show);
            source.listen = name => { if (!listening.has(name)) { listening.add(name); source.addEventListener(name, show); } };
            source.onopen = () => state("open", true);
            source.onerror = () => state(source.readyState === 2 ? "refused" : "reconnecting", false);
            source.listen($("event").value || "message");
            $("event").onchange = () => source.listen($("event").value || "message");
            stop = () => { source.close(); $("event").onchange = null; };
          }
          // EventSource cannot send headers; fetch can, and reads the same stream.
          async function byFetch(url, headers) {
            const abort = new AbortController();
            stop = () => abort.abort();
            try {
              const response = await fetch(url, { headers: { ...headers, Accept: "text/event-stream" }, signal: abort.signal });
              if (!response.ok) { log("refused", await response.text(), String(response.status)); return state("refused", false); }
              state("open", true);
              let rest = "";
              const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
              for (;;) {
                const { value, done } = await reader.read();
                if (done) break;
                const blocks = (rest + value).split("\n\n");
                rest = blocks.pop();
                for (const block of blocks) {
                  const event = { event: "message", data: [] };
                  for (const line of block.split("\n")) {
                    const [, field, text] = line.match(/^([^:]*):? ?(.*)$/);
                    if (field === "data") event.data.push(text); else if (field) event[field] = text;
                  }
                  if (event.data.length) log(event.event, event.data.join("\n"), event.channel);
                }
              }
              state("closed", false);
            } catch (error) { if (error.name !== "AbortError") state("lost", false); }
          }
          async function publish() {
            const body = { to: "sse", channel: $("to").value, data: $("data").value };
            if ($("event").value) body.event = $("event").value;
            const response = await fetch("/publish", { method: "POST", body: JSON.stringify(body) });
            const answer = await response.json();
            $("delivered").textContent = response.ok ? "to " + answer.delivered : answer.error.message;
          }
          async function stats() {
            try { $("stats").textContent = JSON.stringify(await (await fetch("/stats")).json(), null, 2); }
            catch { $("stats").textContent = "no server"; }
          }
          $("connect").onclick = connect; $("close").onclick = close; $("publish").onclick = publish;
          $("clear").onclick = () => $("log").replaceChildren();
          setInterval(stats, 2000); stats();
        </script>
        """#
}
