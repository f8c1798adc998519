"""What else a question is looked up with: the words that documents write for those that people say. Pure, but
for the shipped lexicon, which is read once from the folder beside this file.

A widened word never replaces one of the question: each thing that is asked for counts once, by the best of
its words. What was added is told to the asker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path

import regex
import yaml

from language.characters import one_form
from language.terms import LANGUAGES, Said, Term, Terms, Use, WordForm
from language.tokens import CJK, ENGLISH_STOP, language_of, located_tokens, normalised, tokens

LEXICON = Path(__file__).parent / "lexicon"
# What a word counts that the question does not say, as a share of one that it says.
WEIGHTS = {Use.WRITTEN: 0.8, Use.SAID: 0.5}
FOREIGN = 0.5  # of that, in another language than the question's
MOST_FORMS = 16  # of one thing
_CLAUSE = regex.compile(r"\p{Hiragana}|\s\S+\s")  # a Japanese ending; more than two English words


@dataclass(frozen=True)
class Alternative:
    """A word that a text may have instead: as it is shown, as it is compared, and what it weighs. `tokens`
    are all in a passage that has the word."""

    text: str
    plain: str  # `one_form` of its `normalised` text
    tokens: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class Concept:
    """A thing that a question asks for: the tokens that its word has in the question, and its other words."""

    tokens: frozenset[str]
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Widening:
    """All that a question is looked up with beside its own words."""

    concepts: tuple[Concept, ...] = ()

    @property
    def words(self) -> list[str]:
        """The added words as they are shown, each once: of every thing the first, then the second ones."""
        each = [[alternative.text for alternative in concept.alternatives] for concept in self.concepts]
        return list(dict.fromkeys(word for row in zip_longest(*each) for word in row if word is not None))

    @property
    def tokens(self) -> list[str]:
        """The tokens of the added words."""
        return [
            token
            for concept in self.concepts
            for alternative in concept.alternatives
            for token in alternative.tokens
        ]

    def frequencies(self, known: Mapping[str, int]) -> dict[str, int]:
        """In how many passages each token stands, where one of a thing stands wherever any word of that does:
        a rare word for a common thing is not rare. `known` has the widening's tokens too."""
        weights = dict(known)
        for concept in self.concepts:
            # A word stands in at most as many passages as its rarest token.
            most = max(
                min(known.get(token, 0) for token in alternative.tokens)
                for alternative in concept.alternatives
            )
            for token in concept.tokens:
                weights[token] = max(weights.get(token, 0), most)
        return weights


NOT_WIDENED = Widening()


def widened(question: str, *glossaries: Terms) -> Widening:
    """The question's things with their other words. Of several glossaries the longest word at a place counts,
    and one that several have is the word of all their terms."""
    plain = normalised(question)
    text = one_form(plain)
    located = list(located_tokens(plain))
    language = language_of(question)
    concepts = []
    for said in _said_of(text, glossaries):
        forms = _alternatives(said, text, language)
        if forms:
            mine = frozenset(
                token for token, offset in located if offset < said.end and offset + len(token) > said.start
            )
            concepts.append(Concept(mine, tuple(forms)))
    return Widening(tuple(dict.fromkeys(concepts)))


def _said_of(text: str, glossaries: Sequence[Terms]) -> Iterator[Said]:
    """What the text says, no two overlapping, in its order."""
    if len(glossaries) == 1:
        yield from glossaries[0].said(text)
        return
    terms: dict[tuple[int, int], dict[Term, None]] = {}
    for glossary in glossaries:
        for said in glossary.said(text):
            terms.setdefault((said.start, said.end), {}).update(dict.fromkeys(said.terms))
    taken: list[tuple[int, int]] = []
    for start, end in sorted(terms, key=lambda place: (place[0] - place[1], place[0])):
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end))
    for start, end in sorted(taken):
        yield Said(start, end, tuple(terms[start, end]))


def _alternatives(said: Said, text: str, language: str) -> list[Alternative]:
    """The other words of what is said: of the question's language all, of others what documents write."""
    forms = [form for term in said.terms for form in term.forms if form.use is not Use.AVOIDED]
    wanted = [form for form in forms if form.use is Use.WRITTEN or form.language == language]
    wanted.sort(key=lambda form: (form.language != language, form.use is not Use.WRITTEN))
    own = text[said.start : said.end]
    have = set(tokens(own))
    alternatives: dict[str, Alternative] = {}
    for form in wanted:
        plain = one_form(normalised(form.text))
        parts = whole_tokens(form.text)
        known = plain == own or plain in alternatives or (not CJK.search(plain) and have.issuperset(parts))
        if not known and (form.use is Use.WRITTEN or _names(form)):
            weight = WEIGHTS[form.use] * (1.0 if form.language == language else FOREIGN)
            alternatives[plain] = Alternative(form.text, plain, parts, weight)
    return _shortened(list(alternatives.values()), wanted)


def _shortened(alternatives: list[Alternative], forms: Iterable[WordForm]) -> list[Alternative]:
    """As many as are looked up, in their order. What people say goes first: what documents write in another
    language is the only way to its documents."""
    if len(alternatives) <= MOST_FORMS:
        return alternatives
    written = {form.text for form in forms if form.use is Use.WRITTEN}
    by_use = sorted(alternatives, key=lambda alternative: alternative.text not in written)
    kept = set(by_use[:MOST_FORMS])
    return [alternative for alternative in alternatives if alternative in kept]


def _names(form: WordForm) -> bool:
    """Whether people's word is a name for the thing, which a document may use too. What is said in a clause
    (辞めたい, hand in my notice) is understood, and looked up it would find every such clause."""
    return not _CLAUSE.search(form.text)


def whole_tokens(text: str) -> tuple[str, ...]:
    """The tokens that tell that a passage has a word: pairs of Chinese and Japanese characters, for single
    ones stand everywhere, and the stems of other words."""
    every = dict.fromkeys(tokens(text))
    pairs = [token for token in every if not (CJK.fullmatch(token) and len(token) == 1)]
    said_words = [token for token in pairs if token not in ENGLISH_STOP]
    return tuple(said_words or pairs or every)


@cache
def shipped() -> Terms:
    """The lexicon that Shoko ships with."""
    return Terms(term for path in sorted(LEXICON.glob("*.yaml")) for term in read(path.read_text("utf-8")))


def read(text: str) -> Iterator[Term]:
    """The terms of a file of the lexicon; lexicon/README.md tells its form. Raises ValueError."""
    for entry in yaml.load(text, yaml.CSafeLoader):
        unknown = entry.keys() - {"id", "except", "note", *LANGUAGES}
        forms = [form for language in LANGUAGES for form in _forms(str(entry.get(language, "")), language)]
        if unknown or "id" not in entry or not any(form.use is Use.WRITTEN for form in forms):
            raise ValueError(
                f"an entry needs an id and a written word, and knows no {sorted(unknown)}: {entry}"
            )
        yield Term(entry["id"], tuple(forms), tuple(entry.get("except", ())), entry.get("note", ""))


def _forms(line: str, language: str) -> Iterator[WordForm]:
    sides: Sequence[str] = line.split("|")
    if len(sides) > 2:
        raise ValueError(f"more than one bar in {line}")
    for use, side in zip((Use.WRITTEN, Use.SAID), sides, strict=False):
        yield from (WordForm(word, language, use) for word in map(str.strip, side.split(",")) if word)
