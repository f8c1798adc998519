"""Vale's extension point `spelling`, through Hunspell and the dictionaries of this computer: the company's
`.dic` and `.aff`, or those that the system has. None ships here, and none is fetched.

Vale's words and filters are kept: what has another sign than a Latin letter in it is no word for it, unless
the rule says `custom: true`. Vale has an English word list in it; here en_US of the system stands for that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field

from checks.findings import RuleMatch
from checks.packs.imports.vale_rules import ValeRule
from checks.patterns import Pattern, PatternDialect
from checks.rules import Context

DEFAULT = "en_US"  # where a rule names no dictionary
OF_THE_SYSTEM = ("/usr/share/hunspell", "/usr/share/myspell", "/usr/share/myspell/dicts", "/Library/Spelling",
                 "/opt/homebrew/share/hunspell")  # fmt: skip
IN_THE_STYLES = ("", "config/dictionaries", "config/ignore", "dictionaries")  # beneath StylesPath
FILTERS = (r"[A-Z][a-z]+[A-Z]+\w+", r"[A-Z]+$", r"[^a-zA-Z_']")  # CamelCase, acronyms, what is no plain word
NO_ENGINE = "spelling needs Hunspell: install the package chunspell beside Shoko"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}")
_AT_ENDS = ".,;:!?…()[]{}<>\"“”‘'`*_/|–—-"
_MOST_WORDS = 200_000  # of one file of words to ignore


class Speller(Protocol):
    """Hunspell with one dictionary."""

    def spell(self, word: str) -> bool:
        """Whether it knows that word."""

    def suggest(self, word: str) -> Sequence[str]:
        """What may have been meant, the likeliest first."""


class Spelling(ValeRule):
    """Words that no dictionary has."""

    kind: Literal["vale.spelling"] = "vale.spelling"
    places: list[tuple[str, str]] = Field(min_length=1)  # folder and name of each dictionary
    filters: list[str] = []
    custom: bool = False
    ignored: frozenset[str] = frozenset()

    @cached_property
    def _filters(self) -> list[Pattern]:
        given = [*self.filters, *([] if self.custom else FILTERS)]
        return [Pattern(source, PatternDialect.DOTNET) for source in given]

    @cached_property
    def _exceptions(self) -> Pattern | None:
        given = [*self.exceptions, *self.vocabulary]
        return Pattern("(?i)" + "|".join(given), PatternDialect.DOTNET) if given else None

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each word that is unknown, where it stands."""
        spellers = [speller(folder, name) for folder, name in self.places]
        known: dict[str, bool] = {}
        suggests = self.action.get("name") == "suggest" and "spellings" in (self.action.get("params") or [])
        for block in self.blocks(context):
            for start, word in _words(block[2]):
                if word not in known:
                    known[word] = self._passes(word) or any(_knows(each, word) for each in spellers)
                if not known[word]:
                    fix = _meant(spellers, word) if suggests else None
                    yield self.hit(block, start, start + len(word), word, fix=fix)

    def _passes(self, word: str) -> bool:
        plain = word.replace("’", "'")
        if word in self.ignored or word.lower() in self.ignored:
            return True
        if any(pattern.search(plain) for pattern in self._filters):
            return True
        return self._exceptions is not None and self._exceptions.search(word) is not None


def why_not_spelled(data: dict[str, Any], styles: Path, folder: Path) -> str:
    """Why a rule cannot be held here: no Hunspell, or a dictionary that is not there; empty where it can."""
    try:
        import hunspell  # noqa: F401  # whether it is there is the question
    except ImportError:
        return NO_ENGINE
    missing = [name for name in wanted(data) if place_of(name, data, styles, folder) is None]
    if not missing:
        return ""
    name = missing[0]
    debian = f"apt install hunspell-{name.split('.')[0].lower().replace('_', '-')}"
    where = f"put {name}.dic and {name}.aff into {(styles / 'config' / 'dictionaries').as_posix()}"
    return f"there is no dictionary {name} on this computer: {where}, or on Debian {debian}"


def wanted(data: dict[str, Any]) -> list[str]:
    """The names of the dictionaries that a rule asks for."""
    if data.get("dic"):
        return [Path(str(data["dic"])).name.removesuffix(".dic")]
    given = data.get("dictionaries") or []
    names = [str(name) for name in (given if isinstance(given, list) else [given])]
    return [*names, *([DEFAULT] if data.get("append") or not names else [])]


def place_of(name: str, data: dict[str, Any], styles: Path, folder: Path) -> tuple[str, str] | None:
    """The folder in which the two files of a dictionary lie, and its name; the company's own before those of
    the system."""
    if not _NAME.fullmatch(name):
        return None
    own = [styles / str(data["dicpath"])] if data.get("dicpath") else []
    if data.get("dic"):
        own = [(base / str(data["dic"])).parent for base in (styles, folder)]
    listed = [Path(part) for part in os.environ.get("DICPATH", "").split(os.pathsep) if part]
    within = [styles / part for part in IN_THE_STYLES]
    for place in [*own, folder, *within, *listed, *map(Path, OF_THE_SYSTEM)]:
        if (place / f"{name}.dic").is_file() and (place / f"{name}.aff").is_file():
            return str(place), name
    return None


def words_of(data: dict[str, Any], styles: Path, folder: Path) -> frozenset[str]:
    """The words of the files that a rule names under `ignore`, one on a line."""
    given = data.get("ignore") or []
    words: set[str] = set()
    for name in given if isinstance(given, list) else [given]:
        places = [base / str(name) for base in (*(styles / part for part in IN_THE_STYLES), folder)]
        file = next((place for place in places if place.is_file()), None)
        if file is not None:
            lines = file.read_text(encoding="utf-8").splitlines()[:_MOST_WORDS]
            words.update(line.strip() for line in lines if line.strip())
    return frozenset(words)


@lru_cache(maxsize=8)  # a dictionary takes some tens of milliseconds to read
def speller(folder: str, name: str) -> Speller:
    """Hunspell with that dictionary."""
    from hunspell import Hunspell

    opened: Speller = Hunspell(name, hunspell_data_dir=folder, system_encoding="UTF-8")
    return opened


def _knows(speller: Speller, word: str) -> bool:
    try:
        return speller.spell(word.replace("’", "'")) or speller.spell(word)
    except UnicodeEncodeError:  # a letter that the dictionary's encoding has not
        return False


def _meant(spellers: Sequence[Speller], word: str) -> str | None:
    for each in spellers:
        try:
            if suggestions := each.suggest(word):
                return suggestions[0]
        except UnicodeEncodeError:
            continue
    return None


def _words(text: str) -> Iterator[tuple[int, str]]:
    """What stands between spaces, without the signs at its ends."""
    for match in re.finditer(r"[^\s\ufffc\ue000—–]+", text):
        stripped = match[0].lstrip(_AT_ENDS)
        start = match.start() + len(match[0]) - len(stripped)
        word = stripped.rstrip(_AT_ENDS + "’")
        for ending in ("'s", "’s"):  # of a name or a word: Vale cuts it off
            word = word.removesuffix(ending)
        if word:
            yield start, word
