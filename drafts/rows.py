"""Rows that the asker gives as a table, and the figures that are worked out of them. Pure.

Nothing is put right in silence: a product or a total that was given and is another than the rows make is
refused with both figures, and where a figure is missing, what rests on it is a marked blank.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from typing import NoReturn

from core.errors import BadValue
from drafts.outline import Column, Computed, Field
from language.amounts import WrittenAmount, amount_of

MOST_ROWS = 500
LONGEST_CELL = 2000
LARGEST = Decimal(10) ** 18  # of a figure that is given
EXACT = 200  # digits in which is reckoned: more than a product of five figures has
MOST_DECIMALS = 8
_BRACKET = re.compile(r"[（(\[]")  # a unit behind a name: 単価（円）
ROUNDINGS = {"down": ROUND_DOWN, "half_up": ROUND_HALF_UP, "up": ROUND_UP, "ceiling": ROUND_CEILING}
_TOTALS = frozenset(
    ("合計", "小計", "計", "総計", "税込合計", "消費税", "消費税額", "税", "合计",
     "小计", "总计", "总额", "税额", "增值税",
     "total", "subtotal", "sum", "grandtotal", "vat", "tax", "salestax")
)  # fmt: skip
_COUNTERS = frozenset(("no", "no.", "#", "番号", "項番", "序号", "编号", "item#", "line"))
_SCALES = {
    "千円": 1000,
    "百万円": 10**6,
    "万円": 10**4,
    "万元": 10**4,
    "千元": 1000,
    "亿元": 10**8,
    "億円": 10**8,
}
_CURRENCIES = {
    "円": "JPY", "元": "CNY", "$": "USD", "us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP",
    "gbp": "GBP", "jpy": "JPY", "cny": "CNY", "rmb": "CNY", "¥": "¥", "ドル": "USD", "美元": "USD",
}  # fmt: skip
_COUNTED = re.compile(
    r"([-−▲△]?[0-9０-９][0-9０-９,，.．]{0,14})\s{0,3}([^\W\d_]{1,8})"
)  # 3台, 2.5 kg, 12 hours
_UNIT = r"(?:百万|千|万|億|亿)?[円元]|US\$|[$€£¥]|ドル|美元|USD|EUR|GBP|JPY|CNY|RMB"
UNIT_BEHIND = re.compile(rf"^\s{{0,3}}[（(]?(?:単位[:：]|单位[:：])?({_UNIT})", re.IGNORECASE)
UNIT_BEFORE = re.compile(r"(US\$|[$€£¥]|USD|EUR|GBP|JPY|CNY|RMB)\s{0,3}$", re.IGNORECASE)
UNIT_IN = re.compile(rf"[（(\[](?:単位[:：]|单位[:：])?({_UNIT})[）)\]、,，]", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """A number as the document writes it, and its value."""

    text: str
    value: Decimal
    decimals: int = 0
    minus: str = ""


@dataclass(frozen=True)
class GivenRows:
    """Rows by the names of their columns, empty texts for empty cells; `figures` are the cells that are
    numbers, by row and column; `totals` what each column of numbers adds up to, where no cell of it is
    missing; `claimed` the totals that stood in the table itself."""

    rows: tuple[dict[str, str], ...]
    figures: tuple[dict[str, Figure], ...] = ()
    totals: dict[str, Figure] = field(default_factory=dict)
    claimed: tuple[tuple[str, Figure], ...] = ()


def number_shown(label: str, text: str, unit: str | None, language: str) -> Figure:
    """A number that somebody wrote, as a template with that unit writes it; None: it is not known what the
    template writes, and the currency of its language is left out. Raises BadValue if it is none, or is of
    another currency."""
    amount = amount_of(text)
    if amount is None:
        fix = {"ja": "Write 4862000, 4,862,000円 or 486万円."}.get(language, "Write 1200000 or 1,200,000.")
        raise BadValue(name=label, problem=f"{text[:40]} is no number", fix=fix)
    if abs(amount.value) >= LARGEST or _exponent(amount.value) < -MOST_DECIMALS:
        problem = f"{text[:40]} is too large, or has too many decimals"
        fix = f"Give at most 18 digits and {MOST_DECIMALS} decimals."
        raise BadValue(name=label, problem=problem, fix=fix)
    if unit is None and amount.unit in ("¥", {"ja": "JPY", "zh": "CNY"}.get(language)):
        amount = replace(amount, unit="")
    unit = unit or ""
    scale = _scale(unit)
    _fits(label, text, amount, unit)
    value = amount.value
    if scale != 1 and (amount.scaled or amount.unit not in ("", "%")):
        value /= scale
    figure = written(value, decimals=max(0, -_exponent(value)), minus=amount.minus)
    if amount.unit and amount.unit != "%" and not unit:
        return Figure(_with_unit(figure.text, text, amount), value, figure.decimals, amount.minus)
    text = f"{figure.text}%" if amount.unit == "%" else figure.text
    return Figure(text, value, figure.decimals, amount.minus)


def _scale(unit: str) -> int:
    return _SCALES.get(unit, 1)


def _fits(label: str, text: str, amount: WrittenAmount, unit: str) -> None:
    wanted = _CURRENCIES.get(unit.casefold().lstrip("百千万億亿"), "")
    if wanted and amount.unit not in ("", "%", wanted) and "¥" not in (wanted, amount.unit):
        problem = f"{text[:40]} is of another currency than the template's ({unit})"
        raise BadValue(name=label, problem=problem, fix="Convert it, or choose another template.")


def _with_unit(shown: str, text: str, amount: WrittenAmount) -> str:
    """The figure with the currency that was given, where the template has none."""
    folded = unicodedata.normalize("NFKC", text)
    if sign := re.search(r"US\$|HK\$|[$€£¥]", folded):
        return f"{sign[0]}{shown}"
    behind = re.search(r"日元|美元|欧元|港元|[円圓元圆]|ドル|ユーロ", folded)
    return f"{shown}{behind[0]}" if behind else f"{amount.unit} {shown}"


def written(value: Decimal, *, decimals: int, minus: str = "") -> Figure:
    """A number with its thousands apart and that many decimals; a negative one with the sign given."""
    digits = f"{abs(value):,.{decimals}f}"
    if value < 0:
        digits = f"({digits})" if minus == "(" else f"{minus or '-'}{digits}"
    return Figure(digits, value, decimals, minus)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


# The table.


def read_rows(place: Field, text: str, language: str) -> GivenRows:
    """The rows of a table that was given as CSV, as cells copied from a spreadsheet, or with | between its
    cells. Raises BadValue."""
    with localcontext(prec=EXACT):
        return _read_rows(place, text, language)


def _read_rows(place: Field, text: str, language: str) -> GivenRows:
    table = _trimmed(_cells(place.label, text))
    if not table:
        _no_row(place.label)
    header = _header(place, table[0])
    if not header:
        header = _by_place(place, table[0])
    else:
        units = {
            name: unit[1]
            for name, cell in zip(header, table[0], strict=True)
            if (unit := UNIT_IN.search(cell))
        }
        named = [units.get(name, "") for name in header]
        table = [[*map(_in_unit, row, named), *row[len(header) :]] for row in table[1:]]
    rows, claimed = list[dict[str, str]](), list[tuple[str, str]]()
    for number, cells in enumerate(table, start=1):
        if len(cells) > len(header):
            problem = f"row {number} has {len(cells)} cells, and there are {len(header)} columns"
            fix = "Put amounts with commas in quotation marks, or copy the cells from a spreadsheet."
            raise BadValue(name=place.label, problem=problem, fix=fix)
        first = next((cell for cell in cells if cell), "")
        if rows and _folded(first) in _TOTALS:
            if last := [cell for cell in cells if cell][1:]:
                claimed.append((first, last[-1]))
            continue  # a total that is left empty is no row either
        rows.append(dict(zip(header, cells, strict=False)))
    if not rows:
        _no_row(place.label)
    if len(rows) > MOST_ROWS:
        raise BadValue(name=place.label, problem=f"{len(rows)} rows", fix=f"Give {MOST_ROWS} at most.")
    return _figured(place, rows, claimed, language)


def _no_row(label: str) -> NoReturn:
    raise BadValue(name=label, problem="it has no row", fix="Give a header and a line for each row.")


def _trimmed(table: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows without the columns at the right that are empty in all of them, as spreadsheets write them."""
    wide = max((n for row in table for n, cell in enumerate(row, start=1) if cell), default=0)
    return [list(row[:wide]) for row in table if any(row)]


