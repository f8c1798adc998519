"""Builds a library of its own for a question set and measures it: what `shoko eval` runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.wiring import FIRST_SPACE, open_library
from core.access import access_of
from core.accounts import first_administrator
from core.settings import Settings
from evaluation.runs import build, run
from evaluation.sets import read_set


def run_set(
    folder: Path,
    settings: Settings,
    *,
    limit: int | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """The report on the set in that folder. The library is made in a temporary folder and removed."""
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
            return run(chosen, access, library.sessions, library.answerer, limit=limit, progress=progress)
