"""What samples have in common besides their page: how they number, name figures, lay out tables, have
themselves approved, and what their titles say. Proposals; `learning` proves each on its samples.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from checks.document.captions import captions
from checks.document.document import CheckedDocument, Table, TableCell, Zone
from checks.document.tables import folded
from language.amounts import amount_of
from language.numerals import sign

# Signs by the number that they begin with; those that others begin with stand behind them.
SIGNS = (
    "第1章", "第1節", "第1条", "第一章", "第一节", "第一条", "第1", "（一）", "一、", "1.1.1", "1.1",
    "（1）", "(1)", "1)", "1.", "1", "①", "ア", "I.", "A.", "(a)",
)  # fmt: skip
CAPTIONS = {"figure": ("図1", "图1", "Figure 1", "Fig. 1"), "table": ("表1", "Table 1")}
LEAST_STEPS = 2  # headings of a level, over all samples, before their sign is a rule
APPROVERS = frozenset(
    ("承認", "承認者", "審査", "審査者", "確認", "確認者", "検印", "作成", "作成者", "起案", "起案者", "担当",
     "担当者", "係長", "課長", "部長", "本部長", "工場長", "取締役", "社長", "決裁", "批准", "审核", "审批",
     "审定", "编制", "拟稿", "校对", "会签", "核准", "制单", "复核", "经办",
     "preparedby", "reviewedby", "approvedby", "checkedby", "authorisedby", "authorizedby",
     "prepared", "reviewed", "approved", "checked")
)  # fmt: skip
LARGER = 1.0  # points by which a title is larger than the text
FIRST = 4  # paragraphs of the beginning, among which a title stands
LONGEST_TITLE = 60


def numbering(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    """The ladder of the headings' signs, as far as every heading of a level has its sign."""
    ladder: list[str] = []
    levels = sorted({d.pieces[i].level for d in documents for i in d.headings if d.pieces[i].level})
    for level in levels:
        texts = [
            d.pieces[i].whole.strip() for d in documents for i in d.headings if d.pieces[i].level == level
        ]
        fitting = next(
            (
                form
                for form in SIGNS
                if form not in ladder and all(sign(form, 0).read(text) for text in texts)
            ),
            None,
        )
        if fitting is None:
            if ladder:
                break
            continue  # the highest level is often the title alone
        if len(texts) < LEAST_STEPS:
            break
        ladder.append(fitting)
    if not ladder:
        return None
    return {"id": "learnt-numbering", "kind": "numbering", "ladder": ladder, "headings_only": True}


