"""A checked Office file as it is printed, beside its findings, with a box where the text of each was found;
and why not, where it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from contract.checks import CheckOut, FindingOut, PrintedOut
from ui import markup
from ui.client import BackendError
from ui.language import Words
from ui.page_pictures import with_findings
from ui.session_state import CheckDesk, Screen

OFFICE = ("docx", "xlsx", "pptx")
WIDTH = 1000  # pixels


def show(screen: Screen, check_desk: CheckDesk, outcome: CheckOut, shown: Sequence[FindingOut]) -> bool:
    """The printed page; False where its text is to be shown instead, for which it then says why."""
    words = screen.words
    paper = _paper(screen, outcome)
    if not paper.pages:
        if words.has(f"checks.{paper.why}"):
            st.html(markup.block(words(f"checks.{paper.why}"), "calm", language=words.language))
        return False
    view = st.segmented_control(
        words("checks.view"), ("paper", "text"), default="paper", required=True,
        format_func=lambda view: words(f"checks.as_{view}"), key="check_view", label_visibility="collapsed",
    )  # fmt: skip
    if view == "text":
        return False
    wanted = {finding.number for finding in shown}
    marked = [page.number for page in paper.pages if any(box.finding in wanted for box in page.boxes)]
    mine = [
        page.number for page in paper.pages if any(box.finding == check_desk.opened for box in page.boxes)
    ]
    if check_desk.opened and not mine and not check_desk.paper:
        st.html(markup.block(words("checks.not_on_paper"), "calm", language=words.language))
        return False
    number = check_desk.paper or next(iter([*mine, *marked]), paper.pages[0].number)
    index = next((place for place, page in enumerate(paper.pages) if page.number == number), 0)
    page = paper.pages[index]
    where = words("viewer.of", page=page.number, pages=len(paper.pages))
    controls(words, check_desk, where, [page.number for page in paper.pages], index, check_desk.turn_paper)
    picture = screen.lately(
        f"printed {page.number} of {outcome.id}",
        lambda: screen.backend.download(
            f"/api/checks/{outcome.id}/printed/{page.number}/picture", width=WIDTH
        ),
        seconds=600,
    )
    boxes: dict[int, list[tuple[float, float, float, float]]] = {}
    for page_box in page.boxes:
        if page_box.finding in wanted:
            boxes.setdefault(page_box.finding, []).append(page_box.box)
    drawn = with_findings(picture, list(boxes.items()), page.width, page.height, check_desk.opened)
    alt = words("checks.marked", page=page.number, name=outcome.document, count=len(boxes))
    st.image(drawn, width="stretch", alt=alt)
    st.html(markup.block(words("checks.paper_note"), "quiet", language=words.language))
    return True


def _paper(screen: Screen, outcome: CheckOut) -> PrintedOut:
    """Its printed pages; asked for once."""

    def ask() -> PrintedOut:
        try:
            return screen.backend.check_printed(outcome.id)
        except BackendError:
            return PrintedOut(pages=[], why="failed")

    with st.spinner(screen.words("checks.printing")):
        return screen.lately(f"printed of {outcome.id}", ask, seconds=600)


def controls(
    words: Words, check_desk: CheckDesk, where: str, numbers: Sequence[int], index: int,
    turn: Callable[[int], None],
) -> None:  # fmt: skip
    """The buttons that turn pages, and which page it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="page-controls"):
        for name, icon, step in (("previous", "chevron_left", -1), ("next", "chevron_right", 1)):
            there = 0 <= index + step < len(numbers)
            st.button(
                words(f"checks.{name}"), key=f"check-{name}", icon=f":material/{icon}:",
                disabled=not there, on_click=turn, args=(numbers[index + step] if there else numbers[index],),
            )  # fmt: skip
        st.html(markup.block(where, "quiet", language=words.language), width="stretch")
        if check_desk.wanted:
            st.button(
                words("checks.close"), key="page-close", icon=":material/close:", on_click=check_desk.close
            )
