"""From quotes to checked sentences: the model's part of an answer, and all that bounds it.

The prompt is counted by the model's own tokenizer before it is sent; what has no room is left out whole and
written down. While the model writes, each finished sentence is checked against the quotes it cites.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from core.errors import ModelBusy, ModelDied, ModelUnfit
from llm.gate import Gate
from llm.guards import guarded
from llm.model import End, GenerationRequest, LanguageModel
from retrieval.answers.conversation import Fit, Recalled, Turn, fit
from retrieval.answers.writing.completion import left_out
from retrieval.answers.writing.prompts import (
    INSUFFICIENT,
    SURE,
    answer_grammar,
    answer_messages,
    copying_grammar,
    copying_messages,
    fenced_texts,
    other_language,
)
from retrieval.answers.writing.relevance import fitting
from retrieval.answers.writing.translation import Translating, verify_translated
from retrieval.answers.writing.verification import MARK, Flaw, Verdict, verify
from retrieval.evidence.types import Quote

# Fences carry a secret that no document can know. It is the same for the same quote as long as this process
# lives, so that a second question finds the prompt's beginning read already, up to the first other quote.
_SECRET = secrets.token_bytes(16)
SIGN_SECONDS = 1.0  # between two signs of life while the model reads


@dataclass(frozen=True)
class Waiting:
    """The asker's place in the model's queue; none ahead means that the model reads and thinks."""

    ahead: int
    seconds: float


@dataclass(frozen=True)
class Sentence:
    """A sentence of the model that passed the check, and the quotes it rests on."""

    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True)
class Struck:
    """A sentence of the model that did not pass, and why."""

    text: str
    flaw: str


@dataclass(frozen=True)
class SamplingOptions:
    """How an asker wants it written; the defaults are Shoko's own. `tokens` 0 takes the setting's limit."""

    tokens: int = 0
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """Tokens and seconds that an answer may take."""

    tokens: int
    seconds: float


@dataclass
class Writing:
    """What became of it; filled while the model writes."""

    verdicts: list[Verdict] = field(default_factory=list)
    why: str = ""
    model: str = "none"
    prompt_tokens: int = 0
    reused_tokens: int = 0
    tokens: int = 0
    thinking: int = 0
    left_out_quotes: tuple[int, ...] = ()
    shortened_turns: int = 0
    left_out_turns: int = 0
    unfinished: str = ""
    completed: int = 0  # parts that the model left out and the quotes gave
    translated: str = ""  # the quotes' language, where the answer is written in another
    first_token_ms: float | None = None

    def record(self) -> dict[str, Any]:
        """What is kept beside the answer: figures, and everything that the model was not given."""
        kept: dict[str, Any] = {
            "prompt_tokens": self.prompt_tokens,
            "reused_tokens": self.reused_tokens,
            "tokens": self.tokens,
        }
        for name in (
            "thinking",
            "left_out_quotes",
            "shortened_turns",
            "left_out_turns",
            "unfinished",
            "completed",
            "translated",
        ):
            if value := getattr(self, name):
                kept[name] = list(value) if isinstance(value, tuple) else value
        return kept


def generate_answer(
    model: LanguageModel,
    gate: Gate,
    person: str,
    question: str,
    language: str,
    quotes: list[Quote],
    limits: Limits,
    written: Writing,
    *,
    probability: float = 1.0,
    turns: Sequence[Turn] = (),
    options: SamplingOptions | None = None,
    translating: Translating | None = None,
) -> Generator[Waiting | Sentence | Struck, None, None]:
    """Let the model write and check each sentence; `written` is filled on the way, its `why` says why the
    model could not. `probability` is that the quotes answer; with `translating` they are in another language,
    as far as the first ones are in one."""
    options = options or SamplingOptions()
    written.model = model.name
    began = time.perf_counter()
    try:
        gate.slots = model.slots  # servers come and go
        with gate.place(person) as place:
            while not place.wait(SIGN_SECONDS):
                yield Waiting(place.ahead, place.expected_seconds)
            started = time.perf_counter()
            tokens = min(limits.tokens, options.tokens or limits.tokens)
            if translating is not None:
                quotes = list(takewhile(lambda quote: other_language(quote, language), quotes))
                written.translated = translating.quoted
            copying = model.small and language == "en"
            if copying:
                quotes, turns = quotes[: 1 if probability >= SURE else 2], ()  # more only confuses it
            fitting = _fitting(model, question, language, quotes, turns, tokens)
            if fitting is None:
                written.why = "prompt_too_long"
                return
            used = quotes[: fitting.passages]
            written.left_out_quotes = tuple(range(fitting.passages + 1, len(quotes) + 1))
            written.shortened_turns = fitting.recalled.shortened
            written.left_out_turns = fitting.recalled.left_out
            messages = answer_messages(question, language, used, fence, fitting.recalled.lines)
            grammar = answer_grammar(len(used))
            if copying:
                messages = copying_messages(question, used, fence)
                grammar = copying_grammar(used)
                if not grammar:
                    written.why = "insufficient"
                    return
            request = GenerationRequest(
                messages,
                max_tokens=tokens,
                grammar=grammar,
                seconds=limits.seconds,
                temperature=options.temperature,
                top_p=options.top_p,
                seed=options.seed,
                frequency_penalty=options.frequency_penalty,
                presence_penalty=options.presence_penalty,
                stop=options.stop,
            )
            try:
                check = _Check(question, [quote.text for quote in used], translating)
                yield from _checked(model, request, language, used, check, written, began)
            finally:
                gate.took(time.perf_counter() - started)
            if not copying and translating is None:
                yield from _completed(question, used, written)
    except (ModelDied, ModelUnfit, ModelBusy) as error:
        written.why = error.code


def _checked(
    model: LanguageModel,
    request: GenerationRequest,
    language: str,
    quotes: list[Quote],
    check: _Check,
    written: Writing,
    began: float,
) -> Iterator[Waiting | Sentence | Struck]:
    generation = guarded(model.generate(request), language)
    # Small models copy what stands at a fence.
    fences = re.compile("|".join(map(fence, fenced_texts(language, quotes))))
    last_sign = time.perf_counter()
    stream = _finished_sentences(generation.pieces)
    try:
        while True:
            try:
                sentence = next(stream)
            except StopIteration as end:
                rest: str = end.value
                break
            if sentence is None:
                if time.perf_counter() - last_sign >= SIGN_SECONDS:
                    last_sign = time.perf_counter()
                    yield Waiting(0, 0.0)
                continue
            if written.first_token_ms is None:
                written.first_token_ms = 1000 * (time.perf_counter() - began)
            if not sentence:
                continue
            if (checked := _told(fences.sub("", sentence), check, written)) is None:
                return
            yield checked
            if not any(verdict.stands for verdict in written.verdicts):
                return  # the answer comes first: what is written behind it is about something else
        if generation.end in (End.LENGTH, End.DEADLINE) and not MARK.search(rest):
            written.unfinished = rest.strip()
        elif rest.strip(" .。"):
            checked = _told(fences.sub("", rest), check, written)
            if checked is not None:
                yield checked
    finally:
        stream.close()
        written.prompt_tokens, written.reused_tokens = generation.prompt_tokens, generation.reused_tokens
        written.tokens, written.thinking = generation.tokens, generation.thinking
    if generation.end in (End.DEADLINE, End.LENGTH, End.LOOP, End.LANGUAGE):
        written.why = written.why or WHY[generation.end]


def _completed(question: str, quotes: list[Quote], written: Writing) -> Iterator[Sentence]:
    """What the answer left out of its quotes and is not whole without, in the documents' words."""
    standing = [(verdict.text, verdict.marks) for verdict in written.verdicts if verdict.stands]
    parts = left_out(question, standing, [quote.text for quote in quotes])
    written.completed = len(parts)
    for part in parts:
        written.verdicts.append(Verdict(part.text, (part.mark,), None))
        yield Sentence(part.text, (part.mark,))


