"""A paragraph as textlint's rules see it: its Str nodes, its sentences, and its words as kuromoji cuts
them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from checks.document.document import CheckedDocument, DocumentPiece, RunKind, Zone
from checks.rules import pattern_of
from language.morphology import Word, words

PARAGRAPHS = frozenset({Zone.BODY, Zone.LIST, Zone.CAPTION, Zone.CONTENTS, Zone.TEXTBOX, Zone.FOOTNOTE})
STRINGS = PARAGRAPHS | {Zone.HEADING, Zone.TABLE, Zone.QUOTE}
# A Japanese letter as textlint's presets know one; ー is none of them.
JA = "[々〇〻\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffffぁ-んァ-ヶ]"
SEPARATORS = ".．。?!？！"
_PAIRS = {
    mark: pair
    for pair in ('""', "[]", "()", "{}", "「」", "（）", "『』", "｛｝", "［］", "〚〛", "【】", "《》")
    for mark in pair
}
_SPACE = regex.compile(r"\s+")
_MARKUP = (RunKind.CODE, RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG)
EVERY = (RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG)  # markup that Str nodes stand in
LEAST_MARKUP = 3  # characters of the source that a Str does not go on over: a tag, an image


def parts(piece: DocumentPiece) -> list[tuple[int, int, RunKind]]:
    """The nodes of a paragraph as [start, end) with what they are; TEXT stands for a Str."""
    stretches: list[tuple[int, int, RunKind]] = []
    done = 0
    for run in piece.runs:
        if run.kind not in _MARKUP or run.start < done:
            continue
        stretches += [(start, end, RunKind.TEXT) for start, end in _unbroken(piece, done, run.start)]
        stretches.append((run.start, run.end, run.kind))
        done = run.end
    return stretches + [(start, end, RunKind.TEXT) for start, end in _unbroken(piece, done, len(piece.text))]


def _unbroken(piece: DocumentPiece, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of [start, end) between which the source has a tag, an image or a hard line end."""
    begin = start
    for index in range(start + 1, end if piece.offsets else start):
        line_end = piece.text[index - 1] == "\n"
        if not line_end and piece.offsets[index] - piece.offsets[index - 1] >= LEAST_MARKUP:
            yield begin, index
            begin = index
        elif line_end and piece.text[begin : index - 1].endswith("  "):
            yield begin, index - 1
            begin = index
    if begin < end:
        yield begin, end


def strings(piece: DocumentPiece, *inside: RunKind) -> list[tuple[int, int]]:
    """The Str nodes as [start, end), those within markup of the kinds `inside` too."""
    return [(start, end) for start, end, kind in parts(piece) if kind is RunKind.TEXT or kind in inside]


def masked(piece: DocumentPiece, sign: str) -> str:
    """The text, each character of code replaced by the sign."""
    text = list(piece.text)
    for run in piece.runs:
        if run.kind is RunKind.CODE:
            text[run.start : run.end] = sign * (run.end - run.start)
    return "".join(text)


def sentences_of(piece: DocumentPiece, separators: str = SEPARATORS) -> list[tuple[int, int]]:
    """The sentences as textlint's splitter cuts them: not within brackets, and an open one holds the rest of
    the paragraph together. [start, end), what ends them included."""
    text, spans = piece.text, list[tuple[int, int]]()
    opened: list[str] = []
    start = -1
    for begin, stop, kind in parts(piece):
        if kind is not RunKind.TEXT:
            start = begin if start < 0 else start
            continue
        offset = begin
        while offset < stop:
            sign = text[offset]
            if not opened and _separates(text, offset, separators):
                while offset < stop and _separates(text, offset, separators):
                    offset += 1
                if start >= 0:
                    spans.append((start, offset))
                start = -1
                continue
            if start < 0 and not sign.isspace():
                start = offset
            pair = _PAIRS.get(sign)
            if pair is not None and pair in opened:
                if sign == pair[1]:
                    opened.remove(pair)
            elif pair is not None and sign == pair[0]:
                opened.append(pair)
            offset += 1
    if start >= 0:
        spans.append((start, len(text)))
    return spans


def _separates(text: str, offset: int, separators: str) -> bool:
    if text[offset] not in separators:
        return False
    return text[offset] != "." or offset + 1 == len(text) or text[offset + 1].isspace()


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Word, ...]:
    """The words as kuromoji cuts them: MeCab's with the same dictionary, and spaces as words."""
    tagged: list[Word] = []
    done = 0
    for word in words(text):
        tagged += _spaces(text[done : word.start], done)
        tagged.append(word)
        done = word.end
    return (*tagged, *_spaces(text[done:], done))


def _spaces(text: str, start: int) -> list[Word]:
    return [Word(match[0], start + match.start(), "記号", "空白") for match in _SPACE.finditer(text)]


def str_nodes(document: CheckedDocument, *inside: RunKind) -> Iterator[tuple[int, int, str]]:
    """Every Str of the document, those within markup of the kinds `inside` too: piece, where it begins,
    its text."""
    for index, piece in document.of(STRINGS):
        for start, end in strings(piece, *inside):
            yield index, start, piece.text[start:end]


def allowed(text: str, allow: list[str]) -> bool:
    """Whether one of those words, or patterns between slashes, stands in the text."""
    return any(
        pattern_of(allowed if allowed.startswith("/") else regex.escape(allowed)).search(text)
        for allowed in allow
    )
