"""What a plan gave, in words of the question's language: the value, and how it comes about. Pure.

Every number in it is a cell's or SQLite's; cells are named by their own texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from retrieval.tables.plans import RowFilter, TablePlan
from retrieval.tables.relation import PlacedCell, RelationColumn, unit_shown
from retrieval.tables.running import Cell, TableResult, cell_of
from retrieval.tables.values import ValueKind, compiled, decimals_of, plain_form
from retrieval.tables.vocabulary import Operation

_PEOPLE = compiled(r"氏名|名前|社员|姓名|员工|スタッフ|\b(?:names?|employees?|staff)\b")
TERMS_SHOWN = 8  # of an addition
VALUES_SHOWN, LONGEST_LIST = 24, 240  # of a list: values, and characters of them
MORE_DECIMALS = 2  # of a mean than its numbers have

_WORDS: dict[str, dict[str, str]] = {
    "every": {"ja": "表の全{n}行", "en": "all {n} rows of the table", "zh": "表中全部{n}行"},
    "where": {"ja": "{condition}の{n}行", "en": "{n} rows where {condition}", "zh": "{condition}的{n}行"},
    "one": {"ja": "{condition}の1行", "en": "1 row where {condition}", "zh": "{condition}的1行"},
    Operation.COUNT: {"ja": "{rows}: {names}", "en": "{rows}: {names}", "zh": "{rows}：{names}"},
    "distinct": {
        "ja": "{rows}にある「{column}」の種類: {names}", "en": "different values of {column} in {rows}: {names}",
        "zh": "{rows}中“{column}”的不同值：{names}",
    },
    Operation.SUM: {
        "ja": "{rows}の「{column}」の合計: {terms} = {value}", "en": "sum of {column}, {rows}: {terms} = {value}",
        "zh": "{rows}“{column}”之和：{terms} = {value}",
    },
    Operation.MEAN: {
        "ja": "{rows}の「{column}」の平均: ({terms}) ÷ {n} = {value}",
        "en": "mean of {column}, {rows}: ({terms}) ÷ {n} = {value}",
        "zh": "{rows}“{column}”的平均：({terms}) ÷ {n} = {value}",
    },
    Operation.MAX: {
        "ja": "{rows}の「{column}」で最大: {value}", "en": "largest {column}, {rows}: {value}",
        "zh": "{rows}“{column}”中最大：{value}",
    },
    Operation.MIN: {
        "ja": "{rows}の「{column}」で最小: {value}", "en": "smallest {column}, {rows}: {value}",
        "zh": "{rows}“{column}”中最小：{value}",
    },
    "latest": {
        "ja": "{rows}の「{column}」で最も遅い: {value}", "en": "latest {column}, {rows}: {value}",
        "zh": "{rows}“{column}”中最晚：{value}",
    },
    "earliest": {
        "ja": "{rows}の「{column}」で最も早い: {value}", "en": "earliest {column}, {rows}: {value}",
        "zh": "{rows}“{column}”中最早：{value}",
    },
    Operation.DIFFERENCE: {"ja": "{terms} = {value}", "en": "{terms} = {value}", "zh": "{terms} = {value}"},
    Operation.RATIO: {"ja": "{terms} = {value}", "en": "{terms} = {value}", "zh": "{terms} = {value}"},
    Operation.PRODUCT: {"ja": "{terms} = {value}", "en": "{terms} = {value}", "zh": "{terms} = {value}"},
    Operation.LIST: {"ja": "{rows}の「{column}」", "en": "{column}, {rows}", "zh": "{rows}的“{column}”"},
    "groups": {
        "ja": "「{column}」ごとの{what}", "en": "{what} for each {column}", "zh": "按“{column}”的{what}",
    },
    "rows": {"ja": "行数", "en": "number of rows", "zh": "行数"},
    "group sum": {"ja": "「{measure}」の合計", "en": "sum of {measure}", "zh": "“{measure}”之和"},
    "group mean": {"ja": "「{measure}」の平均", "en": "mean of {measure}", "zh": "“{measure}”的平均"},
    "missing": {
        "ja": "（数値のない{n}行を除く）", "en": " ({n} rows without a number left out)", "zh": "（不含没有数值的{n}行）",
    },
    "stated": {
        "ja": "。表の「{name}」の行は {value}", "en": ". The table's own row “{name}” says {value}",
        "zh": "。表中“{name}”行为 {value}",
    },
    "more": {"ja": "…ほか{n}", "en": "… and {n} more", "zh": "……另{n}个"},
    "times": {"ja": "{n}倍", "en": "{n} times", "zh": "{n}倍"},
    "and": {"ja": "、", "en": ", ", "zh": "、"},
    "not": {"ja": "{column} ≠ {value}", "en": "{column} ≠ {value}", "zh": "{column} ≠ {value}"},
}  # fmt: skip


def value_words(result: TableResult, language: str) -> str | None:
    """The value in a few words; None where its unit is not sure."""
    plan = result.plan
    if plan.names_columns:
        return _join([plan.relation.columns[column].name for _, column in result.cells], language)
    if result.groups:
        return _join([f"{group.label}{_in_brackets(_group_value(result, group.value, language), language)}" for group in result.groups], language)  # fmt: skip
    if plan.operation is Operation.COUNT:
        return f"{_figure(result.value)}{_counter(plan, language)}"
    if plan.operation is Operation.LIST:
        return _listed(result, language)
    if plan.operation in (Operation.MAX, Operation.MIN):
        best = [_labelled(result, cell, language) for cell in result.cells]
        return None if None in best else _join([text for text in best if text], language)
    return _amount(result, result.value, language)


def how_words(result: TableResult, language: str) -> str:
    """How the value comes about."""
    plan = result.plan
    rows = _rows_words(plan, _looked_at(result), language)
    if result.groups:
        return _grouped_words(result, language)
    if plan.names_columns:
        return rows
    column = _column_words(plan, language)
    value = _amount(result, result.value, language) or ""
    names = _join(list(dict.fromkeys(cell_of(plan.relation, cell).text for cell in result.cells)), language)
    key: str = plan.operation
    if plan.operation is Operation.COUNT and plan.distinct is not None:
        key, column = "distinct", plan.relation.columns[plan.distinct].name
    if plan.operation in (Operation.MAX, Operation.MIN):
        value = _cell_text(result, result.cells[0])
        if plan.relation.columns[plan.measures[0]].kind is not ValueKind.NUMBER:
            key = "latest" if plan.operation is Operation.MAX else "earliest"
    said = _say(
        key, language, rows=rows, column=column, names=names, value=value, n=str(len(result.cells)),
        terms=_terms(result, language),
    )  # fmt: skip
    if result.missing:
        said += _say("missing", language, n=str(result.missing))
    return said + _stated(result, language)


def basket_words(each: Sequence[TableResult], total: str, language: str) -> str:
    """How the price of several things comes about."""
    return f"{' + '.join(how_words(result, language).rpartition(' = ')[0] for result in each)} = {total}"


def _say(key: str, language: str, **values: str) -> str:
    return _WORDS[key][language].format(**values)


def _looked_at(result: TableResult) -> int:
    plan = result.plan
    if plan.operation in (Operation.MAX, Operation.MIN) and not plan.filters:
        return sum(not row.is_total for row in plan.relation.rows)
    return len(result.rows)


def _rows_words(plan: TablePlan, count: int, language: str) -> str:
    if not plan.filters:
        return _say("every", language, n=str(count))
    condition = _join([_condition_words(plan, filter_, language) for filter_ in plan.filters], language)
    if plan.operation in (Operation.MAX, Operation.MIN):
        return condition
    return _say("one" if count == 1 else "where", language, n=str(count), condition=condition)


def _condition_words(plan: TablePlan, row_filter: RowFilter, language: str) -> str:
    relation = plan.relation
    names = list(dict.fromkeys(relation.columns[column].names[-1] for column in row_filter.columns))
    column = " / ".join(names[:3]) + (" …" if len(names) > 3 else "")
    if not row_filter.texts:
        return f"{column}: {row_filter.words}" if column else row_filter.words
    values = []
    for text in sorted(row_filter.texts):
        cell = next(
            cell
            for own in row_filter.columns
            if text in relation.values[own]
            and (cell := relation.rows[relation.values[own][text][0]].cells[own]) is not None
        )
        values.append(cell.text)
    sign = "≠" if row_filter.sign == "!=" else "="
    named = f"{column} {sign} " if column else "≠ " if sign == "≠" else ""
    return f"{named}{_join(values, language)}"


def _column_words(plan: TablePlan, language: str) -> str:
    return _join([plan.relation.columns[column].name for column in plan.measures], language)


def _join(texts: Sequence[str], language: str) -> str:
    shown: list[str] = []
    for text in texts[:VALUES_SHOWN]:
        if shown and sum(map(len, shown)) + len(text) > LONGEST_LIST:
            break
        shown.append(text)
    if len(texts) > len(shown):
        shown.append(_say("more", language, n=str(len(texts) - len(shown))))
    return _WORDS["and"][language].join(shown)


def _counter(plan: TablePlan, language: str) -> str:
    if not plan.counter or language == "en":
        return ""
    return "人" if plan.counter in ("人数", "頭数", "头数") else plan.counter


def _counts(plan: TablePlan, language: str) -> str:
    """By what rows are counted that are put together: people by their department, times by a person."""
    if language == "en":
        return ""
    relation = plan.relation
    people = relation.columns[relation.key].names[-1]
    if _PEOPLE.search(plain_form(people)) and relation.key not in (plan.group, *plan.group_in):
        return "人"
    if relation.columns[relation.key].kind is ValueKind.DATE or any(
        filter_.per_cell for filter_ in plan.filters
    ):
        return "回" if language == "ja" else "次"
    return "件" if language == "ja" else "个"


def _listed(result: TableResult, language: str) -> str | None:
    plan = result.plan
    several = len(plan.measures) > 1
    key = plan.labels[0] if plan.labels else plan.relation.key
    parts = []
    for row in result.rows:
        own = [cell for cell in result.cells if cell[0] == row]
        texts = []
        for cell in own:
            text = _cell_text(result, cell)
            name = plan.relation.columns[cell[1]].name
            texts.append(f"{name}: {text}" if several else text)
        named = plan.relation.rows[row].cells[key]
        if len(result.rows) > 1 and named is not None and key not in plan.measures:
            texts.insert(0, f"{named.text}:") if not several else texts.insert(0, named.text)
            parts.append(" ".join(texts) if not several else _WORDS["and"][language].join(texts))
        else:
            parts.append(_WORDS["and"][language].join(texts))
    return _join(list(dict.fromkeys(parts)), language)


def _labelled(result: TableResult, cell: Cell, language: str) -> str | None:
    """A cell's number with what names it: its row, and its column where several are looked at."""
    plan = result.plan
    row = plan.relation.rows[cell[0]]
    names = [own.text for label in plan.labels if (own := row.cells[label]) is not None]
    if len(plan.measures) > 1:
        names.append(plan.relation.columns[cell[1]].name)
    text = _cell_text(result, cell)
    return f"{_join(names, language)}{_in_brackets(text, language)}" if names else text


