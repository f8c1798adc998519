"""Measures the checks on sets of cases, given as folders or files:

    python -m bench.checks.checking prh CASES.jsonl        # {pattern, expected, text, fixed}
    python -m bench.checks.checking textlint CASES.jsonl   # {rule, text, options, expected, fixed}
    python -m bench.checks.checking vale CASES.jsonl STYLES
    python -m bench.checks.checking seeded                 # the project's own fault-seeded documents
    python -m bench.checks.checking speed                  # a Word document of 100 pages against 60 rules

A case of textlint counts if its rule has a counterpart in a pack that ships (docs/checks.md); the case's
options are given to that rule. What is compared is the place, line and column, of every finding.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.checks.counterparts import counterpart_of
from checks.document.document import CheckedDocument
from checks.findings import RuleMatch
from checks.kinds.terms import ListedTerm, applied
from checks.packs.loading import read_pack
from checks.readers.markdown import read_markdown
from checks.rules import Context, Rule
from checks.service.runner import run_pack


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def prh(path: Path) -> None:
    """How many pairs come out as prh has them."""
    good = 0
    for case in rows(path):
        pattern = case["pattern"]
        term = ListedTerm(expected=case["expected"], pattern=pattern)
        got = applied([term], case["text"])
        good += got == case["fixed"]
        if got != case["fixed"]:
            print(f"  {pattern} on {case['text']}: {got}, not {case['fixed']}")
    print(f"prh: {good} of {len(rows(path))} pairs")


def textlint(path: Path, verbose: bool = True) -> None:
    """How many cases give the same findings at the same places, and the same fixed text."""
    counted: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for case in rows(path):
        made = counterpart_of(case["rule"])
        if made is None:
            left[f"{case['repo'].split('/')[-1]} {case['rule']}"] += 1
            continue
        rules = made(case["options"])
        document = read_markdown(case["text"], "case.md")
        hits = [hit for rule in rules for hit in matches_of(rule, document)]
        places = sorted({document.place(hit.piece, hit.start).shown() for hit in hits})
        # textlint gives the column behind a bracket that has no partner; here it is the bracket's own.
        behind = int(case["rule"].endswith("no-unmatched-pair"))
        wanted = [place_of(expected, case["text"], behind) for expected in case["expected"]]
        right = (
            len(hits) >= len(wanted)
            and bool(hits) == bool(wanted)
            and (
                all(place in places for place in wanted if place)
                and (not all(wanted) or len(places) == len(set(wanted)))
            )
        )
        counted["cases"] += 1
        counted["right"] += right
        if case["fixed"] is not None:
            counted["fixes"] += 1
            mended = fixed(document, hits)
            counted["fixes right"] += mended == case["fixed"]
            if mended != case["fixed"] and verbose:
                print(f"  FIX {case['rule']}: {mended!r}, not {case['fixed']!r}")
        if not right and verbose:
            print(f"  {case['rule']} {case['kind']}: {case['text'][:90]!r} {case['options'] or ''}")
            print(f"    wanted {wanted}, found {places} {[hit.values for hit in hits][:2]}")
    print(f"textlint: {counted['right']} of {counted['cases']} cases; {counted['fixes right']} of "
          f"{counted['fixes']} fixed texts; without counterpart {sum(left.values())}")  # fmt: skip
    for name, number in sorted(left.items()):
        print(f"    {number:3} {name}")


def matches_of(rule: Rule, document: CheckedDocument) -> list[RuleMatch]:
    """What a rule finds; nothing if it does not apply."""
    from checks.findings import NotApplicable

    hits: list[RuleMatch] = []
    try:
        for hit in rule.check(Context(document)):
            hits.append(hit)
    except NotApplicable:
        pass
    return hits


def place_of(expected: dict[str, Any], text: str, behind: int = 0) -> str:
    """`line:column` of an expected error, `behind` columns before; empty if the case says none."""
    index = expected.get("index")
    if index is None and expected.get("range"):
        index = expected["range"][0]
    index = None if index is None else index - behind
    if expected.get("line") is not None and expected.get("column") is not None:
        return f"{expected['line']}:{expected['column'] - behind}"
    if index is not None:
        return f"{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}"
    if expected.get("column") is not None:
        return f"1:{expected['column']}"
    return ""


def fixed(document: CheckedDocument, hits: list[RuleMatch]) -> str:
    """The source with every replacement made."""
    text = document.source
    spans = []
    for hit in hits:
        if hit.replacement is not None:
            piece = document.pieces[hit.piece]
            start = piece.source(hit.start)
            end = piece.source(hit.end - 1) + 1 if hit.end > hit.start else start
            spans.append((start, end, hit.replacement))
    for start, end, replacement in sorted(set(spans), reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def vale(path: Path, styles: Path) -> None:
    """How many of the expected findings are made: line, column, rule and message."""
    good = total = refused = extra = 0
    for case in rows(path):
        pack = read_pack(styles / case["style"])
        broken = {rule.id for rule in pack.broken}
        report = run_pack(read_markdown(case["text"], case["file"]), pack)
        got = {(f.place.line, f.place.column, f.rule, f.message) for f in report.findings}
        known = {rule.id for rule in pack.rules}
        names = {expected["rule"] for expected in case["expected"]}
        extra += sum(rule in names for _, _, rule, _ in got)
        for expected in case["expected"]:
            if expected["rule"] in broken:
                refused += 1
                continue
            total += 1
            right = (expected["line"], expected["column"], expected["rule"], expected["message"]) in got
            good += right
            if not right:
                near = [f for f in got if f[2] == expected["rule"]]
                print(
                    f"  {expected} {'' if expected['rule'] in known else '(no such rule file)'}"
                    f" found {near[:4]}"
                )
    print(
        f"vale: {good} of {total} findings; {refused} of kinds that are refused;"
        f" {extra} findings of those rules in all"
    )


def main() -> None:
    """Carry out what the command line names."""
    match sys.argv[1:]:
        case ["prh", path]:
            prh(Path(path))
        case ["textlint", path]:
            textlint(Path(path))
        case ["vale", path, styles]:
            vale(Path(path), Path(styles))
        case ["seeded"]:
            from bench.checks import seeded

            seeded.measure()
        case ["speed"]:
            from bench.checks import checking_speed

            checking_speed.measure()
        case _:
            print(__doc__)
            raise SystemExit(2)


if __name__ == "__main__":
    main()
