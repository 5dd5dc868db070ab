#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""A headless Chromium that is told what to do, and a web server for its pages."""

import fcntl
import http.server
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from playground import HOST, LIMIT, Failure, check, wait_until


def check_installed():
    check(shutil.which("chromium"), "chromium is not installed")


class OtherOrigin:
    """A web server with the test page; keeps what the page tells."""

    def __init__(self, page):
        told = self.told = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(200 if self.path == "/" else 404, page if self.path == "/" else b"")

            def do_POST(self):
                told.put((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
                self.answer(204, b"")

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.origin = f"http://{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def expect(self, path):
        try:
            told, what = self.told.get(timeout=LIMIT)
        except queue.Empty:
            raise Failure(f"the page does not tell {path} within {LIMIT} s") from None
        check(told == path, f"the page tells {told} {str(what)[:500]!r} instead of {path}")
        return what


class Chromium:
    """A headless Chromium with a profile of its own, told by its debugging pipe what to do."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        self.output = tempfile.TemporaryFile()
        self.events = []
        self._last_id = 0
        self._rest = b""
        self._session = None
        # The browser reads from 3 and writes to 4; out of the way of both are the numbers from 10 on.
        ours, theirs = [], []
        for kept_by_us in (1, 0):
            ends = os.pipe()
            for number, end in enumerate(ends):
                (ours if number == kept_by_us else theirs).append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
                os.close(end)
        self._to, self._from = ours
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
            "--no-proxy-server", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
            f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank",
        ]  # fmt: skip
        script = f'exec chromium "$@" 3<&{theirs[0]} 4>&{theirs[1]}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            pass_fds=theirs,
            start_new_session=True,
        )
        for end in theirs:
            os.close(end)

    def __enter__(self):
        try:
            pages = lambda: [target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page"]
            target = wait_until(pages, "Chromium has a page")[0]
            self._session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, _):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        wait_until(lambda: not self._is_running(), "Chromium's processes are gone")
        os.close(self._to)
        os.close(self._from)
        if error:
            print(f"--- end of Chromium's output\n{os.pread(self.output.fileno(), 1 << 20, 0).decode(errors='replace')[-2000:]}\n---", file=sys.stderr)
        self.output.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _is_running(self):
        try:
            os.killpg(self.process.pid, 0)
            return True
        except ProcessLookupError:
            return False

    def call(self, method, **parameters):
        """Calls a method of the DevTools protocol."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + LIMIT
        while True:
            answer = self._receive(deadline, f"Chromium answers {method}")
            if answer.get("id") == self._last_id:
                check("error" not in answer, f"Chromium: {method}: {answer.get('error')}")
                return answer["result"]

    def _receive(self, deadline, what):
        while b"\0" not in self._rest:
            readable, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            check(readable, f"not within {LIMIT} s: {what}")
            data = os.read(self._from, 1 << 16)
            check(data, f"Chromium is gone; waiting until {what}")
            self._rest += data
        message, self._rest = self._rest.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, url):
        loads = len([event for event in self.events if event["method"] == "Page.loadEventFired"])
        problem = self.call("Page.navigate", url=url).get("errorText")
        check(not problem, f"Chromium cannot open {url}: {problem}")
        deadline = time.monotonic() + LIMIT
        while len([event for event in self.events if event["method"] == "Page.loadEventFired"]) == loads:
            self._receive(deadline, f"{url} is loaded")

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        check("exceptionDetails" not in answer, f"JavaScript: {script}: {answer.get('exceptionDetails')}")
        return answer["result"].get("value")

    def errors(self):
        """What went wrong on the page: uncaught exceptions, rejected promises, errors on the console."""
        errors = []
        for event in self.events:
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                errors.append(f"{details['text']} {details.get('exception', {}).get('description', '')}")
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
                errors.append(f"console: {parameters['args']}")
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                # A page without an icon is not in error.
                if not parameters["entry"].get("url", "").endswith("/favicon.ico"):
                    errors.append(f"log: {parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        return errors
