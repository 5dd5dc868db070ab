//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

import RealtimeKit

/// The page: plain HTML and JavaScript, no build step, nothing from other servers. Event streams on its left, WebSockets on its right.
enum Page {
    static func html(_ settings: Settings, token: String) -> String {
        self.template
            .replacing("{{script}}", with: PageScript.common + PageScript.streams + PageScript.sockets)
            .replacing("{{bearer}}", with: token)
            .replacing("{{key}}", with: settings.apiKey.text)
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
          body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 80rem; }
          h1 { font-size: 1.3rem; margin: 0 0 .3rem; } h2 { font-size: 1rem; margin: 0 0 .7rem; }
          p { margin: 0 0 1rem; color: var(--dim); } section p { margin: .7rem 0 0; }
          main { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; } main > div { min-width: 0; }
          section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-bottom: 1rem; }
          label { display: block; margin-bottom: .6rem; color: var(--dim); }
          input, select, textarea { display: block; width: 100%; font: inherit; padding: .3rem .5rem; }
          input[type=checkbox] { display: inline; width: auto; }
          textarea { font-family: ui-monospace, monospace; min-height: 4.5rem; }
          button { font: inherit; padding: .35rem .9rem; margin: .2rem .3rem 0 0; cursor: pointer; }
          .state { font-weight: 600; color: var(--bad); } .state.on { color: var(--ok); }
          .log { list-style: none; margin: 0; padding: 0; font: 13px/1.5 ui-monospace, monospace; max-height: 34rem; overflow: auto; }
          .log li { border-bottom: 1px solid var(--line); padding: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
          .log b { color: var(--ok); } .log i { color: var(--dim); font-style: normal; }
          .stats { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; margin: 0; }
          #ws-rooms { list-style: none; margin: .7rem 0 0; padding: 0; }
          #ws-rooms li { display: flex; align-items: center; gap: .6rem; overflow-wrap: anywhere; }
          @media (max-width: 50rem) { main { grid-template-columns: 1fr; } }
        </style>
        <h1>RealtimeKit Playground</h1>
        <p>Connect, publish, and watch what arrives. Open the page twice to talk to yourself.</p>
        <section>
          <h2>You are <span id="me" class="state">anonymous</span></h2>
          <button id="login-alice">Sign in as alice</button><button id="login-admin">Sign in as admin</button>
          <button id="login-jwt">Sign in as alice, with a token in the cookie</button>
          <button id="login-short">The same for 30 seconds</button><button id="logout">Sign out</button>
          <button id="kick" title="admin may do that">Kick alice for a minute</button>
          <label style="margin: .7rem 0 0"><input type="checkbox" id="refresh" checked> Bring another token when one is about to expire</label>
          <p>Signing in sets a cookie, which the browser sends with everything that the page opens from then on.</p>
        </section>
        <main>
          <div>
            <section>
              <h2>Server-Sent Events <span id="sse-state" class="state">closed</span></h2>
              <label>Channels, separated by commas <input id="sse-channels" value="news,chat"></label>
              <label>As
                <select id="sse-as">
                  <option value="">who you are, by cookie (EventSource)</option>
                  <option value="ticket">who you are, by ticket (EventSource)</option>
                  <option value="bearer">alice, by bearer token (fetch)</option>
                  <option value="key">alice, by API key (fetch)</option>
                </select>
              </label>
              <button id="sse-connect">Connect</button><button id="sse-close">Close</button>
              <p>Channels that begin with <code>private-</code> are for those who have signed in.</p>
            </section>
            <section>
              <h2>Publish to a channel</h2>
              <label>Channel <input id="sse-to" value="news"></label>
              <label>Event (empty: message) <input id="sse-event" value="hello"></label>
              <label>Data <textarea id="sse-data">Good morning 👋
        in two lines</textarea></label>
              <button id="sse-publish">Publish</button> <span id="sse-delivered"></span>
            </section>
            <section><h2>Statistics</h2><pre id="sse-stats" class="stats"></pre></section>
            <section><h2>Events <button id="sse-clear">Clear</button></h2><ol id="sse-log" class="log"></ol></section>
          </div>
          <div>
            <section>
              <h2>WebSocket <span id="ws-state" class="state">closed</span></h2>
              <button id="ws-connect">Connect</button><button id="ws-close">Close</button>
              <button id="ws-kill" title="Ends the connection as if it had been lost">Kill</button>
              <label style="margin: .7rem 0 0"><input type="checkbox" id="ws-again" checked> Come back by itself, to the same rooms</label>
              <label style="margin: 0"><input type="checkbox" id="ws-ticket"> Connect with a ticket</label>
              <p>Browsers cannot set the headers of a WebSocket: the cookie tells who you are, or a ticket. Rooms that begin with
              <code>private-</code> are for those who have signed in. The terminal shows how other programs connect.</p>
            </section>
            <section>
              <h2>Rooms</h2>
              <label>Room <input id="ws-room" value="chat"></label>
              <button id="ws-join">Join</button><button id="ws-leave">Leave</button>
              <ul id="ws-rooms"></ul>
            </section>
            <section>
              <h2>Say something in a room</h2>
              <label>Room <input id="ws-to" value="chat"></label>
              <label>Payload: JSON, or a text <textarea id="ws-payload">{"text": "Good morning 👋"}</textarea></label>
              <button id="ws-broadcast">Broadcast to the others</button>
              <button id="ws-publish">Publish by the server, to all</button> <span id="ws-delivered"></span>
            </section>
            <section><h2>Statistics</h2><pre id="ws-stats" class="stats"></pre></section>
            <section><h2>Messages <button id="ws-clear">Clear</button></h2><ol id="ws-log" class="log"></ol></section>
          </div>
        </main>
        <script>
        {{script}}
        </script>
        """#
}
