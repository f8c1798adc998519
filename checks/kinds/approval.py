"""approval: the block of seals and signatures: who must approve, in which order, and whether they have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from checks.document.document import CheckedDocument, DocumentFormat, Table, TableCell, Zone
from checks.document.tables import folded
from checks.findings import CouldNotRun, RuleMatch
from checks.kinds.field import holds
from checks.rules import Context, Rule, RulePart

_BLANK = (
    "印",
    "㊞",
    "(印)",
    "（印）",
    "Sign",
    "Signature",
    "Date",
    "签字",
    "签名",
    "日期",
    "/",
    "-",
    "—",
    "_",
)


class ApprovalBlock(RulePart):
    """The labels of the block."""

    labels: list[str] = Field(min_length=1)
    order: Literal["left_to_right", "top_to_bottom", "any"] = "any"


class Then(RulePart):
    """What a condition adds."""

    labels_add: list[str] = Field(min_length=1)


class ApprovalRule(Rule):
    """Who approves."""

    kind: Literal["approval"] = "approval"
    block: ApprovalBlock
    when: dict[str, str] = {}
    then: Then | None = None
    filled: list[str] = []
    signatures: int = Field(0, description="Digital signatures that the file must carry.")

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Missing approvers, wrong order, empty places."""
        document = context.document
        wanted = [*self.block.labels, *self._added(context)]
        by_label = {label: places for label in wanted if (places := _places(document, label))}
        if len(by_label) * 2 < len(self.block.labels) and len(by_label) < 2:
            yield RuleMatch(-1, 0, 0, "approval_missing", {"labels": "・".join(wanted)})
            return
        table = _block_table(by_label)
        chosen = {
            label: next((place for place in places if place[0] == table), places[0])
            for label, places in by_label.items()
        }
        for label in wanted:
            if label not in chosen:
                index = next(iter(chosen.values()))[2]
                yield RuleMatch(index, 0, 0, "approval_label", {"label": label})
        yield from self._order(document, wanted, chosen)
        yield from self._filled(document, chosen)
        if len(document.signatures) < self.signatures:
            values = {"count": len(document.signatures), "wanted": self.signatures}
            yield RuleMatch(-1, 0, 0, "approval_signatures", values)

    def _added(self, context: Context) -> list[str]:
        if self.then is None:
            return []
        for name, condition in self.when.items():
            value = context.fields.get(name)
            if value is None:
                raise CouldNotRun("field_unknown", field=name)
            if not holds(condition, value):
                return []
        return list(self.then.labels_add)

    def _order(
        self,
        document: CheckedDocument,
        wanted: list[str],
        chosen: dict[str, tuple[int, TableCell | None, int]],
    ) -> Iterator[RuleMatch]:
        if self.block.order == "any":
            return
        listed = [label for label in wanted if label in chosen]
        for before, after in itertools.pairwise(listed):
            first, second = chosen[before], chosen[after]
            if self.block.order == "left_to_right" and first[1] is not None and second[1] is not None:
                # Japanese approval blocks also run from right to left; what counts is that they run one way.
                wrong = first[1].row == second[1].row and first[1].column > second[1].column
            else:
                wrong = first[2] > second[2]
            if wrong:
                piece = document.pieces[second[2]]
                values = {"before": before, "after": after}
                yield RuleMatch(second[2], 0, len(piece.text), "approval_order", values)

    def _filled(
        self, document: CheckedDocument, chosen: dict[str, tuple[int, TableCell | None, int]]
    ) -> Iterator[RuleMatch]:
        for label in self.filled:
            if label not in chosen or (document.format is DocumentFormat.PDF and document.signatures):
                continue
            table, cell, index = chosen[label]
            filled = (
                _cell_filled(
                    document, next(t for t in document.tables if t.index == table), cell, self.block.labels
                )
                if cell is not None
                else _line_filled(document.pieces[index].text, label)
            )
            if not filled:
                yield RuleMatch(
                    index, 0, len(document.pieces[index].text), "approval_empty", {"label": label}
                )


def _places(document: CheckedDocument, label: str) -> list[tuple[int, TableCell | None, int]]:
    """Where a label stands: table (-1 outside tables), its cell, its piece."""
    wanted = folded(label)
    places: list[tuple[int, TableCell | None, int]] = []
    for table in document.tables:
        for cell in table.cells:
            if cell.pieces and folded(cell.text.split("\n")[0]) == wanted:
                first_written = next(piece for piece in cell.pieces if document.pieces[piece].text.strip())
                places.append((table.index, cell, first_written))
    if not places:
        for index, piece in document.of(frozenset({Zone.BODY, Zone.LIST, Zone.TEXTBOX, Zone.TABLE})):
            text = folded(piece.text)
            if text == wanted or text.startswith((f"{wanted}:", f"{wanted}　")):
                places.append((-1, None, index))
    return places


def _block_table(by_label: dict[str, list[tuple[int, TableCell | None, int]]]) -> int:
    """The table that has most of the labels."""
    tables = [table for places in by_label.values() for table in {place[0] for place in places}]
    return max(set(tables), key=tables.count) if tables else -1


def _cell_filled(document: CheckedDocument, table: Table, cell: TableCell, labels: list[str]) -> bool:
    names = {folded(label) for label in labels}
    own = cell.text.split("\n")[1:]
    if any(line.strip() and folded(line) not in _BLANK for line in own) or cell.picture:
        return True
    beside = [
        other
        for other in table.cells
        if (
            other.column <= cell.column < other.column + other.column_span
            and other.row == cell.row + cell.row_span
        )
        or (other.row == cell.row and other.column == cell.column + cell.column_span)
    ]
    below = [other for other in beside if other.row > cell.row]
    looked = below or beside
    return any(
        other.picture or (other.text.strip() and folded(other.text) not in (*_BLANK, *names))
        for other in looked
    )


def _line_filled(text: str, label: str) -> bool:
    rest = folded(text).removeprefix(folded(label)).lstrip(":_＿ ")
    return bool(rest) and rest not in _BLANK and not set(rest) <= set("_-—.…")
