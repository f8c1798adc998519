"""The page of a checked document beside its findings: its picture with numbered boxes, or its text with what
was found marked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from contract.checks import CheckOut, FindingOut, PageDetailOut, PageViewOut, TextPieceOut
from ui import markup
from ui.language import Words, script_of
from ui.page_pictures import with_findings
from ui.screens.checks import check_paper
from ui.screens.checks.check_paper import controls
from ui.session_state import CheckDesk, Screen

WIDTH = 1000  # pixels
PIECES = 2000  # asked for at once
AROUND = 60  # pieces of text before and behind what is opened
SCROLL = """<script>
(() => {
  const mark = document.querySelector(".checked-text mark.opened");
  const frame = mark?.closest(".checked-text");
  if (frame) frame.scrollTop += mark.getBoundingClientRect().top - frame.getBoundingClientRect().top - 120;
})();
</script>"""


def show(screen: Screen, check_desk: CheckDesk, outcome: CheckOut, shown: Sequence[FindingOut]) -> None:
    """The page that is open, else the first with a finding. Only findings that are `shown` are marked. An
    Office file is shown as it is printed where it can be, and else, or where it is wanted, as text."""
    words = screen.words
    pages = screen.lately(
        f"pages of {outcome.id}", lambda: screen.backend.check_pages(outcome.id), seconds=600
    )
    if not pages:
        return
    with st.container(key="page-view" if check_desk.wanted else "page-view-offered"):
        if outcome.format in check_paper.OFFICE and check_paper.show(screen, check_desk, outcome, shown):
            return
        number = check_desk.page or next((page.number for page in pages if page.findings), pages[0].number)
        index = next((place for place, page in enumerate(pages) if page.number == number), 0)
        page = pages[index]
        numbers = [page.number for page in pages]
        controls(words, check_desk, _name(words, page, len(pages)), numbers, index, check_desk.turn)
        detail = screen.lately(
            f"page {page.number} of {outcome.id}", lambda: _detail(screen, outcome, page), seconds=600
        )
        if page.picture:
            _picture(screen, check_desk, outcome, page, detail, shown)
        else:
            _text(words, check_desk, detail, shown)


def _name(words: Words, page: PageViewOut, count: int) -> str:
    if page.kind == "page":
        return words("viewer.of", page=page.number, pages=count)
    if page.kind in ("sheet", "slide"):
        return words(f"checks.{page.kind}", name=page.name, number=page.number)
    return words("checks.text")


def _detail(screen: Screen, outcome: CheckOut, page: PageViewOut) -> PageDetailOut:
    """The page; of one with a picture the text is not wanted."""
    return screen.backend.check_page(outcome.id, page.number, limit=1 if page.picture else PIECES)


def _picture(
    screen: Screen, check_desk: CheckDesk, outcome: CheckOut, page: PageViewOut, detail: PageDetailOut,
    shown: Sequence[FindingOut],
) -> None:  # fmt: skip
    words = screen.words
    wanted = {finding.number for finding in shown}
    boxes: dict[int, list[tuple[float, float, float, float]]] = {}
    for box in detail.boxes:
        if box.finding in wanted:
            boxes.setdefault(box.finding, []).append(box.box)
    picture = screen.lately(
        f"picture {page.number} of {outcome.id}",
        lambda: screen.backend.download(f"/api/checks/{outcome.id}/pages/{page.number}/picture", width=WIDTH),
        seconds=600,
    )
    drawn = with_findings(picture, list(boxes.items()), page.width, page.height, check_desk.opened)
    alt = words("checks.marked", page=page.number, name=outcome.document, count=len(boxes))
    st.image(drawn, width="stretch", alt=alt)


def _text(words: Words, check_desk: CheckDesk, detail: PageDetailOut, shown: Sequence[FindingOut]) -> None:
    wanted = {finding.number for finding in shown}
    opened = next(
        (
            place
            for place, piece in enumerate(detail.pieces)
            if any(mark[0] == check_desk.opened for mark in piece.marks)
        ),
        0,
    )
    pieces = detail.pieces[max(0, opened - AROUND) : opened + AROUND]
    text = "".join(piece_html(piece, wanted, check_desk.opened, reader=words.language) for piece in pieces)
    name = markup.escape(words("checks.text"), quote=True)
    st.html(
        f'<div class="page-text checked-text" tabindex="0" role="region" aria-label="{name}">{text}</div>'
    )
    if check_desk.opened:
        # The number makes another text of it, so that the script runs again for another finding.
        script = SCROLL.replace("(() =>", f"/* {check_desk.opened} */ (() =>")
        st.html(script, unsafe_allow_javascript=True)  # a fixed text of ours


def piece_html(piece: TextPieceOut, wanted: set[int], opened: int, *, reader: str) -> str:
    """A piece of text as HTML with its findings marked and numbered; of marks that overlap the first."""
    parts, done = [], 0
    for number, start, end in sorted(piece.marks, key=lambda mark: (mark[1], -mark[2])):
        if number not in wanted or start < done:
            continue
        style = ' class="opened"' if number == opened else ""
        inside = markup.escape(piece.text[start:end]) or "&#8203;"
        parts.append(
            f"{markup.escape(piece.text[done:start])}<mark{style}>{inside}<sup>{number}</sup></mark>"
        )
        done = end
    style = "head" if piece.zone == "heading" else "cell" if piece.zone == "table" else ""
    inner = "".join(parts) + markup.escape(piece.text[done:])
    return f'<p class="{style}" lang="{script_of(piece.text, reader)}">{inner}</p>'
