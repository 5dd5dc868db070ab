#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""Running many cases side by side, and saying what came of them."""

import collections


class Lane:
    """Runs cases, so many at a time. `begin` gets a case and what to call, with a problem or None, when it is over."""

    def __init__(self, loop, cases, width, begin, failures):
        self.is_done = not cases
        self._loop, self._start, self._failures = loop, begin, failures
        self._waiting = collections.deque(cases)
        self._running = 0
        for _ in range(width):
            self._begin()

    def _begin(self):
        if not self._waiting:
            self.is_done = self._running == 0
            return
        case = self._waiting.popleft()
        self._running += 1
        self._start(case, lambda problem: self._ended(case, problem))

    def _ended(self, case, problem):
        self._running -= 1
        if problem:
            self._failures.append((case, problem))
        # Not from within the case, which would stay on the stack.
        self._loop.after(0, self._begin)


def report(cases, failures):
    """Prints how many cases there are of each group, and what failed. A failure without a case is about all of them."""
    for group, count in collections.Counter(case.name.partition("/")[0] for case in cases).items():
        bad = sum(1 for case, _ in failures if case and case.name.startswith(f"{group}/"))
        print(f"  {group:<16} {count:>4} cases" + (f", {bad} FAILED" if bad else ""), flush=True)
    for case, problem in sorted(failures, key=lambda failure: failure[0].name if failure[0] else "~"):
        rules = f" ({case.standard} section {', '.join(case.rules.split())})" if case else ""
        print(f"FAILED: {case.name if case else 'afterwards'}{rules}: {problem}", flush=True)
