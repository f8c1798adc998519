"""The pack that a document is held to where nobody names one: by the language that it is written in."""

from __future__ import annotations

import re
from itertools import islice

from checks.document.document import READ_TEXT, CheckedDocument

AUTO = "auto"  # what is named instead of a pack
USUAL = {"ja": "business-ja", "en": "english-report", "zh": "business-zh"}  # a company's, not an authority's
_READ = 400  # pieces of text that decide
_KANA, _HAN = re.compile("[\u3041-\u30ff]"), re.compile("[\u4e00-\u9fff]")
_LETTERS = re.compile("[A-Za-z]")


def language_of(document: CheckedDocument) -> str:
    """Japanese, Chinese or English, by the letters that most of it is written in."""
    text = "\n".join(piece.prose for _, piece in islice(document.of(READ_TEXT), _READ))
    kana, han, letters = (len(pattern.findall(text)) for pattern in (_KANA, _HAN, _LETTERS))
    if 3 * (kana + han) < letters:  # a word of English has some five letters
        return "en"
    return "ja" if 12 * kana >= kana + han else "zh"


def usual_pack(document: CheckedDocument) -> str:
    """The name of the pack that ships for documents of that language."""
    return USUAL[language_of(document)]
