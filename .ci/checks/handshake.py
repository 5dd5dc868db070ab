#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Handshakes of RFC 6455, right and wrong, cut and broken off at every octet, and offers of RFC 7692; then clients of /ws that mean harm. Each gets
the answer that it should, the server's memory stays in bounds, nothing is left at the end, and a member of a room misses nothing meanwhile.

Usage: handshake.py <Playground> [part of a case's name]    handshake.py --list
"""

import argparse
import signal
import sys
import time

sys.dont_write_bytecode = True

import ws_handshakes
import ws_inflate
import ws_offers
import ws_rude
from loop import Loop
from playground import LIMIT, Failure, Playground, check, main, passed, raise_file_limit, wait_until
from ws_case import Run
from ws_exchange import Exchange
from ws_lane import Lane, report
from ws_steady import Steady

GROUPS = (ws_handshakes.CASES + ws_offers.CASES, ws_rude.CASES + ws_inflate.RUDE, ws_rude.FAREWELLS)
AT_ONCE = 64
MIB = 1 << 20
GROWTH = 24 * MIB  # The most memory that all who mean harm take at a time.
LEFT = 15  # Seconds after which nothing is left of connections that are gone.


class Memory:
    """Looks at the server's memory again and again."""

    def __init__(self, loop, playground):
        self.first = self.most = playground.rss()
        self._loop, self._playground = loop, playground
        self._look()

    def _look(self):
        self.most = max(self.most, self._playground.rss())
        self._loop.after(0.02, self._look)

    @property
    def text(self):
        return f"{self.first / MIB:.1f} MiB at first, {self.most / MIB:.1f} at most"


def tried(loop, cases, width, begin, failures):
    lane = Lane(loop, cases, width, begin, failures)
    loop.run(lambda: lane.is_done, "all cases are done", limit=240)


def left_behind(playground, files, failures):
    """Once everyone has left."""
    try:
        wait_until(lambda: playground.descriptors() <= files, f"{files} files are open as before", limit=LEFT)
        stats = {"connections": 0, "rooms": {}}
        wait_until(lambda: {name: playground.stats("ws")[name] for name in stats} == stats, "nobody and no room is left in /stats", limit=LEFT)
    except Failure as problem:
        failures.append((None, problem))


def farewells(loop, playground, cases, failures):
    """The server stops, and says so to everyone."""
    runs = []

    def begin(case, done):
        runs.append(Run(loop, playground.port, case, done, []))

    lane = Lane(loop, cases, len(cases), begin, failures)
    loop.run(lambda: lane.is_done or all(run.waits_for_close for run in runs if run.is_open), "all wait for the end")
    playground.process.send_signal(signal.SIGTERM)
    loop.run(lambda: lane.is_done, "all are told that the server stops")
    status = playground.process.wait(LIMIT)
    if status:
        failures.append((None, f"the server ended with {status}"))


def run():
    raise_file_limit(4096)
    shakes, rude, last = ([case for case in cases if options.part in case.name] for cases in GROUPS)
    names = [case.name for cases in GROUPS for case in cases]
    check(len(set(names)) == len(names), "two cases have the same name")
    failures = []
    settings = {"PLAYGROUND_HEARTBEAT": "600", "PLAYGROUND_ORIGINS": ws_handshakes.OTHER_ORIGIN}
    settings["PLAYGROUND_HEADER_TIMEOUT"] = str(ws_handshakes.HEADER_TIMEOUT)
    with Playground(options.playground, **settings) as playground, Loop() as loop:
        playground.stats()
        time.sleep(0.3)  # That request's connection is gone.
        files, started = playground.descriptors(), time.monotonic()
        steady = Steady(loop, playground.port, "steady")
        loop.run(lambda: steady.is_member, "the steady member has joined")
        tried(loop, shakes, AT_ONCE, lambda case, done: Exchange(loop, playground.port, case, done), failures)
        memory = Memory(loop, playground)

        def begin(case, done):
            Run(loop, playground.port, case, done, [])

        tried(loop, [case for case in rude if not case.is_large], AT_ONCE, begin, failures)
        tried(loop, [case for case in rude if case.is_large], 1, begin, failures)
        steady.stop()
        loop.run(lambda: steady.is_at_end, "the steady member has got everything")
        took = time.monotonic() - started
        steady.leave()
        left_behind(playground, files, failures)
        check(playground.process.poll() is None, "the server is gone")
        farewells(loop, playground, last, failures)
    if memory.most - memory.first > GROWTH:
        failures.append((None, f"the server's memory grew by more than {GROWTH // MIB} MiB"))
    report(shakes + rude + last, failures)
    print(f"  the server's memory was {memory.text}; the steady member got {steady.count} messages", flush=True)
    check(not failures, f"{len(failures)} of {len(shakes + rude + last)} cases")
    passed(f"{len(shakes)} handshakes and {len(rude)} rude clients in {took:.1f} s; then nobody, no room and no open file was left")
    passed(f"the server's memory grew by less than {GROWTH // MIB} MiB, and a steady member missed nothing, got nothing twice or out of order")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("playground", nargs="?", help="the Playground's executable file")
    parser.add_argument("part", nargs="?", default="", help="tries only cases with this in their name")
    parser.add_argument("--list", action="store_true", help="lists the cases and the sections of the standards that they are about")
    return parser.parse_args()


options = arguments()
if options.list:
    print("\n".join(f"{case.name}  [{case.standard}: {case.rules}]" for cases in GROUPS for case in cases))
else:
    main(run, overall=420)
