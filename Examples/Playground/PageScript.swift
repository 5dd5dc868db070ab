//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

/// What the page does, in three parts.
enum PageScript {
    /// For both halves, whose elements have the same names behind `sse-` and `ws-`.
    static let common = #"""
        const $ = id => document.getElementById(id);

        function log(half, name, data, extra = "") {
          const item = document.createElement("li"), b = document.createElement("b"), i = document.createElement("i");
          b.textContent = name + " "; i.textContent = extra ? "  " + extra : "";
          item.append(b, data, i);
          const list = $(half + "-log");
          list.prepend(item);
          while (list.children.length > 500) list.lastChild.remove();
        }
        function state(half, text, isOn = false) { $(half + "-state").textContent = text; $(half + "-state").classList.toggle("on", isOn); }

        async function publish(half, body) {
          const response = await fetch("/publish", { method: "POST", body: JSON.stringify(body) });
          const answer = await response.json();
          $(half + "-delivered").textContent = response.ok ? "to " + answer.delivered : answer.error.message;
        }
        async function stats() {
          const show = (half, text) => $(half + "-stats").textContent = text;
          try {
            const all = await (await fetch("/stats")).json();
            for (const half of ["sse", "ws"]) show(half, JSON.stringify(all[half], null, 2));
          } catch { for (const half of ["sse", "ws"]) show(half, "no server"); }
        }
        for (const half of ["sse", "ws"]) $(half + "-clear").onclick = () => $(half + "-log").replaceChildren();
        setInterval(stats, 2000); stats();

        // Signing in and out
        async function me() {
          const response = await fetch("/me");
          const who = response.ok ? await response.json() : {};
          $("me").textContent = who.user ? who.user + ", by " + who.method : "anonymous";
          $("me").classList.toggle("on", Boolean(who.user));
        }
        async function ask(path, body) {
          return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
        }
        async function login(user, how, seconds) { await ask("/login", { user, with: how, seconds }); me(); }
        // A token that is good for another half a minute.
        async function token() { return (await (await ask("/token", { seconds: 30 })).json()).token; }
        // What stands in a URL opens one path, once, within half a minute.
        async function ticket(path) {
          const response = await ask("/ticket", { path });
          return response.ok ? (await response.json()).ticket : "";
        }
        $("login-alice").onclick = () => login("alice", "session");
        $("login-admin").onclick = () => login("admin", "session");
        $("login-jwt").onclick = () => login("alice", "jwt");
        $("login-short").onclick = () => login("alice", "jwt", 30);
        $("kick").onclick = async () => {
          const answer = await (await ask("/kick", { user: "alice" })).json();
          log("ws", "kick", answer.error ? answer.error.message : answer.kicked + " connections");
        };
        $("logout").onclick = async () => { await ask("/logout", {}); me(); };
        me();


        """#

    static let streams = #"""
        // Server-Sent Events
        const credentials = { bearer: { Authorization: "Bearer {{bearer}}" }, key: { "x-api-key": "{{key}}" } };
        let stop = null;

