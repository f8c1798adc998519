"""Checks many files: each by itself, so that one that cannot be read does not keep the others from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.findings import CheckReport
from checks.readers.reading import SUFFIXES
from core.errors import ShokoError


@dataclass(frozen=True)
class FileOutcome:
    """What came of one file: a report, or the error that says why there is none."""

    path: Path
    report: CheckReport | None = None
    error: ShokoError | None = None
    department: str = ""  # the folder, of those beneath the one that is checked, in which it lies
    bring: Callable[[], Path] | None = None  # makes a file to be read of it, where `path` is only a name


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those of a kind that can be checked in the folders named, in order."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(
                file
                for file in path.rglob("*")
                if file.is_file()
                and file.suffix.lower() in SUFFIXES
                and not any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
            )
        else:
            files.append(path)
    return files


def left_out(paths: Iterable[Path]) -> Counter[str]:
    """The endings of files in the folders named that are of no kind that can be checked, with how many."""
    return Counter(
        file.suffix.lower() or file.name
        for path in paths
        if path.is_dir()
        for file in path.rglob("*")
        if file.is_file()
        and file.suffix.lower() not in SUFFIXES
        and not any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
    )


def department_in(roots: Iterable[Path], file: Path) -> str:
    """The first folder above that file beneath one of those that are checked; of several roots, the root."""
    folders = [root for root in roots if root.is_dir()]
    for root in folders:
        if file.is_relative_to(root):
            parts = file.relative_to(root).parts
            above = [root.name] if len(folders) > 1 else []
            return "/".join([*above, *parts[:-1][:1]])
    return ""


def check_files(
    files: Iterable[Path],
    check: Callable[[Path], CheckReport],
    *,
    progress: Callable[[Path], None] | None = None,
) -> Iterator[FileOutcome]:
    """Each file's outcome as it comes; `check` reads the file and runs the rules."""
    for file in files:
        if progress is not None:
            progress(file)
        try:
            yield FileOutcome(file, check(file))
        except ShokoError as error:
            yield FileOutcome(file, error=error)


def as_shape(outcomes: Sequence[FileOutcome]) -> dict[str, Any]:
    """The JSON of one document, or of several with a list of them."""
    if len(outcomes) == 1 and outcomes[0].report is not None:
        return outcomes[0].report.as_dict()
    documents: list[dict[str, Any]] = [
        outcome.report.as_dict()
        if outcome.report is not None
        else {"document": str(outcome.path), "error": str(outcome.error), "findings": [], "rules": []}
        for outcome in outcomes
    ]
    return {
        "findings": [finding for document in documents for finding in document["findings"]],
        "rules": _joined([document["rules"] for document in documents]),
        "documents": documents,
    }


def _joined(results: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Per rule over all documents: whether it ran anywhere, and why not where it did not."""
    joined: dict[str, dict[str, Any]] = {}
    for rules in results:
        for rule in rules:
            known = joined.setdefault(rule["id"], {**rule, "findings": 0})
            known["findings"] += rule["findings"]
            if rule["ran"] and not known["ran"]:
                known |= {"ran": True, "why": "", "state": rule["state"]}
    return list(joined.values())
