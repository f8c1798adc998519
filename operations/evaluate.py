"""Builds a library of its own for a question set and measures it: what `shoko eval` runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.access import access_of, renewed, space
from core.identity.accounts import first_administrator
from core.settings import Settings
from evaluation.comparing import paired
from evaluation.runs import Outcome, build, build_injections, run
from evaluation.sets import read_set
from operations.library import FIRST_SPACE, open_library
from retrieval.answers.cache import AnswerCache


def run_set(
    folder: Path,
    settings: Settings,
    *,
    limit: int | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> tuple[dict[str, Any], list[Outcome]]:
    """The report on the set in that folder, and how each question went. The library is made in a temporary
    folder and removed."""
    chosen = read_set(folder)
    with tempfile.TemporaryDirectory(prefix="shoko-eval-") as place:
        own = settings.model_copy(
            update={"data": Path(place), "models": settings.models_folder, "database_url": ""}
        )
        with open_library(own) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            build(chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE, progress)
            spaces = build_injections(chosen, access, library.sessions, library.files, library.pipeline)
            with library.sessions.read() as session:
                access = renewed(access, session)
                first = space(access, session, FIRST_SPACE).id
            library.answerer.cache = AnswerCache(0)  # every question costs what it costs
            return run(
                chosen, access, library.sessions, library.answerer,
                limit=limit, progress=progress, spaces=[first], injection_spaces=spaces,
            )  # fmt: skip


def compare_models(
    folder: Path,
    settings: Settings,
    models: tuple[str, str],
    *,
    limit: int | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> tuple[dict[str, Any], list[list[Outcome]]]:
    """Both models on the same set: their reports, and in how many questions which of them was right."""
    reports, outcomes = [], []
    for model in models:
        own = settings.model_copy(update={"model": model})
        report, how = run_set(folder, own, limit=limit, progress=progress)
        reports.append(report)
        outcomes.append(how)
    right = [[outcome.right for outcome in how] for how in outcomes]
    compared = {"models": list(models), "right": asdict(paired(*right)), "reports": reports}
    return compared, outcomes
