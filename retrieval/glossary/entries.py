"""The entries of a space's glossary: read by whoever reads the space, changed by its managers. Nothing is
looked up here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.access import Access, space, space_to_manage
from core.audit import record
from core.errors import BadValue, NotFound
from core.models import GlossaryEntry, Space, now
from language.characters import one_form
from language.terms import LANGUAGES, Term, Use, WordForm
from language.tokens import normalised

MOST_ENTRIES = 20_000  # of one space
MOST_WORDS = 60  # of one entry
LONGEST_WORD = 200  # characters
LONGEST_NOTE = 1000


@dataclass(frozen=True)
class GlossaryWords:
    """An entry as people give it. The first word that is neither said nor avoided names the thing."""

    words: tuple[WordForm, ...]
    but_not: tuple[str, ...] = ()
    note: str = ""

    @property
    def term(self) -> str:
        """The word that names the thing."""
        return next(word.text for word in self.words if word.use == Use.WRITTEN)


def checked(entry: GlossaryWords, *, name: str = "words") -> GlossaryWords:
    """The entry in order: trimmed, each word once. Raises BadValue, which `name`s where it stands."""
    seen: dict[tuple[str, str, str], WordForm] = {}
    for word in entry.words:
        text = " ".join(word.text.split())
        if word.language not in LANGUAGES or word.use not in set(Use):
            fix = "Languages are ja, en and zh; uses are written, said and avoided"
            raise BadValue(name=name, problem=f"{text[:60]} has no known language or use", fix=fix)
        if text:
            seen.setdefault((word.language, text, word.use), WordForm(text, word.language, Use(word.use)))
    words = tuple(seen.values())
    but_not = tuple(dict.fromkeys(" ".join(other.split()) for other in entry.but_not if other.strip()))
    problem, fix = "", ""
    if not any(word.use is Use.WRITTEN for word in words):
        problem, fix = "no word names the thing", "Give the word that documents write"
    elif len(words) + len(but_not) > MOST_WORDS:
        problem, fix = f"there are more than {MOST_WORDS} words", "Make two entries of it"
    elif long := next(
        (text for text in [*(w.text for w in words), *but_not] if len(text) > LONGEST_WORD), None
    ):
        problem, fix = f"{long[:40]}… is longer than {LONGEST_WORD} characters", "Shorten it"
    elif empty := next((word.text for word in words if not plain_word(word.text)), None):
        problem, fix = f"{empty[:40]} has no letter", "Leave it out"
    elif twice := _twice(words):
        problem, fix = f"{twice} is both to be written and not to be", "Leave one of them out"
    elif len(entry.note) > LONGEST_NOTE:
        problem, fix = f"the note is longer than {LONGEST_NOTE} characters", "Shorten it"
    if problem:
        raise BadValue(name=name, problem=problem, fix=fix)
    return GlossaryWords(words, but_not, entry.note.strip())


def plain_word(text: str) -> str:
    """The form in which words are compared; empty where nothing is left that could be found."""
    plain = one_form(normalised(text))
    return plain if any(character.isalnum() for character in plain) else ""


def _twice(words: Sequence[WordForm]) -> str:
    avoided = {word.text for word in words if word.use is Use.AVOIDED}
    return next((word.text for word in words if word.use is not Use.AVOIDED and word.text in avoided), "")


def listed(
    access: Access, session: Session, space_name: str, *, q: str = "", limit: int = 100, offset: int = 0
) -> tuple[list[GlossaryEntry], int]:
    """The entries of that space by term, those whose term or note holds `q`, and how many there are. Raises
    NotFound."""
    shelf = space(access, session, space_name)
    chosen = [GlossaryEntry.space_id == shelf.id]
    if q:
        chosen.append(
            GlossaryEntry.term.icontains(q, autoescape=True)
            | GlossaryEntry.note.icontains(q, autoescape=True)
        )
    count = session.scalar(select(func.count(GlossaryEntry.id)).where(*chosen)) or 0
    query = select(GlossaryEntry).where(*chosen).order_by(GlossaryEntry.term).limit(limit).offset(offset)
    return list(session.scalars(query)), count


def every(access: Access, session: Session, space_name: str) -> tuple[Space, list[GlossaryWords]]:
    """That space with all its entries, by term. Raises NotFound."""
    shelf = space(access, session, space_name)
    query = select(GlossaryEntry).where(GlossaryEntry.space_id == shelf.id).order_by(GlossaryEntry.term)
    return shelf, [words_of(row) for row in session.scalars(query)]


def words_of(row: GlossaryEntry) -> GlossaryWords:
    """An entry as it was given."""
    words = tuple(WordForm(text, language, Use(use)) for text, language, use in row.words)
    return GlossaryWords(words, tuple(row.but_not), row.note)


def term_of(row: GlossaryEntry) -> Term:
    """An entry as texts are searched for it."""
    entry = words_of(row)
    return Term(row.id, entry.words, entry.but_not, entry.note)


def add(access: Access, session: Session, space_name: str, entry: GlossaryWords) -> GlossaryEntry:
    """Put an entry into that space's glossary. Raises NotFound, NotPermitted, BadValue."""
    shelf = space_to_manage(access, session, space_name)
    entry = checked(entry)
    _room_for(session, shelf.id, 1)
    if _of_term(session, shelf.id, entry.term) is not None:
        raise BadValue(name="words", problem=f"there is an entry {entry.term}", fix="Change that one")
    row = GlossaryEntry(space_id=shelf.id, **_packed(access, entry))
    session.add(row)
    session.flush()
    record(session, access.user_id, "glossary.added", shelf.id, term=entry.term)
    return row