        function closeStream() { if (stop) stop(); stop = null; state("sse", "closed"); }
        async function openStream() {
          closeStream();
          const url = "/sse?channels=" + encodeURIComponent($("sse-channels").value), as = $("sse-as").value;
          if (as === "ticket") byEventSource(url + "&ticket=" + await ticket("/sse"));
          else if (as) byFetch(url, credentials[as]);
          else byEventSource(url);
        }
        let stream = "";
        async function refreshStream() {
          if (!$("refresh").checked) return;
          const headers = { Authorization: "Bearer " + await token() };
          const response = await fetch("/sse/refresh?id=" + stream, { method: "POST", headers });
          log("sse", "refresh", await response.text());
        }
        function byEventSource(url) {
          const source = new EventSource(url), listening = new Set();
          const show = event => log("sse", event.type, event.data, event.lastEventId && "id " + event.lastEventId);
          const listen = name => { if (!listening.has(name)) { listening.add(name); source.addEventListener(name, show); } };
          for (const name of ["connected", "unauthorized", "subscribed", "unsubscribed", "auth_expiring", "disconnect", "ping", "message"]) listen(name);
          source.addEventListener("connected", event => { stream = JSON.parse(event.data).id; });
          source.addEventListener("auth_expiring", refreshStream);
          // EventSource would come back in any case.
          source.addEventListener("disconnect", event => { if (!JSON.parse(event.data).reconnect) closeStream(); });
          source.onopen = () => state("sse", "open", true);
          source.onerror = () => state("sse", source.readyState === 2 ? "refused" : "reconnecting");
          listen($("sse-event").value || "message");
          $("sse-event").onchange = () => listen($("sse-event").value || "message");
          stop = () => { source.close(); $("sse-event").onchange = null; };
        }
        // EventSource cannot send headers; fetch can, and reads the same stream.
        async function byFetch(url, headers) {
          const abort = new AbortController();
          stop = () => abort.abort();
          try {
            const response = await fetch(url, { headers: { ...headers, Accept: "text/event-stream" }, signal: abort.signal });
            if (!response.ok) { log("sse", "refused", await response.text(), String(response.status)); return state("sse", "refused"); }
            state("sse", "open", true);
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
                if (event.data.length) log("sse", event.event, event.data.join("\n"), event.channel);
              }
            }
            state("sse", "closed");
          } catch (error) { if (error.name !== "AbortError") state("sse", "lost"); }
        }
        $("sse-connect").onclick = openStream; $("sse-close").onclick = closeStream;
        $("sse-publish").onclick = () => {
          const body = { to: "sse", channel: $("sse-to").value, data: $("sse-data").value };
          if ($("sse-event").value) body.event = $("sse-event").value;
          publish("sse", body);
        };


        """#

    static let sockets = #"""
        // WebSockets
        const rooms = new Set(), before = new Set(); // Those that it is in, and those that it was in before the connection was lost.
        let socket = null, isWanted = false, attempts = 0, timer = 0;

        function say(message) {
          if (socket?.readyState !== WebSocket.OPEN) return log("ws", "not connected", "");
          socket.send(JSON.stringify(message));
        }
        async function openSocket() {
          isWanted = true;
          const query = $("ws-ticket").checked ? "?ticket=" + await ticket("/ws") : "";
          const own = socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws" + query, "realtime.v1");
          state("ws", "connecting");
          own.onopen = () => { if (own === socket) state("ws", "open", true); };
          own.onmessage = event => { if (own === socket) received(event.data); };
          own.onclose = event => { if (own === socket) closed(event.code, event.reason); };
        }
        function closeSocket() {
          isWanted = false;
          clearTimeout(timer);
          before.clear();
          if (socket?.readyState <= WebSocket.OPEN) socket.close(1000); else state("ws", "closed");
        }
        function received(text) {
          let message = null;
          try { message = JSON.parse(text); } catch { }
          log("ws", message?.type ?? "published", text);
          switch (message?.type) {
            case "connected":
              attempts = 0;
              for (const room of before) say({ type: "join", room });
              break;
            case "joined": rooms.add(message.room); before.delete(message.room); showRooms(); break;
            case "left": rooms.delete(message.room); showRooms(); break;
            case "ping": say({ type: "pong" }); break;
            case "auth_expiring": if ($("refresh").checked) token().then(token => say({ type: "refresh", token })); break;
          }
        }
        function closed(code, reason) {
          log("ws", "closed", "with " + code + (reason && " '" + reason + "'"));
          for (const room of rooms) before.add(room);
          rooms.clear(); showRooms();
          // 4403 says not to come back.
          if (!isWanted || code === 4403 || !$("ws-again").checked) return state("ws", "closed");
          const pause = Math.min(30, (code === 4429 ? 10 : .5) * 2 ** attempts++) * (1 + Math.random()) / 2;
          state("ws", "back in " + pause.toFixed(1) + " s");
          timer = setTimeout(openSocket, pause * 1000);
        }
        function showRooms() {
          $("ws-rooms").replaceChildren(...[...rooms].sort().map(room => {
            const item = document.createElement("li"), button = document.createElement("button");
            button.textContent = "Leave"; button.onclick = () => say({ type: "leave", room });
            item.append(button, room);
            return item;
          }));
        }
        function payload() {
          const text = $("ws-payload").value;
          try { return JSON.parse(text); } catch { return text; }
        }
        $("ws-connect").onclick = () => {
          if (socket?.readyState <= WebSocket.OPEN) return;
          clearTimeout(timer);
          openSocket();
        };
        $("ws-close").onclick = closeSocket;
        $("ws-kill").onclick = () => socket?.close(4000, "killed");
        $("ws-join").onclick = () => say({ type: "join", room: $("ws-room").value });
        $("ws-leave").onclick = () => say({ type: "leave", room: $("ws-room").value });
        $("ws-broadcast").onclick = () => say({ type: "broadcast", room: $("ws-to").value, payload: payload() });
        $("ws-publish").onclick = () => publish("ws", { to: "ws", room: $("ws-to").value, payload: payload() });
        """#
}
