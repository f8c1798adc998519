"""Whom to invite, out of a list that was pasted or a table: names to sign in with, and groups. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

Invitee = tuple[str, tuple[str, ...]]  # the name, and the names of groups

# Of "Taro Yamada <taro@company.example>", as mail programs copy it, the address.
_ADDRESS = re.compile(r"<\s*([^<>\s@]{1,100}@[^<>\s@]{1,100})\s*>")
_BETWEEN = re.compile(r"[\n,;、，；]")
_GROUPS = re.compile(r"[;/；、]")
# What stands over the columns of such tables.
HEADS = {
    "name", "address", "e-mail", "email", "mail", "user", "group", "groups", "department",
    "名前", "氏名", "メール", "メールアドレス", "アドレス", "ユーザー", "グループ", "部署",
    "姓名", "邮箱", "电子邮箱", "邮件地址", "用户", "用户名", "用户组", "部门",
}  # fmt: skip
ENCODINGS = {"ja": "cp932", "zh": "gb18030", "en": "cp1252"}  # of tables that are not UTF-8


def from_text(text: str) -> list[Invitee]:
    """Those of a list, one a line or with commas between."""
    return _unique((_address(part), ()) for part in _BETWEEN.split(text))


def from_table(content: bytes, language: str) -> list[Invitee]:
    """Those of a table (CSV, or with tabs or semicolons): the name or address first, then groups, each in a
    cell of its own or with ; or / between. Raises UnicodeDecodeError or csv.Error where it is no table."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode(ENCODINGS.get(language, "cp1252"))
    first = text.split("\n", 1)[0]
    between = max("\t;,", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=between) if any(map(str.strip, row))]
    if rows and rows[0][0].strip().lower() in HEADS:
        rows = rows[1:]
    return _unique(
        (_address(row[0]), tuple(group.strip() for cell in row[1:] for group in _GROUPS.split(cell)))
        for row in rows
    )


def as_table(links: Iterable[tuple[str, str]]) -> bytes:
    """Names with their links as a table that spreadsheets open."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows((_harmless(name), link) for name, link in links)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _address(text: str) -> str:
    match = _ADDRESS.search(text)
    return " ".join((match[1] if match else text).split())


def _unique(invitees: Iterable[Invitee]) -> list[Invitee]:
    """Each name once, with the groups of every line that it stands on; without empty ones."""
    groups: dict[str, dict[str, None]] = {}
    for name, names in invitees:
        if name:
            groups.setdefault(name, {}).update({group: None for group in names if group})
    return [(name, tuple(names)) for name, names in groups.items()]
