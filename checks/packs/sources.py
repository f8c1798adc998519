"""Where the rules of a check come from: packs that ship, by name, and people's own packs as they were sent.

Nothing of a person's pack is read until a child process loads it: `checks.service.limited` starts that one.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checks.packs.imports.textlint.reading import names_files
from checks.packs.lists import names_list
from checks.packs.loading import load_packs, shipped
from checks.packs.pack import Pack, merged
from checks.packs.yaml_lines import load_yaml
from core.errors import BadValue

_TABLES = (".csv", ".tsv")


@dataclass(frozen=True)
class PackSource:
    """A pack that ships under that name or, where there is a file's name, the bytes of that file."""

    name: str
    file: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class PackSources:
    """The packs of one check. Rules of `more` that stand in `packs` already are left out."""

    packs: tuple[PackSource, ...]
    more: tuple[PackSource, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of all packs, in order."""
        return [source.name for source in (*self.packs, *self.more)]

    @property
    def all_ship(self) -> bool:
        """Whether none of the packs is a person's."""
        return not any(source.file for source in (*self.packs, *self.more))

    def packed(self) -> dict[str, Any]:
        """In the shape of JSON."""
        return {
            "packs": [_packed(pack) for pack in self.packs],
            "more": [_packed(pack) for pack in self.more],
        }

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> PackSources:
        """What `packed` made."""
        return cls(
            tuple(_unpacked(pack) for pack in packed["packs"]),
            tuple(_unpacked(pack) for pack in packed["more"]),
        )


def _packed(source: PackSource) -> dict[str, str]:
    return {
        "name": source.name, "file": source.file, "content": base64.b64encode(source.content).decode(),
    }  # fmt: skip


def _unpacked(packed: dict[str, str]) -> PackSource:
    return PackSource(packed["name"], packed["file"], base64.b64decode(packed["content"]))


def load_sources(sources: PackSources, folder: Path) -> Pack:
    """Those packs as one, ready to run; the files of people's packs are laid out in that folder. Raises
    BadValue, RulesBad."""
    first = [_laid_out(source, folder / f"{number}") for number, source in enumerate(sources.packs)]
    more = [_laid_out(source, folder / f"more-{number}") for number, source in enumerate(sources.more)]
    if not first or not more:
        return load_packs([*first, *more])
    pack, added = load_packs(first), load_packs(more)
    new = tuple(rule for rule in added.rules if rule not in pack.rules)
    return merged(f"{pack.name} + {added.name}", [pack, replace(added, rules=new)])


def load_shipped(sources: PackSources) -> Pack:
    """Those packs as one, where all of them ship."""
    return load_sources(sources, Path())


def _laid_out(source: PackSource, folder: Path) -> str | Path:
    """What `load_packs` takes for that pack."""
    if not source.file:
        return source.name
    folder.mkdir(parents=True)
    path = folder / Path(source.file).name
    path.write_bytes(source.content)
    return pack_alone(path)


def pack_alone(path: Path) -> Path:
    """A pack that was sent, which must stand alone: an include would open files of this computer. Packs that
    ship may be included. Raises BadValue, RulesBad."""
    if path.suffix.lower() in _TABLES:
        return path
    data = load_yaml(path).data
    if isinstance(data, dict) and isinstance(data.get("rules"), list) and names_list(data["rules"]):
        fix = "Write the values into the rule, or check with `shoko check`."
        raise BadValue(name="rules", problem="a pack that is sent may not name a list beside it", fix=fix)
    if isinstance(data, dict) and (
        data.get("imports") or names_files(data) or not _only_shipped(data.get("include"))
    ):
        fix = "Put the rules into one file, or check with `shoko check`."
        problem = "a pack that is sent may include only packs that ship"
        raise BadValue(name="rules", problem=problem, fix=fix)
    return path


def _only_shipped(include: object) -> bool:
    if not include:
        return True
    if not isinstance(include, Sequence) or isinstance(include, str):
        return False
    named = {"prh", "vale", "pattern", "textlint", "terms"}
    known = set(shipped())
    return all(
        isinstance(part, dict) and not named & set(part) and part.get("pack") in known for part in include
    )