def _in_brackets(text: str, language: str) -> str:
    return f" ({text})" if language == "en" or text.isascii() else f"（{text}）"


def _cell_text(result: TableResult, cell: Cell) -> str:
    """A cell's own text, with the unit that its column says where it has none."""
    relation = result.plan.relation
    placed, column = cell_of(relation, cell), relation.columns[cell[1]]
    if column.kind is not ValueKind.NUMBER or placed.value.unit or not column.unit or column.is_code:
        return placed.text
    before, behind = _column_unit(column, [placed]) or ("", "")
    return f"{before}{placed.text}{behind}"


def _column_unit(column: RelationColumn, cells: Sequence[PlacedCell]) -> tuple[str, str] | None:
    return unit_shown(column, cells)


def _amount(result: TableResult, value: Decimal | None, language: str) -> str | None:
    """A number that was computed, with the unit of its cells."""
    plan = result.plan
    if value is None:
        return None
    if plan.operation is Operation.RATIO:
        rounded = _figure(_rounded(value, 2))
        return f"{_figure(_rounded(value, 1))}%" if _is_share(result) else _say("times", language, n=rounded)
    unit = _unit(result)
    if unit is None:
        return None
    if plan.over is Operation.COUNT:
        return f"{_figure(value)}{_counter(plan, language)}"
    if plan.operation is Operation.MEAN:
        value = _rounded(value, decimals_of(result.numbers) + MORE_DECIMALS)
    return f"{'-' if value < 0 else ''}{unit[0]}{_figure(abs(value), money=bool(unit[0]))}{unit[1]}"


