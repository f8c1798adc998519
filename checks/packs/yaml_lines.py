"""YAML with the place of every value, so that an error can say `acme.yml:41:7`. Loads plain data alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # PyYAML's stubs leave it out
from yaml.resolver import Resolver

from core.errors import RulesBad
from language.encodings import decoded

Model = TypeVar("Model", bound=BaseModel)
MOST_BYTES = 8 * 2**20
MOST_VALUES = 300_000  # of a pack, which is read in a child or by the one whose it is
MOST_VALUES_SENT = 20_000  # of what the back-end itself reads: two seconds of it
MOST_ALIASES = 200  # of a file; more is a bomb, and no person's work
DEEPEST = 60  # values within values
MOST_REPEATED = 100_000  # values that aliases stand for; ten aliases of ten of ten … are billions


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """Words of YAML 1.2: `no`, `on` and `12:30` are text, as in prh and Vale files. libyaml reads the events,
    in a tenth of the time of PyYAML's scanner; PyYAML's composer, with the same methods, makes the nodes."""

    def __init__(self, stream: str, most_values: int) -> None:
        CParser.__init__(self, stream)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self.aliases = self.values = 0
        self.most_values = most_values

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Count values and aliases on the way."""
        self.values += 1
        if self.values > self.most_values:
            event: Any = self.peek_event()
            problem = f"more than {self.most_values:,} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            event = self.peek_event()
            if self.aliases > MOST_ALIASES:
                raise yaml.MarkedYAMLError(problem="too many aliases", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _resolvers() -> dict[str, list[Any]]:
    resolvers: dict[str, list[Any]] = {}
    for tag, pattern, first in (
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
        ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
        ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ):
        for character in first:
            key = "" if character == "\0" else character
            resolvers.setdefault(key, []).append((f"tag:yaml.org,2002:{tag}", re.compile(pattern)))
    return resolvers


_Loader.yaml_implicit_resolvers = _resolvers()


@dataclass(frozen=True)
class LoadedYaml:
    """A YAML file: its data, and the node tree that knows every place."""

    name: str
    data: Any
    node: yaml.Node | None

    def place(self, path: Sequence[str | int] = ()) -> str:
        """`name:line:column` of the value at that path, or of the last part of it that exists."""
        node, mark = self.node, self.node.start_mark if self.node else None
        for step in path:
            node_found: yaml.Node | None = None
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(step):
                        node_found, mark = (
                            value,
                            (value if isinstance(value, yaml.ScalarNode) else key).start_mark,
                        )
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node_found = node.value[step]
                mark = node_found.start_mark
            if node_found is None:
                continue  # a name that the data has not (a missing key, a choice of pydantic's)
            node = node_found
        return f"{self.name}:{mark.line + 1}:{mark.column + 1}" if mark else f"{self.name}:1:1"

    def key_place(self, path: Sequence[str | int]) -> str:
        """The place of a key itself."""
        node = self.node
        for step in path[:-1]:
            node = _child(node, step) or node
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if key.value == str(path[-1]):
                    return f"{self.name}:{key.start_mark.line + 1}:{key.start_mark.column + 1}"
        return self.place(path)

    def bad(self, path: Sequence[str | int], problem: str, fix: str = "See docs/checks.md.") -> RulesBad:
        """An error with that place."""
        return RulesBad(place=self.place(path), problem=problem.rstrip("."), fix=fix)


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def load_yaml(path: Path, name: str = "", *, most_values: int = MOST_VALUES) -> LoadedYaml:
    """That file. Raises RulesBad with line and column."""
    name = name or path.name
    try:
        if path.stat().st_size > MOST_BYTES:
            problem = f"more than {MOST_BYTES // 2**20} MB"
            raise RulesBad(place=name, problem=problem, fix="Split it into several files.")
        content = path.read_bytes()
    except OSError as error:
        raise RulesBad(place=name, problem=error.strerror or str(error), fix="Check the path.") from error
    return parse_yaml(decoded(content), name, most_values=most_values)


def parse_yaml(text: str, name: str, *, most_values: int = MOST_VALUES) -> LoadedYaml:
    """That text; PyYAML takes some 0.1 ms for a value. Raises RulesBad with line and column."""
    loader = None
    try:
        loader = _Loader(text, most_values)
        node = loader.get_single_node()
        _no_bomb(node, name)
        _no_key_twice(node, name)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = error.problem or error.context or "not YAML"
        raise RulesBad(place=place, problem=problem, fix="Correct the YAML there.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RulesBad(place=name, problem=str(error), fix="Correct the YAML there.") from error
    finally:
        if loader is not None:
            loader.dispose()
    return LoadedYaml(name, data, node)


def _no_bomb(root: yaml.Node | None, name: str) -> None:
    """Refuse aliases that unfold to so many values that whoever goes through them never ends."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, deep: int) -> int:
        known = sizes.get(id(node))
        place = f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
        if known == 0 or deep > DEEPEST:
            problem = "an alias stands in what it names" if known == 0 else "nested too deep"
            raise RulesBad(place=place, problem=problem, fix="Write the values out, or flatten them.")
        if known is not None:
            return known
        sizes[id(node)] = 0
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            inner = [child for pair in node.value for child in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = node.value
        sizes[id(node)] = 1 + sum(size(child, deep + 1) for child in inner)
        if sizes[id(node)] - len(sizes) > MOST_REPEATED:
            problem = f"its aliases stand for more than {MOST_REPEATED:,} values"
            raise RulesBad(place=place, problem=problem, fix="Write the values out, or name fewer.")
        return sizes[id(node)]

    if root is not None:
        size(root, 0)


def _no_key_twice(node: yaml.Node | None, name: str, deep: int = 0) -> None:
    if deep > DEEPEST:
        raise RulesBad(place=name, problem="nested too deep", fix="Flatten it.")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen and key.value != "<<":
                place = f"{name}:{key.start_mark.line + 1}:{key.start_mark.column + 1}"
                raise RulesBad(place=place, problem=f"{key.value} stands here twice", fix="Keep one of them.")
            seen.add(str(key.value))
            _no_key_twice(value, name, deep + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _no_key_twice(value, name, deep + 1)


def validated(
    model: type[Model],
    loaded: LoadedYaml,
    path: Sequence[str | int],
    data: Any,
    *,
    guide: str = "docs/checks.md",
) -> Model:
    """The data at that path as that model. Raises RulesBad at the first value that does not fit; it names
    the guide."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _told(error, loaded, path, guide) from error


def _told(error: ValidationError, loaded: LoadedYaml, path: Sequence[str | int], guide: str) -> RulesBad:
    # A key that is misspelt is also one that is missing: the first says more.
    first = max(error.errors(), key=lambda error: (error["type"] == "extra_forbidden", len(error["loc"])))
    where = [*path, *(step for step in first["loc"])]
    if first["type"] == "extra_forbidden":
        problem, fix = f"there is no key {where[-1]} here", "Check its spelling, or leave it out."
        return RulesBad(place=loaded.key_place(where), problem=problem, fix=fix)
    if first["type"] == "missing":
        problem, fix = f"the key {where[-1]} is missing", f"Add {where[-1]}."
        return RulesBad(place=loaded.place(where[:-1]), problem=problem, fix=fix)
    problem = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return RulesBad(place=loaded.place(where), problem=problem, fix=f"See {guide} for what may stand there.")
