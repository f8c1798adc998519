"""Many answers as one file for an audit: lines of JSON, each with the hash of the line before it, and a last
one that counts them. Whoever has the file alone can tell whether a line was changed, taken out or put
elsewhere; a file rewritten as a whole is exposed by the log, which has the file's hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FORMAT = "shoko-answers-1"
FIRST = "0" * 64  # what stands in the first line for the hash of the one before it


@dataclass(frozen=True)
class AuditFileReport:
    """Whether a file is as it was written: how many answers, the file's hash, and what is wrong with it."""

    answers: int
    sha256: str
    problem: str

    @property
    def is_whole(self) -> bool:
        """Whether every line is there as it was written."""
        return not self.problem


def lines_of(
    answers: Iterable[Mapping[str, Any]], *, taken_by: str, taken_at: datetime, version: str
) -> Iterator[bytes]:
    """The lines, as they are made: a head, each answer, the count."""
    taken_at_text = taken_at.isoformat()
    head = {"format": FORMAT, "taken_by": taken_by, "taken_at": taken_at_text, "shoko": version}
    line, previous = _line(head, FIRST)
    yield line
    count = 0
    for count, answer in enumerate(answers, start=1):
        line, previous = _line({"number": count, "answer": dict(answer)}, previous)
        yield line
    yield _line({"end": True, "answers": count}, previous)[0]


def examined(content: bytes) -> AuditFileReport:
    """What is wrong with a file, if anything is."""
    digest, previous, count, ended = hashlib.sha256(content).hexdigest(), FIRST, 0, False

    def wrong(problem: str) -> AuditFileReport:
        return AuditFileReport(count, digest, problem)

    lines = content.splitlines()
    for number, text in enumerate(lines, start=1):
        try:
            row = json.loads(text)
            stated = row.pop("hash")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return wrong(f"line {number} is no line of such a file")
        if ended:
            return wrong(f"line {number} stands after the end")
        if row.get("previous") != previous or _hash(row) != stated:
            return wrong(f"line {number} is not as it was written, or the one before it is missing")
        if number == 1 and row.get("format") != FORMAT:
            return wrong(f"it is no file of the format {FORMAT}")
        count += "answer" in row
        ended = row.get("end") is True
        if ended and row.get("answers") != count:
            return wrong("answers are missing")
        previous = stated
    return wrong("" if ended else "its end is missing")


def _line(row: dict[str, Any], previous: str) -> tuple[bytes, str]:
    row = {**row, "previous": previous}
    digest = _hash(row)
    return json.dumps({**row, "hash": digest}, ensure_ascii=False).encode() + b"\n", digest


def _hash(row: Mapping[str, Any]) -> str:
    packed = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode("utf-8", "surrogatepass")).hexdigest()
