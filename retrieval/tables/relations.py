"""Tables of a document's tree as relations: named columns, rows of cells, each cell with its place. Pure.

The header tree is flattened to paths of names ("2025 > April"), a unit in brackets or in a unit row becomes
the column's unit, rows that only add up others are marked as totals. A table with more rows or cells than the
limits is left out whole: a part of it would give a wrong sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import regex

from language.structure import HEADS, Node, NodeKind, Structure
from retrieval.tables.relation import STOREY, PlacedCell, Relation, RelationColumn, RelationRow
from retrieval.tables.values import TypedValue, ValueKind, compiled, plain_form, typed

MOST_ROWS = 5_000
MOST_CELLS = 25_000  # of a table, rows included
MOST_COLUMNS = 60
LEAST_COLUMNS = 2
LEAST_ALIKE = 0.8  # of a column's cells must be of one kind for the column to be of it
FEW_FILLED = 0.6  # of a first column's cells: below, its empty ones repeat the one above

_Rows = Sequence[tuple[Node, list[Node]]]  # nodes directly below a table, each with its cells
_BRACKETS = regex.compile(r"[（(\[〔【](?P<inside>[^（）()\[\]〔〕【】]{1,20})[)）\]〕】]")
_TOTAL = compiled(
    r"(?:合计|総合計|总合计|小计|総計|总计|计|共计|全体|平均|(?:grand |sub-?)?totals?|sum|average|mean|overall)(?:\s?[(:].{0,20})?"
)
_CODE = compiled(  # numbers that name and do not count
    r"番号|コード|内线|分机|电话|携帯|手机|ファックス|郵便|编号|代码|代号|工号|货号|型番|型号|邮编|序号|通番|行番|部屋|房间|(?:^|社員)番$|^(?:年|年度|西暦|号|期)$|^#$"
    r"|\b(?:nos?|ids?|codes?|numbers?|ext|extension|phone|tel|telephone|mobile|fax|zip|postcode|years?|sku|room)\b(?! of)"
)
FIRST_YEAR, LAST_YEAR = 1900, 2100
_OF_YEARS = compiled(
    r"年|入社|入职|購入|购入|取得|設立|\b(?:years?|purchased|bought|built|made|joined|hired|since|founded)\b"
)
_COUNTS = compiled(
    r"数$|率|比|割合|人员|回|点$|%|\b(?:count|ratio|rate|share|qty|quantity|people|headcount)\b"
)
_UNITS = compiled(
    r"[百千万億]{0,3}[円元人名個件台本枚冊箱袋日回時分秒点歳社坪%]|[百千万億]{1,3}|千元|ドル|時間|小时|分钟|kg|g|t|km|m|cm|mm|㎡|m2|l|h|hrs?|hours?|days?"
    r"|pcs|units?|usd|jpy|yen|cny|rmb|eur|[$¥€£]|us\$|min|minutes?|months?|years?|people|thousands?(?: of)? ?(?:yen|usd|dollars)?|k ?(?:usd|[¥$€])"
)
_UNIT_ROW = compiled(
    r"(?:(?:金額の?)?単位|単价单位|单位|\bunits?|\bamounts? in)\s?[:：]?\s?(?P<unit>[\p{L}%$¥€£]{1,12})"
    r"|\bin (?P<scale>(?:thousands|millions|billions)(?: of \p{L}{2,12})?)"
)
_LETTERS = regex.compile(r"\p{L}")
_COUNTS_DAYS = compiled(r"日数|日间|天数|期间|付与|days|duration|残")


@dataclass
class _Draft:
    """A table that is being read."""

    names: dict[int, list[str]] = field(default_factory=dict)
    header: list[tuple[int, int, int]] = field(default_factory=list)
    rows: list[tuple[Node, list[tuple[Node, str]]]] = field(default_factory=list)
    unit: str = ""


def relations_of(
    version_id: str, structure: Structure, pages: Mapping[int, str], title: str, document_id: str = ""
) -> list[Relation]:
    """The tables of a version, in reading order; `pages` are the texts of the pages they stand on, by
    number. A table that goes on behind a page's end is one."""
    relations: list[Relation] = []
    behind = -1  # the node behind the last table
    too_large: set[int] = set()  # what large tables stand under: a later part of one is none by itself
    for table in structure.tables():
        above = structure.parent(table)
        if len(structure.subtree(table)) > MOST_CELLS or above in too_large:
            too_large.add(above)
            continue
        rows = list(_rows_of(structure, table))
        if any(row.page not in pages for row, _ in rows):
            continue
        around = _around(structure, table, rows, pages)
        for draft in _drafts(rows, pages):
            made = _relation(version_id, draft, f"{title} {around[0]}", around[1])
            if made is None:
                continue
            made = replace(made, document_id=document_id, is_cut=_is_cut(structure, table, made, pages))
            if relations and behind == table and _goes_on(relations[-1], made):  # nothing stands between
                made = _joined_rows(relations.pop(), made)
            relations.append(made)
        behind = structure.subtree(table).stop
    return [relation for relation in relations if len(relation.rows) <= MOST_ROWS]


