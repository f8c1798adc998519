"""A summary without a model: the key facts of a document, a chapter or a topic, as quotes under their
headings, with what is left out. Pure; what it is made from is handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.types import Evidence, Quote
from retrieval.index.search import Hit
from retrieval.overview.key_facts import key_facts
from retrieval.overview.sections import Section, sections_of
from retrieval.overview.subject import named_subject, topic_sections
from retrieval.overview.types import Overview, OverviewEvidence, Summary, SummarySection
from retrieval.overview.whole_document import WholeDocument

STRANGE, DOUBT = 0.5, 0.2  # share of a topic that no passage says, from which a summary is so much doubted
TOPIC_HITS = 6  # passages whose headings are a topic's sections, where no title or heading names it


def summarised(
    question: str,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    wholes: Sequence[tuple[Hit, WholeDocument]],
    evidence: Evidence,
    kept_out: Callable[[str], bool],
) -> OverviewEvidence | None:
    """The summary that is asked for; None where nothing can be quoted. What a title or heading names is
    there: then it is as sure as it is named."""
    named = named_subject(question, asked, wholes)
    subjects = [named] if named else topic_sections(hits[:TOPIC_HITS], wholes)
    if not subjects:
        return None
    sections = [section for subject in subjects for section in sections_of(subject.whole, subject.headings)]
    quotes, summary = summary_of(sections, asked, kept_out)
    if not quotes:
        return None
    if named:
        sure = max(evidence.probability, min(named.named, 1.0))
    else:  # what is said of the rest of a topic is no summary of it
        strange = asked.share(asked.unknown) > STRANGE
        sure = evidence.probability * (DOUBT if strange else 1.0)
    return OverviewEvidence(quotes, sure, overview=Overview(summary=summary))


def summary_of(
    sections: Sequence[Section], asked: AskedQuestion, kept_out: Callable[[str], bool]
) -> tuple[list[Quote], Summary]:
    """The quotes of a summary of those sections, and how they stand in it."""
    quotes: list[Quote] = []
    marks: dict[int, list[int]] = {}
    dropped: dict[int, int] = {}
    for chosen in key_facts(sections, asked, kept_out):
        fact = chosen.fact
        quote = sections[chosen.section].whole.quote(fact.places, min(1.0, chosen.value / 6), fact.kind)
        if quote is not None:
            quotes.append(quote)
            marks.setdefault(chosen.section, []).append(len(quotes))
            dropped[chosen.section] = dropped.get(chosen.section, 0) + fact.dropped
    shown = tuple(
        SummarySection(
            sections[number].whole.title,
            sections[number].heading,
            tuple(own),
            len(sections[number].facts) - len(own) + dropped[number],
        )
        for number, own in marks.items()
    )
    left_out = tuple(section.heading for number, section in enumerate(sections) if number not in marks)
    return quotes, Summary(shown, len(sections), left_out)
