"""Every regular expression of the project over 100 kB of its own fragments: which ones are slow.

    python -m bench.patterns [--slowest 10] [--only NAME] [--after NUMBER] [--lines]

Patterns are collected from the modules themselves (module level, classes, what they hold), from the calls of
`re` and `regex` with a text in the source, and from the packs that ship. A pattern is used as its module uses
it: `match`, `search`, `fullmatch`, or from place to place (`finditer`, `sub`, `split`). Times that
are told are the processor's, of this process.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import regex

from bench.figures import Figure
from bench.hostile_texts import texts
from checks.packs import loading as packs
from checks.patterns import Pattern
from checks.rules import pattern_of

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "api", "cli", "operations", "evaluation", "drafts", "checks", "ingest", "retrieval", "llm", "core",
    "language", "contract", "ui", "bench",
)  # fmt: skip
LIMIT = 0.05  # seconds of the processor for one pattern over LARGE characters
LARGE, SMALL = 100_000, 1_000
AGAIN = 2  # times that what seems slow is measured once more
LOOKED_AT = 60  # of the small texts, measured again to choose the worst
WORST = 5  # of the small texts, tried again at full length
_METHODS = {name: name for name in ("search", "match", "fullmatch")}  # all else goes from place to place
_EVERY = ("each", "fullmatch", "match", "search")
_CALL = re.compile(
    r"(?<!\w)([A-Za-z_]\w{0,60}+)(?:\[[^\]\n]{0,60}\])?"
    r"\.(search|match|fullmatch|sub|subn|split|findall|finditer)\("
)


@dataclass(frozen=True)
class Used:
    """A compiled pattern, its name in the project, and how it is used there."""

    name: str
    pattern: Any
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """What the worst text found took: seconds over so many characters, used that way."""

    name: str
    seconds: float
    characters: int
    way: str
    text: str  # how it begins and ends


def patterns() -> list[Used]:
    """Every pattern of the project, by name; the same expression used the same way only once."""
    used_patterns: list[Used] = []
    for path in _sources():
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        if not _speaks_of_patterns(tree):
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        ways = _ways(source)
        # What stands in a table is called by the name of a loop or of a parameter.
        loose = {way for caller, used in ways.items() if not hasattr(module, caller) for way in used}
        for place, pattern in _held(module):
            used = ways.get(place.split(".")[0].split("[")[0]) or _elsewhere(place) or loose or _EVERY
            used_patterns.append(Used(f"{name}.{place}", pattern, tuple(sorted(used))))
        used_patterns += _inline(name, tree)
    used_patterns += _of_packs()
    seen: set[Any] = set()
    own = []
    for used_pattern in used_patterns:
        key = (used_pattern.pattern.pattern, used_pattern.pattern.flags, used_pattern.ways)
        if key not in seen:
            seen.add(key)
            own.append(used_pattern)
    return own


def _sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _speaks_of_patterns(tree: ast.Module) -> bool:
    """Whether a module imports what makes patterns: one that does not has none of its own."""
    return any(
        (isinstance(node, ast.Import) and any(name.name in ("re", "regex") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module in ("checks.patterns", "checks.rules"))
        for node in ast.walk(tree)
    )


def _ways(source: str) -> dict[str, set[str]]:
    ways: dict[str, set[str]] = {}
    for called in _CALL.finditer(source):
        ways.setdefault(called[1], set()).add(_METHODS.get(called[2], "each"))
    return ways


def _elsewhere(place: str) -> set[str]:
    """How the other modules use a public name."""
    if place.startswith("_") or not place.isidentifier():
        return set()
    ways: set[str] = set()
    for path in _sources():
        ways |= _ways(path.read_text(encoding="utf-8")).get(place, set())
    return ways


def _held(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(module).items()):
        if isinstance(value, type):
            if value.__module__ == module.__name__:
                for inner, held in list(vars(value).items()):
                    yield from _inside(f"{name}.{inner}", held)
        elif not isinstance(value, ModuleType):
            yield from _inside(name, value)


def _inside(place: str, value: Any, deep: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield place, value
    elif isinstance(value, Pattern):
        yield place, value.compiled
    elif deep > 4:
        return
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from _inside(f"{place}[{key!s:.40}]", held, deep + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, held in enumerate(value):
            yield from _inside(f"{place}[{number}]", held, deep + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            yield from _inside(f"{place}.{part.name}", getattr(value, part.name, None), deep + 1)


def _inline(name: str, tree: ast.Module) -> Iterator[Used]:
    """Calls such as re.sub("…", …) whose pattern stands in the source as a text."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        owner, first = node.func.value, node.args[0]
        if not (isinstance(owner, ast.Name) and owner.id in ("re", "regex")):
            continue
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str | bytes)):
            continue
        method = node.func.attr
        if method in ("escape", "compile"):
            continue
        engine = re if owner.id == "re" else regex
        flags = 0
        for part in [*node.args[2:], *(given.value for given in node.keywords)]:
            for flag in ast.walk(part):
                if isinstance(flag, ast.Attribute) and flag.attr.isupper():
                    flags |= getattr(engine, flag.attr)
        way = _METHODS.get(method, "each")
        yield Used(f"{name}:{node.lineno}", engine.compile(first.value, flags), (way,))


