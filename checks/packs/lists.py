"""Values of a rule that stand in a list beside the pack: `one_of: {file: departments.csv, column: 部門名}`.

Wherever a rule takes a list of texts it may name a file instead: CSV, TSV, Excel, or a text with a value a
line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.packs.imports.term_list import workbook_rows
from checks.packs.pack import read_rows
from checks.packs.yaml_lines import LoadedYaml
from core.errors import RulesBad
from language.encodings import decoded

_KEYS = frozenset({"file", "column"})
_SUFFIXES = (".csv", ".tsv", ".xlsx", ".txt")
MOST_VALUES = 50_000
MOST_BYTES = 8 * 2**20


def names_list(data: Any) -> bool:
    """Whether something in it is such a list."""
    if isinstance(data, Mapping):
        return _is_list(data) or any(names_list(value) for value in data.values())
    return isinstance(data, Sequence) and not isinstance(data, str) and any(map(names_list, data))


def _is_list(data: Any) -> bool:
    return isinstance(data, Mapping) and "file" in data and set(data) <= _KEYS


def with_lists(data: Any, loaded: LoadedYaml, where: tuple[str | int, ...], folder: Path) -> Any:
    """The data with each list that a file holds in its place. Raises RulesBad with the place in the pack."""
    if _is_list(data):
        return _values(data, loaded, where, folder)
    if isinstance(data, Mapping):
        return {key: with_lists(value, loaded, (*where, key), folder) for key, value in data.items()}
    if isinstance(data, list):
        return [with_lists(value, loaded, (*where, number), folder) for number, value in enumerate(data)]
    return data


def _values(
    data: Mapping[str, Any], loaded: LoadedYaml, where: tuple[str | int, ...], folder: Path
) -> list[str]:
    name, column = str(data["file"]), data.get("column")
    path = folder / name
    if not path.is_file():
        fix = "The path counts from this pack's folder."
        raise loaded.bad((*where, "file"), f"there is no file {name}", fix)
    if path.suffix.lower() not in _SUFFIXES:
        fix = "Save it as .csv, .tsv, .xlsx or .txt."
        raise loaded.bad((*where, "file"), f"{name} is no list that can be read", fix)
    if path.stat().st_size > MOST_BYTES:
        raise loaded.bad((*where, "file"), f"{name} is larger than {MOST_BYTES // 2**20} MB", "Shorten it.")
    if path.suffix.lower() == ".txt":
        if column is not None:
            raise loaded.bad((*where, "column"), "a text file has no columns", "Leave column out.")
        lines = decoded(path.read_bytes()).splitlines()
        values = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    else:
        values = _of_column(_rows(path, loaded, where), str(column or ""), name, loaded, where)
    if not values:
        raise loaded.bad((*where, "file"), f"{name} holds no values", "Fill it, or name another file.")
    if len(values) > MOST_VALUES:
        problem = f"{name} holds {len(values):,} values; the limit is {MOST_VALUES:,}"
        raise loaded.bad((*where, "file"), problem, "Shorten it.")
    return list(dict.fromkeys(values))


def _rows(path: Path, loaded: LoadedYaml, where: tuple[str | int, ...]) -> list[list[str]]:
    try:
        return workbook_rows(path) if path.suffix.lower() == ".xlsx" else read_rows(path)
    except RulesBad as error:
        raise loaded.bad((*where, "file"), str(error), "Save it again as .xlsx, or as CSV.") from error


def _of_column(
    rows: list[list[str]], column: str, name: str, loaded: LoadedYaml, where: tuple[str | int, ...]
) -> list[str]:
    heads = [cell.strip() for cell in rows[0]] if rows else []
    if not column:
        if len(heads) > 1:
            problem = f"{name} has several columns: {', '.join(heads[:8])}"
            raise loaded.bad((*where, "file"), problem, "Name one of them: {file: …, column: …}.")
        return [row[0].strip() for row in rows if row and row[0].strip()]
    if column not in heads:
        problem = f"{name} has no column {column}"
        raise loaded.bad((*where, "column"), problem, f"Its columns are {', '.join(heads[:8])}.")
    place = heads.index(column)
    return [row[place].strip() for row in rows[1:] if place < len(row) and row[place].strip()]
