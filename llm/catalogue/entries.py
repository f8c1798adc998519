"""The catalogue: models by name, what each is good for, and where it comes from. It opens no weights."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from contract.values import ModelRole
from core.errors import ModelUnknown
from llm.hardware import GB, total_memory

CATALOGUE = Path(__file__).parent / "catalogue.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(_Entry):
    """A file of a model. `bytes` 0 and `sha256` empty mean: not known before the download."""

    name: str
    bytes: int
    sha256: str


class WheelSource(_Entry):
    """Taken out of a wheel of the package index; the package itself is not installed."""

    kind: Literal["wheel"]
    package: str
    version: str
    sha256: str
    bytes: int
    members: str = Field(description="Members of the wheel below this prefix are the model's files.")


class HubSource(_Entry):
    """Files of a repository of a model hub (the address is `HF_ENDPOINT`)."""

    kind: Literal["hub"]
    repository: str
    revision: str


class ModelEntry(_Entry):
    """One model that Shoko knows by name."""

    name: str
    title: str
    role: ModelRole
    languages: tuple[str, ...]
    licence: str
    verified: bool
    note: dict[str, str]
    memory_class_gb: int = Field(description="The smallest machine, by its whole memory, it is meant for.")
    files: tuple[ModelFile, ...]
    source: Annotated[WheelSource | HubSource, Field(discriminator="kind")]
    demonstration: bool = False
    quantisation: str = ""
    dimensions: int = 0
    longest_tokens: int = 0
    query_prefix: str = ""
    passage_prefix: str = ""
    faults: tuple[str, ...] = ()
    quirks: tuple[str, ...] = Field((), description="What its prompts or its words need.")
    good_for: tuple[str, ...] = Field(description="What one takes it for.")
    cache_bytes_per_token: int = Field(0, ge=0, description="Of a 16-bit KV cache; 0: its header says.")
    active_share: float = Field(
        1.0, gt=0, le=1, description="Of the weights that one token passes: less in a mixture of experts."
    )
    opt_in: bool = Field(False, description="Its licence must be read first; never a default.")

    @property
    def bytes(self) -> int:
        """Bytes of its files together."""
        return sum(file.bytes for file in self.files)

    def memory(self, context_tokens: int) -> int:
        """Bytes that it takes with that context, before its header is read: weights, cache, and a quarter of
        a gigabyte for the process and its buffers."""
        return self.bytes + context_tokens * self.cache_bytes_per_token + 2**28


class _Catalogue(_Entry):
    models: tuple[ModelEntry, ...]
    defaults: dict[int, dict[str, dict[ModelRole, str]]]


@cache
def _whole() -> _Catalogue:
    return _Catalogue.model_validate(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8")))


def catalogue() -> tuple[ModelEntry, ...]:
    """Every entry, in the order of the file."""
    return _whole().models


def defaults() -> dict[int, dict[str, dict[ModelRole, str]]]:
    """The model of each role by the machine's memory in GB and by language."""
    return _whole().defaults


def entry(name: str) -> ModelEntry:
    """The entry of that name. Raises ModelUnknown."""
    for candidate in catalogue():
        if candidate.name == name:
            return candidate
    raise ModelUnknown(name=name)


def recommended(role: ModelRole, *, memory: int | None = None, language: str = "en") -> ModelEntry | None:
    """The default of that role for a machine of this memory and for that language; None on a smaller one."""
    # A "16 GB" machine shows a little less to its programs; 10 % is what firmware and graphics take.
    have = (memory if memory is not None else total_memory()) / GB / 0.9
    for size in sorted(defaults(), reverse=True):
        if size <= have and role in defaults()[size][language]:
            return entry(defaults()[size][language][role])
    return None
