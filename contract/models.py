"""Models: the list, those in use, changes of them, and downloads."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from contract.base import ErrorDetail, Schema
from contract.values import JobState, ModelRole


class ModelOut(Schema):
    """A model, installed or not. Sizes are bytes, speeds tokens a second, null if nothing is known."""

    name: str
    title: str
    role: str
    languages: list[str]
    licence: str
    bytes: int
    installed: bool
    in_use: bool
    used_as: str = Field("", description="chat, embed, rerank or fallback, where it is in use")
    fits: bool = Field(description="Whether this machine holds it when nothing else fills it")
    fits_now: bool = Field(description="Whether it fits into what is free at the moment")
    demonstration: bool
    verified: bool = Field(description="Whether this project loaded that file; else nothing was measured")
    opt_in: bool = Field(description="Its licence must be read first")
    note: dict[str, str] = Field(description="What it is good for, by language")
    good_for: list[str]
    faults: list[str]
    quirks: list[str]
    quantisation: str
    source: str
    basis: str = Field(description="What the figures rest on: `header` of the file, or the `catalogue`")
    memory: int = Field(description="With the context of SHOKO_CONTEXT_TOKENS")
    read: float | None
    written: float | None
    typical_seconds: float | None = Field(description="Of an answer: 700 tokens read, 90 written")
    recommended_for: list[str] = Field(
        default=[], description="Languages for which it is the choice of its role on this machine"
    )
    problem: str = Field("", description="Why an installed file cannot be read")
    partial_bytes: int = Field(0, description="Of a download that stopped in the middle")


class MachineOut(Schema):
    """The machine. Speeds are known once it was measured (`POST /api/models/measurement`)."""

    total_memory: int
    free_memory: int
    free_disk: int
    cores: int
    context_tokens: int
    measured: bool
    measuring: bool
    measuring_problem: str = ""


class ModelList(Schema):
    """The catalogue first, then what was imported, and the machine."""

    models: list[ModelOut]
    machine: MachineOut


class RunningModel(Schema):
    """A model at work. `memory` 0: in the back-end's own process."""

    role: str
    name: str
    state: Literal["ready", "starting", "unfit"]
    memory: int
    context: int
    waiting: int
    problem: str = ""


class SwitchOut(Schema):
    """A change of the model in use. `step`: freeing, loading, waiting (for the answer under way) or vectors;
    `answers`: who answers after a change that failed."""

    role: str
    name: str
    previous: str
    state: Literal["running", "done", "failed"]
    step: str
    done: int
    total: int
    problem: str
    error: ErrorDetail | None
    answers: str
    started_at: datetime
    finished_at: datetime | None


class DownloadOut(Schema):
    """A download, shown like a job; `done` of `total` are bytes, and total 0 is not known yet."""

    id: str
    kind: Literal["pull"] = "pull"
    name: str
    state: JobState
    step: Literal["download", "measure"]
    done: int
    total: int
    bytes_per_second: float | None
    seconds_left: float | None
    problem: str
    error: ErrorDetail | None
    created_at: datetime
    finished_at: datetime | None


class DownloadList(Schema):
    """Those since the start of the back-end, newest first."""

    pulls: list[DownloadOut]


class Running(Schema):
    """What runs and what is on its way."""

    models: list[RunningModel]
    switches: list[SwitchOut]
    pulls: list[DownloadOut]


class UseRequest(Schema):
    """The model to use, or `none`, and for what: chat, embed or rerank."""

    name: str = Field(max_length=200)
    role: ModelRole


class MeasureRequest(Schema):
    """With `anew` false, only what has not been measured is measured."""

    anew: bool = True


class PullRequest(Schema):
    """A model of the catalogue, and from where: empty for its own source, or the address of a mirror, or
    a folder of the server."""

    name: str = Field(max_length=200)
    place: str = Field("", max_length=1000)


class ImportRequest(Schema):
    """A GGUF file that lies in `incoming/` of the folder of models, and the name to give it."""

    file: str = Field(max_length=300)
    name: str = Field("", max_length=200)


class IncomingFile(Schema):
    """A file that could be imported; `problem` says why it cannot, empty if it can."""

    file: str
    bytes: int
    problem: str


class IncomingList(Schema):
    """What lies in the folder for imports."""

    folder: str
    files: list[IncomingFile]


class Imported(Schema):
    """What was taken in."""

    name: str
    bytes: int


class Freed(Schema):
    """Bytes that are free again."""

    freed: int


class EstimateOut(Schema):
    """What a model needs here; `read` and `written` are 0 if they are not known."""

    name: str
    context_tokens: int
    basis: str
    memory: int
    parts: dict[str, int]
    free: int
    fits: bool
    read: float
    written: float
    typical_seconds: float
    instead: str


class KnownModel(Schema):
    """A model's entry in the catalogue, and what is installed of it."""

    catalogue: dict[str, Any] | None
    installed: dict[str, Any] | None
