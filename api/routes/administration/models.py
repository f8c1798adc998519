"""Models over HTTP: the list with what fits, what runs, downloads, and changes of the models in use. For
administrators, except for the list."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import AccessDep, AdministratorDep, LibraryDep
from api.errors import REFUSALS
from contract.base import ErrorDetail
from contract.models import (
    DownloadList,
    DownloadOut,
    EstimateOut,
    Freed,
    Imported,
    ImportRequest,
    IncomingFile,
    IncomingList,
    KnownModel,
    MachineOut,
    MeasureRequest,
    ModelList,
    ModelOut,
    PullRequest,
    Running,
    RunningModel,
    SwitchOut,
    UseRequest,
)
from contract.values import ModelRole
from core.audit import record
from core.errors import BadValue, ModelInUse
from llm.catalogue.entries import recommended
from llm.engines.llama import physical_cores
from llm.hardware import free_memory, process_memory, total_memory
from operations.library import Library
from operations.model_downloads import Download
from operations.model_switch import Switch
from operations.models import cards, estimated, incoming, incoming_file, incoming_folder, known, measured

router = APIRouter(tags=["models"], responses=REFUSALS)


@router.get("/api/models", summary="Models, installed and available, and what fits")
def list_models(library: LibraryDep, _access: AccessDep) -> ModelList:
    """The catalogue first, then what was imported."""
    settings, used = library.settings, library.switches.used()
    roles = {name: str(role) for role, name in used.items()}
    if settings.fallback_model:
        roles.setdefault(settings.fallback_model, "fallback")
    best = _recommended()
    models = [
        ModelOut(
            **asdict(card),
            in_use=card.name in roles,
            used_as=roles.get(card.name, ""),
            recommended_for=best.get(card.name, []),
        )
        for card in cards(settings.models_folder, settings.context_tokens, settings.threads)
    ]
    return ModelList(models=models, machine=_machine(library))


def _recommended() -> dict[str, list[str]]:
    """The languages for which each model is the choice of its role, by its name."""
    best: dict[str, list[str]] = {}
    for role in ModelRole:
        for language in ("ja", "en", "zh"):
            if (best_entry := recommended(role, language=language)) is not None:
                best.setdefault(best_entry.name, []).append(language)
    return best


def _machine(library: Library) -> MachineOut:
    settings, measuring = library.settings, library.measuring
    settings.models_folder.mkdir(parents=True, exist_ok=True)
    return MachineOut(
        total_memory=total_memory(),
        free_memory=free_memory(),
        free_disk=shutil.disk_usage(settings.models_folder).free,
        cores=physical_cores(),
        context_tokens=settings.context_tokens,
        measured=measured(settings.models_folder, settings.threads),
        measuring=measuring.running,
        measuring_problem=measuring.problem,
    )


@router.post("/api/models/measurement", summary="Measure this machine", status_code=202)
def measure_machine(library: LibraryDep, _access: AdministratorDep, order: MeasureRequest) -> MachineOut:
    """Starts to measure how fast it reads and writes, half a minute; after that the list shows speeds."""
    settings = library.settings
    library.measuring.start(settings.models_folder, settings.threads, again=order.anew)
    return _machine(library)


@router.get("/api/models/running", summary="Models in use, with changes and downloads under way")
def running(library: LibraryDep, _access: AdministratorDep) -> Running:
    """The models in use with their state and memory, changes of models, and downloads."""
    model, embedder, reranker = library.answerer.model, library.index.embedder, library.answerer.reranker
    rows: list[RunningModel] = []
    if model is not None:
        number = getattr(model, "process_id", None)
        rows.append(
            RunningModel(
                role=ModelRole.CHAT,
                name=model.name,
                state="unfit" if model.problem() else "ready" if model.ready() else "starting",
                memory=process_memory(number) if number else 0,
                context=model.context_tokens,
                waiting=library.answerer.gate.waiting,
                problem=model.problem(),
            )
        )
    if embedder is not None:
        tokens = embedder.longest_tokens
        rows.append(
            RunningModel(
                role=ModelRole.EMBED, name=embedder.name, state="ready", memory=0, context=tokens, waiting=0
            )
        )
    if reranker is not None:
        rows.append(
            RunningModel(
                role=ModelRole.RERANK, name=reranker.name, state="ready", memory=0, context=0, waiting=0
            )
        )
    return Running(
        models=rows,
        switches=[_switch(switch) for switch in library.switches.current.values()],
        pulls=[_download(download) for download in library.downloads.all()],
    )


def _switch(switch: Switch) -> SwitchOut:
    return SwitchOut.model_validate(vars(switch))


def _download(download: Download) -> DownloadOut:
    return DownloadOut(
        id=download.id,
        name=download.name,
        state=download.state,
        step="measure" if download.step == "measure" else "download",
        done=download.done,
        total=download.total,
        bytes_per_second=download.bytes_per_second,
        seconds_left=download.seconds_left,
        problem=download.problem,
        error=ErrorDetail(**download.error) if download.error else None,
        created_at=download.created_at,
        finished_at=download.finished_at,
    )


@router.put("/api/models/use", summary="Use another model", status_code=202)
def use(library: LibraryDep, access: AdministratorDep, order: UseRequest) -> SwitchOut:
    """Starts the change; `/api/models/running` reports its progress. The old model answers until then, and
    after a change that fails."""
    return _switch(library.switches.use(order.role, order.name, access.user_id))


@router.get("/api/models/pulls", summary="Downloads")
def pulls(library: LibraryDep, _access: AdministratorDep) -> DownloadList:
    """Those since the start, newest first."""
    return DownloadList(pulls=[_download(download) for download in library.downloads.all()])


@router.post("/api/models/pulls", summary="Download a model", status_code=202)
def pull(library: LibraryDep, access: AdministratorDep, order: PullRequest) -> DownloadOut:
    """Starts it in a process of its own, the only one that may go out. It resumes where one stopped."""
    return _download(library.downloads.begin(order.name, order.place, access.user_id))


@router.delete("/api/models/pulls/{name}", summary="Cancel a download")
def cancel(library: LibraryDep, access: AdministratorDep, name: str) -> DownloadOut:
    """What has been downloaded stays, for the next try; `DELETE /api/models/{name}` removes it."""
    return _download(library.downloads.cancel(name, access.user_id))


@router.get("/api/models/incoming", summary="Files that can be imported")
def list_incoming(library: LibraryDep, _access: AdministratorDep) -> IncomingList:
    """GGUF files in `incoming/` of the server's folder of models, each with what is wrong with it."""
    models = library.settings.models_folder
    return IncomingList(
        folder=str(incoming_folder(models)),
        files=[
            IncomingFile(file=waiting.file.name, bytes=waiting.bytes, problem=waiting.problem)
            for waiting in incoming(models)
        ],
    )


