"""Text PDFs from upload to searchable by words, and to vectors, by the product's own way."""

from __future__ import annotations

import io
import time
from pathlib import Path

from bench.corpus import passage
from bench.figures import Figure

PAGES = 300


def made_pdf(pages: int, seed: int = 0) -> bytes:
    """A PDF of English text with headings, about 350 words a page."""
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_auto_page_break(True, margin=15)
    for number in range(pages):
        pdf.add_page()
        pdf.set_font("helvetica", "B", 14)
        pdf.cell(0, 10, f"Section {seed}.{number + 1}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", "", 10)
        for part in range(3):
            pdf.multi_cell(
                0, 5, passage(seed * 1_000_000 + number * 3 + part, "en"), new_x="LMARGIN", new_y="NEXT"
            )
            pdf.ln(3)
    out = io.BytesIO()
    pdf.output(out)
    return out.getvalue()


def measure(place: Path) -> list[Figure]:
    """Pages a second to searchable by words, and passages a second to vectors."""
    from core.access import access_of
    from core.identity.accounts import first_administrator
    from core.settings import load_settings
    from ingest.uploads import accept
    from operations.library import FIRST_SPACE, open_library
    from retrieval.index.index import differences

    content = made_pdf(PAGES)
    settings = load_settings(data=place, models=load_settings().models_folder, model="none")
    with open_library(settings) as library:
        library.models_loaded.wait()
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
        began = time.perf_counter()
        accept(
            access, library.sessions, library.files, FIRST_SPACE, "made.pdf", [content],
            limit_bytes=10**9,
        )  # fmt: skip
        library.pipeline.work_once()
        words = time.perf_counter() - began
        passages = differences(library.sessions, library.index).words
        began = time.perf_counter()
        while library.pipeline.work_once():
            pass
        vectors = time.perf_counter() - began
    return [
        Figure("text PDF to searchable by words", PAGES / words, "pages/s", "≥ 30 pages/s", True),
        Figure("its passages to vectors", passages / vectors, "passages/s", "", True),
    ]
