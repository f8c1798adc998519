"""The small part of Jinja that a template may speak, and the sandbox in which it is spoken.

Allowed are fields, a few filters, `if` with comparisons, and one `for` over a field's lines. Whatever else
Jinja knows (attributes, calls, arithmetic, macros, includes, loops in loops) is refused before anything is
rendered, so a template can neither reach into the program nor run for long. The one dot is that of a row's
column: `{{ item.price }}` in a loop over a table.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import SandboxedEnvironment

from language.eras import ERAS

SECTION = "section"
DATES = frozenset({"date", "wareki"})
NUMBERS = frozenset({"number"})
TOTAL = "total"
FILTERS = frozenset({SECTION, TOTAL, "default", "lower", "trim", "upper"}) | DATES | NUMBERS
WRITE = "Write {{ field }}, {{ field | filter }}, {% if field %} or {% for line in field %}"
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_RESERVED = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs", "_"})
_LONGEST_NAME = 60


class ExpressionRefused(Exception):
    """A template contains what it may not: the problem, how to mend it, and the line of its source."""

    def __init__(self, problem: str, fix: str = WRITE, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.fix, self.line = problem, fix, line


class Value(str):
    """A field's text; `for` goes through its lines, and date filters know the day."""

    __slots__ = ("day",)
    day: datetime.date | None

    def __new__(cls, text: str, day: datetime.date | None = None) -> Self:
        """A text, and its day if it is a date."""
        value = super().__new__(cls, text)
        value.day = day
        return value

    def __iter__(self) -> Iterator[str]:
        return iter([Value(line) for line in str.splitlines(self) if line.strip()])


class Blank(Value):
    """A value that is missing: false, the same through every filter, and marked where it is written."""

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return iter([self])


class Row(Value):
    """A row of a table: its cells by their columns' names."""

    __slots__ = ("cells",)
    cells: Mapping[str, Value]

    def __new__(cls, cells: Mapping[str, Value]) -> Self:
        """A row; its text is that of its cells, one behind the other."""
        row = super().__new__(cls, " ".join(cell for cell in cells.values() if cell))
        row.cells = cells
        return row


class Rows(Value):
    """A table: `for` goes through its rows, and `total` knows what its columns add up to."""

    __slots__ = ("rows", "totals")
    rows: Sequence[Row]
    totals: Mapping[str, Value]

    def __new__(cls, rows: Sequence[Row], totals: Mapping[str, Value]) -> Self:
        """A table, true if it has a row."""
        table = super().__new__(cls, "\n".join(rows))
        table.rows, table.totals = rows, totals
        return table

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)


class PicturePlace(Value):
    """Where a picture stands, by its field's name."""


class TemplatePlace(Value):
    """Where a section stands, by its name; true if there is something to put there."""

    __slots__ = ("filled",)
    filled: bool

    def __new__(cls, name: str, filled: bool) -> Self:
        """A section's place."""
        place = super().__new__(cls, name)
        place.filled = filled
        return place

    def __bool__(self) -> bool:
        return self.filled

    def __iter__(self) -> Iterator[str]:
        return iter([self])


@dataclass
class Used:
    """The names that a template uses, in their order, with the filters on each and those looped over."""

    names: dict[str, set[str]] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    looped: set[str] = field(default_factory=set)
    sections_in_loops: set[str] = field(default_factory=set)
    columns: dict[str, dict[str, set[str]]] = field(
        default_factory=dict
    )  # of the fields whose rows are taken


