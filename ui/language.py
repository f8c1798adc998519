"""The words of the screens in the reader's language, and which language that is. Nothing here shows anything;
no word that a person reads stands outside `texts/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contract.base import ErrorDetail
from ui.client import BackendError

LANGUAGES = ("ja", "en", "zh")  # in the order in which the chooser offers them
FALLBACK = "en"
TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Words:
    """The texts of one language by their keys, such as `ask.title`."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """That text with the values in it. Raises KeyError for a key or a value that is missing."""
        return self.texts[key].format_map({name: str(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts

    def count(self, key: str, count: int, **values: object) -> str:
        """The text for one or for more, with the count in it."""
        return self(f"{key}.one" if count == 1 else f"{key}.other", count=f"{count:,}", **values)

    def either(self, group: str, code: str) -> str:
        """The text of that code in a group (`why`, `flaw`), or the group's `unknown`."""
        key = f"{group}.{code}"
        return self(key if key in self.texts else f"{group}.unknown", code=code)

    def error(self, error: BackendError | ErrorDetail) -> str:
        """An error's sentence with its fix; the back-end's own, in English, for a code that is not known."""
        template = self.texts.get(f"error.{error.code}")
        if template is None:
            return error.message
        return template.format_map(
            _Values({name: self._value(name, value) for name, value in error.values.items()})
        )

    def _value(self, name: str, value: object) -> str:
        """A word of the back-end inside a sentence: each part of a list that has a translation gets it.
        Of a known problem with a library's own words behind a colon, the known one alone is for a reader."""
        text = str(value)
        for known in (text, text.partition(": ")[0] if name == "problem" else text):
            if f"value.{known}" in self.texts:
                return self.texts[f"value.{known}"]
        parts = text.split(", ")
        if not any(f"value.{part}" in self.texts for part in parts):
            return text
        return self.listed(self.texts.get(f"value.{part}", part) for part in parts)

    def date(self, moment: datetime | date) -> str:
        """A day as it is written in that language; of a moment, the day where the server stands."""
        day = moment.astimezone().date() if isinstance(moment, datetime) else moment
        if self.language == "en":
            return f"{day.day} {day:%b %Y}"
        return f"{day.year}年{day.month}月{day.day}日"

    def listed(self, names: Iterable[str]) -> str:
        """Names in a row, with the comma of the reader's language."""
        return (", " if self.language == "en" else "、").join(names)

    def moment(self, moment: datetime) -> str:
        """A day with hours and minutes, as the server's clock shows them."""
        return f"{self.date(moment)} {moment.astimezone():%H:%M}"

    def number(self, value: float) -> str:
        """A whole number with its thousands set apart."""
        return f"{value:,.0f}"

    def size(self, count: float) -> str:
        """An amount of bytes in the largest unit that leaves a number of 1 or more."""
        for unit in ("B", "KB", "MB", "GB"):
            if count < 1000 or unit == "GB":
                break
            count /= 1000
        return f"{count:,.1f} {unit}" if unit != "B" and count < 10 else f"{count:,.0f} {unit}"

    def duration(self, milliseconds: float) -> str:
        """A time span: whole milliseconds below a second, else seconds with one digit."""
        if milliseconds < 1000:
            return self("timings.milliseconds", number=f"{milliseconds:.0f}")
        return self("timings.seconds", number=f"{milliseconds / 1000:.1f}")


class _Values(dict[str, str]):
    """A value that the back-end left out is shown as a dash; an error must never end in another error."""

    def __missing__(self, key: str) -> str:
        return "–"


@cache
def words_of(language: str) -> Words:
    """The texts of that language."""
    tree = yaml.safe_load((TEXTS / f"{language}.yaml").read_text("utf-8"))
    return Words(language, dict(_flat(tree)))


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for name, below in tree.items():
        if isinstance(below, Mapping):
            yield from _flat(below, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(below)


def chosen(asked: str | None, browser: Iterable[str]) -> str:
    """The language: the one asked for in the address, else the first of the browser's that is spoken here."""
    if asked in LANGUAGES:
        return str(asked)
    for tag in browser:
        short = tag.strip().lower().replace("_", "-").split("-")[0]
        if short in LANGUAGES:
            return short
    return FALLBACK


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, most wanted first (RFC 9110, 12.5.4)."""
    wanted = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            wanted.append((-weight, place, tag))
    return [tag for _, _, tag in sorted(wanted)]


def script_of(text: str, reader: str) -> str:
    """The language whose letter shapes a text wants: kana mean Japanese, hanzi alone what the reader reads.

    The same character is drawn differently in Japanese and in Chinese; browsers choose by this tag.
    """
    if any("\u3041" <= character <= "\u30ff" for character in text):
        return "ja"
    if any("\u4e00" <= character <= "\u9fff" for character in text):
        return reader if reader in ("ja", "zh") else "zh"
    return "en"
