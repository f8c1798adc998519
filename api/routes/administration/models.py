"""Models over HTTP: the list with what fits, what runs, downloads, and changes of what is used. For
administrators, but for the list."""

from __future__ import annotations

import shutil
import threading
from dataclasses import asdict
from pathlib import Path
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
from core.errors import BadValue, ModelFileBad, ModelInUse
from llm.engines.llama import physical_cores
from llm.gguf import check_gguf
from llm.hardware import free_memory, process_memory, total_memory
from operations.library import Library
from operations.model_downloads import Download
from operations.model_switch import Switch
from operations.models import cards, estimated, forget_speed, kinds_to_measure, known, measure, measured

router = APIRouter(tags=["models"], responses=REFUSALS)

INCOMING = "incoming"


@router.get("/api/models", summary="Models, installed and available, and what fits")
def list_models(library: LibraryDep, _access: AccessDep) -> ModelList:
    """The catalogue first, then what was imported."""
    settings, used = library.settings, library.switches.used()
    roles = {name: str(role) for role, name in used.items()}
    if settings.fallback_model:
        roles.setdefault(settings.fallback_model, "fallback")
    found = [
        ModelOut(**asdict(card), in_use=card.name in roles, used_as=roles.get(card.name, ""))
        for card in cards(settings.models_folder, settings.context_tokens, settings.threads)
    ]
    return ModelList(models=found, machine=_machine(library))


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
    """Begin to measure how fast it reads and writes, half a minute; then the list tells speeds."""
    measuring, settings = library.measuring, library.settings

    def work() -> None:
        try:
            if order.anew:
                forget_speed(settings.models_folder)
            measure(settings.models_folder, kinds_to_measure(settings.models_folder), settings.threads)
        except Exception as error:  # noqa: BLE001  # whatever the engine says is told to who asked
            measuring.problem = f"{type(error).__name__}: {error}"
        finally:
            measuring.running = False

    with measuring.lock:
        if not measuring.running:
            measuring.running, measuring.problem = True, ""
            threading.Thread(target=work, daemon=True, name="measure").start()
    return _machine(library)


@router.get("/api/models/running", summary="What runs and what is on its way")
def running(library: LibraryDep, _access: AdministratorDep) -> Running:
    """The models in use with state and memory, changes of models, and downloads."""
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
        switches=[_switch(one) for one in library.switches.current.values()],
        pulls=[_download(one) for one in library.downloads.all()],
    )


def _switch(one: Switch) -> SwitchOut:
    return SwitchOut.model_validate(vars(one))


def _download(one: Download) -> DownloadOut:
    return DownloadOut(
        id=one.id,
        name=one.name,
        state=one.state,
        step="measure" if one.step == "measure" else "download",
        done=one.done,
        total=one.total,
        bytes_per_second=one.bytes_per_second,
        seconds_left=one.seconds_left,
        problem=one.problem,
        error=ErrorDetail(**one.error) if one.error else None,
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


@router.put("/api/models/use", summary="Use another model", status_code=202)
def use(library: LibraryDep, access: AdministratorDep, order: UseRequest) -> SwitchOut:
    """Begin to use it; `/api/models/running` tells how far that is. The old one answers until then, and after
    a change that fails."""
    return _switch(library.switches.use(order.role, order.name, access.user_id))


@router.get("/api/models/pulls", summary="Downloads")
def pulls(library: LibraryDep, _access: AdministratorDep) -> DownloadList:
    """Those since the start, newest first."""
    return DownloadList(pulls=[_download(one) for one in library.downloads.all()])


@router.post("/api/models/pulls", summary="Download a model", status_code=202)
def pull(library: LibraryDep, access: AdministratorDep, order: PullRequest) -> DownloadOut:
    """Begin a download in a process of its own, the one that may go out. It goes on where one stopped."""
    return _download(library.downloads.begin(order.name, order.place, access.user_id))


@router.delete("/api/models/pulls/{name}", summary="Cancel a download")
def cancel(library: LibraryDep, access: AdministratorDep, name: str) -> DownloadOut:
    """What has come stays, so that the next try goes on; `DELETE /api/models/{name}` removes it."""
    return _download(library.downloads.cancel(name, access.user_id))


@router.get("/api/models/incoming", summary="Files that can be imported")
def incoming(library: LibraryDep, _access: AdministratorDep) -> IncomingList:
    """GGUF files in `incoming/` of the server's folder of models, each with what is wrong with it."""
    folder = _incoming(library)
    files = [
        IncomingFile(file=file.name, bytes=file.stat().st_size, problem=_problem(file))
        for file in sorted(folder.glob("*.gguf"))
        if file.is_file()
    ]
    return IncomingList(folder=str(folder), files=files)


def _incoming(library: Library) -> Path:
    folder = library.settings.models_folder / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _problem(file: Path) -> str:
    try:
        check_gguf(file)
    except ModelFileBad as error:
        return str(error)
    return ""


@router.post("/api/models/imports", summary="Take a model from a file", status_code=201)
def import_file(library: LibraryDep, access: AdministratorDep, order: ImportRequest) -> Imported:
    """The file must lie in `incoming/` of the folder of models on the server."""
    folder = _incoming(library)
    file = folder / order.file
    if Path(order.file).name != order.file or not file.is_file():
        raise BadValue(name="file", problem=f"{order.file} does not lie in {folder}", fix="Copy it there")
    model = library.store.import_file(file, order.name)
    _record(library, access.user_id, "model.imported", model.name)
    return Imported(name=model.name, bytes=model.bytes)


@router.get("/api/models/{name}", summary="One model")
def read(library: LibraryDep, _access: AdministratorDep, name: str) -> KnownModel:
    """Its entry in the catalogue and what is installed."""
    return KnownModel(**known(library.settings.models_folder, name))


@router.get("/api/models/{name}/estimate", summary="What a model would take here")
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
    """Says how many bytes are free again; refuses a model in use or on its way."""
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
