"""Search as people know it: words, filters, what was found with the words marked, and its page beside. The
whole search stands in the address, so that it can be shared and kept as a bookmark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from contract.answers import CitationOut, SearchHit
from contract.documents import PlaceOut as Spot
from ui import markup
from ui.client import BackendError
from ui.language import script_of
from ui.places import force_text, place_text
from ui.screens.ask import page_view
from ui.screens.days import day_input
from ui.session_state import Desk, OpenPage, Screen, desk

SHOWN, MORE = 10, 50
SORTS = ("best", "newest", "title")
AROUND = 90  # characters before the first word that is marked
LONGEST = 340
KINDS = {
    "pdf": ["application/pdf"],
    "word": ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    "excel": ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    "slides": ["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
    "mail": ["message/rfc822", "application/vnd.ms-outlook"],
    "web": ["text/html"],
    "text": ["text/plain", "text/markdown", "text/csv"],
    "picture": ["image/png", "image/jpeg", "image/tiff"],
}
FOCUS = """<script>
(() => {
  if (!matchMedia("(pointer: fine)").matches) return;
  const box = document.querySelector(".st-key-search-words input");
  if (box && !document.activeElement?.matches("input, textarea")) box.focus({ preventScroll: true });
})();
</script>"""


def show(screen: Screen) -> None:
    """The page."""
    words, open_desk = screen.words, desk()
    st.html(markup.block(words("pages.search"), "title", language=words.language, tag="h1"))
    asked = _words(screen)
    spaces, kinds, since, until, as_of = _filters(screen)
    if not asked:
        st.html(markup.block(words("search.explain"), "quiet", language=words.language))
        st.html(FOCUS, unsafe_allow_javascript=True)
        return
    limit = MORE if st.session_state.get("search_more") == asked else SHOWN
    sort = str(st.session_state.get("sort") or "best")
    types = [type_ for kind in kinds for type_ in KINDS[kind]]
    results = screen.backend.search(
        asked, spaces=spaces, types=types, since=since, until=until, as_of=as_of, sort=sort, limit=limit
    )
    key = "|".join((asked, *spaces, *kinds, str(since), str(until), str(as_of), sort))
    if open_desk.searched != key:
        open_desk.searched, open_desk.found = key, None
    if not results.hits:
        more = words(
            "search.none_filtered" if spaces or types or since or until or as_of else "search.none_explain"
        )
        st.html(markup.notice(words("search.none"), "info", language=words.language, more=more))
        return
    if open_desk.found is None:
        open_desk.found = _place(screen, asked, results.hits[0], wanted=False)
    left, right = st.columns([11, 10] if not open_desk.found_closed else [20, 1], gap="large")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", key="search-head"):
            count = words.count("search.count", len(results.hits))
            st.html(markup.block(count, "label", language=words.language), width="stretch")
            _order(screen)
        if results.widened:
            st.html(markup.also_searched(words, results.widened))
        for number, hit in enumerate(results.hits, start=1):
            _hit(screen, open_desk, asked, number, hit)
        if len(results.hits) == limit == SHOWN:
            st.button(words("search.more"), key="search-more", on_click=_more, args=(asked,))
    place = open_desk.found
    if not open_desk.found_closed:
        with right, st.container(key="page-view" if place.wanted else "page-view-offered"):
            page_view.show(screen, place, open_desk.keep_found)


def _words(screen: Screen) -> str:
    words = screen.words
    with st.container(key="search-words"):
        if "q" not in st.session_state:
            st.session_state["q"] = st.query_params.get("q", "")
        asked = st.text_input(
            words("search.words"), key="q", placeholder=words("search.words"), icon=":material/search:",
            label_visibility="collapsed", max_chars=500,
        )  # fmt: skip
    _keep("q", [asked.strip()])
    return str(asked).strip()


def _keep(name: str, values: Sequence[str]) -> None:
    """Into the address; what is empty is left out."""
    kept = [value for value in values if value]
    if kept and st.query_params.get_all(name) != kept:
        st.query_params[name] = kept
    elif not kept and name in st.query_params:
        del st.query_params[name]


def _filters(
    screen: Screen,
) -> tuple[list[str], list[str], date | None, date | None, date | None]:
    words = screen.words
    names = {space.id: space.name for space in screen.spaces()}
    _begin("search_space", [space for space in st.query_params.get_all("space") if space in names])
    _begin("search_kind", [kind for kind in st.query_params.get_all("kind") if kind in KINDS])
    _begin("search_since", _day(st.query_params.get("since")))
    _begin("search_until", _day(st.query_params.get("until")))
    _begin("search_as_of", _day(st.query_params.get("as_of")))
    with st.container(horizontal=True, gap="small", key="search-filters"):
        spaces = st.multiselect(
            words("search.space"), list(names), format_func=lambda space: names.get(space, ""),
            placeholder=words("ask.all_spaces"), key="search_space", width=180,
        ) if len(names) > 1 else []  # fmt: skip
        kinds = st.multiselect(
            words("search.kind"), list(KINDS), format_func=lambda kind: words(f"search.{kind}"),
            placeholder=words("search.all_kinds"), key="search_kind", width=180,
        )  # fmt: skip
        days = [
            day_input(words(label), key=f"search_{name}", width=170, help=explain)
            for name, label, explain in (
                ("since", "search.dated_since", words("search.dated_explain")),
                ("until", "search.dated_until", None),
                ("as_of", "search.as_of", words("search.as_of_explain")),
            )
        ]
    first, last, as_of = days
    _keep("space", spaces)
    _keep("kind", kinds)
    _keep("since", [first.isoformat() if first else ""])
    _keep("until", [last.isoformat() if last else ""])
    _keep("as_of", [as_of.isoformat() if as_of else ""])
    return spaces, kinds, first, last, as_of


def _begin(key: str, value: object) -> None:
    """What a filter shows when the page opens: what the address says."""
    if key not in st.session_state:
        st.session_state[key] = value


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _order(screen: Screen) -> None:
    words = screen.words
    _begin("sort", st.query_params.get("sort") if st.query_params.get("sort") in SORTS else "best")
    sort = st.selectbox(
        words("search.sort"), SORTS, format_func=lambda order: words(f"search.sort_{order}"), key="sort",
        label_visibility="collapsed", width=170,
    )  # fmt: skip
    _keep("sort", [sort if sort != "best" else ""])


def _more(asked: str) -> None:
    st.session_state["search_more"] = asked


def _hit(screen: Screen, open_desk: Desk, asked: str, number: int, hit: SearchHit) -> None:
    words = screen.words
    place = open_desk.found
    opened = place is not None and (place.citation.version_id, place.citation.mark) == (
        hit.version_id, number
    )  # fmt: skip
    with st.container(border=True, gap="xsmall", key=f"hit-{number}{'-open' if opened else ''}"):
        name = f'<span class="file">{markup.escape(hit.document)}</span>' if hit.title != hit.document else ""
        where = place_text(words, hit.place, hit.page, hit.last_page)
        force = force_text(words, hit.in_force_from, hit.in_force_until)
        facts = [hit.heading, where, hit.space, force or words("search.uploaded", date=words.date(hit.day))]
        text, marks = snippet(hit.passage, hit.marks)
        st.html(
            f'<div class="quote"><div class="source"><span class="title" '
            f'lang="{script_of(hit.title, words.language)}">{markup.escape(hit.title)}</span>{name}</div>'
            f'<div class="where" lang="{script_of(hit.passage, words.language)}">'
            f"{markup.escape(' · '.join(fact for fact in facts if fact))}</div>"
            f"{markup.with_marks(text, marks, reader=words.language)}</div>"
        )
        st.button(
            markup.plain(words("quote.show", mark=number, place=where)), key=f"open-hit-{number}",
            icon=":material/plagiarism:", type="tertiary", on_click=_open,
            args=(screen, open_desk, asked, number, hit),
        )  # fmt: skip


def snippet(passage: str, marks: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The part of a passage around its first marked word, and the marks in it."""
    start = max(0, (marks[0][0] if marks else 0) - AROUND)
    if start:  # begin with a sentence or a line where one begins nearby
        end = max(passage.rfind(sign, 0, start + AROUND // 2) for sign in ("\n", "。", ". ", "！", "？"))
        start = end + 1 if end >= start - AROUND else start
    text = passage[start : start + LONGEST]
    before, behind = ("…" if start else ""), ("…" if start + LONGEST < len(passage) else "")
    lead = len(text) - len(text.lstrip())
    shift = start + lead - len(before)
    text = before + text.strip() + behind
    inside = [(first - shift, other - shift) for first, other in marks if first >= start + lead]
    return text, [(first, other) for first, other in inside if other <= len(text) - len(behind)]


def _open(screen: Screen, open_desk: Desk, asked: str, number: int, hit: SearchHit) -> None:
    open_desk.keep_found(_place(screen, asked, hit, wanted=True, number=number))


def _place(screen: Screen, asked: str, hit: SearchHit, *, wanted: bool, number: int = 1) -> OpenPage:
    """The page of a hit with the words marked on it, in the shape that the page's view knows."""
    try:
        page = screen.backend.marks(hit.document_id, hit.page, asked, version=hit.version_id)
        boxes, width, height, marks = page.boxes, page.width, page.height, page.marks
    except BackendError:  # the page may be gone meanwhile; its view says so
        boxes, width, height, marks = [], 0.0, 0.0, []
    start, end = marks[0] if marks else (0, 0)
    citation = CitationOut(
        mark=number, document=hit.document, document_id=hit.document_id, version_id=hit.version_id,
        title=hit.title, heading=hit.heading, page=hit.page, quote="", start=start, end=end, boxes=boxes,
        page_width=width, page_height=height, source="layer", score=hit.score, version=hit.version,
        superseded=False, in_force_from=hit.in_force_from, in_force_until=hit.in_force_until,
        place=hit.place or Spot(kind="page", number=hit.page), ocr=False,
    )  # fmt: skip
    return OpenPage(citation, hit.page, wanted=wanted)
