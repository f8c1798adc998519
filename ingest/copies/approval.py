"""Whether a document shows who approved it, or calls itself a draft, in its own first and last lines. Pure.

An empty approval block says nothing: only a name, a day or a seal beside its label counts.
"""

from __future__ import annotations

import re
import unicodedata

HEAD_LINES, TAIL_LINES = 12, 12
LONGEST_LINE = 200
_LABEL = re.compile(
    r"(?:最終)?(?:承認|決裁|決定)(?:者|日|印|欄|年月日)?|(?:approved|authori[sz]ed)(?: by| on| date)?|approver|approval(?: date)?"
    r"|(?:批准|审批|審批|核准|签发|簽發)(?:人|日期|者)?"
)
_OTHER = re.compile(
    r"作成(?:者|日)?|起案(?:者|日)?|審査(?:者)?|確認(?:者)?|照査|検印|担当|prepared(?: by)?|reviewed(?: by)?|checked(?: by)?"
    r"|编制|編制|审核|審核|校对|起草|制定"
)
_BLANK = re.compile(r"[\s_＿\-‐–—―.…・／/:：|()（）年月日印]*")
_DRAFT = re.compile(r"[(（【\[]?\s?(?:案|草案|草稿|draft|ドラフト|未定稿|征求意见稿|讨论稿)\s?[)）】\]]?")


def approval_words(lines: list[str]) -> str:
    """The line that says who approved it or when, as it stands there; empty where none does."""
    ends = lines[:HEAD_LINES] + lines[max(HEAD_LINES, len(lines) - TAIL_LINES) :]
    for number, line in enumerate(ends):
        plain = _plain(line)
        label = _LABEL.search(plain)
        if label is None:
            continue
        before = plain[: label.start()].strip(" |\t・")
        if before and not _OTHER.search(before) and not _BLANK.fullmatch(before):
            continue  # a sentence that speaks of approval
        rest = _OTHER.sub(" ", _LABEL.sub(" ", plain))
        if _says_something(rest) and _short(rest):
            return " ".join(line.split())
        labels = len(_OTHER.findall(plain)) + 1
        below = _plain(ends[number + 1]) if number + 1 < len(ends) else ""
        if labels > 1 and not _LABEL.search(below) and _short(below) and len(below.split()) >= labels:
            return " ".join(f"{line} {ends[number + 1]}".split())
    return ""


def draft_words(lines: list[str]) -> str:
    """The line by which a document calls itself a draft; empty where none does."""
    for line in lines[:3]:
        plain = _plain(line)
        if _DRAFT.fullmatch(plain) or plain.endswith(("(案)", "（案）", "(草案)", "(draft)", "(草稿)")):
            return " ".join(line.split())
    return ""


def lines_of(text: str) -> list[str]:
    """The lines of a text that hold something."""
    return [line for line in text.split("\n") if line.strip()]


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line[:LONGEST_LINE]).strip().lower()


def _says_something(rest: str) -> bool:
    return any(letter.isalnum() for letter in rest) and _BLANK.fullmatch(rest) is None


def _short(rest: str) -> bool:
    """Names and days are short; what is long is a sentence."""
    return len(rest) <= 60 and not rest.rstrip().endswith(("。", "する", "こと"))