def caption_names(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    """How figures and tables are named, where every caption is named so."""
    spec: dict[str, str] = {}
    for what, forms in CAPTIONS.items():
        texts = [
            document.pieces[mention.piece].whole.strip()
            for document in documents
            for mention in captions(document)
            if mention.what == what
        ]
        form = next(
            (form for form in forms if texts and all(sign(form, 0).read(text) for text in texts)), None
        )
        if form is not None:
            spec[what] = form
    return {"id": "learnt-captions", "kind": "numbering", "captions": spec} if spec else None


def caption_places(documents: Sequence[CheckedDocument], names: dict[str, Any]) -> list[dict[str, object]]:
    """The same rule with each side on which captions may stand; the first that holds is kept."""
    spec = names["captions"]
    return [
        {
            **names,
            "captions": {**spec, **({"place_table": table} if "table" in spec else {}), "place": figure},
        }
        for table in ("above", "below")
        for figure in ("below", "above")
    ]


def tables(documents: Sequence[CheckedDocument]) -> list[dict[str, object]]:
    """Tables whose header all samples have: their columns, which of them hold numbers, and totals."""
    per_document = [{_header(table): table for table in document.tables} for document in documents]
    if not per_document:
        return []
    rules: list[dict[str, object]] = []
    for header in per_document[0]:
        if not header or not all(header in other for other in per_document[1:]):
            continue
        same = [other[header] for other in per_document]
        numbers = [of for place, of in enumerate(header) if all(_numbers(table, place) for table in same)]
        name = f"learnt-table-{len(rules) + 1}"
        rule: dict[str, object] = {"id": name, "kind": "table", "columns": list(header), "required": True}
        if numbers:
            rule["types"] = dict.fromkeys(numbers, "number")
            rule["totals"] = numbers
        rules.append(rule)
    return rules[:10]


def _header(table: Table) -> tuple[str, ...]:
    """The first row, if it names columns: two or more short texts, none of them a figure."""
    first = table.rows[0] if table.rows else []
    texts = tuple(cell.text.strip() for cell in first)
    named = all(text and len(text) <= 30 and "\n" not in text and amount_of(text) is None for text in texts)
    if len(texts) < 2 or len(table.rows) < 2 or not named or len(set(texts)) < len(texts):
        return ()
    return () if _approvers(first) else texts


def _numbers(table: Table, place: int) -> bool:
    cells = [row[place].text.strip() for row in table.rows[1:] if place < len(row)]
    filled = [cell for cell in cells if cell]
    return len(filled) >= 2 and all(amount_of(cell) is not None for cell in filled)


def approval(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    """The labels of the block of seals that all samples have, with their order."""
    per_document = [_block(document) for document in documents]
    if not per_document or not all(per_document):
        return None
    labels = [label for label in per_document[0] if all(label in other for other in per_document[1:])]
    if len(labels) < 2:
        return None
    return {
        "id": "learnt-approval",
        "kind": "approval",
        "block": {"labels": labels, "order": "left_to_right"},
    }


def _block(document: CheckedDocument) -> list[str]:
    """The labels of the first row or column of a table in which two or more approvers stand."""
    for table in document.tables:
        columns = [[cell for cell in table.cells if cell.column == 0]]
        for line in [*table.rows, *columns]:
            if labels := _approvers(line):
                return labels
    return []


def _approvers(cells: Sequence[TableCell]) -> list[str]:
    texts = [cell.text.split("\n")[0].strip() for cell in cells]
    labels = [text for text in texts if re.sub(r"\W", "", folded(text)).casefold() in APPROVERS]
    return list(dict.fromkeys(labels)) if len(set(labels)) >= 2 else []


def title(documents: Sequence[CheckedDocument]) -> dict[str, object] | None:
    """What the titles say alike: the whole, or how they begin or end; found by style, or by their form where
    they are formatted directly (larger than the text, or bold and centred)."""
    titles = [_title(document) for document in documents]
    if not titles or not all(titles):
        return None
    if len(set(titles)) == 1:
        pattern = re.escape(titles[0])
    else:
        beginning = _shared(titles)
        end = _shared([text[::-1] for text in titles])[::-1]
        if max(len(beginning.strip()), len(end.strip())) < 2:
            return None
        pattern = f"^{re.escape(beginning)}" if len(beginning) > len(end) else f"{re.escape(end)}$"
    return {"id": "learnt-title", "kind": "structure", "title": pattern.replace("\\ ", " ")}


def _shared(texts: Sequence[str]) -> str:
    """How all of them begin."""
    first, last = min(texts), max(texts)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _title(document: CheckedDocument) -> str:
    sizes: dict[float, int] = {}
    for _, piece in document.of(frozenset({Zone.BODY})):
        for run in piece.runs:
            sizes[run.format.size] = sizes.get(run.format.size, 0) + run.end - run.start
    usual = max(sizes, key=lambda size: sizes[size], default=0.0)
    beginning = [
        piece
        for _, piece in document.of(frozenset({Zone.HEADING, Zone.BODY}))
        if piece.text.strip() and piece.table < 0
    ][:FIRST]
    for piece in beginning:
        if piece.zone is Zone.HEADING:
            return piece.text.strip() if piece.level <= 1 else ""
        runs = [run for run in piece.runs if piece.text[run.start : run.end].strip()]
        if not runs or len(piece.text.strip()) > LONGEST_TITLE:
            continue
        larger = usual > 0 and all(run.format.size >= usual + LARGER for run in runs)
        set_off = piece.paragraph.align == "center" and all(run.format.bold for run in runs)
        if larger or set_off:
            return piece.text.strip()
    return ""