def _unit(result: TableResult) -> tuple[str, str] | None:
    relation = result.plan.relation
    measured = result.plan.measures
    if not measured:
        return "", ""
    units = set()
    for column in dict.fromkeys(column for _, column in result.cells if column in measured):
        cells = [cell_of(relation, cell) for cell in result.cells if cell[1] == column]
        unit = _column_unit(relation.columns[column], cells)
        if unit is None:
            return None
        units.add(unit)
    return units.pop() if len(units) == 1 else None


def _is_share(result: TableResult) -> bool:
    return (len(result.numbers) == 2 and len(result.cells) != 2) or result.value != _quotient(result)


def _quotient(result: TableResult) -> Decimal | None:
    return result.numbers[0] / result.numbers[1] if len(result.numbers) == 2 and result.numbers[1] else None


def _group_value(result: TableResult, value: Decimal, language: str) -> str:
    over = result.plan.over or result.plan.operation
    if over is Operation.COUNT:
        return f"{_figure(value)}{_counter(result.plan, language) or _counts(result.plan, language)}"
    if over is Operation.MEAN:
        value = _rounded(value, 2)
    unit = _unit(result) or ("", "")
    return f"{'-' if value < 0 else ''}{unit[0]}{_figure(abs(value))}{unit[1]}"