WHY = {
    End.DEADLINE: "model_deadline",
    End.LENGTH: "model_length",
    End.LOOP: "model_loop",
    End.LANGUAGE: "model_wrong_language",
}


@dataclass(frozen=True)
class _Check:
    """What sentences of an answer are compared with."""

    question: str
    texts: Sequence[str]
    translating: Translating | None

    def verdict(self, sentence: str) -> Verdict:
        """Whether the quotes carry the sentence and it is to the question."""
        verdict = _best(sentence, self.texts, self.translating)
        if self.translating is not None:
            return verdict
        cited = "\n".join(self.texts[mark - 1] for mark in verdict.marks if mark <= len(self.texts))
        return fitting(self.question, verdict, cited)


def _told(sentence: str, check: _Check, written: Writing) -> Sentence | Struck | None:
    """What is told of a finished sentence; None ends the answer."""
    if sentence.strip() == INSUFFICIENT:
        written.why = "insufficient"
        return None
    verdict = check.verdict(sentence)
    if any(verdict.text == earlier.text for earlier in written.verdicts):
        return None  # the model repeats itself: nothing new will come
    written.verdicts.append(verdict)
    if verdict.flaw is None:
        return Sentence(verdict.text, verdict.marks)
    return Struck(verdict.text, verdict.flaw)


