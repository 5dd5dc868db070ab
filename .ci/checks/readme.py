#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The Swift code in README.md is code that is compiled.

A marker `<!-- path -->` stands in front of a block that equals the file without its license header, a marker `<!-- path#name -->` in front
of one that equals the lines between `// snippet: name` and `// end` in that file.

Usage: readme.py [--write]    (--write copies the files into README.md)
"""

import difflib
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
QUICK_START = "Examples/QuickStart/QuickStart.swift"
BLOCK = re.compile(r"(?<=^<!-- )(?P<marker>Examples/.*?\.swift(?:#.*?)?)(?P<between> -->\n```swift\n)(?P<code>.*?)(?=^```$)", re.M | re.S)
SWIFT = re.compile(r"^```swift$", re.M)
BY_HAND = 1  # The lines for Package.swift have no file of their own.


def source(marker):
    """What stands in the repository for a marker, or None."""
    path, _, name = marker.partition("#")
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    if not name:
        return re.sub(r"\A(?://.*\n)*\n*", "", text)
    found = re.search(rf"^ *// snippet: {re.escape(name)}\n(.*?)^ *// end$", text, re.M | re.S)
    return textwrap.dedent(found[1]) if found else None


def main():
    text = README.read_text(encoding="utf-8")
    if "--write" in sys.argv[1:]:
        text = BLOCK.sub(lambda block: block["marker"] + block["between"] + (source(block["marker"]) or block["code"]), text)
        README.write_text(text, encoding="utf-8")
    problems = []
    blocks = list(BLOCK.finditer(text))
    for block in blocks:
        code = source(block["marker"])
        if code is None:
            problems.append(f"{block['marker']}: there is no such file or snippet")
        elif code != block["code"]:
            difference = difflib.unified_diff(block["code"].splitlines(), code.splitlines(), "README.md", block["marker"], lineterm="")
            problems.append("\n".join(difference) or f"{block['marker']}: the ends of lines differ")
    markers = [block["marker"] for block in blocks]
    if QUICK_START not in markers:
        problems.append(f"README.md does not show {QUICK_START}")
    missing = len(SWIFT.findall(text)) - BY_HAND - len(blocks)
    if missing > 0:
        problems.append(f"{missing} Swift blocks of README.md have no marker: nobody compiles them")
    if problems:
        sys.exit("README.md and the examples differ:\n" + "\n".join(problems) + "\nIf the examples are right: .ci/checks/readme.py --write")
    print(f"ok: {len(blocks)} blocks of README.md are compiled code")


main()
