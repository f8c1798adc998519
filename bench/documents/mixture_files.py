"""Good and hostile files for the mixture that the back-end is killed over. Made from a seed each time; taken
from nowhere."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import dataclass

from bench.documents.ingesting import made_pdf

LINES = 120  # of a made text


@dataclass(frozen=True)
class Made:
    """A file, the word that stands in it and in no other file, and how it must end: searchable, or refused.
    A `token` that is empty: nothing of it may ever be searchable."""

    name: str
    content: bytes
    token: str


def mixture(count: int, seed: int) -> list[Made]:
    """That many files, about a third of them hostile, in an order that the seed decides."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        token = "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=12))
        kinds = HOSTILE if number % 3 == 2 else GOOD
        name, content = kinds[number // 3 % len(kinds)](token, chance)
        stem, _, suffix = name.rpartition(".")
        made.append(Made(f"{stem}-{number}.{suffix}", content, "" if kinds is HOSTILE else token))
    chance.shuffle(made)
    return made


def changed(file: Made, token: str) -> Made:
    """The next version of a good text file: the same name, another word."""
    return Made(file.name, file.content.replace(file.token.encode(), token.encode()), token)


def _prose(token: str, lines: int = LINES) -> str:
    return "\n\n".join(
        f"{number}. The rule {token} is kept by the office in building {number}." for number in range(lines)
    )


def _pdf(token: str, chance: random.Random) -> tuple[str, bytes]:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_font("helvetica", "", 10)
    for number in range(chance.randint(1, 20)):
        pdf.add_page()
        pdf.multi_cell(0, 5, f"Page {number}. " + _prose(token, 6), new_x="LMARGIN", new_y="NEXT")
    return "規程.pdf", bytes(pdf.output())


def _word(token: str, chance: random.Random) -> tuple[str, bytes]:
    from docx import Document

    document = Document()
    document.add_heading("Rules", 1)
    for line in _prose(token).split("\n\n"):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return "報告書.docx", out.getvalue()


def _sheet(token: str, chance: random.Random) -> tuple[str, bytes]:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Item", "Note", "Price"])
    for number in range(300):
        sheet.append([f"Part {number}", token, number])
    out = io.BytesIO()
    book.save(out)
    return "価格表.xlsx", out.getvalue()


def _markdown(token: str, chance: random.Random) -> tuple[str, bytes]:
    return "notes.md", f"# Rules\n\n{_prose(token, chance.randint(1, 400))}\n".encode()


def _csv(token: str, chance: random.Random) -> tuple[str, bytes]:
    return "list.csv", ("Item,Note\n" + f"Pump,{token}\n" * 200).encode("cp932")


def _page(token: str, chance: random.Random) -> tuple[str, bytes]:
    return "page.html", f"<html><body><p>{_prose(token)}</p></body></html>".encode()


def _cut_pdf(token: str, chance: random.Random) -> tuple[str, bytes]:
    content = made_pdf(1, seed=chance.randint(0, 10**6))
    return "cut.pdf", content[: content.find(b"stream")]


def _noise_pdf(token: str, chance: random.Random) -> tuple[str, bytes]:
    return "noise.pdf", b"%PDF-1.7\n" + chance.randbytes(200_000)


def _locked_pdf(token: str, chance: random.Random) -> tuple[str, bytes]:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", "", 10)
    pdf.multi_cell(0, 5, _prose(token, 20))
    pdf.set_encryption(owner_password="owner-" + token, user_password="user-" + token)
    return "locked.pdf", bytes(pdf.output())


def _empty_pdf(token: str, chance: random.Random) -> tuple[str, bytes]:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_title(token)  # or all of them would be one file
    return "empty.pdf", bytes(pdf.output())


def _bomb(token: str, chance: random.Random) -> tuple[str, bytes]:
    """A Word file that unfolds a thousandfold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/" + token + ".xml", "x")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(30):
                part.write(b"x" * 2**20)
    return "bomb.docx", out.getvalue()


def _broken_word(token: str, chance: random.Random) -> tuple[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document>{token}<unclosed")
    return "broken.docx", out.getvalue()


def _bad_picture(token: str, chance: random.Random) -> tuple[str, bytes]:
    return "scan.png", b"\x89PNG\r\n\x1a\n" + chance.randbytes(5000)


GOOD = (_pdf, _word, _markdown, _sheet, _csv, _page)
HOSTILE = (_cut_pdf, _noise_pdf, _locked_pdf, _empty_pdf, _bomb, _broken_word, _bad_picture)
