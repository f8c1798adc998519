"""Writes a notice as a scanner would: one slightly turned grey picture in a PDF, no text layer."""
# Pillow is no run-time dependency:
# mypy: disable-error-code="import-not-found,import-untyped"

import random
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from samples.fonts import GOTHIC, MINCHO
from samples.line_breaking import Run, break_lines

FILE_NAME = "scanned-notice.pdf"
SCANNED = datetime(2026, 10, 21, 9, 0)
DPI = 150
PAGE = (1240, 1754)  # A4 at that resolution, in pixels
MARGIN = 150
TURN_DEGREES = 0.7
PAPER, INK = 244, 38
GRAIN = 16
JPEG_QUALITY = 60
SEED = 20261021

TITLE = "電気設備の年次点検に伴う停電のお知らせ"
SENDER = ("2026年10月20日", "青葉精機株式会社", "人事総務部　施設管理課")
BODY = (
    "社員各位",
    "　本社工場の受変電設備の年次点検を、下記のとおり行います。点検の間は、本社棟、第1工場及び"
    "第2工場の全館が停電となります。ご不便をおかけしますが、ご協力をお願いします。",
    "　パソコン及び測定機器の電源は、前日の11月20日（金）18時までに切ってください。冷蔵庫の"
    "中の物は、各自で片付けてください。停電の間は、入館できません。緊急の用件は、防災センター"
    "（電話 0263-00-7119）に連絡してください。",
)
DETAILS = (
    ("日時", "2026年11月21日（土）8時から17時まで"),
    ("予備日", "2026年11月28日（土）同時刻"),
    ("対象", "本社棟、第1工場、第2工場"),
    ("除外", "防災センター、サーバー室（発電機で給電）"),
    ("担当", "施設管理課　小林　健太（内線2133）"),
)


def write_scanned_notice(folder: Path) -> Path:
    """Writes the picture-only PDF into `folder` and returns its path."""
    path = folder / FILE_NAME
    _as_scanned(_printed_page()).save(
        path,
        "PDF",
        resolution=DPI,
        quality=JPEG_QUALITY,
        title="Scan 2026-10-21",
        author="青葉精機株式会社 人事総務部",
        creator="samples/make.py",
        producer="samples/make.py",
        creationDate=SCANNED.timetuple(),
        modDate=SCANNED.timetuple(),
    )
    return path


def _printed_page() -> Any:
    """The notice as printed: black on white, at `DPI`."""
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    heading = ImageFont.truetype(str(GOTHIC.path), 40)
    text = ImageFont.truetype(str(MINCHO.path), 27)
    width, _ = PAGE
    top = 160
    for line in SENDER:
        draw.text((width - MARGIN, top), line, font=text, fill=INK, anchor="ra")
        top += 44
    top += 130
    draw.text((width / 2, top), TITLE, font=heading, fill=INK, anchor="ma")
    top += 120
    for paragraph in BODY:
        for line in _lines(paragraph, text):
            draw.text((MARGIN, top), line, font=text, fill=INK)
            top += 50
        top += 24
    draw.text((width / 2, top), "記", font=text, fill=INK, anchor="ma")
    top = _draw_details(draw, text, top + 80)
    draw.text((width - MARGIN, top + 40), "以上", font=text, fill=INK, anchor="ra")
    _draw_seal(draw, width - MARGIN - 70, 340)
    return page


def _lines(paragraph: str, font: Any) -> list[str]:
    lines = break_lines(
        [Run("", paragraph)], PAGE[0] - 2 * MARGIN, lambda run: float(font.getlength(run.text))
    )
    return ["".join(run.text for run in line) for line in lines]


def _draw_details(draw: Any, font: Any, top: int) -> int:
    """Draws the ruled table and returns its lower edge."""
    left, middle, right = MARGIN, MARGIN + 170, PAGE[0] - MARGIN
    height = 66
    for name, value in DETAILS:
        draw.rectangle((left, top, right, top + height), outline=INK, width=2)
        draw.line((middle, top, middle, top + height), fill=INK, width=2)
        draw.text((left + 24, top + height / 2), name, font=font, fill=INK, anchor="lm")
        draw.text((middle + 24, top + height / 2), value, font=font, fill=INK, anchor="lm")
        top += height
    return top


def _draw_seal(draw: Any, x: int, y: int) -> None:
    """A round stamp of the section, grey as a red one turns out in a grey scan."""
    grey = 120
    seal = ImageFont.truetype(str(GOTHIC.path), 30)
    draw.ellipse((x - 58, y - 58, x + 58, y + 58), outline=grey, width=4)
    draw.text((x, y - 18), "施設", font=seal, fill=grey, anchor="mm")
    draw.text((x, y + 20), "管理", font=seal, fill=grey, anchor="mm")


def _as_scanned(page: Any) -> Any:
    """Greys the paper, turns it a little, blurs the edges and adds grain, the same on each run."""
    turned = page.rotate(TURN_DEGREES, resample=Image.Resampling.BICUBIC, fillcolor=255)
    grey = turned.point([level * PAPER // 255 for level in range(256)])
    soft = grey.filter(ImageFilter.GaussianBlur(0.6))
    noise = Image.frombytes("L", PAGE, random.Random(SEED).randbytes(PAGE[0] * PAGE[1]))
    grain = noise.filter(ImageFilter.GaussianBlur(0.7)).point([level * GRAIN // 255 for level in range(256)])
    return ImageChops.subtract(soft, grain)