def environment(language: str = "en") -> SandboxedEnvironment:
    """Jinja with nothing in it but the filters below."""
    env = _Bare(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    env.globals.clear()
    env.tests.clear()
    env.filters.clear()
    env.filters |= {
        SECTION: _same,
        "default": _or_else,
        "lower": _through(str.lower),
        "upper": _through(str.upper),
        "trim": _through(str.strip),
        "number": _same,
        "date": _same,
        "wareki": _wareki,
        TOTAL: _total,
    }
    return env


class _Bare(SandboxedEnvironment):
    """No attribute but the cells of a row, no item, no call: the second wall behind `used`."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is Row and attribute in obj.cells:
            return obj.cells[attribute]
        if type(obj) is Blank:
            return obj
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.unsafe_undefined(obj, str(argument))

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _same(value: str, _ask: str = "") -> str:
    return value


def _or_else(value: str, other: str = "") -> str:
    return value or Value(other)


def _total(value: str, column: str = "") -> str:
    if isinstance(value, Rows):
        return value.totals.get(column, Value(""))
    return value


def _through(change: Callable[[str], str]) -> Callable[[str], str]:
    def changed(value: str) -> str:
        return value if isinstance(value, Blank | TemplatePlace) else Value(change(str(value)))

    return changed


def _wareki(value: str) -> str:
    """A day in the Japanese era: 令和8年4月1日."""
    day = getattr(value, "day", None)
    if isinstance(value, Blank) or day is None:
        return value
    for name, _, begins in ERAS:
        if day >= begins:
            year = day.year - begins.year + 1
            return Value(f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日", day)
    return value


def used(tree: nodes.Template) -> Used:
    """What the template uses. Raises ExpressionRefused for what it may not."""
    uses = Used()
    _walk(tree, uses, {})
    return uses


def _walk(node: nodes.Node, uses: Used, local: Mapping[str, str]) -> None:
    match node:
        case nodes.Name(ctx="load"):
            _name(node, uses, local)
        case nodes.Getattr(node=nodes.Name(name=row), attr=column) if row in local:
            _column(node, uses, local[row], column)
        case nodes.Filter():
            _filter(node, uses, local)
        case nodes.For():
            _for(node, uses, local)
        case _ if isinstance(node, _PLAIN):
            for child in node.iter_child_nodes():
                _walk(child, uses, local)
        case _:
            _refuse(node)


def _name(node: nodes.Name, uses: Used, local: Mapping[str, str]) -> None:
    name = node.name
    if name in local:
        return
    if name in _RESERVED or name.startswith("_") or len(name) > _LONGEST_NAME:
        raise ExpressionRefused(f"{name[:80]} is no name for a field", line=node.lineno)
    if unicodedata.normalize("NFKC", name) != name:
        plain = unicodedata.normalize("NFKC", name)
        problem = f"the name {name} has characters of another width"
        raise ExpressionRefused(problem, f"Write {plain}", node.lineno)
    uses.names.setdefault(name, set())


def _filter(node: nodes.Filter, uses: Used, local: Mapping[str, str]) -> None:
    if node.name not in FILTERS or node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
        fix = f"Filters are {', '.join(sorted(FILTERS))}"
        raise ExpressionRefused(f"the filter {node.name} is not known here", fix, node.lineno)
    if not all(isinstance(arg, nodes.Const) and isinstance(arg.value, str) for arg in node.args):
        fix = f'Write {{{{ field | {node.name}("text") }}}}'
        raise ExpressionRefused(f"the filter {node.name} takes a text in quotes", fix, node.lineno)
    _walk(node.node, uses, local)
    inner = node.node
    while isinstance(inner, nodes.Filter) and inner.node is not None:
        inner = inner.node
    if isinstance(inner, nodes.Getattr) and isinstance(inner.node, nodes.Name) and inner.node.name in local:
        uses.columns[local[inner.node.name]][inner.attr].add(node.name)
    if isinstance(inner, nodes.Name) and inner.name not in local:
        if node.name == TOTAL:
            _totalled(node, uses, inner.name)
        uses.names[inner.name].add(node.name)
        if node.name == SECTION:
            uses.asks[inner.name] = "".join(
                str(arg.value) for arg in node.args if isinstance(arg, nodes.Const)
            )


def _for(node: nodes.For, uses: Used, local: Mapping[str, str]) -> None:
    if local:
        raise ExpressionRefused("a loop stands in another loop", "Take one of them out", node.lineno)
    if not isinstance(node.iter, nodes.Name) or not isinstance(node.target, nodes.Name):
        raise ExpressionRefused("a loop goes over something that is no field", WRITE, node.lineno)
    if node.recursive or node.test is not None or node.else_:
        raise ExpressionRefused("a loop has more than its field", WRITE, node.lineno)
    _name(node.iter, uses, local)
    uses.looped.add(node.iter.name)
    before = set(uses.asks)
    for child in node.body:
        _walk(child, uses, {node.target.name: node.iter.name})
    uses.sections_in_loops |= set(uses.asks) - before


def _column(node: nodes.Node, uses: Used, rows: str, column: str) -> None:
    if column.startswith("_") or len(column) > _LONGEST_NAME:
        raise ExpressionRefused(f"{column[:80]} is no name for a column", line=node.lineno)
    if (plain := unicodedata.normalize("NFKC", column)) != column:
        problem = f"the name {column} has characters of another width"
        raise ExpressionRefused(problem, f"Write {plain}", node.lineno)
    uses.columns.setdefault(rows, {}).setdefault(column, set())


def _totalled(node: nodes.Filter, uses: Used, rows: str) -> None:
    """A total says which column it is of, and makes that one a number."""
    column = "".join(str(arg.value) for arg in node.args if isinstance(arg, nodes.Const))
    if not column:
        raise ExpressionRefused("a total of no column", 'Write {{ field | total("column") }}', node.lineno)
    uses.columns.setdefault(rows, {}).setdefault(column, set()).add("number")


def _refuse(node: nodes.Node) -> NoReturn:
    kind = type(node).__name__
    said = {
        "Getattr": "an attribute (a dot) is used", "Getitem": "a part of a value is used ([ ])",
        "Call": "something is called", "Macro": "a macro is defined", "Include": "another file is included",
        "Import": "another file is imported", "Extends": "another file is extended",
        "Assign": "a value is set", "Test": "a test (is …) is used",
    }.get(kind, f"{kind} is used")  # fmt: skip
    raise ExpressionRefused(said, line=node.lineno)
