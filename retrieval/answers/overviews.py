"""Evidence as a summary, a comparison or cards of the records, where a question asks for whole documents:
each of its quotes verified on its page, or the evidence stays as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from core import access as access_rules
from core.access import Access
from core.db import Sessions
from retrieval.answers.injection import speaks_to_machine
from retrieval.answers.quoted import stands_on_its_pages
from retrieval.evidence.types import Evidence, Quote
from retrieval.index.index import SearchIndex
from retrieval.index.search import Hit
from retrieval.overview.answering import Differences, OverviewTools, overviewed
from retrieval.overview.sections import sections_of
from retrieval.overview.subject import asked_of
from retrieval.overview.summarising import summary_of
from retrieval.overview.types import Summary
from retrieval.overview.whole_document import read_whole


@dataclass(frozen=True)
class Overviews:
    """Makes overviews over one library; `places` are those of all questions that are looked up at once."""

    sessions: Sessions
    index: SearchIndex
    places: threading.Semaphore
    differences: Differences

    def of(
        self,
        access: Access,
        question: str,
        hits: Sequence[Hit],
        evidence: Evidence,
        timings: dict[str, float],
    ) -> Evidence:
        """The evidence as the question needs it; what that takes is added to the `timings`, in ms."""
        began = time.perf_counter()
        frequencies = self.index.keywords.document_frequencies
        tools = OverviewTools(frequencies, speaks_to_machine, self.differences)
        with self.places, self.sessions.read() as session:
            better = overviewed(access, session, question, hits, evidence, tools)
            if better is not evidence and not all(
                stands_on_its_pages(session, quote) for quote in better.quotes
            ):
                better = evidence
        timings["evidence"] += 1000 * (time.perf_counter() - began)
        return better

    def summary(self, access: Access, document_id: str) -> tuple[list[Quote], Summary] | None:
        """The key facts of a document as it is in force, under its headings; None where it has no text yet,
        or nothing that can be quoted. Raises NotFound."""
        frequencies = self.index.keywords.document_frequencies
        with self.places, self.sessions.read() as session:
            document = access_rules.document(access, session, document_id)
            whole = read_whole(session, document, document.current_version_id or "")
            if whole is None:
                return None
            asked = asked_of("", *frequencies([]))
            quotes, summary = summary_of(sections_of(whole), asked, speaks_to_machine)
            stand = all(stands_on_its_pages(session, quote) for quote in quotes)
        return (quotes, summary) if quotes and stand else None
