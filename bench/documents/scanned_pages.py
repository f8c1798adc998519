"""Pages as they come from a scanner, drawn and spoiled, with what truly stands on them."""

from __future__ import annotations

import io
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from opencc import OpenCC
from PIL import Image, ImageDraw, ImageFilter, ImageFont

TEXTS = Path(__file__).parent.parent.parent / "samples" / "texts"
CJK_FONTS = Path("/usr/share/fonts/opentype/noto")
LATIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
SOURCES = {
    "ja": "work-rules.txt",
    "zh-Hans": "information-security-policy.txt",
    "zh-Hant": "information-security-policy.txt",
    "en": "travel-expense-policy.txt",
}
FACES = {"ja": 0, "zh-Hans": 2, "zh-Hant": 3}  # of the collection Noto CJK
A4 = (8.27, 11.69)  # inches
MARGIN = 0.9
DPI = 200
ROWS = [
    ("品名", "数量", "単価", "金額"),
    ("定量ポンプ", "12", "48,000", "576,000"),
    ("交換用隔膜", "150", "1,250", "187,500"),
    ("圧力計", "8", "9,800", "78,400"),
    ("逆止弁", "36", "3,400", "122,400"),
    ("取扱説明書", "20", "0", "0"),
    ("合計", "226", "", "964,300"),
]


@dataclass(frozen=True)
class ScannedPage:
    """A picture in gray, its resolution, and its text in reading order."""

    language: str
    manner: str
    image: Image.Image
    dpi: int
    text: str


def pages(languages: tuple[str, ...] = tuple(SOURCES)) -> list[ScannedPage]:
    """One page of each manner, the same each time."""
    made = []
    for language in languages:
        image, text = _typeset(language, 10.5)
        made.append(ScannedPage(language, "clean", image, DPI, text))
        made.append(ScannedPage(language, "crooked, noisy", _spoiled(image), DPI, text))
        made.append(ScannedPage(language, "100 dpi", _coarse(image), DPI // 2, text))
        made.append(ScannedPage(language, "stamped", _stamped(image), DPI, text))
    if "ja" in languages:
        small, text = _typeset("ja", 7.5)
        made.append(ScannedPage("ja", "small letters", small, DPI, text))
        made.append(ScannedPage("ja", "vertical", *_vertical()))
        made.append(ScannedPage("ja", "table", *_table()))
    return made


@cache
def _paragraphs(language: str) -> list[str]:
    """The sample's paragraphs without its marks of structure."""
    body = (TEXTS / SOURCES[language]).read_text("utf-8").split("\n\n", 1)[1]
    paragraphs = []
    for line in body.splitlines():
        plain = re.sub(r"^[=#+|>*-]+\s*", "", line).strip()
        if plain and not line.startswith(("|", "!", "@")):
            paragraphs.append(plain)
    if language == "zh-Hant":
        convert = OpenCC("s2t").convert
        paragraphs = [convert(line) for line in paragraphs]
    return paragraphs


def _font(language: str, dots: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    if language == "en":
        return ImageFont.truetype(LATIN_FONT, dots)
    name = "NotoSerifCJK-Bold.ttc" if bold else "NotoSerifCJK-Regular.ttc"
    return ImageFont.truetype(CJK_FONTS / name, dots, index=FACES[language])


def _paper(dpi: int = DPI) -> Image.Image:
    return Image.new("L", (round(A4[0] * dpi), round(A4[1] * dpi)), 255)


def _typeset(language: str, points: float) -> tuple[Image.Image, str]:
    paper = _paper()
    pen, font = ImageDraw.Draw(paper), _font(language, round(points / 72 * DPI))
    left, width = round(MARGIN * DPI), paper.width - 2 * round(MARGIN * DPI)
    down, step = left, round(points * 1.75 / 72 * DPI)
    lines: list[str] = []
    for paragraph in _paragraphs(language):
        for line in _wrapped(paragraph, font, width, " " if language == "en" else ""):
            if down + step > paper.height - left:
                return paper, "\n".join(lines)
            pen.text((left, down), line, font=font, fill=20)
            lines.append(line)
            down += step
    return paper, "\n".join(lines)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int, between: str) -> list[str]:
    lines, line = [], ""
    for piece in text.split(between) if between else list(text):
        longer = f"{line}{between}{piece}" if line else piece
        if line and font.getlength(longer) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
    return [*lines, line]


def _spoiled(image: Image.Image) -> Image.Image:
    """Laid in crooked, unsharp, with noise and uneven light, and pressed hard."""
    turned = image.rotate(1.3, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.9))
    dots = np.asarray(turned, np.float32)
    noise = np.random.default_rng(7).normal(0, 14, dots.shape)
    light = np.linspace(-30, 8, dots.shape[1])[None]
    spoiled = Image.fromarray(np.clip(dots + noise + light, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    spoiled.save(out, "JPEG", quality=35)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def _coarse(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)


def _stamped(image: Image.Image) -> Image.Image:
    """Red seals over the text, as gray as a scanner without colours makes them."""
    stamped, dice = image.copy(), random.Random(3)
    over = Image.new("L", image.size, 255)
    pen, font = ImageDraw.Draw(over), _font("ja", 46, bold=True)
    for _ in range(5):
        x, y = dice.randrange(250, image.width - 450), dice.randrange(250, image.height - 450)
        pen.ellipse((x, y, x + 190, y + 190), outline=110, width=7)
        pen.text((x + 49, y + 40), "青葉", font=font, fill=110)
        pen.text((x + 49, y + 95), "之印", font=font, fill=110)
    dots = np.minimum(np.asarray(stamped), np.asarray(over))
    return Image.fromarray(dots)


def _vertical() -> tuple[Image.Image, int, str]:
    """Columns of 30 characters from the right, punctuation where vertical writing has it."""
    paper, size = _paper(), round(12 / 72 * DPI)
    pen, font = ImageDraw.Draw(paper), _font("ja", size)
    text = re.sub(r"[^\u3041-\u9fff、。ー]", "", "".join(_paragraphs("ja")))[:600]
    columns = [text[start : start + 30] for start in range(0, len(text), 30)]
    for number, column in enumerate(columns):
        x = paper.width - 220 - round(1.9 * size * number)
        for place, sign in enumerate(column):
            aside = 0.6 * size if sign in "、。" else 0
            if sign == "ー":
                sign = "｜"  # as it is drawn, not as it is read
            pen.text((x + aside, 220 + 1.06 * size * place - aside), sign, font=font, fill=20)
    return paper, DPI, "\n".join(columns)


def _table() -> tuple[Image.Image, int, str]:
    paper, size = _paper(), round(11 / 72 * DPI)
    pen, font = ImageDraw.Draw(paper), _font("ja", size)
    edges, top, tall = [200, 700, 900, 1150, 1450], 300, 70
    for number, row in enumerate(ROWS):
        for cell, left, right in zip(row, edges, edges[1:], strict=False):
            pen.rectangle((left, top + tall * number, right, top + tall * (number + 1)), outline=30, width=3)
            where = left + 14 if left == edges[0] else right - 14 - font.getlength(cell)
            pen.text((where, top + tall * number + 14), cell, font=font, fill=20)
    return paper, DPI, "\n".join(" ".join(row) for row in ROWS)
