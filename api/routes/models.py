"""Models over HTTP: the list, what runs, what one would take, and changes of what is used. For
administrators, but for the list."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.choosing import shown
from api.deps import AdministratorDep, LibraryDep
from api.wiring import Library
from core.audit import record
from core.errors import BadValue, ModelInUse
from core.settings import PROJECT
from llm.catalogue import Part, entry
from llm.hardware import process_memory
from operations.models import estimated, known

router = APIRouter(tags=["models"])


class UseRequest(BaseModel):
    """The model to use, and for what: chat or embed."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    role: Part


class PullRequest(BaseModel):
    """A model of the catalogue."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)


class ImportRequest(BaseModel):
    """A GGUF file that lies in `incoming/` of the folder of models, and the name to give it."""

    model_config = ConfigDict(extra="forbid")
    file: str = Field(max_length=300)
    name: str = Field("", max_length=200)


@router.get("/api/models/running", summary="What runs and what is on its way")
def running(library: LibraryDep, _access: AdministratorDep) -> dict[str, Any]:
    """The models in use with state and memory, changes of models, and downloads."""
    model, embedder = library.answerer.model, library.index.embedder
    rows: list[dict[str, Any]] = []
    if model is not None:
        number = getattr(model, "process_id", None)
        rows.append(
            {
                "role": Part.CHAT,
                "name": model.name,
                "state": "unfit" if model.problem() else "ready" if model.ready() else "starting",
                "memory": process_memory(number) if number else 0,
                "context": model.context_tokens,
                "waiting": library.answerer.gate.waiting,
            }
        )
    if embedder is not None:
        rows.append(
            {
                "role": Part.EMBED,
                "name": embedder.name,
                "state": "ready",
                "memory": 0,
                "context": embedder.longest_tokens,
                "waiting": 0,
            }
        )
    return {
        "models": rows,
        "switches": [shown(one) for one in library.switches.current.values()],
        "pulls": list(_pulls(library).values()),
    }


@router.get("/api/models/{name}", summary="One model")
def read(library: LibraryDep, _access: AdministratorDep, name: str) -> dict[str, Any]:
    """Its entry in the catalogue and what is installed."""
    return known(library.settings.models_folder, name)


@router.get("/api/models/{name}/estimate", summary="What a model would take here")
def estimate(
    library: LibraryDep, _access: AdministratorDep, name: str, context_tokens: int | None = None
) -> dict[str, Any]:
    """Memory and speed before it is loaded; measures the machine the first time."""
    settings = library.settings
    tokens = context_tokens or settings.context_tokens
    return estimated(settings.models_folder, name, tokens, settings.threads)


@router.put("/api/models/use", summary="Use another model", status_code=202)
def use(library: LibraryDep, access: AdministratorDep, order: UseRequest) -> dict[str, Any]:
    """Begin to use it; `/api/models/running` tells how far that is. The old one answers until then."""
    switch = library.switches.use(order.role, order.name)
    _record(library, access.user_id, "model.chosen", order.name, role=order.role)
    return shown(switch)


@router.post("/api/models/pulls", summary="Download a model", status_code=202)
def pull(library: LibraryDep, access: AdministratorDep, order: PullRequest) -> dict[str, Any]:
    """Begin a download in a process of its own, the one that may go out."""
    entry(order.name)
    pulls = _pulls(library)
    if pulls.get(order.name, {}).get("state") == "running":
        raise BadValue(name="name", problem=f"{order.name} is being downloaded already", fix="Wait for it")
    state = {"name": order.name, "state": "running", "done": 0, "total": 0, "problem": ""}
    pulls[order.name] = state
    _record(library, access.user_id, "model.pulled", order.name)
    threading.Thread(
        target=_run_pull, args=(library.settings.models_folder, state), daemon=True, name="pull"
    ).start()
    return state


@router.post("/api/models/imports", summary="Take a model from a file", status_code=201)
def import_file(library: LibraryDep, access: AdministratorDep, order: ImportRequest) -> dict[str, Any]:
    """The file must lie in `incoming/` of the folder of models on the server."""
    incoming = library.settings.models_folder / "incoming"
    file = incoming / order.file
    if Path(order.file).name != order.file or not file.is_file():
        raise BadValue(name="file", problem=f"{order.file} does not lie in {incoming}", fix="Copy it there")
    model = library.store.import_file(file, order.name)
    _record(library, access.user_id, "model.imported", model.name)
    return {"name": model.name, "bytes": model.bytes}


@router.delete("/api/models/{name}", summary="Remove a model", status_code=200)
def remove(library: LibraryDep, access: AdministratorDep, name: str, response: Response) -> dict[str, Any]:
    """Says how many bytes are free again; refuses a model in use."""
    for role, used in ((Part.CHAT, library.answerer.model), (Part.EMBED, library.index.embedder)):
        if used is not None and used.name == name:
            raise ModelInUse(name=name, role=role)
    freed = library.store.remove(name)
    _record(library, access.user_id, "model.removed", name)
    return {"freed": freed}


def _record(library: Library, user_id: str, action: str, name: str, **detail: Any) -> None:
    with library.sessions.write() as session:
        record(session, user_id, action, name, **detail)


def _pulls(library: Library) -> dict[str, dict[str, Any]]:
    return library.switches.pulls


def _run_pull(models: Path, state: dict[str, Any]) -> None:
    order = [sys.executable, "-m", "operations.setup", state["name"], str(models)]
    with subprocess.Popen(
        order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            state.update({key: told[key] for key in ("done", "total", "problem") if key in told})
    state["state"] = "done" if process.returncode == 0 else "failed"
