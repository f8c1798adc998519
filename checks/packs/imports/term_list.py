"""Term lists as companies keep them: CSV or Excel with the columns wrong, right, note and severity."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from checks.findings import Level
from checks.kinds.terms import ListedTerm, TermsRule
from checks.packs.pack import Pack, read_rows
from core.errors import RulesBad

_HEADS = {
    "wrong": ("wrong", "ng", "before", "誤", "誤り", "使わない語", "禁止語", "不可", "表記ゆれ", "错误", "誤用", "禁用词", "不用"),
    "right": ("right", "ok", "after", "正", "正しい語", "使う語", "推奨", "統一表記", "正确", "推荐", "規範"),
    "note": ("note", "notes", "comment", "備考", "注", "理由", "说明", "備註", "备注"),
    "severity": ("severity", "level", "重要度", "レベル", "级别", "等级"),
}  # fmt: skip
_LEVELS = {
    "error": Level.ERROR, "warning": Level.WARNING, "info": Level.INFO, "suggestion": Level.INFO,
    "エラー": Level.ERROR, "警告": Level.WARNING, "情報": Level.INFO, "错误": Level.ERROR, "提示": Level.INFO,
}  # fmt: skip


def read_terms(path: Path) -> Pack:
    """The list as a pack, a rule for each severity in it. Raises RulesBad with the row."""
    rows = workbook_rows(path) if path.suffix.lower() == ".xlsx" else read_rows(path)
    columns, first = _columns(rows)
    by_level: dict[Level, list[ListedTerm]] = {}
    for number, row in enumerate(rows[first:], start=first + 1):
        cells = {name: row[column].strip() if column < len(row) else "" for name, column in columns.items()}
        if not any(cells.values()):
            continue
        place = f"{path.name}:{number}"
        if not cells["wrong"]:
            raise RulesBad(place=place, problem="the wrong word is missing", fix="Fill the first column.")
        severity = cells.get("severity", "").lower()
        level = _LEVELS.get(severity, Level.ERROR)
        if severity and severity not in _LEVELS:
            fix = "Write error, warning or info."
            raise RulesBad(place=place, problem=f"there is no severity {severity}", fix=fix)
        try:
            term = ListedTerm(expected=cells["right"], pattern=cells["wrong"], note=cells.get("note", ""))
        except ValidationError as error:
            problem = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            raise RulesBad(place=place, problem=problem, fix="Correct the row.") from error
        by_level.setdefault(level, []).append(term)
    if not by_level:
        raise RulesBad(
            place=path.name, problem="the list has no rows", fix="Columns: wrong, right, note, severity."
        )
    rules = [
        TermsRule(
            id=path.stem if len(by_level) == 1 else f"{path.stem}.{level}",
            level=level,
            rules=terms,
            fix="safe",
        )
        for level, terms in by_level.items()
    ]
    return Pack(path.stem, tuple(rules))


def _columns(rows: list[list[str]]) -> tuple[dict[str, int], int]:
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = {
        name: next(index for index, cell in enumerate(head) if cell in words)
        for name, words in _HEADS.items()
        if any(cell in words for cell in head)
    }
    if "wrong" in columns and "right" in columns:
        return columns, 1
    return {"wrong": 0, "right": 1, "note": 2, "severity": 3}, 0


def workbook_rows(path: Path) -> list[list[str]]:
    """The rows of the first sheet. Raises RulesBad for what is no Excel file."""
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise RulesBad(
            place=path.name, problem=f"not an Excel file: {error}", fix="Save it as .xlsx."
        ) from error
    try:
        sheet = book.worksheets[0]
        return [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
    finally:
        book.close()