def change(access: Access, session: Session, entry_id: str, entry: GlossaryWords) -> GlossaryEntry:
    """Give an entry other words. Raises NotFound, NotPermitted, BadValue."""
    row = _own(access, session, entry_id)
    entry = checked(entry)
    other = _of_term(session, row.space_id, entry.term)
    if other is not None and other.id != row.id:
        raise BadValue(name="words", problem=f"there is an entry {entry.term}", fix="Change that one")
    for name, value in _packed(access, entry).items():
        setattr(row, name, value)
    session.flush()
    record(session, access.user_id, "glossary.changed", row.space_id, term=entry.term)
    return row


def remove(access: Access, session: Session, entry_id: str) -> str:
    """Take an entry out; the id of the space that it was in. Raises NotFound, NotPermitted."""
    row = _own(access, session, entry_id)
    session.delete(row)
    record(session, access.user_id, "glossary.removed", row.space_id, term=row.term)
    return row.space_id


@dataclass(frozen=True)
class TakenIn:
    """What a table did to a glossary."""

    space_id: str
    added: int
    changed: int
    removed: int


def take_in(
    access: Access, session: Session, space_name: str, entries: Sequence[tuple[int, GlossaryWords]], *,
    replace_all: bool,
) -> TakenIn:  # fmt: skip
    """Put the entries of a table, each with its line, into that space's glossary: one of the same term is
    changed. `replace_all`: what is not in the table goes. Raises NotFound, NotPermitted, BadValue naming the
    line; then nothing is changed."""
    shelf = space_to_manage(access, session, space_name)
    given: dict[str, GlossaryWords] = {}
    for line, entry in entries:
        entry = checked(entry, name=f"line {line}")
        if entry.term in given:
            raise BadValue(name=f"line {line}", problem=f"{entry.term} is there twice", fix="Join the rows")
        given[entry.term] = entry
    rows = session.scalars(select(GlossaryEntry).where(GlossaryEntry.space_id == shelf.id)).all()
    known = {row.term: row for row in rows}
    gone = [row.id for term, row in known.items() if term not in given] if replace_all else []
    new = [entry for term, entry in given.items() if term not in known]
    _room_for(session, shelf.id, len(new) - len(gone))
    changed = 0
    for term, row in known.items():
        if term in given and given[term] != words_of(row):
            changed += 1
            for name, value in _packed(access, given[term]).items():
                setattr(row, name, value)
    if gone:
        session.execute(delete(GlossaryEntry).where(GlossaryEntry.id.in_(gone)))
    session.add_all(GlossaryEntry(space_id=shelf.id, **_packed(access, entry)) for entry in new)
    session.flush()
    taken = TakenIn(shelf.id, len(new), changed, len(gone))
    record(
        session, access.user_id, "glossary.imported", shelf.id, added=taken.added, changed=changed,
        removed=taken.removed,
    )  # fmt: skip
    return taken


def _packed(access: Access, entry: GlossaryWords) -> dict[str, Any]:
    words = [[word.text, word.language, str(word.use)] for word in entry.words]
    return {
        "term": entry.term, "words": words, "but_not": list(entry.but_not), "note": entry.note,
        "changed_by": access.user_id, "changed_at": now(),
    }  # fmt: skip


def _own(access: Access, session: Session, entry_id: str) -> GlossaryEntry:
    query = select(GlossaryEntry).where(GlossaryEntry.id == entry_id)
    row = session.scalar(query.where(GlossaryEntry.space_id.in_(access.readable)))
    if row is None:
        raise NotFound(what="glossary entry", name=entry_id)
    space_to_manage(access, session, row.space_id)
    return row


def _of_term(session: Session, space_id: str, term: str) -> GlossaryEntry | None:
    query = select(GlossaryEntry).where(GlossaryEntry.space_id == space_id, GlossaryEntry.term == term)
    return session.scalar(query)


def _room_for(session: Session, space_id: str, more: int) -> None:
    count = (
        session.scalar(select(func.count(GlossaryEntry.id)).where(GlossaryEntry.space_id == space_id)) or 0
    )
    if count + more > MOST_ENTRIES:
        fix = "Take some out first, or put some into another space"
        raise BadValue(name="glossary", problem=f"a space has at most {MOST_ENTRIES:,} entries", fix=fix)


def with_word(entry: GlossaryWords, word: WordForm) -> GlossaryWords:
    """The entry with one word more."""
    return replace(entry, words=(*entry.words, word))
