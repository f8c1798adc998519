"""What two documents say in the same words stands in a draft once."""

from __future__ import annotations

from making import add, administrator

from core.models import now
from drafts.outline import DraftOutline, Field, OutlineSection
from drafts.values import read_brief
from drafts.writing import Sought, place_of, section_text
from operations.library import Library

LEAVE = "# Leave\n\nEmployees get 10 days of paid leave after six months of work.\n"
ASK = "How many days of paid leave do employees get after six months?"


def test_the_same_words_of_two_documents_are_quoted_once(library: Library) -> None:
    add(library, "a.md", LEAVE)
    add(library, "b.md", LEAVE.replace("# Leave", "# Leave, a copy"))
    section = OutlineSection("rule", "Rule", ASK, quotes=3)
    outline = DraftOutline("en", fields=(Field("subject", "Subject"),), sections=(section,))
    brief = read_brief(outline, {"subject": "Leave"}, "", today=now().date())
    access = administrator(library)
    text = section_text(access, library.answerer, outline, section, brief, Sought())
    assert len(text.quotes) == 1
    places, said = [place_of(quote) for quote in text.quotes], [quote.text for quote in text.quotes]
    again = section_text(access, library.answerer, outline, section, brief, Sought(), places, said)
    assert again.quotes == ()
