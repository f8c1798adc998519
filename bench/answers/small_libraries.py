"""Small libraries out of a large question set: a few documents, what they answer, and what they do not.

Who tries Shoko begins with one file. Rarities of words, and how many passages compete, are others there than
in a library of thousands, and weights that never saw one refuse what they could answer. The questions without
an answer are those of documents that were left out: of neighbours in the set, which speak of the same
matters, and of any others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from evaluation.sets import QuestionSet, SetQuestion

SIZES = (1, 1, 1, 2, 2, 3, 4, 6, 8, 12)  # documents
ANSWERED, OF_NEIGHBOURS, OF_OTHERS, OF_NOBODY = 6, 3, 2, 1  # questions of one library
NEIGHBOURS = 4  # documents before and behind one in the set's order


@dataclass(frozen=True)
class SmallLibrary:
    """Some of a set's documents, and the questions for them, each with whether these answer it."""

    documents: QuestionSet
    questions: list[SetQuestion]


def small_libraries(chosen: QuestionSet, number: int) -> Iterator[SmallLibrary]:
    """`number` libraries of that set, always the same ones."""
    draw = random.Random(chosen.name)  # a sample, no secret
    documents = [document for document in chosen.documents if not document.name.endswith(".pdf")]
    asked: dict[str, list[SetQuestion]] = {document.name: [] for document in documents}
    for question in chosen.questions:
        answering = next(iter(question.documents), "")
        if (
            question.answerable
            and question.follows is None
            and len(question.documents) == 1
            and answering in asked
        ):
            asked[answering].append(question)
    answered = [document for document in documents if asked[document.name]]
    nobody = [question for question in chosen.questions if not question.answerable]
    for each in range(number if answered else 0):
        first = draw.choice(answered)
        size = min(SIZES[each % len(SIZES)], len(documents))
        mine = [first, *draw.sample([document for document in documents if document is not first], size - 1)]
        names = {document.name for document in mine}
        place = documents.index(first)
        near = documents[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
        own = [question for document in mine for question in asked[document.name]]
        left_out = [
            draw.sample(some, min(most, len(some)))
            for some, most in (
                (
                    [q for document in near if document.name not in names for q in asked[document.name]],
                    OF_NEIGHBOURS,
                ),
                (
                    [q for document in answered if document.name not in names for q in asked[document.name]],
                    OF_OTHERS,
                ),
                (nobody, OF_NOBODY),
            )
        ]
        questions = draw.sample(own, min(ANSWERED, len(own)))
        questions += [
            replace(question, answerable=False, answers=(), documents=frozenset(), facts=())
            for some in left_out
            for question in some
        ]
        yield SmallLibrary(replace(chosen, documents=mine), questions)
