"""What a file's name and folders say of a copy: old, draft, copy, final, which version. Pure.

Only words that stand for themselves count: 旧 of 復旧 or 案 of 提案 say nothing of the file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class NameSign(StrEnum):
    """What a word in a name says of the file."""

    OLD = "old"
    DRAFT = "draft"
    COPY = "copy"
    FINAL = "final"


@dataclass(frozen=True)
class NameSigns:
    """What a name says. `signs` and `place` map a sign to the word that says it, of the file's own name and
    of its folders; `version` is its number as parts, () where there is none; `numbered` is the "(2)" that a
    program puts behind a second file of one name; `family` is what is left of the name without all that."""

    signs: dict[NameSign, str]
    place: dict[NameSign, str]
    version: tuple[int, ...]
    numbered: str
    family: str


_WHOLE = {
    NameSign.OLD: (
        "旧", "旧版", "旧规", "旧文書", "旧バージョン", "過去", "過去分", "過去版", "以前", "廃止", "廃止済み",
        "old", "obsolete", "outdated", "superseded", "archive", "archived", "archives", "backup", "bak",
        "バックアップ", "アーカイブ", "作废", "旧文件", "历史版本", "备份", "归档", "存档", "舊", "舊版", "備份",
    ),
    NameSign.DRAFT: (
        "案", "素案", "原案", "改正案", "改定案", "改訂案", "検討中", "検討用", "作業中", "下書き", "ドラフト",
        "たたき台", "叩き台", "未定稿", "未承認", "仮", "仮版", "draft", "drafts", "wip", "tmp", "temp", "work",
        "草稿", "草案", "初稿", "征求意见稿", "讨论稿", "送审稿", "待审", "修改稿", "討論稿",
    ),
    NameSign.COPY: (
        "コピー", "複製", "写し", "控え", "控", "copy", "copies", "duplicate", "副本", "复制", "复件", "拷贝",
        "複本", "複製本",
    ),
    NameSign.FINAL: (
        "最新", "最新版", "最終", "最終版", "確定", "確定版", "決定版", "完成版", "正式", "正式版", "正本", "原本",
        "承認済", "承認済み", "施行版", "公開版", "final", "latest", "approved", "official", "signed", "released",
        "最终", "最终版", "终稿", "定稿", "正式稿", "已批准", "生效版", "最終稿",
    ),
}  # fmt: skip
_OF_WORD = {word: sign for sign, words in _WHOLE.items() for word in words}
# Behind or before other words of the name without a gap: 旅費規程案, 旧就業規則, 規程コピー.
_ENDS = {"案": NameSign.DRAFT, "草稿": NameSign.DRAFT, "草案": NameSign.DRAFT, "初稿": NameSign.DRAFT,
         "コピー": NameSign.COPY, "の写し": NameSign.COPY, "副本": NameSign.COPY, "旧版": NameSign.OLD,
         "最新版": NameSign.FINAL, "最終版": NameSign.FINAL, "確定版": NameSign.FINAL, "正式版": NameSign.FINAL,
         "最终版": NameSign.FINAL, "定稿": NameSign.FINAL}  # fmt: skip
_NO_DRAFT_BEFORE = frozenset("提方図答議档檔名文翻立勘事考懸発法教図对對专專个個病判档备備")
_NO_OLD_AFTER = frozenset("姓暦正居字友制知跡交")
_SEPARATORS = re.compile(r"[\s_\-‐–—―・.,+&;:/()\[\]【】「」『』〔〕<>《》]+")
_VERSION = re.compile(
    r"(?<![a-z0-9])(?:version|ver|rev|v)[._ ]{0,2}(?P<a>\d{1,3}(?:\.\d{1,3}){0,2})(?![a-z0-9])"
    r"|第(?P<b>\d{1,3})[版稿次]|(?<!\d)(?P<c>\d{1,3})版|改[訂定](?P<d>\d{1,2})(?!\d)"
)
_NUMBERED = re.compile(r"\((\d{1,2})\)\s?$")
_DATE = re.compile(r"(?<!\d)20\d\d(?:[-._/年]?[01]?\d(?:[-._/月]?[0-3]?\d日?)?月?)?(?:年度?)?(?!\d)")
_ERA_YEAR = re.compile(r"(?:令和|平成|(?<![a-z])[rh])\.?(?:\d{1,2}|元)年?度?(?!\d)")


def signs_of(path: str) -> NameSigns:
    """What the name of a file says, with its folders before it."""
    plain = unicodedata.normalize("NFKC", path).lower().replace("\\", "/")
    *folders, name = plain.split("/")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 5 or not stem:
        stem = name
    numbered = _NUMBERED.search(stem)
    match = _VERSION.search(stem)
    version = next((part for part in match.groups() if part), "") if match else ""
    bare = _ERA_YEAR.sub(" ", _DATE.sub(" ", _VERSION.sub(" ", _NUMBERED.sub(" ", stem))))
    signs: dict[NameSign, str] = {}
    left = [rest for token in _SEPARATORS.split(bare) if (rest := _rest(token, signs))]
    if left and left[0] == "of" and NameSign.COPY in signs:
        left = left[1:]
    place: dict[NameSign, str] = {}
    for folder in folders:
        for token in _SEPARATORS.split(folder):
            _rest(token, place)
    return NameSigns(
        signs,
        place,
        tuple(int(part) for part in version.split(".")) if version else (),
        numbered.group(1) if numbered else "",
        "".join(left),
    )


def _rest(token: str, signs: dict[NameSign, str]) -> str:
    """What is left of a word of a name without its signs, which are written down."""
    if (sign := _OF_WORD.get(token)) is not None:
        signs.setdefault(sign, token)
        return ""
    if len(token) > 2 and token[0] in "旧舊" and token[1] not in _NO_OLD_AFTER:
        signs.setdefault(NameSign.OLD, token[0])
        token = token[1:]
    for word, sign in _ENDS.items():
        rest = token.removesuffix(word)
        if rest == token or not rest or (word == "案" and rest[-1] in _NO_DRAFT_BEFORE):
            continue
        signs.setdefault(sign, word)
        return rest.removesuffix("の")
    return token
