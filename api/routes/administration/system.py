"""Health, and the indexes made anew."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter
from sqlalchemy import func, select

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.base import ErrorBody
from contract.system import Health, ReindexOut
from core.models import Folder
from core.version import VERSION
from ingest.rebuilding import rebuild
from operations.library import Library

router = APIRouter(tags=["system"], responses=REFUSALS)
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="health")


# One route names the model of refusals, so that the description holds it: the others refer to it.
@router.get("/health", summary="Whether the back-end works", responses={500: {"model": ErrorBody}})
async def health(library: LibraryDep) -> Health:
    """Open to all: it names no document and no person. It has threads of its own: it answers also where all
    others are taken."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _health, library)


def _health(library: Library) -> Health:
    model, embedder = library.answerer.model, library.index.embedder
    problems = list(library.problems)
    if model is not None and model.problem() and model.problem() not in problems:
        problems.append(model.problem())
    with library.sessions.read() as session:
        away = session.scalar(select(func.count()).where(Folder.error_code.is_not(None))) or 0
    if away:
        problems.append(f"{away} watched folder(s) need a look: `shoko folders list` says why.")
    return Health(
        status="ok" if not problems else "degraded",
        version=VERSION,
        passages=library.index.keywords.count(),
        vectors=library.index.vectors.count() if library.index.vectors is not None else 0,
        chat_model=model.name if model is not None else "none",
        chat_ready=model is not None and model.ready(),
        embedder=embedder.name if embedder is not None else "none",
        waiting=library.answerer.gate.waiting,
        problems=problems,
    )


@router.post("/api/reindex", summary="Make the indexes anew from the records")
def reindex(library: LibraryDep, access: AdministratorDep) -> ReindexOut:
    """Words at once; vectors by the jobs in the answer. For administrators."""
    passages, jobs = rebuild(access, library.sessions, library.index)
    return ReindexOut(passages=passages, jobs=jobs)