def _best(sentence: str, texts: Sequence[str], translating: Translating | None) -> Verdict:
    """The verdict on a sentence; where the quotes that it cites do not carry it and another one does, it gets
    that one's mark."""

    def judged(marked: str) -> Verdict:
        if translating is None:
            return verify(marked, texts)
        how = translating
        return verify_translated(marked, texts, how.language, how.likeness, how.least)

    verdict = judged(sentence)
    if verdict.stands or verdict.flaw in (Flaw.EMPTY, Flaw.NO_MARK) or len(texts) < 2:
        return verdict
    bare = MARK.sub("", sentence)
    others = (judged(f"{bare}[{number}]") for number in range(1, len(texts) + 1))
    return next((other for other in others if other.stands), verdict)


def fence(held: str) -> str:
    """The secret of the fence around that text."""
    return hmac.new(_SECRET, held.encode(), hashlib.sha256).hexdigest()[:8]


def _fitting(
    model: LanguageModel,
    question: str,
    language: str,
    quotes: list[Quote],
    turns: Sequence[Turn],
    answer_tokens: int,
) -> Fit | None:
    def count(passages: int, recalled: Recalled) -> int:
        used = quotes[:passages]
        return model.count_prompt(answer_messages(question, language, used, fence, recalled.lines))

    return fit(len(quotes), turns, language, count, model.context_tokens - answer_tokens)


def _finished_sentences(pieces: Generator[str, None, None]) -> Generator[str | None, None, str]:
    """Cut the stream after each sentence's marks. None is a sign of life, an empty text the first word; the
    generator's value is what is left at the end."""
    held, begun = "", False
    try:
        for piece in pieces:
            if not piece:
                yield None
                continue
            if not begun:
                begun = True
                yield ""
            held += piece
            while (cut := _after_marks(held)) is not None:
                yield held[:cut]
                held = held[cut:]
    finally:
        pieces.close()
    return held


def _after_marks(text: str) -> int | None:
    """Where the first sentence with its marks ends, once what follows shows that no mark follows."""
    match = MARK.search(text)
    while match is not None:
        end = match.end()
        if end == len(text) or text[end:].isspace():
            return None
        following = MARK.match(text, end)
        if following is None:
            if text[end] == "[":
                return None
            return end + 1 if text[end] in ".。" else end
        match = following
    return None
