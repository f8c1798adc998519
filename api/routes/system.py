"""Health and models."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import func, select

from api.deps import AccessDep, AdministratorDep, LibraryDep
from api.schemas import Health, ModelList, ModelOut, ReindexOut
from api.wiring import Library
from core.models import Folder
from core.version import VERSION
from ingest.rebuilding import rebuild
from llm.catalogue import catalogue
from llm.hardware import GB, total_memory

router = APIRouter(tags=["system"])


@router.get("/health", summary="Whether the back-end works")
def health(library: LibraryDep) -> Health:
    """Open to all: it names no document and no person."""
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


@router.get("/api/models", summary="Models, installed and available")
def list_models(library: LibraryDep, _access: AccessDep) -> ModelList:
    """The catalogue first, then what was imported."""
    return ModelList(models=models_of(library))


def models_of(library: Library) -> list[ModelOut]:
    """Every model that is known or installed."""
    installed = {model.name: model for model in library.store.installed()}
    model, embedder = library.answerer.model, library.index.embedder
    used = {one.name for one in (model, embedder) if one is not None}
    memory = total_memory() / GB / 0.9
    found = [
        ModelOut(
            name=entry.name,
            title=entry.title,
            role=entry.role,
            languages=list(entry.languages),
            licence=entry.licence,
            bytes=entry.bytes,
            installed=entry.name in installed,
            in_use=entry.name in used,
            fits=entry.memory_class_gb <= memory,
            demonstration=entry.demonstration,
            note=entry.note,
            source=entry.source.kind,
        )
        for entry in catalogue()
    ]
    known = {entry.name for entry in found}
    found += [
        ModelOut(
            name=model.name,
            title=model.name,
            role=model.role,
            languages=list(model.languages),
            licence="",
            bytes=model.bytes,
            installed=True,
            in_use=model.name in used,
            fits=model.bytes / GB < memory * 0.6,
            demonstration=False,
            note={},
            source=model.source,
        )
        for model in installed.values()
        if model.name not in known
    ]
    return found
