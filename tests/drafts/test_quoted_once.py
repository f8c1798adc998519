"""What two documents say in the same words stands in a draft once."""

from __future__ import annotations

from making import add, administrator

from core.models import now
from drafts.outline import DraftOutline, Field, OutlineSection
from drafts.values import read_brief
from drafts.writing import Sought, _chosen, place_of, section_text
from operations.library import Library
from retrieval.evidence.types import Quote

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


def quotes_in(library: Library, section: OutlineSection, *others: OutlineSection) -> list[str]:
    outline = DraftOutline("en", fields=(Field("subject", "Subject"),), sections=(section, *others))
    brief = read_brief(outline, {"subject": "Leave"}, "", today=now().date())
    access = administrator(library)
    text = section_text(access, library.answerer, outline, section, brief, Sought())
    return [quote.text for quote in text.quotes]


def test_what_stands_under_another_sections_heading_is_left_to_that_section(library: Library) -> None:
    days = "Employees get 10 days of paid leave."
    reason = "Employees get 10 days of paid leave to stay in health."
    add(library, "a.md", f"# Leave\n\n## Days\n\n{days}\n\n## 2. Reason\n\n{reason}\n")
    section = OutlineSection("days", "Days", "How many days of paid leave do employees get?", quotes=3)
    assert set(quotes_in(library, section)) == {days, reason}
    assert quotes_in(library, section, OutlineSection("reason", "Reason", "Why paid leave?")) == [days]


def test_of_two_quotes_of_which_one_holds_the_other_the_longer_stands(library: Library) -> None:
    add(library, "a.md", LEAVE)
    add(library, "b.md", LEAVE.replace("# Leave", "# Leave, a copy").replace("10 days", "ten days"))
    access = administrator(library)
    short, other, *_ = library.answerer.evidence(access, ASK)[0].quotes
    assert short.hit.passage.version_id != other.hit.passage.version_id
    text = f"{short.text} Days left end after two years."
    longer = Quote(other.hit, 1, 0, len(text), text, short.score)
    assert [quote.text for quote in _chosen([short, longer], 2, ())] == [text]
    assert [quote.text for quote in _chosen([longer, short], 2, ())] == [text]
