"""A question in the language of the documents: translated by the local model, so that it is looked up with
their words. What was asked for is told to the asker, and quotes stay as the documents have them.

A translation only finds: it is no evidence, and nothing of it is shown as what a document says. It is looked
up where all documents that the question names are in another language, or where nothing in its own answers.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import regex

from core.errors import ModelBusy, ModelDied, ModelUnfit
from language.tokens import language_of, normalised
from llm.gate import Gate
from llm.model import End, GenerationRequest, LanguageModel, Message
from retrieval.evidence.types import Evidence
from retrieval.index.naming import names_in
from retrieval.index.search import Hit

LOOKED_AT = 24  # hits whose languages are counted
MOST_LANGUAGES = 2
STRAY = 0.1  # of hits that are in other languages, that may be in the question's
SECONDS, TOKENS = 15.0, 96  # that a translation may take
WAIT_SECONDS = 1.0  # for the model; where others write longer, the question is looked up as it is
# Probability from which quotes of another language answer, where documents in the question's own do not and
# it names none: what is not there at all is mostly not there in any language.
BESIDE_OWN = 0.85
_LANGUAGE = {"ja": "Japanese", "en": "English", "zh": "Chinese"}
# Made-up names that a small model leaves alone. It spells real ones anew in another script.
_STAND_INS = ("Acme", "Bravo", "Delta", "Sigma")
_DIGITS = regex.compile(r"\d+")
# By the language of the question and of the documents.
_EXAMPLES = {
    ("ja", "en"): (
        ("Acmeでは交通費の精算はいつまでですか", "By when must travel expenses be claimed at Acme?"),
        ("残業代はどのように計算しますか", "How is overtime pay calculated?"),
    ),
    ("zh", "en"): (
        ("Acme的差旅费最晚什么时候报销？", "By when must travel expenses be claimed at Acme?"),
        ("加班费怎么算？", "How is overtime pay calculated?"),
    ),
    ("en", "ja"): (
        ("By when must travel expenses be claimed at Acme?", "Acmeの交通費の精算の期限はいつですか"),
        ("How many days of sick leave do I get?", "病気休暇は何日取れますか"),
    ),
    ("zh", "ja"): (
        ("Acme的差旅费最晚什么时候报销？", "Acmeの出張旅費の精算の期限はいつですか"),
        ("加班费怎么算？", "残業代はどのように計算しますか"),
    ),
    ("en", "zh"): (
        ("By when must travel expenses be claimed at Acme?", "Acme的差旅费最晚什么时候报销？"),
        ("How many days of sick leave do I get?", "病假有多少天？"),
    ),
    ("ja", "zh"): (
        ("Acmeでは交通費の精算はいつまでですか", "Acme的交通费最晚什么时候报销？"),
        ("残業代はどのように計算しますか", "加班费怎么算？"),
    ),
}


@dataclass
class Translator:
    """Asks the model for a question in another language, in the name of one person. `failed`: it once had no
    time or died, so that what was not found then may be found later."""

    model: LanguageModel
    gate: Gate
    person: str
    failed: bool = False

    @classmethod
    def of(cls, model: LanguageModel | None, gate: Gate, person: str) -> Translator | None:
        """One that asks that model, if there is one and it would begin at once."""
        return cls(model, gate, person) if model is not None and model.ready() else None

    def translated(self, question: str, language: str) -> str:
        """The question in `language` (ja, en or zh); "" where the model is busy, cannot, or left out a number
        or wrote another language. Raises nothing."""
        own = language_of(question)
        if (own, language) not in _EXAMPLES or not _writes_both(self.model, own, language):
            return ""
        masked, names = _masked(question)
        request = GenerationRequest(
            translation_messages(masked, own, language), TOKENS, stop=("\n",), seconds=SECONDS
        )
        self.failed, before = True, self.failed
        try:
            with self.gate.place(self.person) as place:
                if not place.wait(WAIT_SECONDS):
                    return ""
                began = time.monotonic()
                generation = self.model.generate(request)
                written = "".join(generation.pieces).strip()
                self.gate.took(time.monotonic() - began)
        except (ModelBusy, ModelDied, ModelUnfit):
            return ""
        if generation.end is not End.STOP:
            return ""
        self.failed = before
        return checked_translation(question, _unmasked(written, names), language)


def translation_messages(question: str, own: str, language: str) -> list[Message]:
    """What the model is asked."""
    rule = (
        f"Translate the employee's question into {_LANGUAGE[language]}. Keep names and numbers."
        " Write the translation only."
    )
    messages = [Message("system", rule)]
    for theirs, translation in _EXAMPLES[own, language]:
        messages += [Message("user", theirs), Message("assistant", translation)]
    return [*messages, Message("user", question)]


def checked_translation(question: str, written: str, language: str) -> str:
    """What the model wrote, or "" where it is no translation that can be looked up: in another language, many
    times longer, or without a number of the question."""
    if not written or language_of(written) != language or len(written) > 200 + 4 * len(question):
        return ""
    numbers = Counter(_DIGITS.findall(normalised(question)))
    return "" if numbers - Counter(_DIGITS.findall(normalised(written))) else written


def languages_to_try(hits: Sequence[Hit], language: str, *, answered: bool) -> list[str]:
    """The languages that a question should be looked up in as well, the nearest documents' first. Where it
    names documents that are all in others, always; else where its own language does not answer."""
    near = [hit for hit in hits[:LOOKED_AT] if hit.named] or list(hits[:LOOKED_AT])
    if answered and not (near and near[0].named and foreign(near, language)):
        return []
    best: dict[str, float] = {}
    for hit in near:
        if hit.passage.language != language:
            best[hit.passage.language] = best.get(hit.passage.language, 0.0) + hit.score
    return sorted(best, key=lambda other: -best[other])[:MOST_LANGUAGES]


def foreign(hits: Sequence[Hit], language: str) -> bool:
    """Whether hardly any of the hits is in that language."""
    return sum(hit.passage.language == language for hit in hits) <= STRAY * len(hits)


@dataclass(frozen=True)
class FoundInTranslation:
    """The evidence for a question in another language, and the question as it was looked up."""

    evidence: Evidence
    hits: list[Hit]
    question: str


def found_in_translation(
    translator: Translator,
    question: str,
    hits: Sequence[Hit],
    evidence: Evidence,
    threshold: float,
    look_up: Callable[[str], tuple[Evidence, list[Hit]]],
) -> FoundInTranslation | None:
    """What answers the question in another language better than `evidence` does; None where nothing does.
    `look_up` finds the evidence for a question; from the probability `threshold` on, evidence answers."""
    language = language_of(question)
    answered = evidence.probability >= threshold
    near = hits[:LOOKED_AT]
    believed = any(hit.named for hit in near) or foreign(near, language)
    best: FoundInTranslation | None = None
    for other in languages_to_try(hits, language, answered=answered):
        translation = translator.translated(question, other)
        if not translation:
            continue
        theirs, their_hits = look_up(translation)
        least = max(threshold if believed else BESIDE_OWN, evidence.probability)
        if theirs.probability >= max(least, best.evidence.probability if best else 0.0):
            best = FoundInTranslation(theirs, their_hits, translation)
    return best


def _writes_both(model: LanguageModel, own: str, language: str) -> bool:
    return not model.small and (not model.languages or {own, language} <= model.languages)


def _masked(question: str) -> tuple[str, list[tuple[str, str]]]:
    """The question with made-up names for those that it says, and which stands for which."""
    names = sorted(names_in(question), key=len, reverse=True)
    free = [stand_in for stand_in in _STAND_INS if stand_in not in question]
    stands_for = list(zip(free, names, strict=False))
    return _replaced(question, {name: stand_in for stand_in, name in stands_for}), stands_for


def _unmasked(written: str, stands_for: Sequence[tuple[str, str]]) -> str:
    """The translation with the names back; one that the model dropped stands before it."""
    dropped = [name for stand_in, name in stands_for if stand_in not in written]
    written = _replaced(written, dict(stands_for))
    return ": ".join([*reversed(dropped), written]) if written else ""


def _replaced(text: str, by: Mapping[str, str]) -> str:
    """The text with each of those words replaced, and nothing in what took their places."""
    every = "|".join(regex.escape(word) for word in by)
    return regex.sub(every, lambda match: by[match.group()], text) if every else text