def _is_cut(structure: Structure, table: int, made: Relation, pages: Mapping[int, str]) -> bool:
    """Whether what follows a table looks like rows of it that its reader did not know for such, as in a PDF:
    a table without a header, or a short line with figures that is no sentence."""
    if any(row.labelled for row in made.rows):  # the format has tables
        return False
    behind = structure.subtree(table).stop
    if behind >= len(structure):
        return False
    if structure.kind(behind) == NodeKind.TABLE:
        return not structure.rows(behind, NodeKind.HEADER_ROW)
    text = _text(structure[behind], pages).strip()
    is_row = len(text) <= LONGEST_LINE and bool(_FIGURE.search(text)) and text[-1] not in ".。!?！？"
    return structure.kind(behind) in (NodeKind.PARAGRAPH, NodeKind.ITEM, NodeKind.HEADING) and is_row


LONGEST_LINE = 80
LONGEST_NAME = 60  # characters of a column's name that is told by its looks
_FIGURE = regex.compile(r"\d")


def _goes_on(before: Relation, behind: Relation) -> bool:
    return (
        [column.names for column in before.columns] == [column.names for column in behind.columns]
        and before.title == behind.title
        and before.context == behind.context
    )


def _joined_rows(before: Relation, behind: Relation) -> Relation:
    rows = (*before.rows, *behind.rows)
    columns = _typed_columns([(column.names, column.unit) for column in before.columns], rows)
    return replace(before, columns=columns, rows=rows)


def _around(structure: Structure, table: int, rows: _Rows, pages: Mapping[int, str]) -> tuple[str, str]:
    """What stands around a table, and what it is called: its caption, else the nearest heading or sheet."""
    said: list[str] = []
    called = ""
    for above in structure.ancestors(table):
        node = structure[above]
        text = node.label if node.kind == NodeKind.PART else _text(node, pages)
        if node.kind in HEADS:
            called = called or text
        said.append(text[:200])
    for node, _ in rows:
        if node.kind in (NodeKind.CAPTION, NodeKind.UNIT_ROW, NodeKind.NOTE):
            said.append(_text(node, pages)[:200])
            if node.kind == NodeKind.CAPTION:
                called = _text(node, pages)
    before = table - 1
    if before >= 0 and structure.kind(before) == NodeKind.PARAGRAPH:
        said.append(_text(structure[before], pages)[:200])
    return " ".join(filter(None, said)), called[:120]


def _text(node: Node, pages: Mapping[int, str]) -> str:
    return pages.get(node.page, "")[node.start : node.end]


