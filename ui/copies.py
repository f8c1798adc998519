"""Copies of one document in words: what speaks for each, and what another says in place of a quote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from contract.answers import CitationOut
from contract.copies import CopyBesideOut, CopyDifferenceOut, CopyReasonOut
from contract.values import CopyReasonCode, CopyStandingCode
from ui import markup
from ui.language import Words, script_of

DAYS = (CopyReasonCode.IN_FORCE, CopyReasonCode.NEWEST)


def reason_text(words: Words, reason: CopyReasonOut) -> str:
    """A reason for or against a copy."""
    value = words.date(date.fromisoformat(reason.value)) if reason.code in DAYS else reason.value
    return words(f"copies.reason_{reason.code}", value=value)


def reasons_text(words: Words, reasons: Sequence[CopyReasonOut]) -> str:
    """All reasons of a copy on a line."""
    return " · ".join(reason_text(words, reason) for reason in reasons)


def badge(words: Words, standing: CopyStandingCode) -> str:
    """What a quoted document is among its copies, where it is not the valid one."""
    if standing in (CopyStandingCode.COPY, CopyStandingCode.LIKELY_COPY):
        return markup.badge(words(f"copies.standing_{standing}"), "warning")
    return ""


def beside(words: Words, citation: CitationOut) -> str:
    """What other copies say in place of a quote, as HTML; empty where none differs."""
    return "".join(_copy(words, citation, other) for other in citation.copies)


def _copy(words: Words, citation: CitationOut, other: CopyBesideOut) -> str:
    name = other.title or other.document
    if other.standing is not CopyStandingCode.UNKNOWN:
        name = words(f"copies.named_{other.standing}", name=name)
    said = "".join(_said(words, citation, difference) for difference in other.differences)
    return (
        f'<div class="beside"><p lang="{words.language}">{markup.badge(words("copies.differs"), "warning")} '
        f'<span class="title" lang="{script_of(name, words.language)}">{markup.escape(name)}</span> '
        f'<span class="file">{markup.escape(other.document)}</span></p>{said}</div>'
    )


def _said(words: Words, citation: CitationOut, difference: CopyDifferenceOut) -> str:
    if difference.page is None:
        lacking = markup.shortened(citation.quote[difference.start : difference.end], 80)
        return markup.block(words("copies.lacks", quote=lacking), "quiet", language=words.language)
    language = script_of(difference.text, words.language)
    text = markup.with_tags(difference.text, [(start, end) for _, _, start, end in difference.changes], "ins")
    gone = [citation.quote[start:end] for start, end, _, _ in difference.changes if end > start]
    here = words("copies.here", quote=words.listed(gone)) if gone else ""
    place = words("copies.page", page=difference.page)
    where = " · ".join(part for part in (place, here) if part)
    return f'<blockquote lang="{language}">{text}</blockquote>' + markup.block(
        where, "quiet", language=words.language
    )
