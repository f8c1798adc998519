"""What a unit is worth for a question of its kind: whether it is the list, the steps, the conditions that are
asked for, and not a sentence that only says that there are such. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import regex

from language.tokens import language_of
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.outline_nodes import OutlineKind
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.reading import PassageRead, ReadSentence
from retrieval.evidence.types import ChosenUnit, Quote
from retrieval.evidence.units import LATIN
from retrieval.index.search import Hit

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
# Documents whose names say that others have taken their place, and questions that ask for such.
_OUTDATED = regex.compile(
    r"旧版|旧規|旧制度|[（(_\s/∕-]旧[）)_\s/∕-]|廃止|失効|作废|作廢|已废止|停用|历史版本|\bold(?:[ _-]version)?\b|\bsuperseded\b|\bobsolete\b"
    r"|\barchived?\b|\bdeprecated\b|\bformer version\b",
    regex.I,
)
_ASKS_FOR_OUTDATED = regex.compile(
    r"旧|以前の|前の版|改定前|改正前|変わ|過去|原来的|以前|\bold\b|\bprevious\b|\bformer(?:ly)?\b|\bearlier\b|\bused to\b|\bchanged?\b",
    regex.I,
)
# Chapters and tables that list a document's changes, and questions that ask for one.
_HISTORY = regex.compile(
    r"(?:改訂|改定|改正|変更|更新|制定|版数|版本|修订|修改|变更)の?(?:履歴|来歴|経過|経緯|沿革|記録|历史|記錄|记录)"
    r"|(?:改訂|改定|改正|変更|修订|修改|变更)の?(?:内容|箇所|概要)"
    r"|\b(?:revision|change|version|document|amendment) (?:history|log|record)s?\b|\bchange ?log\b"
    r"|^(?:[\d.]+\s+)?(?:revisions|amendments|document control)\s*$",
    regex.I,
)
_ASKS_FOR_HISTORY = regex.compile(
    r"改訂|改定|改正|変更|変わ|更新|施行|制定|履歴|版|いつから|修订|修改|变更|变化|更新|施行|生效|何时起|什么时候开始"
    r"|\brevis|\bchang|\bversions?\b|\bamend|\bupdate|\beffective\b|\bin force\b|\bsince when\b|\bintroduced\b|\braised\b|\bhistory\b",
    regex.I,
)
EARLIER_MAIL = "earlier"  # the unit of such places, as their reader counts them
FACTS = (QuestionKind.FACT, QuestionKind.YES_NO, QuestionKind.ABOUT_DOCUMENTS, QuestionKind.COMPUTE)
LEAST = 1e-4
NEW_WORDS, ELSEWHERE = 4.0, 1.0  # log-odds: of the question's weight that no quote says yet, of another place
ROOM_FOR_FACTS, ROOM_FOR_UNITS = 420, 700  # characters of all quotes; the first is shown whatever its length
LEAST_ADDED = 0.003  # of the first quote's probability, that another must have


def unit_value(question: AskedQuestion, chosen: ChosenUnit) -> float:
    """The unit's value; higher is better, comparable within one question."""
    value = math.log(chosen.probability + LEAST)
    if question.kind in FACTS:
        return value
    shape, passage = chosen.passage.outline, chosen.passage
    nodes = {sentence.node for sentence in chosen.sentences}
    items = sum(shape.nodes[node].kind in (OutlineKind.ITEM, OutlineKind.ROW) for node in nodes)
    carried = set().union(*(sentence.carried for sentence in chosen.sentences))
    text = chosen.best.sentence.text
    value += 3.0 * question.share(carried | chosen.best.head)
    if question.kind in (QuestionKind.LIST, QuestionKind.PROCEDURE, QuestionKind.SUMMARY):
        value += 1.2 * min(1.0, items / 3)
    value += 0.5 * math.log(1 + min(chosen.unit.length, 1000) / 100)
    if _PURPOSE.search(passage.hit.passage.heading) or _SAYS_WHAT_FOLLOWS.search(text):
        value -= 3.0
    return value


def outdated(question: AskedQuestion, hit: Hit) -> bool:
    """Whether the hit's document says by its name that it is no more in use, or the hit is an earlier mail
    that another carries along, and the question does not ask for what was."""
    if question.kind is QuestionKind.COMPARISON or _ASKS_FOR_OUTDATED.search(question.plain):
        return False
    if (hit.passage.place or {}).get("unit") == EARLIER_MAIL:
        return True
    return bool(_OUTDATED.search(f"{hit.document.name} {hit.title}"))


def tells_changes(question: AskedQuestion, passage: PassageRead, sentence: ReadSentence) -> bool:
    """Whether the sentence is of a list of what was changed in its document and when, and the question asks
    for what holds: the list says the same words, and not what the rule is."""
    if _ASKS_FOR_HISTORY.search(question.plain) or question.kind is QuestionKind.ABOUT_DOCUMENTS:
        return False
    above = (passage.outline.nodes[stem].text for stem in passage.outline.stems_of(sentence.node))
    heading = passage.hit.passage.heading.rsplit(" > ", 1)[-1]
    own = passage.outline.nodes[sentence.node]
    header = own.text if own.kind is OutlineKind.HEADER else ""
    return any(_HISTORY.search(text) for text in (heading, header, *above))


def worth_beside(question: AskedQuestion, unit: ChosenUnit, chosen: Sequence[ChosenUnit]) -> float:
    """What a unit is worth more because of what the others that are shown leave out: a part of the question,
    the other one of two things that are compared."""
    if not chosen or (question.kind is not QuestionKind.COMPARISON and not question.has_parts):
        return 0.0
    carried = set().union(*(sentence.carried for other in chosen for sentence in other.sentences))
    mine = set().union(*(sentence.carried for sentence in unit.sentences))
    more = NEW_WORDS * question.share(mine - carried)
    if question.kind is QuestionKind.COMPARISON:
        places = {(other.passage.hit.document.id, other.passage.hit.passage.heading) for other in chosen}
        hit = unit.passage.hit
        more += ELSEWHERE * ((hit.document.id, hit.passage.heading) not in places)
        more += ELSEWHERE * all(hit.document.id != document for document, _ in places)
    return more


def shown_of(question: AskedQuestion, quotes: Sequence[Quote]) -> int:
    """How many of the quotes are shown: another one only where it may well add something, and while all are
    short enough to be read."""
    shown, length = 0, 0.0
    first = quotes[0].score if quotes else 0.0
    for number, quote in enumerate(quotes):
        own = len(quote.text) / (LATIN if language_of(quote.text) == "en" else 1.0)
        room = ROOM_FOR_FACTS if question.kind in FACTS else ROOM_FOR_UNITS
        if number and (length + own > room or quote.score < LEAST_ADDED * max(first, LEAST)):
            break
        shown, length = number + 1, length + own
    return shown
