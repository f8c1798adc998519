"""Reports that were made once and are read again: evaluations, and proofs that nothing goes out. Each is a
JSON file in the data folder, named by when it was made; the oldest make room."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.models import now
from evaluation.outcomes import Carried, QuestionOutcome
from evaluation.report import comparison, page
from evaluation.sets import SetQuestion

MOST = 100  # of each kind
NAME = re.compile(r"\d{8}T\d{6,12}Z-[0-9a-f]{4}")


class Shelf:
    """Reports of one kind. Safe to read while another process puts one there."""

    def __init__(self, data: Path, kind: str) -> None:
        self.kind, self.folder = kind, data / "reports" / kind

    def put(self, report: dict[str, Any]) -> str:
        """Keep it; returns its id. Only this user may read it: it may quote documents."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{now():%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(2)}"  # microseconds keep the order
        part = self.folder / f"{name}.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
        part.replace(self.folder / f"{name}.json")
        for old in self.names()[MOST:]:
            self.remove(old)
        return name

    def names(self) -> list[str]:
        """The ids, newest first."""
        stems = (path.stem for path in self.folder.glob("*.json"))
        return sorted((name for name in stems if NAME.fullmatch(name)), reverse=True)

    def get(self, name: str) -> dict[str, Any]:
        """That report. Raises NotFound."""
        try:
            if NAME.fullmatch(name):
                report: dict[str, Any] = json.loads(
                    (self.folder / f"{name}.json").read_text(encoding="utf-8")
                )
                return report
        except (OSError, ValueError):
            pass
        raise NotFound(what=f"{self.kind} report", name=name)

    def remove(self, name: str) -> None:
        """Throw it away. Raises NotFound."""
        self.get(name)
        (self.folder / f"{name}.json").unlink(missing_ok=True)


def evaluations(data: Path) -> Shelf:
    """Runs of `shoko eval`."""
    return Shelf(data, "evaluation")


def proofs(data: Path) -> Shelf:
    """Runs of `shoko doctor --egress`."""
    return Shelf(data, "egress")


Runs = list[
    tuple[str, dict[str, Any], list[QuestionOutcome]]
]  # of each model: its name, the report, the questions


def evaluation_record(runs: Runs, compared: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an evaluation: enough to make its page again, in any language."""
    return {
        "made_at": now().isoformat(timespec="seconds"),
        "set": runs[0][1]["set"],
        "models": [name for name, _, _ in runs],
        "reports": [report for _, report, _ in runs],
        "compared": {name: value for name, value in compared.items() if name != "reports"},
        "outcomes": [
            [asdict(outcome) | {"question": _question(outcome.question)} for outcome in outcomes]
            for _, _, outcomes in runs
        ],
    }


def _question(question: SetQuestion) -> dict[str, Any]:
    documents = None if question.given is None else sorted(question.given)
    return asdict(question) | {"documents": sorted(question.documents), "given": documents}


def evaluation_page(kept: dict[str, Any], language: str) -> str:
    """The page of an evaluation that was kept."""
    outcomes = [[_outcome(row) for row in rows] for rows in kept["outcomes"]]
    runs = list(zip(kept["models"], kept["reports"], outcomes, strict=True))
    return page(runs, language, comparison(kept["compared"], language) if kept["compared"] else "")


def _outcome(row: dict[str, Any]) -> QuestionOutcome:
    asked = row["question"]
    sets = {name: frozenset(asked[name]) for name in ("documents", "given") if asked.get(name) is not None}
    lists = {name: _tuples(value) for name, value in asked.items() if isinstance(value, list)}
    carried = {name: _tuples(value) for name, value in row.get("carried", {}).items()}
    return QuestionOutcome(
        **row
        | {
            "question": SetQuestion(**asked | lists | sets),
            "nearest": _tuples(row.get("nearest", ())),
            "carried": Carried(**carried),
        }
    )


def _tuples(value: Any) -> Any:
    """Lists of a JSON file as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
