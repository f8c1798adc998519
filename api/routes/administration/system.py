"""Health, and rebuilding the indexes."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter

from api.deps import AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.base import ErrorBody
from contract.system import Health, ReindexOut
from core.version import VERSION
from ingest.rebuilding import rebuild
from ingest.records import jobs
from ingest.watched import records
from llm.catalogue.entries import catalogue
from operations.library import Library
from operations.sharing.standing import missing_workers

router = APIRouter(tags=["system"], responses=REFUSALS)
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="health")


# One route names the model of refusals, so that the description holds it: the others refer to it.
@router.get("/health", summary="Whether the back-end works", responses={500: {"model": ErrorBody}})
async def health(library: LibraryDep) -> Health:
    """Open to all: it names no document and no person. It has threads of its own, so that it answers even
    when all others are taken."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _health, library)


def _health(library: Library) -> Health:
    model, embedder = library.answerer.model, library.index.embedder
    problems = list(library.problems)
    if model is not None and model.problem() and model.problem() not in problems:
        problems.append(model.problem())
    with library.sessions.read() as session:
        folders = records.with_problems(session)
        backlog = jobs.backlog(session)
    if missing := missing_workers(library.standing, library.settings, library.sessions):
        problems.append(missing)
    if folders:
        problems.append(f"{folders} watched folder(s) need a look: `shoko folders list` says why.")
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
        loading=not library.models_loaded.is_set(),
        demonstration=model is not None and model.name in _demonstrations(),
        chat_languages=sorted(model.languages) if model is not None else [],
        embed_languages=sorted(embedder.languages) if embedder is not None else [],
        reading=backlog.reading,
        embedding=backlog.embedding,
        older_passages=backlog.older_passages,
        without_vectors=backlog.without_vectors,
    )


@functools.cache
def _demonstrations() -> frozenset[str]:
    return frozenset(entry.name for entry in catalogue() if entry.demonstration)


@router.post("/api/reindex", summary="Rebuild the indexes from the records")
def reindex(library: LibraryDep, access: AdministratorDep) -> ReindexOut:
    """Words at once; vectors by the jobs in the answer. For administrators."""
    passages, jobs = rebuild(access, library.sessions, library.index)
    return ReindexOut(passages=passages, jobs=jobs)