def _of_packs() -> Iterator[Used]:
    """The expressions that the rules of the packs that ship hold, whatever their kind calls them."""
    for name in packs.shipped():
        for rule in packs.load_pack(name).rules:
            compiled = getattr(rule, "compiled", [])
            for pattern in compiled if isinstance(compiled, list) else [compiled]:
                yield Used(f"{name}/{rule.id}", pattern.compiled, ("each",))
            for text in _written(rule.model_dump()):
                yield Used(f"{name}/{rule.id}", pattern_of(text).compiled, ("each",))


def _written(value: Any) -> Iterator[str]:
    """What stands between slashes in a rule's values."""
    if isinstance(value, str):
        if re.fullmatch(r"/.+/[gimyus]*", value, re.DOTALL):
            yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from _written(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _written(held)


def cost(used: Used) -> Cost:
    """The dearest of the hostile texts at full length, or at the length at which it passed the limit."""
    tried: list[tuple[float, int, str]] = []
    for number, text in enumerate(texts(used.pattern, SMALL)):
        for way in used.ways:
            tried.append((_seconds(used.pattern, way, text, time.perf_counter), number, way))
            if tried[-1][0] > LIMIT:
                again = _seconds(used.pattern, way, text)  # perhaps another process was in the way
                if again > LIMIT:
                    return _told(used, way, text, again)
    tried = _worst_of(used.pattern, tried)
    worst = Cost(used.name, 0.0, 0, "", "")
    for size in (LARGE // 50, LARGE // 10, LARGE):
        wanted = {number for _, number, _ in tried}
        large = {number: text for number, text in enumerate(texts(used.pattern, size)) if number in wanted}
        for _, number, way in tried:
            seconds = _seconds(used.pattern, way, large[number])
            for _ in range(AGAIN):
                if LIMIT / 2 < seconds < 10 * LIMIT:  # perhaps another process was in the way
                    seconds = min(seconds, _seconds(used.pattern, way, large[number]))
            if seconds > worst.seconds:
                worst = _told(used, way, large[number], seconds)
            if seconds > LIMIT:
                return worst
    return worst


def _worst_of(pattern: Any, tried: list[tuple[float, int, str]]) -> list[tuple[float, int, str]]:
    """The dearest of the small texts. The processor's clock may tick more rarely than they take, so they have
    the one on the wall. Other work on the machine only adds to that: so the least of several times counts,
    for many more texts than are wanted."""
    near = sorted(tried, reverse=True)[:LOOKED_AT]
    wanted = {number for _, number, _ in near}
    small = {number: text for number, text in enumerate(texts(pattern, SMALL)) if number in wanted}
    least = []
    for seconds, number, way in near:
        again = [_seconds(pattern, way, small[number], time.perf_counter) for _ in range(AGAIN)]
        least.append((min(seconds, *again), number, way))
    return sorted(least, reverse=True)[:WORST]


def _told(used: Used, way: str, text: str | bytes, seconds: float) -> Cost:
    return Cost(used.name, seconds, len(text), way, f"{text[:40]!r} … {text[-8:]!r}")


def _seconds(pattern: Any, way: str, text: str | bytes, clock: Callable[[], float] | None = None) -> float:
    run: Callable[[Any], Any] = partial(pattern.subn, text[:0]) if way == "each" else getattr(pattern, way)
    clock = clock or time.process_time
    begun = clock()
    run(text)
    return clock() - begun


def measure(_: Path) -> list[Figure]:
    """The slowest patterns of all, and how many there are."""
    costs = sorted((cost(used) for used in patterns()), key=lambda measured: -measured.seconds)
    rows = [Figure("patterns tried, each used as the project uses it", len(costs), "patterns")]
    for measured in costs[:5]:
        rows.append(
            Figure(
                f"slowest: `{measured.name}`, {measured.way}",
                measured.seconds * 1000,
                "ms",
                f"≤ {LIMIT * 1000:.0f} ms",
            )
        )
    return rows


def main() -> None:
    """Print the slowest, or a line of JSON for each pattern as it is begun and done."""
    asked = argparse.ArgumentParser(description="The slowest regular expressions over their own fragments.")
    asked.add_argument("--slowest", type=int, default=10)
    asked.add_argument("--only", default="", help="those whose name holds this")
    asked.add_argument("--after", type=int, default=0, help="leave out so many")
    asked.add_argument("--lines", action="store_true", help="a line of JSON at each beginning and end")
    given = asked.parse_args()
    every = [pattern for pattern in patterns() if given.only in pattern.name][given.after :]
    costs = []
    for number, used in enumerate(every, start=given.after):
        if given.lines:
            print(
                json.dumps({"number": number, "of": len(every) + given.after, "name": used.name}), flush=True
            )
        costs.append(cost(used))
        if given.lines:
            print(json.dumps({"done": number, **dataclasses.asdict(costs[-1])}), flush=True)
    if given.lines:
        return
    over = [measured for measured in costs if measured.seconds > LIMIT]
    for measured in sorted(costs, key=lambda measured: -measured.seconds)[: max(given.slowest, len(over))]:
        print(
            f"{measured.seconds * 1000:9.1f} ms  {measured.characters:7}  {measured.way:9}"
            f"  {measured.name}  {measured.text}"
        )
    print(f"{len(costs)} patterns, {len(over)} over {LIMIT * 1000:.0f} ms")
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
