"""Builds a library of its own for a question set and measures it: what `shoko eval` runs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.access import access_of, renewed, space
from core.identity.accounts import first_administrator
from core.settings import Settings
from evaluation.comparing import paired
from evaluation.outcomes import QuestionOutcome
from evaluation.runs import build, build_injections, run
from evaluation.sets import Selection, read_set
from operations.evaluations.kept_library import begin, claimed, finish, made_from, stale
from operations.library import FIRST_SPACE, open_library
from retrieval.answers.cache import AnswerCache

EVERYTHING = Selection()


def run_set(
    folder: Path,
    settings: Settings,
    *,
    selection: Selection = EVERYTHING,
    kept: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> tuple[dict[str, Any], list[QuestionOutcome]]:
    """The report on the set in that folder, and how each question went. The library is made in a temporary
    folder and removed, or in the folder `kept`, where the next run finds it; `say` is told which.
    Raises BadValue."""
    chosen = read_set(folder)
    selection.of(chosen.questions)  # a wrong selection is told now, not after the documents are read
    with _place(kept) as place:
        now = made_from(chosen.documents)
        why = stale(place, now)
        if kept is not None:
            say(f"{place}: made anew: {why}" if why else f"{place}: used again, nothing has changed")
        if why:
            begin(place, now)
        own = settings.model_copy(
            update={"data": place, "models": settings.models_folder, "database_url": "", "originals": ""}
        )
        with open_library(own) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            if why:
                build(
                    chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE, progress
                )
            while library.pipeline.work_once():  # vectors of an embedder that the library has not seen
                progress("passages", library.index.keywords.count(), 0)
            spaces = build_injections(chosen, access, library.sessions, library.files, library.pipeline)
            if why:
                finish(place, now)
            with library.sessions.read() as session:
                access = renewed(access, session)
                first = space(access, session, FIRST_SPACE).id
            library.answerer.cache = AnswerCache(0)  # every question costs what it costs
            return run(
                chosen, access, library.sessions, library.answerer,
                selection=selection, progress=progress, space=first, injection_spaces=spaces,
            )  # fmt: skip


@contextlib.contextmanager
def _place(kept: Path | None) -> Iterator[Path]:
    """The folder of the library, for the time of the block or for good."""
    if kept is not None:
        with claimed(kept):
            yield kept
        return
    with tempfile.TemporaryDirectory(prefix="shoko-eval-") as place:
        yield Path(place)


def compare_models(
    folder: Path,
    settings: Settings,
    models: tuple[str, str],
    *,
    selection: Selection = EVERYTHING,
    kept: Path | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> tuple[dict[str, Any], list[list[QuestionOutcome]]]:
    """Both models on the same set: their reports, and in how many questions which of them was right."""
    reports, outcomes = [], []
    for model in models:
        own = settings.model_copy(update={"model": model})
        report, how = run_set(folder, own, selection=selection, kept=kept, progress=progress, say=say)
        reports.append(report)
        outcomes.append(how)
    right = [[outcome.right for outcome in how] for how in outcomes]
    compared = {"models": list(models), "right": asdict(paired(*right)), "reports": reports}
    return compared, outcomes
