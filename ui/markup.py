"""Text of documents, models and people on its way to the screen: the one place where HTML is made, and
everything that is put into it is escaped. Nothing of it is ever read as Markdown or HTML."""

from __future__ import annotations

import re
import string
from html import escape

from ui.language import script_of
from ui.records import Citation

_MARK = re.compile(r"\[(\d{1,2})\]")
_WORD_JOINER = "\u2060"  # invisible; it keeps what stands around it from being read as one sign
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation if sign != ":"})


def plain(text: str) -> str:
    """A label for a Streamlit widget that shows exactly this text, on one line.

    Labels are Markdown, and Streamlit reads `:red[…]`, `:material/…:` and addresses even behind a
    backslash; an invisible sign after each colon ends that.
    """
    line = " ".join(text.split())
    return (
        line.translate(_ESCAPED).replace(":", f":{_WORD_JOINER}").replace("www\\.", f"www{_WORD_JOINER}\\.")
    )


def shortened(text: str, length: int) -> str:
    """At most that many characters; what is cut off is shown as an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def block(text: str, style: str, *, language: str, tag: str = "p") -> str:
    """A paragraph in one of the classes of `style.css`; line ends are kept there."""
    return f'<{tag} class="{style}" lang="{language}">{escape(text)}</{tag}>'


def marked(text: str, *, language: str) -> str:
    """A text of the model with its marks [1] set off, on one line of HTML."""
    html = _MARK.sub(r'<span class="mark">[\1]</span>', escape(text))
    return f'<span lang="{language}">{html}</span>'


def notice(text: str, kind: str, *, language: str, more: str = "") -> str:
    """A banner: `kind` is info, good, warning or error; errors interrupt a screen reader, others wait."""
    role = "alert" if kind == "error" else "status"
    second = f"<span>{escape(more)}</span>" if more else ""
    frame = f'<div class="notice {kind}" role="{role}" lang="{language}">'
    return f"{frame}<span>{escape(text)}</span>{second}</div>"


def badge(text: str, kind: str, *, explain: str = "") -> str:
    """A small label; `kind` is calm, good, busy, warning or error."""
    title = f' title="{escape(explain, quote=True)}"' if explain else ""
    return f'<span class="badge {kind}"{title}>{escape(text)}</span>'


def quote_card(citation: Citation, *, page: str, ocr: str, ocr_explain: str, reader: str) -> str:
    """A quote with where it stands: title, headings, page, and the sentence itself."""
    title = citation.title or citation.document
    heading = f"{escape(citation.heading)} " if citation.heading else ""
    at = f'<span class="at">{"· " if heading else ""}{escape(page)}</span>'
    name = f'<span class="file">{escape(citation.document)}</span>' if title != citation.document else ""
    recognised = badge(ocr, "warning", explain=ocr_explain) if citation.source == "ocr" else ""
    language = script_of(citation.quote, reader)
    return (
        f'<div class="quote"><div class="source"><span class="number">{citation.mark}</span>'
        f'<span class="title" lang="{script_of(title, reader)}">{escape(title)}</span>'
        f"{name}{recognised}</div>"
        f'<div class="where" lang="{language}">{heading}{at}</div>'
        f'<blockquote lang="{language}">{escape(citation.quote)}</blockquote></div>'
    )


def page_text(text: str, start: int, end: int, *, reader: str) -> str:
    """A page's text with the characters at [start, end) marked; nothing is marked where they are equal."""
    before, quote, after = text[:start], text[start:end], text[end:]
    inner = f"<mark>{escape(quote)}</mark>" if quote else ""
    language = script_of(text, reader)
    return f'<div class="page-text" lang="{language}">{escape(before)}{inner}{escape(after)}</div>'
