"""What a unit is worth for a question of its kind: whether it is the list, the steps, the conditions that are
asked for, and not a sentence that only says that there are such. Pure."""

from __future__ import annotations

import math

import regex

from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.outline import NodeKind
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.types import ChosenUnit

# Sections that say what a document is for, and answer nothing else.
_PURPOSE = regex.compile(
    r"(?:^|[\s　(（])(?:目的|趣旨|適用範囲|用語の定義|定義|宗旨|适用范围|適用範圍|目次|purpose|scope|table of contents|introduction)[)）]?\s*$",
    regex.I,
)
_SAYS_WHAT_FOLLOWS = regex.compile(
    r"^(?:本|この)(?:規程|規則|規定|要領|書|マニュアル|手引).{0,60}(?:定める|定めたもの|まとめたもの|目的とする)"
    r"|^this (?:page|document|section|guide|policy) (?:outlines|describes|explains|provides|covers|contains)\b"
    r"|^为了.{2,60}(?:制定本|特制定)|制定本(?:规定|办法|制度|手册)",
    regex.I,
)
FACTS = (QuestionKind.FACT, QuestionKind.YES_NO, QuestionKind.ABOUT_DOCUMENTS, QuestionKind.COMPUTE)
LEAST = 1e-4


def unit_value(question: AskedQuestion, chosen: ChosenUnit) -> float:
    """The unit's value; higher is better, comparable within one question."""
    value = math.log(chosen.probability + LEAST)
    if question.kind in FACTS:
        return value
    shape, passage = chosen.passage.outline, chosen.passage
    nodes = {sentence.node for sentence in chosen.sentences}
    items = sum(shape.nodes[node].kind in (NodeKind.ITEM, NodeKind.ROW) for node in nodes)
    carried = set().union(*(sentence.carried for sentence in chosen.sentences))
    text = chosen.best.sentence.text
    value += 3.0 * question.share(carried | chosen.best.head)
    value += 1.5 * passage.features["rank_weight"] if "rank_weight" in passage.features else 0.0
    if question.kind in (QuestionKind.LIST, QuestionKind.PROCEDURE, QuestionKind.SUMMARY):
        value += 1.2 * min(1.0, items / 3)
    value += 0.5 * math.log(1 + min(chosen.unit.length, 1000) / 100)
    if _PURPOSE.search(passage.hit.passage.heading) or _SAYS_WHAT_FOLLOWS.search(text):
        value -= 3.0
    return value
