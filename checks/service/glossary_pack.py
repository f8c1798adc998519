"""The words that a space's glossary does not want, as a pack of that space: made anew with every change of
the glossary, so that checks, drafts and search hold to the same words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from core.access import Access
from core.models import GlossaryEntry, SpacePack, now
from language.terms import Use
from retrieval.glossary.entries import GlossaryWords, words_of

NAME, SUFFIX = "glossary", ".csv"
TITLE = {
    "ja": "用語集の使わない語",
    "en": "Words that the glossary does not want",
    "zh": "词汇表中不使用的词",
}


def hold_to_glossary(access: Access, session: Session, space_id: str) -> int:
    """Make that space's pack say what its glossary says; how many words it finds. Who may change the glossary
    is asked where it is changed."""
    query = select(GlossaryEntry).where(GlossaryEntry.space_id == space_id).order_by(GlossaryEntry.term)
    rows = list(unwanted(words_of(row) for row in session.scalars(query)))
    pack = session.scalar(
        select(SpacePack)
        .where(SpacePack.space_id == space_id, SpacePack.name == NAME)
        .options(undefer(SpacePack.text))
    )
    if not rows:
        if pack is not None:
            session.delete(pack)
        return 0
    if pack is None:
        pack = SpacePack(space_id=space_id, name=NAME, title=TITLE, suffix=SUFFIX, rules=1)
        session.add(pack)
    pack.text, pack.added_by, pack.added_at = _table(rows), access.user_id, now()
    session.flush()
    return len(rows)


def unwanted(entries: Iterable[GlossaryWords]) -> Iterator[tuple[str, str, str]]:
    """Each word that is not to be written, what is to be written instead, and the note. The word for it is of
    the same language where there is one."""
    for entry in entries:
        for word in entry.words:
            if word.use is not Use.AVOIDED:
                continue
            own = (
                other.text
                for other in entry.words
                if other.use is Use.WRITTEN and other.language == word.language
            )
            yield word.text, next(own, entry.term), entry.note


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("wrong", "right", "note", "severity"))
    for wrong, right, note in rows:
        table.writerow((wrong, right, note, "warning"))
    return text.getvalue()