def _by_place(place: Field, cells: Sequence[str]) -> list[str]:
    """The columns of a table without a header: as many as it has cells, those that are worked out left out.
    Raises BadValue."""
    written = [column for column in place.columns if not column.times]
    asked = [column for column in written if _folded(column.name) not in _COUNTERS]
    for columns in (asked, written, place.columns):
        if len(columns) == len(cells):
            return [column.name for column in columns]
    labels = ", ".join(column.label for column in place.columns)
    problem = f"its first line “{' | '.join(cells)[:60]}” names no column"
    raise BadValue(name=place.label, problem=problem, fix=f"Columns are: {labels}.")


def _in_unit(cell: str, unit: str) -> str:
    """A bare number of a column whose header names a unit, with that unit."""
    amount = amount_of(cell) if unit and cell else None
    return f"{cell}{unit}" if amount is not None and not amount.unit and not amount.scaled else cell


def _cells(label: str, text: str) -> list[list[str]]:
    text = text.removeprefix("\ufeff")
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        _no_row(label)
    if lines[0].lstrip().startswith("|"):
        table = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
        return [row for row in table if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    delimiter = "\t" if "\t" in lines[0] else ","
    try:
        read = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        table = [[cell.strip() for cell in row] for row in read if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadValue(name=label, problem=f"it is no table ({error})", fix="Give it as CSV.") from error
    for number, row in enumerate(table, start=1):
        if any(len(cell) > LONGEST_CELL for cell in row):
            problem = f"a cell of line {number} is longer than {LONGEST_CELL:,} characters"
            raise BadValue(name=label, problem=problem, fix="Shorten it.")
    return table


def _header(place: Field, cells: Sequence[str]) -> list[str]:
    """The columns' names in the order of that line; empty if it is no header. Raises BadValue for a column
    that the template has not, or that stands twice."""
    names = {_folded(column.label): column.name for column in place.columns}
    names |= {_folded(_BRACKET.split(column.label)[0]): column.name for column in place.columns}
    names |= {_folded(column.name): column.name for column in place.columns}
    read = [names.get(_folded(cell)) or names.get(_folded(_BRACKET.split(cell)[0])) for cell in cells]
    known = [name for name in read if name]
    if not known:
        return []
    labels = ", ".join(column.label for column in place.columns)
    for cell, name in zip(cells, read, strict=True):
        if name is None:
            problem = f"the template's table has no column “{cell[:40]}”"
            raise BadValue(name=place.label, problem=problem, fix=f"Columns are: {labels}.")
        if known.count(name) > 1:
            raise BadValue(
                name=place.label, problem=f"the column {name} stands twice", fix="Keep one of them."
            )
    return known


def _figured(
    place: Field, rows: Sequence[dict[str, str]], claimed: Sequence[tuple[str, str]], language: str
) -> GivenRows:
    columns = {column.name: column for column in place.columns}
    texts, figures = list[dict[str, str]](), list[dict[str, Figure]]()
    counted = [
        name for name in columns if _folded(name) in _COUNTERS and not any(row.get(name) for row in rows)
    ]
    currencies = dict[str, str]()
    for number, row in enumerate(rows, start=1):
        label = f"{place.label}, row {number}"
        cells = {name: row.get(name, "") for name in columns} | dict.fromkeys(counted, str(number))
        values = dict[str, Figure]()
        for column in columns.values():
            if not column.number or not (text := cells[column.name]) or column.name in counted:
                continue
            amount = amount_of(text)
            if amount is not None and amount.unit not in ("", "%"):
                _one_currency(label, currencies, column.name, amount.unit)
            unit = column.unit or _any_unit(text)
            counted_in = _COUNTED.fullmatch(text) if amount is None else None
            if counted_in and (bare := amount_of(counted_in[1])) is not None:
                values[column.name] = Figure(text, bare.value, max(0, -_exponent(bare.value)), bare.minus)
                continue
            values[column.name] = number_shown(f"{label}, {column.label}", text, unit, language)
            cells[column.name] = values[column.name].text
        for column in columns.values():
            if column.times and all(factor in values for factor in column.times):
                made = _product(
                    column, [(values[factor], cells[factor]) for factor in column.times], language
                )
                given = values.get(column.name)
                if given is not None and given.value != made.value:
                    shown = " × ".join(cells[factor] for factor in column.times)
                    _differs(f"{label}, {column.label}", given.text, f"{shown} = {made.text}")
                values[column.name] = made
                cells[column.name] = made.text
        texts.append(cells)
        figures.append(values)
    for column in columns.values():
        if column.times and column.decimals is None:
            _align(column.name, texts, figures)
    totals = {
        column.name: total(row[column.name] for row in figures)
        for column in columns.values()
        if column.number and figures and all(column.name in row for row in figures)
    }
    said = tuple(
        (label, number_shown(f"{place.label}, {label}", text, _any_unit(text), language))
        for label, text in claimed
    )
    return GivenRows(tuple(texts), tuple(figures), totals, said)


def _align(name: str, texts: Sequence[dict[str, str]], figures: Sequence[dict[str, Figure]]) -> None:
    """The products of a column with as many decimals as the one of them that has most."""
    most = max((row[name].decimals for row in figures if name in row), default=0)
    for cells, row in zip(texts, figures, strict=True):
        if name in row and row[name].decimals < most and cells[name] == row[name].text:
            row[name] = written(row[name].value, decimals=most, minus=row[name].minus)
            cells[name] = row[name].text


def _any_unit(text: str) -> str:
    """The unit of a cell, which its column's header says for all: it is not repeated in each row."""
    amount = amount_of(text)
    return "" if amount is None or amount.unit in ("", "%") else "¥"


def _one_currency(label: str, currencies: dict[str, str], column: str, unit: str) -> None:
    if currencies.setdefault(column, unit) != unit and "¥" not in (unit, currencies[column]):
        problem = f"{unit} stands among rows in {currencies[column]}"
        raise BadValue(name=label, problem=problem, fix="Convert it: different currencies are not added up.")


def _product(column: Column, factors: Sequence[tuple[Figure, str]], language: str) -> Figure:
    value, decimals, minus = Decimal(1), 0, ""
    for figure, text in factors:
        percent = text.endswith("%")
        value *= figure.value / 100 if percent else figure.value
        decimals = max(decimals, 0 if percent else figure.decimals)
        minus = minus or figure.minus
    return _rounded(value, column.decimals, column.rounding, language, decimals, minus)


def _rounded(
    value: Decimal, decimals: int | None, rounding: str, language: str, given: int = 0, minus: str = ""
) -> Figure:
    """Yen have no decimals and are rounded down unless the template says otherwise; others have two, as money
    is written (1,006.20), and none where neither they nor the figures that they come from have any."""
    mode = ROUNDINGS[rounding or ("down" if language == "ja" else "half_up")]
    if decimals is None:
        whole = language == "ja" or (not given and value == value.to_integral_value())
        decimals = 0 if whole else 2
    return written(value.quantize(Decimal(1).scaleb(-decimals), mode), decimals=decimals, minus=minus)


def total(figures: Iterable[Figure]) -> Figure:
    """Their sum, with as many decimals as the one of them that has most."""
    parts = list(figures)
    minus = next((part.minus for part in parts if part.minus), "")
    value = sum((part.value for part in parts), Decimal(0))
    return written(value, decimals=max((part.decimals for part in parts), default=0), minus=minus)


def incomplete(columns: Sequence[Column], given: GivenRows | None) -> list[Column]:
    """The columns with an empty cell that must not be empty: numbers, and what is required."""
    rows = given.rows if given is not None else ()
    needed = (column for column in columns if column.number or column.required)
    return [column for column in needed if not all(row.get(column.name) for row in rows)]


# What is worked out.


def computed_figures(
    wanted: Sequence[Computed],
    rows: Mapping[str, GivenRows],
    numbers: Mapping[str, Figure],
    said: Mapping[str, str],
    language: str,
) -> dict[str, Figure]:
    """The figures by name; one of which a part is missing is left out. `said` is what the asker gave for
    them. Raises BadValue where that, or a total that stood in the table, is another."""
    with localcontext(prec=EXACT):
        made: dict[str, Figure] = {}
        for each in wanted:
            parts = [part for term in each.terms for part in _parts(term, each, rows, {**numbers, **made})]
            if not parts or any(part is None for part in parts):
                continue
            sum_of = total(part for part in parts if part is not None)
            if each.rate:
                rate = Decimal(each.rate) / 100
                made[each.name] = _rounded(
                    sum_of.value * rate, each.decimals, each.rounding, language, sum_of.decimals, sum_of.minus
                )
            elif each.decimals is not None:
                made[each.name] = _rounded(sum_of.value, each.decimals, each.rounding, language)
            else:
                made[each.name] = sum_of
            if text := said.get(each.name, "").strip():
                given = number_shown(each.label, text, "¥", language)
                if given.value != made[each.name].value:
                    _differs(each.label, given.text, f"its parts make {made[each.name].text}")
        for given_rows in rows.values():
            _claims_hold(given_rows, wanted, made)
        return made


def _parts(
    term: str, each: Computed, rows: Mapping[str, GivenRows], known: Mapping[str, Figure]
) -> list[Figure | None]:
    name, _, column = term.partition(".")
    if not column:
        return [known.get(name)]
    given = rows.get(name)
    if given is None:
        return [None]
    chosen = [
        number
        for number, row in enumerate(given.rows)
        if all(_same(row.get(key, ""), value) for key, value in each.where)
    ]
    if not chosen:
        return [Figure("0", Decimal(0))]
    return [given.figures[number].get(column) for number in chosen]


def _same(cell: str, wanted: str) -> bool:
    left, right = amount_of(cell), amount_of(wanted)
    return left.value == right.value if left and right else _folded(cell) == _folded(wanted)


def _claims_hold(given: GivenRows, wanted: Sequence[Computed], made: Mapping[str, Figure]) -> None:
    """A total that stood in the table is what the template works out under that name, or what its last column
    of numbers adds up to."""
    by_name = {
        _folded(name): made[each.name]
        for each in wanted
        if each.name in made
        for name in (each.name, each.label)
    }
    candidates = [*given.totals.values(), *made.values()]
    for label, figure in given.claimed:
        named = by_name.get(_folded(label))
        if any(figure.value == other.value for other in candidates):
            continue
        if named is not None:
            _differs(label, figure.text, f"the rows make {named.text}")
        if candidates:
            *_, last = given.totals.values() or candidates
            _differs(label, figure.text, f"the rows make {last.text}")


def _differs(label: str, given: str, made: str) -> NoReturn:
    raise BadValue(
        name=label, problem=f"{given} was given, but {made}", fix="Correct the figure that is wrong."
    )


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(":")
