#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Every rule of RFC 6455 for frames, messages and the end of a WebSocket, and of RFC 7692 for those that are compressed, tried at the Playground's
/echo: the right answers, in order and no others, the right close code at the right octet, and the end of the connection by the server.
docs/RFC6455.md and docs/RFC7692.md say which rule is tried where.

Usage: conformance.py <Playground> [part of a case's name]    conformance.py --list
"""

import argparse
import sys
import time

sys.dont_write_bytecode = True

import ws_closing
import ws_deflate
import ws_fragments
import ws_frames
import ws_inflate
import ws_sizes
import ws_texts
from loop import Loop
from playground import Failure, Playground, check, main, passed, raise_file_limit, wait_until
from ws_case import Run
from ws_lane import Lane, report

CASES = ws_closing.CASES + ws_frames.CASES + ws_fragments.CASES + ws_texts.CASES + ws_sizes.CASES + ws_deflate.CASES + ws_inflate.CASES
AT_ONCE, LARGE_AT_ONCE = 64, 2
KEPT = 12  # Seconds after which the server has ended the connections that clients keep.


def run():
    raise_file_limit(4096)
    cases = [case for case in CASES if options.part in case.name]
    check(len({case.name for case in CASES}) == len(CASES), "two cases have the same name")
    failures, kept = [], []
    with Playground(options.playground, PLAYGROUND_HEARTBEAT="600") as playground, Loop() as loop:
        playground.stats()
        time.sleep(0.3)  # That request's connection is gone.
        files, started = playground.descriptors(), time.monotonic()

        def begin(case, done):
            Run(loop, playground.port, case, done, kept)

        large = Lane(loop, [case for case in cases if case.is_large], LARGE_AT_ONCE, begin, failures)
        small = Lane(loop, [case for case in cases if not case.is_large], AT_ONCE, begin, failures)
        loop.run(lambda: large.is_done and small.is_done, "all cases are done", limit=300)
        took = time.monotonic() - started
        try:
            wait_until(lambda: playground.descriptors() <= files, "the server has ended every connection", limit=KEPT)
        except Failure as problem:
            failures.append((None, f"{problem}: {playground.descriptors()} files are open, {files} before"))
        for connection in kept:
            connection.close()
        check(playground.process.poll() is None, "the server is gone")
    report(cases, failures)
    check(not failures, f"{len(failures)} of {len(cases)} cases")
    passed(f"{len(cases)} cases in {took:.1f} s; then the server had ended every connection, also the {len(kept)} that clients kept")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("playground", nargs="?", help="the Playground's executable file")
    parser.add_argument("part", nargs="?", default="", help="runs only cases with this in their name")
    parser.add_argument("--list", action="store_true", help="lists the cases and the sections of the standards that they are about")
    return parser.parse_args()


options = arguments()
if options.list:
    print("\n".join(f"{case.name}  [{case.standard}: {case.rules}]" for case in CASES))
else:
    main(run, overall=360)