def _grouped_words(result: TableResult, language: str) -> str:
    plan = result.plan
    assert plan.group is not None
    over = plan.over or plan.operation
    key = {Operation.SUM: "group sum", Operation.MEAN: "group mean"}.get(over, "rows")
    what = (
        _say(key, language, measure=_column_words(plan, language)) if key != "rows" else _say(key, language)
    )
    said = _say("groups", language, column=_group_name(plan, language), what=what)
    if plan.filters:
        condition = _join([_condition_words(plan, filter_, language) for filter_ in plan.filters], language)
        said += _in_brackets(condition, language)
    if over is Operation.COUNT or len(result.groups) > 1:
        return said
    own = [cell_of(plan.relation, cell).text for cell in result.cells]
    return f"{said}: {' + '.join(_shortened(own))} = {_group_value(result, result.groups[0].value, language)}"


def _group_name(plan: TablePlan, language: str) -> str:
    columns = plan.group_in or ((plan.group,) if plan.group is not None else ())
    return _join([plan.relation.columns[column].name for column in columns], language)


def _shortened(terms: list[str]) -> list[str]:
    return [*terms[: TERMS_SHOWN - 1], "…", terms[-1]] if len(terms) > TERMS_SHOWN else terms


def _terms(result: TableResult, language: str) -> str:
    """The numbers of an arithmetic, as their cells write them."""
    operation = result.plan.operation
    if operation is Operation.RATIO and _is_share(result):
        part, whole = result.numbers
        return f"{_figure(part)} ÷ {_figure(whole)} × 100"
    texts = [_figure(number) for number in result.numbers]
    if operation is Operation.DIFFERENCE:
        texts = [_figure(number) for number in sorted(result.numbers, reverse=True)]
        return " − ".join(f"({text})" if text.startswith("-") else text for text in texts)
    if operation in (Operation.RATIO, Operation.PRODUCT):
        return (" × " if operation is Operation.PRODUCT else " ÷ ").join(texts)
    return " + ".join(f"({text})" if text.startswith("-") else text for text in _shortened(texts))


def _stated(result: TableResult, language: str) -> str:
    """What the table's own row of totals says, where that is something else."""
    plan = result.plan
    if plan.operation is not Operation.SUM or plan.filters or len(plan.measures) != 1:
        return ""
    column = plan.measures[0]
    totals = [row for row in plan.relation.rows if row.is_total and row.cells[column] is not None]
    if not totals:
        return ""
    last = totals[-1]
    cell = last.cells[column]
    if cell is None or cell.value.number is None or cell.value.number == result.value:
        return ""
    name = next((own.text for own in last.cells if own is not None), "")
    return _say("stated", language, name=name, value=cell.text)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _figure(value: Decimal | None, *, money: bool = False) -> str:
    """A number with its thousands apart, without zeros that say nothing."""
    if value is None:
        return ""
    if value == value.to_integral_value():
        return f"{int(value):,}"
    text = f"{value.normalize():,f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}" if money else text
