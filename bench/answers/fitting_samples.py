"""The questions that weights are fitted on: what the product finds for each, in numbers, and what of it is
right."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.answers.small_libraries import small_libraries
from core.access import Access, access_of
from core.identity.accounts import first_administrator
from core.settings import load_settings
from evaluation.runs import build
from evaluation.scoring import contains_answer
from evaluation.sets import QuestionSet, SetQuestion, half_of
from language.tokens import query_tokens
from operations.library import FIRST_SPACE, Library, open_library
from retrieval.evidence import features
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.ranking import PASSAGES_READ
from retrieval.evidence.surroundings import Surroundings, surroundings
from retrieval.index.search import Hit, search

Array = NDArray[Any]
WHOLE_ANSWERS = 4  # how often a question of a set of whole answers counts: there are few of them


@dataclass
class Sample:
    """A question of a set: the features of its passages and sentences, and which of them are right. `of` says
    to which passage a sentence belongs. Rows of sentences lack what the passages' scores add."""

    set: str
    question: SetQuestion
    passages: Array
    right_passage: Array
    sentences: Array
    of: Array
    right_sentence: Array
    asked: AskedQuestion
    hits: list[Hit] = field(repr=False)
    around: Mapping[str, Surroundings] = field(repr=False)

    @property
    def group(self) -> str:
        """What decides in which half it is: the document, or in a set of whole answers the question."""
        if self.question.facts or not self.question.documents:
            return self.question.id
        return min(self.question.documents)

    @property
    def second_half(self) -> bool:
        """Whether it is for the report."""
        return half_of(self.group) == "b"

    @property
    def times(self) -> int:
        """How often it counts."""
        return WHOLE_ANSWERS if self.question.facts else 1


def part_of(group: str) -> int:
    """0 or 1, always the same for a group: the parts that one score is fitted on for the other."""
    return zlib.crc32((group + "part").encode()) % 2


def samples(chosen: QuestionSet, questions: Sequence[SetQuestion], embedder: str) -> Iterator[Sample]:
    """Those questions over the set's documents, by the product's own search and reading."""
    with tempfile.TemporaryDirectory(prefix="shoko-fit-") as place:
        settings = load_settings(
            data=Path(place), models=load_settings().models_folder, model="none", embedder=embedder or "none"
        )
        with open_library(settings) as library:
            library.models_loaded.wait()
            with library.sessions.write() as session:
                access = access_of(session, first_administrator(session).id)
            build(
                chosen, access, library.sessions, library.files, library.pipeline, FIRST_SPACE,
                lambda what, done, total: None,
            )  # fmt: skip
            for question in questions:
                yield _sample_of(library, access, chosen.name, question)


def small_samples(chosen: QuestionSet, number: int, embedder: str) -> Iterator[Sample]:
    """The questions of `number` small libraries of a set, as a set of their own."""
    for small in small_libraries(chosen, number):
        for drawn in samples(small.documents, small.questions, embedder):
            yield replace(drawn, set=f"{chosen.name} (small libraries)")


def _sample_of(library: Library, access: Access, name: str, question: SetQuestion) -> Sample:
    text = question.question
    widening = library.index.widened(text)
    with library.sessions.read() as session:
        hits = search(access, session, library.index, text, limit=40, widening=widening)
        around = surroundings(access, session, hits)
    counted = library.index.keywords.document_frequencies([*query_tokens(text), *widening.tokens])
    return sample(name, question, AskedQuestion.parse(text, *counted, widening), hits, around)


def sample(
    name: str,
    question: SetQuestion,
    asked: AskedQuestion,
    hits: Sequence[Hit],
    around: Mapping[str, Surroundings],
) -> Sample:
    """What was found for a question, in numbers."""
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    read = features.read_passages(
        asked, [replace(hit, score=hit.score / best) for hit in hits[:PASSAGES_READ]], around
    )
    right = np.array([document(passage.hit) in question.documents for passage in read], bool)
    if question.facts:  # of the documents' passages those that hold the most, and half as many
        said = np.array([facts_in(passage.hit.passage.text, question) for passage in read]) * right
        right = (said > 0) & (2 * said >= said.max(initial=0))
    texts = [sentence.sentence.text for passage in read for sentence in passage.sentences]
    return Sample(
        name,
        question,
        features.passage_rows(read),
        right,
        features.sentence_rows(asked, read, [0.0] * len(read)),
        np.array([number for number, passage in enumerate(read) for _ in passage.sentences], int),
        np.array([_holds(text, question) for text in texts], bool),
        asked,
        list(hits),
        around,
    )


def withheld(given: Sample) -> Sample:
    """The same question if nothing answers it: without the documents that do, and without what says most
    of the facts elsewhere."""
    question = given.question
    hits = [
        hit
        for hit in given.hits
        if document(hit) not in question.documents
        and not (question.facts and 2 * facts_in(hit.passage.text, question) >= len(question.facts))
        and not (question.answers and contains_answer(hit.passage.text, question.answers))
    ]
    unanswerable = replace(question, answerable=False, answers=(), documents=frozenset())
    return sample(given.set, unanswerable, given.asked, hits, given.around)


def document(hit: Hit) -> str:
    """The name of its document as the set writes it."""
    return hit.document.name.replace("∕", "/")


def facts_in(text: str, question: SetQuestion) -> int:
    """How many of the question's facts a text says."""
    return sum(contains_answer(text, forms) for forms in question.facts)


def _holds(text: str, question: SetQuestion) -> bool:
    if question.facts:
        return facts_in(text, question) > 0
    return contains_answer(text, question.answers)