def _drafts(rows: _Rows, pages: Mapping[int, str]) -> Iterator[_Draft]:
    """The parts of a table that have the same header: it may name its columns anew."""
    draft = _Draft()
    for row, cells in rows:
        if row.kind == NodeKind.UNIT_ROW:
            draft.unit = _said_unit(_text(row, pages)) or draft.unit
        if row.kind not in (NodeKind.HEADER_ROW, NodeKind.ROW):
            continue
        own = [(cell, _text(cell, pages)) for cell in cells]
        if row.kind == NodeKind.HEADER_ROW:
            if draft.rows:
                yield draft
                draft = _Draft(unit=draft.unit)
            _name(draft, row, own)
        else:
            draft.rows.append((row, own))
    if draft.rows:
        yield draft


def _rows_of(structure: Structure, table: int) -> Iterator[tuple[Node, list[Node]]]:
    """The nodes directly below a table, each with its cells."""
    inside = structure.subtree(table)
    row: Node | None = None
    cells: list[Node] = []
    for node in structure.between(inside.start + 1, inside.stop):
        if node.parent == table:
            if row is not None:
                yield row, cells
            row, cells = node, []
        elif node.kind == NodeKind.CELL:
            cells.append(node)
    if row is not None:
        yield row, cells


def _name(draft: _Draft, node: Node, cells: Sequence[tuple[Node, str]]) -> None:
    draft.header.append((node.page, node.start, node.end))
    for cell, text in cells:
        name = " ".join(text.split())
        for column in range(cell.column, cell.column + max(1, min(cell.span, MOST_COLUMNS))):
            names = draft.names.setdefault(column, [])
            if name and name not in names:
                names.append(name)


def _relation(version_id: str, draft: _Draft, context: str, title: str) -> Relation | None:
    if not draft.names:
        _take_header(draft)
    for _, cells in draft.rows:
        for cell, _ in cells:
            if cell.label and cell.column not in draft.names:
                draft.names[cell.column] = cell.label.split(STOREY)
    if _labels_rows(draft):
        draft.names[0] = [""]  # the corner of a table is often empty, and what stands below names the rows
    order = sorted(column for column, names in draft.names.items() if names)
    if not LEAST_COLUMNS <= len(order) <= MOST_COLUMNS:
        return None
    place = {column: number for number, column in enumerate(order)}
    rows = tuple(_rows(draft, place))
    empty = sum(all(row.cells[number] is None for row in rows) for number in range(len(order)))
    if not rows or 3 * empty > len(order):  # its reader lost a part of it
        return None
    unit = draft.unit or _said_unit(" ".join(draft.names[order[0]])) or _said_unit(context)
    named = [_named(draft.names[column], unit) for column in order]
    rows = _carried_down(rows)
    sections = _sections(draft, rows)
    if sections is not None:
        rows, named = sections, [(("",), ""), *named]
    columns = _typed_columns(named, rows)
    if sections is not None:
        columns = (replace(columns[0], is_section=True), *columns[1:])
    rows = tuple(replace(row, is_total=True) if _is_total(row, columns) else row for row in rows)
    return Relation(version_id, columns, rows, context, title, tuple(draft.header))


def _sections(draft: _Draft, rows: Sequence[RelationRow]) -> tuple[RelationRow, ...] | None:
    """The rows with the line that stands alone above them as their first cell, where it alone tells apart
    rows of one label; None where nothing needs it."""
    above: dict[tuple[int, int], PlacedCell] = {}
    section: PlacedCell | None = None
    for node, cells in draft.rows:
        first, text = cells[0] if cells else (node, "")
        alone = len(cells) == 1 and first.column == 0 and not first.label
        outer = section is not None and section.text.endswith((":", "："))
        if alone and outer and not text.strip().endswith((":", "：")):
            continue  # a label of fewer rows below one of more: nobody tells where it ends
        if alone and 0 < len(text.strip()) <= LONGEST_NAME:
            section = PlacedCell(text.strip(), typed(text), first.page, first.start, first.end)
        elif section is not None:
            above[node.page, node.start] = section
    of_label: dict[str, set[str]] = {}
    for row in rows:
        label, own = row.cells[0], above.get((row.page, row.start))
        if label is not None:
            of_label.setdefault(plain_form(label.text), set()).add(own.text if own is not None else "")
    if not any(len(texts) > 1 for texts in of_label.values()):
        return None
    return tuple(replace(row, cells=(above.get((row.page, row.start)), *row.cells)) for row in rows)


