"""What a document is called, from what its file says of itself. Pure; a title that a program filled in by
itself does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

LONGEST = 200  # characters; what is longer is a text in the wrong field
_PROGRAM = re.compile(r"^(?:Microsoft\s+)?(?:Word|Excel|PowerPoint|Office\s+Word)\s*-\s*", re.I)
_FILLED_IN = re.compile(
    r"(?:untitled|no title|title|document|doc|book|workbook|sheet|presentation|slide|microsoft word|normal"
    r"|powerpoint presentation|powerpoint プレゼンテーション|powerpoint 演示文稿|新規.*+"
    r"|無題|文書|文書名|表題"
    r"|タイトル|プレゼンテーション|スライド|标题|無標題|无标题|文档|工作簿|演示文稿|幻灯片|文件|簡報|活頁簿)[\s\d()（）._-]*",
    re.I,
)
# What templates call themselves, and what is made from them is called still.
_TEMPLATE = re.compile(r"(?:\S{1,30} ){0,3}(?:template|テンプレート|ひな形|雛形|模板|範本)", re.I)
_FILE = re.compile(r"\.(?:docx?|xlsx?|pptx?|pdf|odt|ods|odp|txt|rtf|html?|indd|ai|tmp|dotx?|qxd)$", re.I)


def document_title(titles: Iterable[str], file_name: str) -> str:
    """The first of those titles that says something the file name does not; empty if none does."""
    for title in titles:
        text = _PROGRAM.sub("", " ".join(title.split()))
        telling = any(character.isalpha() for character in text) and "\ufffd" not in text
        if not telling or len(text) > LONGEST or _FILLED_IN.fullmatch(text) or _FILE.search(text):
            continue
        if _TEMPLATE.fullmatch(text) and text.split()[-1].casefold() not in file_name.casefold():
            continue
        if text.casefold() != PurePath(file_name).stem.casefold():
            return text
    return ""
