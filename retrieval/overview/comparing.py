"""A comparison as a table: what each of two sides says of a topic, as quotes, and what only one of them says.
Pure; what it is made from is handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

import regex

from language.figures import figures
from language.structure import HEADS, Trait
from language.structure import PageStretch as Place
from language.tokens import CJK, ENGLISH_STOP, normalised, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.types import Evidence, Quote
from retrieval.evidence.units import UnitKind
from retrieval.overview.facts import Fact, facts_of
from retrieval.overview.sides import Cases
from retrieval.overview.telling import is_empty_heading, says_a_purpose, size, telling
from retrieval.overview.types import (
    ComparedRow,
    ComparedSide,
    ComparisonTable,
    Difference,
    Overview,
    OverviewEvidence,
    overlaps,
)
from retrieval.overview.whole_document import WholeDocument

MOST_ROWS, ROOM = 8, 700.0  # rows, and characters (letters count half) of a table
MOST_FACTS, MOST_ALIGNED = 1500, 250  # of each side: that are read, and that are held against each other
ALIKE = 0.3  # of their words that two facts share which speak of the same thing
ON_TOPIC = 0.3  # of the topic's weight that a fact with its headings must say
FOUND = 0.5  # and that a quote must that was found
NEXT = 0.85  # of the best, that another row's facts must speak of the topic
TOPIC = 0.08  # share of the question beyond the names of both sides, from which it has a topic
NEAR = 0.3  # and that it stands where the best quote stands
TOPIC_OF_A_CASE = 0.5  # what the whole question is worth beside the name of its case
MOST_ONLY = 6
LONGEST_MARK = 24  # characters of changed words that are named
_FIGURE = regex.compile(
    r"(?:JPY |USD |RMB |[$€£¥])?\p{Nd}[\p{Nd},.:]{0,14}"
    r"(?:[ -]?(?:[%％°]|percent|[\p{Han}]{1,3}|[a-zA-Z]{1,8}))?"
)


@dataclass(frozen=True)
class SideFact:
    """A fact of one side with its words; `heading` is the way to it."""

    whole: WholeDocument
    fact: Fact
    heading: str
    words: frozenset[str]
    head_words: frozenset[str]

    @property
    def figures(self) -> set[tuple[str, str]]:
        """Its numbers with their units."""
        return figures(normalised(self.fact.text))


@dataclass
class TableMaking:
    """A table that is being made, with its quotes in the order of their marks."""

    quotes: list[Quote] = field(default_factory=list)
    rows: list[ComparedRow] = field(default_factory=list)
    room: float = ROOM
    more: int = 0

    def add(
        self, topic: str, first: Quote | None, second: Quote | None, only: tuple[list[str], list[str]]
    ) -> None:
        """A row, if there is room for it; the first always has some."""
        cells = [quote for quote in (first, second) if quote is not None]
        length = sum(size(quote.text) for quote in cells)
        if self.rows and (length > self.room or len(self.rows) == MOST_ROWS):
            self.more += 1
            return
        self.room -= length
        marks = [self._mark(first), self._mark(second)]
        self.rows.append(ComparedRow(topic, marks[0], marks[1], tuple(only[0]), tuple(only[1])))

    def _mark(self, quote: Quote | None) -> tuple[int, ...]:
        if quote is None:
            return ()
        self.quotes.append(quote)
        return (len(self.quotes),)

    def evidence(
        self,
        sides: tuple[ComparedSide, ComparedSide],
        evidence: Evidence,
        sure: float,
        *,
        versions: tuple[int, int] | None = None,
        beside: int = 0,
    ) -> OverviewEvidence | None:
        """The table as evidence; `beside` says how many quotes more of those that were found are shown."""
        if not self.rows:
            return None
        others = [quote for quote in evidence.quotes if not overlaps(quote, self.quotes)][:beside]
        table = ComparisonTable(*sides, tuple(self.rows), self.more, versions)
        return OverviewEvidence([*self.quotes, *others], sure, overview=Overview(table=table))


def side_facts(whole: WholeDocument, kept_out: Callable[[str], bool]) -> list[SideFact]:
    """The facts of one side that may be quoted."""
    of_sides = []
    facts = [fact for root in (-1, *whole.heads(-1)) for fact in facts_of(whole, root, rows_apart=True)]
    for fact in facts[:MOST_FACTS]:
        own = whole.own_text(fact.head) if fact.head >= 0 else ""
        if kept_out(fact.text) or says_a_purpose(fact.text) or is_empty_heading(own):
            continue
        heading = whole.heading(fact.head) if fact.head >= 0 else ""
        of_sides.append(
            SideFact(whole, fact, heading, frozenset(_content(fact.text)), frozenset(_content(own)))
        )
    return of_sides


def compared_documents(
    asked: AskedQuestion,
    first: WholeDocument,
    second: WholeDocument,
    evidence: Evidence,
    kept_out: Callable[[str], bool],
) -> OverviewEvidence | None:
    """Two documents: what both say of the topic, or of everything where the question has none."""
    sides = (side_facts(first, kept_out), side_facts(second, kept_out))
    topics = _topics(asked, (first, second), sides)
    making = TableMaking()
    if min(map(asked.share, topics)) >= TOPIC:
        _on_topic(making, asked, topics, sides, evidence)
    else:
        for mine, other in _aligned(*sides):
            _row(making, mine, other)
    return making.evidence((_side(first), _side(second)), evidence, evidence.probability, beside=1)


def _topics(
    asked: AskedQuestion,
    wholes: tuple[WholeDocument, WholeDocument],
    sides: tuple[Sequence[SideFact], Sequence[SideFact]],
) -> tuple[set[str], set[str]]:
    """What is asked of each document beyond its own name, and that of the other where it speaks of it too:
    one document may be named after what the other has an article on."""
    names = [asked.said_in(f"{whole.title} {whole.document.name} {whole.called}") for whole in wholes]
    topics = []
    for place, facts in enumerate(sides):
        spoken = set().union(*(asked.said_in(f"{fact.heading} {fact.fact.text}") for fact in facts))
        foreign = names[1 - place] - spoken
        topics.append(set(asked.weights) - names[place] - foreign)
    return topics[0], topics[1]


def compared_cases(
    asked: AskedQuestion,
    cases: Cases,
    evidence: Evidence,
    wholes: Sequence[WholeDocument],
    kept_out: Callable[[str], bool],
) -> OverviewEvidence | None:
    """Two cases that documents tell apart: what is said of each under the headings of the evidence."""
    if not evidence.quotes:
        return None
    whole = next(
        (whole for whole in wholes if whole.version.id == evidence.quotes[0].hit.passage.version_id), None
    )
    if whole is None:
        return None
    facts = side_facts(whole, kept_out)
    heads: dict[int, float] = {}
    for place, quote in enumerate(evidence.quotes):
        for fact in facts:
            if _shown_by(fact, [quote]):
                heads.setdefault(fact.fact.head, NEAR / (place + 1))
    near = [(fact, heads[fact.fact.head]) for fact in facts if fact.fact.head in heads]
    mine = _best_for(asked, cases.only_first, cases.only_second, near)
    theirs = _best_for(asked, cases.only_second, cases.only_first, near)
    if mine is None or theirs is None or mine is theirs:
        return None
    if all(_shown_by(fact, evidence.quotes[:1]) for fact in (mine, theirs)):
        return None  # one quote says both beside one another
    making = TableMaking()
    _row(making, mine, theirs)
    sides = (ComparedSide(cases.first), ComparedSide(cases.second))
    return making.evidence(sides, evidence, evidence.probability, beside=1)


def _best_for(
    asked: AskedQuestion, own: frozenset[str], other: frozenset[str], facts: Sequence[tuple[SideFact, float]]
) -> SideFact | None:
    """The fact that speaks of the one case and not of the other."""

    def share(words: frozenset[str], fact: SideFact) -> float:
        return len(words & set(tokens(fact.fact.text))) / len(words)

    def value(weighed: tuple[SideFact, float]) -> float:
        fact, near = weighed
        topic = asked.share(asked.said_in(f"{fact.heading} {fact.fact.text}"))
        return share(own, fact) - share(other, fact) + TOPIC_OF_A_CASE * topic + near

    best = max(facts, key=value, default=None)
    if best is None or share(own, best[0]) < 0.6 or share(other, best[0]) > 0.5:
        return None
    return best[0]


def _shown_by(fact: SideFact, quotes: Sequence[Quote]) -> bool:
    return any(
        quote.hit.passage.version_id == fact.whole.version.id
        and stretch.page == place.page
        and place.start < stretch.end
        and stretch.start < place.end
        for quote in quotes
        for stretch in quote.stretches
        for place in fact.fact.places
    )


Pair = tuple[SideFact | None, SideFact | None]


def _on_topic(
    making: TableMaking,
    asked: AskedQuestion,
    topics: tuple[Set[str], Set[str]],
    sides: tuple[Sequence[SideFact], Sequence[SideFact]],
    evidence: Evidence,
) -> None:
    """A row of what each side says of the topic, and a second where both say as much in another place. What
    was found by reading closely is a side's cell; the other side's is what is most like it."""
    ranked, quotes = [], []
    for side, topic in zip(sides, topics, strict=True):
        total = asked.share(topic) or 1.0
        weighed = [(_on_topic_by(asked, topic, total, fact), number) for number, fact in enumerate(side)]
        ranked.append(sorted(((value, -number) for value, number in weighed if value > 0), reverse=True))
        quotes.append(_found(asked, topic, total, side, evidence))
    top = max((side[0][0] for side in ranked if side), default=0.0)
    for turn in range(2):
        cells: list[Quote | None] = []
        facts: list[SideFact | None] = []
        for place, (side, own) in enumerate(zip(sides, ranked, strict=True)):
            free = [place_pair for place_pair in own if not _shown_by(side[-place_pair[1]], making.quotes)]
            likeness = facts[0] if place and facts[0] is not None else None
            best = max(free[:6], key=lambda pair: pair[0] + _likeness(side[-pair[1]], likeness), default=None)
            if turn and (best is None or best[0] < NEXT * top):
                return
            fact = side[-best[1]] if best is not None else None
            quote = quotes[place] if turn == 0 and quotes[place] is not None else None
            if quote is None and fact is not None:
                quote = fact.whole.quote(fact.fact.places, 0.5, fact.fact.kind)
            cells.append(quote)
            facts.append(fact)
        if cells[0] is None and cells[1] is None:
            return
        named = next(fact for fact in facts if fact is not None) if any(facts) else None
        texts = [_text(cell) for cell in cells]
        topic_name = named.heading.rpartition(" > ")[2] if named else ""
        making.add(topic_name, cells[0], cells[1], only_said(texts[0], texts[1]))


def _on_topic_by(asked: AskedQuestion, topic: Set[str], total: float, fact_said: SideFact) -> float:
    said = topic & asked.said_in(f"{fact_said.heading} {fact_said.fact.text}")
    own = topic & asked.said_in(fact_said.fact.text)
    if asked.share(said) < ON_TOPIC * total:
        return 0.0
    value = 0.6 * asked.share(said) / total + 0.4 * asked.share(own) / total
    return value + 0.1 * fact_said.fact.first + 0.04 * min(telling(fact_said.fact.text), 4.0)


def _likeness(fact: SideFact, other: SideFact | None) -> float:
    return 0.5 * _alike(fact, other) if other is not None else 0.0


def _found(
    asked: AskedQuestion, topic: Set[str], total: float, side: Sequence[SideFact], evidence: Evidence
) -> Quote | None:
    """The best quote of that side that was found, where it speaks of the topic."""
    versions = {fact.whole.version.id for fact in side}
    for quote in evidence.quotes:
        said = topic & asked.said_in(f"{quote.hit.passage.heading} {quote.text}")
        if quote.hit.passage.version_id in versions and asked.share(said) >= FOUND * total:
            return quote
    return None


def _aligned(mine: Sequence[SideFact], theirs: Sequence[SideFact]) -> list[Pair]:
    """The facts of both that speak of the same thing and differ, those that tell most first."""
    mine, theirs = _most_telling(mine), _most_telling(theirs)
    alike = (
        (_alike(fact, other), number, place)
        for number, fact in enumerate(mine)
        for place, other in enumerate(theirs)
    )
    scored = sorted((-value, number, place) for value, number, place in alike if value >= ALIKE)
    pairs: list[tuple[float, int, int]] = []
    used_first: set[int] = set()
    used_second: set[int] = set()
    for _, number, place in scored:
        if number in used_first or place in used_second:
            continue
        used_first.add(number)
        used_second.add(place)
        fact, other = mine[number], theirs[place]
        if _same(fact.fact.text) != _same(other.fact.text):
            value = telling(fact.fact.text) + telling(other.fact.text) + 2.0 * (fact.figures != other.figures)
            pairs.append((-value, number, place))
    return [(mine[number], theirs[place]) for _, number, place in sorted(pairs)]


def _most_telling(side: Sequence[SideFact]) -> list[SideFact]:
    """The facts that are compared with each of the other side, in their order."""
    if len(side) <= MOST_ALIGNED:
        return list(side)
    order = sorted(range(len(side)), key=lambda number: -telling(side[number].fact.text))
    return [side[number] for number in sorted(order[:MOST_ALIGNED])]


def _alike(fact: SideFact, other: SideFact) -> float:
    """How far two facts speak of the same thing: by their words, and those of their headings."""
    if not fact.words or not other.words:
        return 0.0
    words = len(fact.words & other.words) / min(len(fact.words), len(other.words))
    heads = fact.head_words & other.head_words
    least = min(len(fact.head_words), len(other.head_words))
    return 0.7 * words + 0.3 * (len(heads) / least if least else 0.0)


def _row(making: TableMaking, mine: SideFact | None, other: SideFact | None) -> None:
    quotes = [
        side.whole.quote(side.fact.places, 0.5, side.fact.kind) if side else None for side in (mine, other)
    ]
    if quotes[0] is None and quotes[1] is None:
        return
    named = mine if mine is not None and mine.heading else other
    topic = named.heading.rpartition(" > ")[2] if named is not None else ""
    texts = [side.fact.text if side else "" for side in (mine, other)]
    making.add(topic, quotes[0], quotes[1], only_said(texts[0], texts[1]))


def only_said(first: str, second: str) -> tuple[list[str], list[str]]:
    """The figures with their units, as they are written, that only one of two texts has."""
    sides = [_figures_written(text) for text in (first, second)]
    only = []
    for own, other in (sides, sides[::-1]):
        only.append([text for value, text in own.items() if value not in other][:MOST_ONLY])
    return only[0], only[1]


def _figures_written(text: str) -> dict[str, str]:
    """Each figure of a text: by its value, how it is written with what follows it up to a few characters."""
    names: dict[str, str] = {}
    for match in _FIGURE.finditer(text):
        written = match.group().strip(" .,")
        names.setdefault(normalised(written), written)
    return names


def _side(whole: WholeDocument) -> ComparedSide:
    return ComparedSide(whole.title, whole.document.id, whole.version.number)


def _same(text: str) -> str:
    return "".join(normalised(text).split())


def _content(text: str) -> set[str]:
    return {
        token
        for token in tokens(text)
        if (len(token) > 1 if CJK.match(token) else token not in ENGLISH_STOP and not token.isdigit())
    }


def compared_versions(
    asked: AskedQuestion,
    old: WholeDocument,
    new: WholeDocument,
    changes: Sequence[Difference],
    evidence: Evidence,
    kept_out: Callable[[str], bool],
) -> OverviewEvidence | None:
    """Two versions of a document: its differences, of all or of the topic that is asked for."""
    topic = asked.weights.keys() - asked.said_in(f"{new.title} {new.document.name} {new.called}")
    rows = []
    for change in changes:
        texts = [paragraph.text if paragraph else "" for paragraph in (change.old, change.new)]
        if any(map(kept_out, texts)):
            continue
        before = placed(old, change.old.page, change.old.text) if change.old else None
        after = placed(new, change.new.page, change.new.text) if change.new else None
        where = _heading_at(new, after) if after else _heading_at(old, before) if before else ""
        if before or after:
            rows.append((change, before, after, where))
    wanted = asked.share(topic) >= TOPIC
    if wanted:
        said = [
            asked.share(topic & asked.said_in(f"{where} {_text(before)} {_text(after)}"))
            for _, before, after, where in rows
        ]
        least = max(ON_TOPIC * asked.share(topic), 0.6 * max(said, default=0.0))
        rows = [row for row, share in zip(rows, said, strict=True) if share >= least]
    making = TableMaking()
    for change, before, after, where in rows:
        making.add(where, before, after, _only_changed(change))
    numbers = (old.version.number, new.version.number)
    return making.evidence(
        (_side(old), _side(new)), evidence, evidence.probability, versions=numbers, beside=0
    )


def _text(quote: Quote | None) -> str:
    return quote.text if quote is not None else ""


def _only_changed(change: Difference) -> tuple[list[str], list[str]]:
    """What differs: its figures, or else the words."""
    if change.old is None or change.new is None:
        return [], []
    only = only_said(change.old.text, change.new.text)
    if any(only):
        return only
    marked = [
        [side.text[start:end].strip() for start, end in side.marks if 1 < end - start <= LONGEST_MARK]
        for side in (change.old, change.new)
    ]
    return marked[0][:MOST_ONLY], marked[1][:MOST_ONLY]


def _heading_at(whole: WholeDocument, quote: Quote) -> str:
    """The heading or article that a quote stands under, or that it is."""
    nodes = whole.structure.at(quote.page, quote.start, quote.end)
    if not nodes:
        return ""
    own = nodes[0]
    if whole.structure.kind(own) not in HEADS:
        path = whole.structure.path(own)
        own = path[-1] if path else -1
    if own < 0:
        return ""
    label = whole.structure.labels[own]
    inline = whole.structure.traits(own) & Trait.INLINE
    return label if inline and label else " ".join(whole.own_text(own).split())[:80]


def placed(whole: WholeDocument, page: int, text: str) -> Quote | None:
    """A paragraph of that page as a quote; None where it does not stand there word for word."""
    start = whole.texts.get(page, "").find(text)
    if start < 0:
        return None
    return whole.quote([Place(page, start, start + len(text))], 0.5, UnitKind.PARAGRAPH)
