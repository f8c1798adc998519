"""The head of a Markdown file: YAML between `---` lines, or TOML between `+++` lines. Pure."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

import yaml

LONGEST = 20_000  # characters of a head
LONGEST_VALUE = 500
MOST_ENTRIES = 50  # of a list of keywords
_ENDS = {"---": ("---", "..."), "+++": ("+++",)}
_YAML_LINE = re.compile(r"\s*(?:#.*)?|[\w\"'][^:\n]{0,60}+:(?:\s.*)?|\s+\S.*|-(?:\s.*)?|[\]}],?")
_KEY = re.compile(r"[\w\"'][^:\n]{0,60}+:(?:\s|$)", re.M)
# Keys that tell a program how to show the page and say nothing to a reader.
_TECHNICAL = {
    "title", "layout", "permalink", "slug", "url", "weight", "draft", "id", "aliases", "redirect_from",
    "image", "cover", "type", "toc", "nav_order", "parent", "template", "published", "comments", "math",
    "mermaid", "menu", "order", "uid", "cssclass", "cssclasses",
}  # fmt: skip


@dataclass(frozen=True)
class FrontMatter:
    """Where a file's head ends (0: it has none), its title, and what else it says, in the file's words."""

    end: int = 0
    title: str = ""
    values: dict[str, str] = field(default_factory=dict)


def front_matter(text: str) -> FrontMatter:
    """The head of that text. Lines that no program would write there do not belong to it."""
    sign = text[:4].rstrip("\n \t")
    first = text.find("\n")
    if sign not in _ENDS or first < 0 or text[:first].strip() != sign:
        return FrontMatter()
    position = first + 1
    while (end := text.find("\n", position)) >= 0 or position < len(text):
        end = end if end >= 0 else len(text)
        if end > LONGEST:
            return FrontMatter()
        if text[position:end].rstrip() in _ENDS[sign]:
            break
        position = end + 1
    else:
        return FrontMatter()
    said = _yaml(text[first + 1 : position]) if sign == "---" else _toml(text[first + 1 : position])
    if said is None:
        return FrontMatter()
    values = {str(key): shown for key, value in said.items() if (shown := _shown(value))}
    title = next((value for key, value in values.items() if key.casefold() == "title"), "")
    kept = {
        key: value for key, value in values.items()
        if key.casefold() not in _TECHNICAL and not key.startswith(("sidebar", "_"))
    }  # fmt: skip
    return FrontMatter(min(end + 1, len(text)), title, kept)


def _yaml(head: str) -> dict[str, Any] | None:
    """What YAML says, all of it as texts; None if it is a text between two lines."""
    if not head.strip():
        return {}
    if _KEY.search(head) is None or not all(
        _YAML_LINE.fullmatch(line) for line in head.rstrip("\n").split("\n")
    ):
        return None
    try:
        said = yaml.load(head, Loader=yaml.BaseLoader)  # it makes texts, lists and mappings alone
    except (yaml.YAMLError, RecursionError, ValueError):
        said = None
    if isinstance(said, dict):
        return said
    pairs = (line.partition(":") for line in head.split("\n") if line[:1].strip() and ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _toml(head: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        entries = [_shown(entry) for entry in value[:MOST_ENTRIES] if not isinstance(entry, (list, dict))]
        return ", ".join(filter(None, entries))[:LONGEST_VALUE]
    return "" if isinstance(value, dict) or value is None else " ".join(str(value).split())[:LONGEST_VALUE]