def _labels_rows(draft: _Draft) -> bool:
    """Whether the first column has no name and a text in nearly every row."""
    if draft.names.get(0) or not draft.names:
        return False
    texts = sum(
        any(cell.column == 0 and typed(text).kind is ValueKind.TEXT for cell, text in cells)
        for _, cells in draft.rows
    )
    return 5 * texts >= 4 * len(draft.rows) > 0


def _take_header(draft: _Draft) -> None:
    """Take the first rows as the header where they hold no number and those below do."""
    kinds = [{cell.column: typed(text).kind for cell, text in cells} for _, cells in draft.rows[:12]]
    plain = [set(own.values()) == {ValueKind.TEXT} and len(own) > 1 for own in kinds]
    taken = next((number for number, is_plain in enumerate(plain) if not is_plain), len(plain))
    if len(draft.rows) < 2 or (not taken and not _differs(draft)):
        return
    if taken >= min(len(draft.rows), 4) or not taken:  # nothing but texts, or dates above other things
        taken = 1
    first = draft.rows[:taken]
    if taken > 1 and not any(cell.span > 1 for _, cells in first[:-1] for cell, _ in cells):
        taken = 1
    names = [(text.strip(), typed(text).kind) for _, cells in draft.rows[:taken] for _, text in cells]
    if any(len(name) > LONGEST_NAME or not _names_something(name, kind) for name, kind in names):
        return
    for node, cells in draft.rows[:taken]:
        _name(draft, node, cells)
    del draft.rows[:taken]


def _names_something(text: str, kind: ValueKind) -> bool:
    """Whether a text can be a column's name: it has letters and is no amount, or is a date."""
    return kind is ValueKind.DATE or (kind is ValueKind.TEXT and bool(_LETTERS.search(text)))


def _differs(draft: _Draft) -> bool:
    """Whether the first row names columns by dates or numbers: what stands below it is of other kinds."""
    first = {cell.column: typed(text).kind for cell, text in draft.rows[0][1]}
    texts = [text for _, text in draft.rows[0][1]]
    if len(set(texts)) < len(texts) or len(texts) < 2:
        return False
    differ = 0
    for column, kind in first.items():
        below = Counter(
            typed(text).kind for _, cells in draft.rows[1:12] for cell, text in cells if cell.column == column
        )
        differ += bool(below) and below.most_common(1)[0][0] is not kind
    return 2 * differ >= len(first)


def _rows(draft: _Draft, place: Mapping[int, int]) -> Iterator[RelationRow]:
    width = len(place)
    for node, cells in draft.rows:
        if len(cells) == 1 and width > 2 and (cells[0][0].span >= width or not cells[0][0].label):
            continue  # a line across the table
        own: list[PlacedCell | None] = [None] * width
        for cell, text in cells:
            number = place.get(cell.column)
            if number is not None and text.strip():
                own[number] = PlacedCell(text.strip(), typed(text), cell.page, cell.start, cell.end)
        if any(own):
            labelled = all(cell.label for cell, _ in cells) and _says_names(node, cells)
            yield RelationRow(tuple(own), node.page, node.start, node.end, labelled=labelled)


def _says_names(node: Node, cells: Sequence[tuple[Node, str]]) -> bool:
    """Whether a row's own text holds more than its cells and what parts them: the names of its columns."""
    return node.end - node.start >= sum(len(text) + len(cell.label) for cell, text in cells)


