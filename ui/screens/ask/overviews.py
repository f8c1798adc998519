"""What answers a question on whole documents: a summary under its headings with what it leaves out, a
table of two sides, cards of the records. Its quotes are those of the answer; a click opens the page of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import streamlit as st

from contract.answers import CitationOut
from contract.overviews import ComparisonTableOut, OverviewOut, RecordCardOut, SummaryOut
from ui import markup
from ui.language import Words, script_of
from ui.places import force_text, place_text
from ui.session_state import OpenPage, Screen

MOST_NAMED = 10  # headings of sections that are left out; of more there is an ellipsis

Open = Callable[[CitationOut], None]


def show(
    screen: Screen,
    overview: OverviewOut | None,
    citations: Sequence[CitationOut],
    place: OpenPage | None,
    open_: Open,
) -> list[CitationOut]:
    """Show it; the citations that are no part of it, which are shown as cards of their own."""
    if overview is None:
        return list(citations)
    by_mark = {citation.mark: citation for citation in citations}
    shown: set[int] = set()
    for number, card in enumerate(overview.records):
        with st.container(border=True, key=f"record-{number}"):
            st.html(record_card(screen.words, card))
    if overview.summary is not None:
        shown |= _summary(screen, overview.summary, by_mark, place, open_)
    if overview.table is not None:
        shown |= _table(screen, overview.table, by_mark, open_)
    return [citation for citation in citations if citation.mark not in shown]


def _summary(
    screen: Screen,
    summary: SummaryOut,
    by_mark: Mapping[int, CitationOut],
    place: OpenPage | None,
    open_: Open,
) -> set[int]:
    words = screen.words
    st.html(markup.block(coverage(words, summary), "quiet", language=words.language))
    titles = {section.title for section in summary.sections}
    shown: set[int] = set()
    for number, section in enumerate(summary.sections):
        heading = section.heading if len(titles) == 1 else f"{section.title} · {section.heading}"
        with st.container(key=f"section-{number}", gap="xsmall"):
            language = script_of(heading, words.language)
            st.html(markup.block(heading, "label", language=language, tag="h3"))
            for mark in section.marks:
                if mark in by_mark:
                    _key_fact(screen, by_mark[mark], place, open_)
                    shown.add(mark)
            if section.more:
                more = words.count("overview.more", section.more)
                st.html(markup.block(more, "quiet", language=words.language))
    return shown


def coverage(words: Words, summary: SummaryOut) -> str:
    """How many sections are shown, and which are not."""
    if not summary.left_out:
        return words("overview.whole", total=summary.total)
    names = words.listed(
        f"“{name}”" if words.language == "en" else f"「{name}」" for name in summary.left_out
    )
    return words("overview.coverage", shown=summary.shown, total=summary.total, names=names)


def _key_fact(screen: Screen, citation: CitationOut, place: OpenPage | None, open_: Open) -> None:
    words = screen.words
    opened = place is not None and place.citation == citation
    with st.container(gap=None, key=f"quote-{citation.mark}{'-open' if opened else ''}"):
        st.html(markup.short_quote(citation, reader=words.language))
        _page_button(words, citation, open_)


def _page_button(words: Words, citation: CitationOut, open_: Open) -> None:
    where = place_text(words, citation.place, citation.page)
    st.button(
        markup.plain(words("quote.show", mark=citation.mark, place=where)),
        key=f"show-{citation.mark}",
        icon=":material/plagiarism:",
        type="tertiary",
        on_click=open_,
        args=(citation,),
    )


def _table(
    screen: Screen, table: ComparisonTableOut, by_mark: Mapping[int, CitationOut], open_: Open
) -> set[int]:
    words = screen.words
    marks = [mark for row in table.rows for mark in (*row.first, *row.second) if mark in by_mark]
    with st.container(border=True, key="compared"):
        st.html(table_html(words, table, by_mark))
        with st.container(horizontal=True, gap="small", key="compared-pages"):
            for mark in marks:
                _page_button(words, by_mark[mark], open_)
    if table.versions is not None:
        old, new = table.versions
        st.html(markup.block(words("overview.versions", old=old, new=new), "quiet", language=words.language))
        if "documents" in screen.pages:
            label = words("overview.all_changes")
            st.page_link(screen.pages["documents"], label=label, icon=":material/difference:")
    if table.more:
        st.html(markup.block(words.count("overview.rows_more", table.more), "quiet", language=words.language))
    return set(marks)


def table_html(words: Words, table: ComparisonTableOut, by_mark: Mapping[int, CitationOut]) -> str:
    """Both sides beside one another, what only one of them says set off, as HTML."""
    names = [_side_name(words, table, number) for number in (0, 1)]
    head = "".join(
        f'<th scope="col" lang="{script_of(name, words.language)}">{markup.escape(name)}</th>'
        for name in names
    )
    rows = []
    for row in table.rows:
        cells = (
            _cell(words, row.first, row.only_first, by_mark),
            _cell(words, row.second, row.only_second, by_mark),
        )
        language = script_of(row.topic, words.language)
        topic = f'<th scope="row" lang="{language}">{markup.escape(row.topic)}</th>'
        rows.append(f"<tr>{topic}{''.join(cells)}</tr>")
    topic = markup.escape(words("overview.topic"))
    return (
        f'<div class="compared"><table><thead><tr><th scope="col" lang="{words.language}">{topic}</th>{head}'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _side_name(words: Words, table: ComparisonTableOut, number: int) -> str:
    side = table.sides[number]
    if table.versions is None:
        return side.name
    return f"{side.name} · {words('documents.version', number=side.version)}"


def _cell(words: Words, marks: Iterable[int], only: Sequence[str], by_mark: Mapping[int, CitationOut]) -> str:
    """What one side says, with what it alone says set off; a dash where it says nothing."""
    parts = [
        markup.compared_quote(by_mark[mark], only, reader=words.language) for mark in marks if mark in by_mark
    ]
    nothing = markup.escape(words("overview.nothing"))
    return f"<td>{''.join(parts)}</td>" if parts else f'<td lang="{words.language}">{nothing}</td>'


def record_card(words: Words, card: RecordCardOut) -> str:
    """What the records say of a document, as HTML."""
    force = force_text(words, card.in_force_from, card.in_force_until) or words("versions.no_dates")
    if card.source and words.has(f"overview.from_{card.source}"):
        force = f"{force} ({words(f'overview.from_{card.source}')})"
    added = words.date(card.added_at)
    if card.added_by:
        added = words("overview.added_by", date=words.date(card.added_at), name=card.added_by)
    facts = [
        (words("overview.file"), card.document),
        (words("overview.space"), card.space),
        (words("overview.version"), words("overview.version_of", number=card.version, count=card.versions)),
        (words("overview.in_force"), _with_mark(force, card.date_mark)),
        (words("overview.added_label"), added),
    ]
    if card.keeper_mark:
        facts.append((words("overview.keeper"), f"[{card.keeper_mark}]"))
    return markup.record(card.title, facts, reader=words.language)


def _with_mark(text: str, mark: int) -> str:
    return f"{text} [{mark}]" if mark else text
