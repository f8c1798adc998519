"""Time and memory of checking a Word document of about a hundred pages against sixty rules."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import docx

from checks.packs.loading import load_packs
from checks.readers.reading import read_document
from checks.service.runner import run_pack

PAGES, RULES = 100, 60
PARAGRAPH = (
    "本書は、設備の更新について検討した結果をまとめたものである。現行の機器は導入から七年が経過し、故障の件数が増えて"
    "いる。部品の供給も来年度で終わるため、早めの更新が望ましい。費用は年間1,200,000円を見込む。"
)


def long_document(path: Path) -> None:
    """About a hundred pages: headings, paragraphs of some 100 characters, a table every tenth page."""
    document = docx.Document()
    for page in range(PAGES):
        document.add_heading(f"{page + 1}　検討の結果", 1)
        for number in range(10):
            paragraph = document.add_paragraph(PARAGRAPH)
            paragraph.add_run(f"（{page + 1}-{number + 1}）").bold = True
        if page % 10 == 0:
            table = document.add_table(8, 4)
            for row in range(8):
                for column in range(4):
                    table.cell(row, column).text = f"{row * column}"
    document.save(str(path))


def measure() -> None:
    """Print the seconds of reading and of the rules, and the peak of memory of both processes."""
    with tempfile.TemporaryDirectory(prefix="shoko-speed-") as place:
        path = Path(place) / "long.docx"
        long_document(path)
        begun, processor = time.perf_counter(), time.process_time()
        pack = load_packs(["jtf", "ja-technical", "koyobun"])
        pack = type(pack)(pack.name, pack.rules[:RULES], pack.doctypes)
        loaded = time.perf_counter()
        document = read_document(path)
        read = time.perf_counter()
        report = run_pack(document, pack)
        done, spent = time.perf_counter(), time.process_time() - processor
    inside = resource.getrusage(resource.RUSAGE_CHILDREN)
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    characters = sum(len(piece.text) for piece in document.pieces)
    print(f"{len(document.pieces)} pieces, {characters} characters, {len(pack.rules)} rules")
    print(f"rules loaded in {loaded - begun:.2f} s, document read in {read - loaded:.2f} s,")
    print(f"checked in {done - read:.2f} s: {done - begun:.2f} s in all; {len(report.findings)} findings")
    print(f"processor time: {spent:.2f} s here, {inside.ru_utime + inside.ru_stime:.2f} s in the reader")
    print(f"memory: {mine:.0f} MB, its reader {child:.0f} MB")