@router.post("/api/models/imports", summary="Import a model from a file", status_code=201)
def import_file(library: LibraryDep, access: AdministratorDep, order: ImportRequest) -> Imported:
    """The file must lie in `incoming/` of the folder of models on the server."""
    file = incoming_file(library.settings.models_folder, order.file)
    model = library.store.import_file(file, order.name)
    _record(library, access.user_id, "model.imported", model.name)
    return Imported(name=model.name, bytes=model.bytes)


@router.get("/api/models/{name}", summary="One model")
def read(library: LibraryDep, _access: AdministratorDep, name: str) -> KnownModel:
    """Its entry in the catalogue and what is installed."""
    return KnownModel(**known(library.settings.models_folder, name))


@router.get("/api/models/{name}/estimate", summary="Estimate what a model needs here")
def estimate(
    library: LibraryDep,
    _access: AdministratorDep,
    name: str,
    context_tokens: Annotated[int | None, Query(ge=512, le=1_000_000)] = None,
) -> EstimateOut:
    """Memory and speed before it is loaded; measures the machine the first time."""
    settings = library.settings
    tokens = context_tokens or settings.context_tokens
    return EstimateOut(**estimated(settings.models_folder, name, tokens, settings.threads))


@router.delete("/api/models/{name}", summary="Remove a model", status_code=200)
def remove(library: LibraryDep, access: AdministratorDep, name: str) -> Freed:
    """Answers how many bytes were freed; refuses a model that is in use or on its way."""
    if role := library.switches.busy(name):
        raise ModelInUse(name=name, role=role)
    if library.downloads.running(name) is not None:
        raise BadValue(name="name", problem=f"{name} is being downloaded", fix="Cancel that first")
    freed = library.store.remove(name)
    _record(library, access.user_id, "model.removed", name, freed=freed)
    return Freed(freed=freed)


def _record(library: Library, user_id: str, action: str, name: str, **detail: Any) -> None:
    with library.sessions.write() as session:
        record(session, user_id, action, name, **detail)
