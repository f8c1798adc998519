"""A figure that was computed from a table: the value, how it comes about, and the rows, their cells marked.
It is read above the quotes, of which the first is those rows as they stand in the document."""

from __future__ import annotations

import streamlit as st

from contract.answers import ComputedOut
from ui import markup
from ui.language import Words, script_of

FEW_ROWS = 8  # so many are shown unasked


def show(words: Words, computed: ComputedOut | None, language: str) -> None:
    """The card; nothing where nothing was computed."""
    if computed is None:
        return
    label = markup.block(words("computed.title"), "label", language=words.language, tag="h2")
    st.html(label + card(computed, language))
    if not computed.sure:
        st.html(markup.block(words("computed.unsure"), "calm", language=words.language))
    few = computed.row_count <= FEW_ROWS
    label = words.count("computed.rows", computed.row_count)
    with st.expander(label, icon=":material/table_rows:", expanded=few):
        st.html(rows_table(words, computed))
        if computed.row_count > len(computed.rows):
            text = words.count("computed.more", computed.row_count - len(computed.rows))
            st.html(markup.block(text, "quiet", language=words.language))


def card(computed: ComputedOut, language: str) -> str:
    """The value and the arithmetic, in the question's language."""
    return (
        f'<div class="computed"><p class="value" lang="{language}">{markup.escaped(computed.value)}</p>'
        f'<p class="quiet" lang="{language}">{markup.escaped(computed.words)}</p></div>'
    )


def rows_table(words: Words, computed: ComputedOut) -> str:
    """The rows under the names of their columns; the cells that the value comes from are marked."""
    language = script_of(" ".join(computed.columns), words.language)
    caption = f"<caption>{markup.escaped(computed.table)}</caption>" if computed.table else ""
    head = "".join(f'<th scope="col">{markup.escaped(name)}</th>' for name in computed.columns)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td><mark>{markup.escaped(cell.text)}</mark></td>"
            if cell.used
            else f"<td>{markup.escaped(cell.text)}</td>"
            for cell in row
        )
        + "</tr>"
        for row in computed.rows
    )
    return (
        f'<div class="computed-rows" lang="{language}"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
