"""What the back-end tells of models, as values: which there are, what fits, what runs, downloads and changes.
Fields that a newer back-end adds are passed over; what an older one does not tell is not known."""

from __future__ import annotations

from dataclasses import dataclass, field

from ui.records import Problem


@dataclass(frozen=True)
class Model:
    """A model, installed or not. Sizes are bytes, `memory` 0 where it is not known; `typical_seconds` of an
    answer is None before the machine was measured. `used_as` names what it is used for."""

    name: str
    title: str
    role: str
    languages: list[str]
    licence: str
    bytes: int
    installed: bool
    in_use: bool
    fits: bool
    demonstration: bool
    note: dict[str, str]
    source: str
    used_as: str = ""
    fits_now: bool = True
    opt_in: bool = False  # its licence must be read first
    memory: int = 0
    typical_seconds: float | None = None
    problem: str = ""
    partial_bytes: int = 0  # of a download that stopped in the middle


@dataclass(frozen=True)
class Machine:
    """What models find on the server."""

    total_memory: int
    free_memory: int
    free_disk: int
    cores: int
    measured: bool
    measuring: bool
    measuring_problem: str = ""


@dataclass(frozen=True)
class Models:
    """The models, and the machine where the back-end tells of it."""

    models: list[Model]
    machine: Machine | None = None


@dataclass(frozen=True)
class RunningModel:
    """A model at work; `state` is ready, starting or unfit."""

    role: str
    name: str
    state: str
    memory: int
    waiting: int
    problem: str = ""


@dataclass(frozen=True)
class Switch:
    """A change of the model in use: `state` is running, done or failed; `done` of `total` passages."""

    role: str
    name: str
    state: str
    done: int = 0
    total: int = 0
    problem: str = ""
    error: Problem | None = None


@dataclass(frozen=True)
class Pull:
    """A download: `state` as of jobs; `done` of `total` bytes, total 0 where it is not known yet."""

    name: str
    state: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    problem: str = ""
    error: Problem | None = None


@dataclass(frozen=True)
class Running:
    """What runs and what is on its way."""

    models: list[RunningModel] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)

    @property
    def working(self) -> bool:
        """Whether it will change by itself."""
        return (
            any(one.state == "running" for one in self.switches)
            or any(one.state in ("waiting", "running") for one in self.pulls)
            or any(one.state == "starting" for one in self.models)
        )


@dataclass(frozen=True)
class IncomingFile:
    """A file that could be imported; `problem` says why it cannot."""

    file: str
    bytes: int
    problem: str = ""


@dataclass(frozen=True)
class Incoming:
    """What lies in the server's folder for imports."""

    folder: str
    files: list[IncomingFile]
