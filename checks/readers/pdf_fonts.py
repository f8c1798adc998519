"""What PDFium knows of the letters of a PDF's page beyond their text: in which font they are drawn, how
large, and which spaces stand in the file. Runs in the sandbox's child."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from checks.document.document import DocumentPiece, Format, RunKind, TextRun
from ingest.pages import Box, PageContent
from language.tokens import is_cjk

SAMPLED = 3  # of so many characters one is asked for its font
BOLD_WEIGHT = 600


class DrawnFonts:
    """Asks PDFium in which font the characters of a page are drawn."""

    def __init__(self, document: Any, page: PageContent) -> None:
        self.height = page.height
        self.page: Any = None
        self.textpage: Any = None
        try:
            self.page = document[page.number - 1]
            if self.page.get_rotation() == 0:
                self.textpage = self.page.get_textpage()
        except pdfium.PdfiumError:
            self.page = None
        self.buffer = ctypes.create_string_buffer(256)
        self.flags = ctypes.c_int()
        corner = self.page.get_mediabox()[:2] if self.page is not None else (0.0, 0.0)
        self.left: float = corner[0]
        self.bottom: float = corner[1]

    def runs(self, piece: DocumentPiece, boxes: list[Box]) -> tuple[TextRun, ...]:
        """The piece's text in stretches of one font."""
        if self.textpage is None or piece.boxes_start < 0:
            return ()
        runs: list[TextRun] = []
        for start in range(0, len(piece.text), SAMPLED):
            box = boxes[piece.box_index(start)]
            if box[2] <= box[0] or piece.text[start].isspace():
                continue
            form = self._format(box, piece.text[start])
            if form is None:
                continue
            if runs and runs[-1].format == form:
                runs[-1] = replace(runs[-1], end=min(start + SAMPLED, len(piece.text)))
            else:
                runs.append(
                    TextRun(start, min(start + SAMPLED, len(piece.text)), RunKind.TEXT, len(runs), form)
                )
        return tuple(runs)

    def _format(self, box: Box, character: str) -> Format | None:
        handle = self.textpage.raw
        index = self._index(box)
        if index < 0:
            return None
        length = raw.FPDFText_GetFontInfo(handle, index, self.buffer, 256, ctypes.byref(self.flags))
        name = self.buffer.raw[: max(0, min(length, 256) - 1)].decode("utf-8", "replace")
        name = re.sub(r"^[A-Z]{6}\+", "", name)
        size = round(raw.FPDFText_GetFontSize(handle, index) * self._scale(index) * 2) / 2
        bold = raw.FPDFText_GetFontWeight(handle, index) >= BOLD_WEIGHT or "bold" in name.lower()
        if size <= 1.5:
            size = round((box[3] - box[1]) * 2) / 2
        return Format(name, name, size, bold)

    def _scale(self, index: int) -> float:
        """How much larger than their font's size the letters are drawn: many programs write 240 and scale
        it down."""
        matrix = raw.FS_MATRIX()
        if not raw.FPDFText_GetMatrix(self.textpage.raw, index, ctypes.byref(matrix)):
            return 1.0
        return math.hypot(matrix.c, matrix.d) or 1.0

    def own_spaces(self, piece: DocumentPiece, boxes: list[Box]) -> DocumentPiece:
        """The piece without the spaces beside Chinese and Japanese that stand in no file: PDFium makes one of
        every gap, and rules on spacing would find each."""
        text = piece.text
        if self.textpage is None or piece.boxes_start < 0 or " " not in text:
            return piece
        kept = [
            index for index, character in enumerate(text)
            if character != " " or not 0 < index < len(text) - 1
            or not (is_cjk(text[index - 1]) or is_cjk(text[index + 1]))
            or not self._made(boxes[piece.boxes_start + index - 1])
        ]  # fmt: skip
        if len(kept) == len(text):
            return piece
        offsets = tuple(piece.boxes_start + index for index in kept)
        return replace(piece, text="".join(text[index] for index in kept), offsets=offsets)

    def _made(self, before: Box) -> bool:
        """Whether what follows the letter in that box is no character of the file."""
        index = self._index(before)
        if index < 0:
            return False
        following = int(raw.FPDFText_GetUnicode(self.textpage.raw, index + 1))
        return following != 32 or int(raw.FPDFText_IsGenerated(self.textpage.raw, index + 1)) == 1

    def _index(self, box: Box) -> int:
        """PDFium's number of the letter that is drawn there."""
        x = self.left + (box[0] + box[2]) / 2
        y = self.bottom + self.height - (box[1] + box[3]) / 2
        return int(raw.FPDFText_GetCharIndexAtPos(self.textpage.raw, x, y, 2.0, 2.0))

    def close(self) -> None:
        """Free the page."""
        if self.textpage is not None:
            self.textpage.close()
        if self.page is not None:
            self.page.close()