def _named(names: Sequence[str], unit: str) -> tuple[tuple[str, ...], str]:
    """The names without what they say of a unit, and that unit."""
    own = "" if _COUNTS.search(plain_form(names[-1])) else unit  # the table's unit is of its amounts
    kept: list[str] = []
    for name in names:
        inside = _BRACKETS.search(name)
        if inside is not None and len(name) > len(inside[0]) and _is_unit(inside["inside"]):
            own = _said_unit(inside["inside"]) or inside["inside"].strip()
            name = (name[: inside.start()] + name[inside.end() :]).strip()
        elif inside is not None and inside.start() and inside.end() == len(name):
            kept.append(name[: inside.start()].strip())
            name = inside["inside"].strip()
        kept.append(name)
    return tuple(kept), own


def _is_unit(text: str) -> bool:
    return bool(_UNITS.fullmatch(plain_form(text).strip())) or bool(_said_unit(text))


def _said_unit(text: str) -> str:
    """The unit that a text says figures are counted in."""
    plain = plain_form(text)
    match = _UNIT_ROW.search(plain)
    if match is None or len(plain) != len(text):
        return ""
    name = "unit" if match["unit"] else "scale"
    return text[match.start(name) : match.end(name)].strip()


def _carried_down(rows: Sequence[RelationRow]) -> tuple[RelationRow, ...]:
    """A first column that names groups says each name once: its empty cells mean the one above."""
    filled = [row.cells[0] is not None for row in rows]
    if not filled[0] or sum(filled) > FEW_FILLED * len(rows) or sum(filled) < 2:
        return tuple(rows)
    carried: list[RelationRow] = []
    above: PlacedCell | None = None
    for row in rows:
        above = row.cells[0] or above
        carried.append(replace(row, cells=(above, *row.cells[1:])))
    return tuple(carried)


def _is_total(row: RelationRow, columns: Sequence[RelationColumn]) -> bool:
    texts = [
        cell.value.plain
        for cell, column in zip(row.cells, columns, strict=True)
        if cell is not None and cell.value.kind is ValueKind.TEXT and not column.is_measure
    ]
    return any(_TOTAL.fullmatch(text.strip(" *【】[]")) for text in texts[:2])


def _typed_columns(
    named: Sequence[tuple[tuple[str, ...], str]], rows: Sequence[RelationRow]
) -> tuple[RelationColumn, ...]:
    columns = []
    for number, (names, unit) in enumerate(named):
        cells = [cell for row in rows if (cell := row.cells[number]) is not None]
        filled = [cell.value for cell in cells if cell.value.kind is not ValueKind.EMPTY]
        kinds = Counter(value.kind for value in filled)
        kind, count = kinds.most_common(1)[0] if kinds else (ValueKind.TEXT, 0)
        if count < LEAST_ALIKE * len(filled):
            kind = ValueKind.TEXT
        if kind is ValueKind.DATE and _counts_days(names, filled):
            kind = ValueKind.NUMBER
        is_code = kind is ValueKind.NUMBER and (
            bool(_CODE.search(plain_form(names[-1]))) or _are_years(names, filled)
        )
        texts = Counter(value.plain for value in filled)
        distinct = sum(times == 1 for times in texts.values()) / len(filled) if filled else 0.0
        columns.append(RelationColumn(names, unit, kind, is_code, distinct))
    return tuple(columns)


def _are_years(names: Sequence[str], values: Sequence[TypedValue]) -> bool:
    """Whether the numbers of a column are years, which nobody adds up: 2018 below "Purchased"."""
    numbers = [value.number for value in values if value.kind is ValueKind.NUMBER]
    alike = all(number is not None and FIRST_YEAR <= number <= LAST_YEAR for number in numbers)
    return bool(numbers) and alike and bool(_OF_YEARS.search(plain_form(names[-1])))


def _counts_days(names: Sequence[str], values: Sequence[TypedValue]) -> bool:
    """Whether "20日" in a column is a number of days and not a day of the month."""
    days = [value.day for value in values if value.kind is ValueKind.DATE]
    if any(year or month for year, month, _ in days):
        return False
    return bool(_COUNTS_DAYS.search(plain_form(" ".join(names)))) or len(set(days)) < len(days)
