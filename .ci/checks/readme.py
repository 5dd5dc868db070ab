#!/usr/bin/env python3
#
# This source file is part of the RealtimeKit project
# Copyright (c) the RealtimeKit authors
#
# See LICENSE for license information
# SPDX-License-Identifier: Apache-2.0
#

"""The Swift code in README.md, docs/AUTHENTICATION.md and docs/COMING-FROM.md is code that is compiled.

In the first two a marker `<!-- path -->` stands in front of a block that equals the file without its license header, a marker
`<!-- path#name -->` in front of one that equals the lines between `// snippet: name` and `// end` in that file. Files are those under
Examples and Tests. In the middle column of the tables of docs/COMING-FROM.md every piece of code occurs in one of the files
Examples/QuickStart/ComingFrom*.swift. The cases and suites that docs/RFC6455.md and docs/RFC7692.md name exist, and all cases of each standard are
named. The suites that docs/THREAT-MODEL.md names exist. Links from one document to another, and to a heading, lead somewhere.

Usage: readme.py [--write]    (--write copies the files into README.md and docs/AUTHENTICATION.md)
"""

import difflib
import pathlib
import re
import sys
import textwrap

sys.dont_write_bytecode = True

import ws_closing
import ws_deflate
import ws_fragments
import ws_frames
import ws_handshakes
import ws_inflate
import ws_offers
import ws_rude
import ws_sizes
import ws_texts

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The documents whose blocks of Swift are compiled, and how many blocks have no file: the lines for Package.swift.
SHOWING = {"README.md": 1, "docs/AUTHENTICATION.md": 0}
QUICK_START = "Examples/QuickStart/QuickStart.swift"
BLOCK = re.compile(
    r"(?<=^<!-- )(?P<marker>(?:Examples|Tests)/.*?\.swift(?:#.*?)?)(?P<between> -->\n```swift\n)(?P<code>.*?)(?=^```$)", re.M | re.S
)
SWIFT = re.compile(r"^```swift$", re.M)

COMING_FROM = ROOT / "docs" / "COMING-FROM.md"
CALLS = "Examples/QuickStart/ComingFrom*.swift"
CELLS = re.compile(r"(?<!\\)\|")
CODE = re.compile(r"`([^`]+)`")

STANDARDS = ["RFC 6455", "RFC 7692"]
CASES = ws_closing.CASES + ws_fragments.CASES + ws_frames.CASES + ws_handshakes.CASES + ws_rude.CASES + ws_rude.FAREWELLS
CASES += ws_sizes.CASES + ws_texts.CASES + ws_offers.CASES + ws_deflate.CASES + ws_inflate.CASES + ws_inflate.RUDE
SUITE = re.compile(r"\w+Tests")
THREATS = "docs/THREAT-MODEL.md"

DOCUMENTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
DOCUMENTS += ["docs/AUTHENTICATION.md", "docs/COMING-FROM.md", "docs/RFC6455.md", "docs/RFC7692.md", THREATS]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


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


def blocks(write, problems):
    """Compares the blocks of the documents with the files, and returns how many there are."""
    markers = []
    for name, by_hand in SHOWING.items():
        document = ROOT / name
        text = document.read_text(encoding="utf-8")
        if write:
            text = BLOCK.sub(lambda block: block["marker"] + block["between"] + (source(block["marker"]) or block["code"]), text)
            document.write_text(text, encoding="utf-8")
        found = list(BLOCK.finditer(text))
        for block in found:
            code = source(block["marker"])
            if code is None:
                problems.append(f"{block['marker']}: there is no such file or snippet")
            elif code != block["code"]:
                difference = difflib.unified_diff(block["code"].splitlines(), code.splitlines(), name, block["marker"], lineterm="")
                problems.append("\n".join(difference) or f"{block['marker']}: the ends of lines differ")
        missing = len(SWIFT.findall(text)) - by_hand - len(found)
        if missing > 0:
            problems.append(f"{missing} Swift blocks of {name} have no marker: nobody compiles them")
        markers += [block["marker"] for block in found]
    if QUICK_START not in markers:
        problems.append(f"README.md does not show {QUICK_START}")
    return len(markers)


def calls(problems):
    """Looks for the calls of docs/COMING-FROM.md in the files that compile them, and returns how many there are."""
    compiled = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob(CALLS)))
    count = 0
    for line in COMING_FROM.read_text(encoding="utf-8").splitlines():
        cells = CELLS.split(line)
        # Three columns between the bars at both ends.
        for code in CODE.findall(cells[2]) if len(cells) == 5 else []:
            count += 1
            if code.replace("\\|", "|") not in compiled:
                problems.append(f"docs/COMING-FROM.md: '{code}' is not in {CALLS}: nobody compiles it")
    if count == 0:
        problems.append("docs/COMING-FROM.md: no table has three columns")
    return count


def find(suites, document, problems):
    """Looks for the suites that a document names."""
    files = {path.stem for path in (ROOT / "Tests").rglob("*Tests.swift")}
    problems += [f"{document}: there is no suite '{suite}'" for suite in sorted(suites - files)]


def threats(problems):
    """Looks for the suites that prove what the threat model says, and returns how many there are."""
    suites = {code for code in CODE.findall((ROOT / THREATS).read_text(encoding="utf-8")) if SUITE.fullmatch(code)}
    if not suites:
        problems.append(f"{THREATS} names no suites")
    find(suites, THREATS, problems)
    return f"{THREATS} names {len(suites)} suites"


def rules(standard, problems):
    """Looks for the cases and suites that the document about a standard names, and returns how many there are of each."""
    document = f"docs/{standard.replace(' ', '')}.md"
    names = [case.name for case in CASES if case.standard == standard]
    named, suites = set(), set()
    for line in (ROOT / document).read_text(encoding="utf-8").splitlines():
        cells = CELLS.split(line)
        for code in CODE.findall(cells[3]) if len(cells) == 5 else []:
            if SUITE.fullmatch(code):
                suites.add(code)
                continue
            pattern = re.compile(".*".join(re.escape(part) for part in code.split("*")), re.S)
            found = [name for name in names if pattern.fullmatch(name)]
            named.update(found)
            if not found:
                problems.append(f"{document}: no case is called '{code}'")
    problems += [f"{document} does not name the case '{name}'" for name in names if name not in named]
    find(suites, document, problems)
    return f"{document} names all {len(named)} cases and {len(suites)} suites"


def anchors(text):
    """The names of a document's headings in links: lower case, no punctuation, hyphens for spaces."""
    headings = HEADING.findall(FENCED.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(problems):
    """Follows the links inside of the repository, and returns how many there are."""
    count = 0
    for name in DOCUMENTS:
        document = ROOT / name
        for path, anchor in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
            count += 1
            target = document.parent / path if path else document
            if not target.exists():
                problems.append(f"{name}: there is no {path}")
            elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
                problems.append(f"{name}: {path or name} has no heading '{anchor}'")
    return count


def main():
    problems = []
    rows = "; ".join(rules(standard, problems) for standard in STANDARDS)
    rows += "; " + threats(problems)
    counts = blocks("--write" in sys.argv[1:], problems), calls(problems), rows, links(problems)
    if problems:
        sys.exit("The documents and the code differ:\n" + "\n".join(problems) + "\nIf the files are right: .ci/checks/readme.py --write")
    print(
        "ok: %d blocks of README.md and docs/AUTHENTICATION.md and %d calls of docs/COMING-FROM.md are compiled code; %s; %d links lead somewhere" % counts
    )


main()
