"""Text of documents, models and people on its way to the screen: the one place where HTML is made, and
everything that is put into it is escaped. Nothing of it is ever read as Markdown or HTML."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Mapping, Sequence

from contract.answers import CitationOut
from ui.language import Words, script_of

GAP = "⋯"  # where a page says more between two stretches of a quote
_MARK = re.compile(r"\[(\d{1,2})\]")
WIDENED_SHOWN = 6  # words that a question was widened by; the others stand under the pointer
LINES_SHOWN, LINE_WIDTH = 8, 80  # of a long quote, as in style.css
_WORD_JOINER = "\u2060"  # invisible; it keeps what stands around it from being read as one sign
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation if sign != ":"})


# Control characters, and those that turn the direction of writing: a name could read as another one.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with each character that turns or hides others shown by its number, as `\\u202e`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def escape(text: str, quote: bool = True) -> str:
    """A text as HTML that shows exactly its characters."""
    return html.escape(visible(text), quote)


def plain(text: str) -> str:
    """A label for a Streamlit widget that shows exactly this text, on one line.

    Labels are Markdown, and Streamlit reads `:red[…]`, `:material/…:` and addresses even behind a
    backslash; an invisible sign after each colon ends that.
    """
    line = visible(" ".join(text.split()))
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


def marked(text: str, names: Mapping[int, str], *, language: str) -> str:
    """A text of the model on one line of HTML; its marks [1] are set off, and where `names` has one (what a
    screen reader says of it) it is a button that lights up its quote."""

    def set_off(match: re.Match[str]) -> str:
        number = match.group(1)
        name = names.get(int(number))
        if name is None:
            return f'<span class="mark">[{number}]</span>'
        label = escape(name, quote=True)
        return (
            f'<span class="mark" role="button" tabindex="0" data-mark="{number}" aria-label="{label}" '
            f'title="{label}">{number}</span>'
        )

    return f'<span lang="{language}">{_MARK.sub(set_off, escape(text))}</span>'


def skeleton(lines: int) -> str:
    """Grey lines in the place of text that is on its way, so that nothing jumps when it comes."""
    return f'<div class="skeleton" aria-hidden="true">{"<span></span>" * lines}</div>'


def copied(text: str, *, done: str, failed: str, language: str) -> str:
    """A text that a script of the page copies, unseen, and the place where it says whether it did."""
    return (
        f'<pre id="copy-text" hidden>{escape(text)}</pre>'
        f'<p id="copy-said" class="quiet" role="status" lang="{language}" '
        f'data-done="{escape(done, quote=True)}" data-failed="{escape(failed, quote=True)}"></p>'
    )


def also_searched(words: Words, widened: Sequence[str]) -> str:
    """What was looked up beside the words that were given; all of it under the pointer."""
    if not widened:
        return ""
    between = words("search.between")
    shown = between.join(widened[:WIDENED_SHOWN]) + (" …" if len(widened) > WIDENED_SHOWN else "")
    text, whole = words("search.widened", words=shown), between.join(widened)
    return f'<p class="quiet" lang="{words.language}" title="{escape(whole, quote=True)}">{escape(text)}</p>'


def notice(text: str, kind: str, *, language: str, more: str = "") -> str:
    """A banner: `kind` is info, good, warning or error; errors interrupt a screen reader, others wait."""
    role = "alert" if kind == "error" else "status"
    second = f"<span>{escape(more)}</span>" if more else ""
    frame = f'<div class="notice {kind}" role="{role}" lang="{language}">'
    return f"{frame}<span>{escape(text)}</span>{second}</div>"


def badge(text: str, kind: str, *, explain: str = "") -> str:
    """A small label; `kind` is calm, good, busy, warning or error."""
    title = f' title="{escape(explain, quote=True)}"' if explain else ""
    return f'<span class="badge {kind}"{title}>{escape(text)}</span> '


def quote_card(
    citation: CitationOut,
    words: Words,
    *,
    place: str,
    force: str,
    space: str = "",
    among: str = "",
    below: str = "",
) -> str:
    """A quote with where it stands: title, space, headings, place, since when it is in force, and the
    sentence; a long one is folded. `among` (a badge) and `below` are HTML of what it is among its copies."""
    reader = words.language
    title = citation.title or citation.document
    heading = f"{escape(citation.heading)} " if citation.heading else ""
    places = f'<span class="at">{"· " if heading else ""}{escape(place)}</span>'
    if force:
        places += f' <span class="at force">· {escape(force)}</span>'
    name = f'<span class="file">{escape(citation.document)}</span>' if title != citation.document else ""
    name += f'<span class="file space" lang="{reader}">{escape(space)}</span>' if space else ""
    badges = badge(words("quote.superseded"), "warning") if citation.superseded else ""
    badges += among
    if citation.source == "ocr":
        badges += badge(words("quote.ocr"), "warning", explain=words("quote.ocr_explain"))
    language = script_of(citation.quote, reader)
    return (
        f'<div class="quote"><div class="source"><span class="number">{citation.mark}</span>'
        f'<span class="title" lang="{script_of(title, reader)}">{escape(title)}</span>'
        f"{name}{badges}</div>"
        f'<div class="where" lang="{language}">{heading}{places}</div>'
        f"{folded(_emphasised(citation), citation.quote, words)}{below}</div>"
    )  # fmt: skip


def folded(inner: str, text: str, words: Words) -> str:
    """A quote as HTML; of a long one the first lines, and the rest by a click."""
    language = script_of(text, words.language)
    if lines_of(text) <= LINES_SHOWN + 2:  # to hide one or two would save nothing
        return f'<blockquote lang="{language}">{inner}</blockquote>'
    more, less = escape(words("quote.more")), escape(words("quote.less"), quote=True)
    return (
        f'<blockquote class="folded" lang="{language}">{inner}</blockquote>'
        f'<span class="fold" role="button" tabindex="0" aria-expanded="false" data-fold="{less}" '
        f'lang="{words.language}">{more}</span>'
    )


def lines_of(text: str) -> int:
    """About how many lines a text takes in a card; a letter of Chinese or Japanese is as wide as two."""
    widths = (sum(2 if letter > "\u2e80" else 1 for letter in line) for line in text.split("\n"))
    return sum(max(1, -(-width // LINE_WIDTH)) for width in widths)


def _emphasised(citation: CitationOut) -> str:
    """A quote's text; of a table's rows, the cells that answer are marked."""
    return _with_gaps(citation, citation.emphasis if citation.unit == "rows" else (), "mark")


def _with_gaps(citation: CitationOut, spans: Sequence[Sequence[int]], tag: str) -> str:
    """A quote's text with each [start, end) inside that tag, and dots where its page says more between two of
    its stretches."""
    stretches = citation.stretches
    if "\n".join(stretch.text for stretch in stretches) != citation.quote:
        return with_tags(citation.quote, spans, tag)
    parts, offset = [], 0
    for number, stretch in enumerate(stretches):
        end = offset + len(stretch.text)
        own = [
            (max(first, offset) - offset, min(last, end) - offset)
            for first, last in spans
            if first < end and last > offset
        ]
        parts.append(with_tags(stretch.text, own, tag))
        if number + 1 < len(stretches):
            following = stretches[number + 1]  # rows that follow one another have a line's end between them
            more = following.page == stretch.page and following.start > stretch.end + 2
            parts.append(f'\n<span class="gap">{GAP}</span>\n' if more else "\n")
        offset = end + 1
    return "".join(parts)


def short_quote(citation: CitationOut, *, reader: str) -> str:
    """A quote among others under one heading: its mark and its words."""
    language = script_of(citation.quote, reader)
    return (
        f'<div class="quote short"><span class="number">{citation.mark}</span>'
        f'<blockquote lang="{language}">{_with_gaps(citation, (), "mark")}</blockquote></div>'
    )


def compared_quote(citation: CitationOut, only: Sequence[str], *, reader: str) -> str:
    """A quote in a table of two sides, with the words that only its side has set off."""
    spans = _where(citation.quote, only)
    language = script_of(citation.quote, reader)
    return (
        f'<div class="quote" lang="{language}"><span class="number">{citation.mark}</span> '
        f"{_with_gaps(citation, spans, 'strong')}</div>"
    )


def _where(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """The [start, end) of each word where it stands first, none within another."""
    spans: list[tuple[int, int]] = []
    for word in words:
        start = text.find(word) if word else -1
        span = (start, start + len(word))
        if start >= 0 and all(span[1] <= begin or end <= start for begin, end in spans):
            spans.append(span)
    return sorted(spans)


def record(title: str, facts: Sequence[tuple[str, str]], *, reader: str) -> str:
    """A card of what the records say: labels with their values."""
    rows = "".join(
        f'<dt lang="{reader}">{escape(label)}</dt><dd lang="{script_of(value, reader)}">{escape(value)}</dd>'
        for label, value in facts
    )
    name = f'<p class="title" lang="{script_of(title, reader)}">{escape(title)}</p>'
    return f'<div class="record">{name}<dl>{rows}</dl></div>'


def escaped(text: object) -> str:
    """A text as HTML, for those who put a frame around it."""
    return escape(str(text))


def with_tags(text: str, spans: Sequence[Sequence[int]], tag: str) -> str:
    """A text as HTML with each [start, end) inside that tag; `ins` and `del` tell changes."""
    parts, done = [], 0
    for start, end in spans:
        parts.append(f"{escape(text[done:start])}<{tag}>{escape(text[start:end])}</{tag}>")
        done = end
    return "".join(parts) + escape(text[done:])


def with_marks(text: str, marks: Sequence[tuple[int, int]], *, reader: str) -> str:
    """A text with the characters at each [start, end) marked."""
    parts, done = [], 0
    for start, end in marks:
        parts.append(f"{escape(text[done:start])}<mark>{escape(text[start:end])}</mark>")
        done = end
    return f'<p class="snippet" lang="{script_of(text, reader)}">{"".join(parts)}{escape(text[done:])}</p>'
