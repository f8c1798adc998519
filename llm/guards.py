"""What is taken out of a model's words, or stops it, while it writes. Pure: text in, text out.

Thinking text is shown nowhere and is no part of the answer. A model that turns in a circle, or writes
another language than it was asked for, is stopped at once: nothing good follows.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

import regex

from llm.model import End, Generation

# How models mark what is not their answer: the opening, and what ends it. The harmony form of gpt-oss names
# its channel; Gemma's, Magistral's, Kimi's, Apertus' and Command's have signs of their own.
THINKING = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
    ("<|channel|>commentary<|message|>", "<|end|>"),
)
# Words of a template that some engines let through, and an end of thinking whose opening stood in the prompt.
# They are no part of an answer either.
TEMPLATE = (
    "<|start|>assistant", "<|channel|>final<|message|>", "<|return|>", "<|end|>", "<|im_end|>",
    "<|eot_id|>", "<|endoftext|>", "<end_of_turn>", "</s>", "</think>", "[/THINK]",
    "<answer>", "</answer>", "<|begin_of_box|>", "<|end_of_box|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>",
)  # fmt: skip
_SIGNS = sorted([opening for opening, _ in THINKING] + list(TEMPLATE), key=len, reverse=True)
_SIGN = re.compile("|".join(re.escape(sign) for sign in _SIGNS))
_LONGEST = max(len(sign) for sign in _SIGNS)
_CLOSING = dict(THINKING)

TAIL = 900  # characters a circle is looked for in
LEAST_LETTERS = 40  # with fewer nobody can tell the language
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}ー]")
_HAN = regex.compile(r"\p{Han}")
_LATIN = regex.compile(r"\p{Latin}")


def without_thinking(pieces: Iterator[str], generation: Generation) -> Iterator[str]:
    """The pieces without thinking text and template signs, wherever the pieces cut them. While the model
    thinks, each piece comes as an empty one: a sign of life."""
    held, closing = "", ""
    for piece in pieces:
        held += piece
        said = ""
        while held:
            if closing:
                before, separator, after = held.partition(closing)
                if not separator:
                    keep = _beginning_of((closing,), held)
                    generation.thinking += len(held) - keep
                    held = held[len(held) - keep :]
                    break
                generation.thinking += len(before)
                held, closing = after.lstrip(), ""
                continue
            match = _SIGN.search(held)
            if match is None:
                keep = _beginning_of(_SIGNS, held)
                said += held[: len(held) - keep]
                held = held[len(held) - keep :]
                break
            said += held[: match.start()]
            closing = _CLOSING.get(match.group(), "")
            held = held[match.end() :]
        yield said
    if held and not closing:
        yield held


def _beginning_of(signs: tuple[str, ...] | list[str], text: str) -> int:
    """How many characters at the text's end may be the beginning of a sign."""
    for length in range(min(len(text), _LONGEST - 1), 0, -1):
        end = text[-length:]
        if any(sign.startswith(end) for sign in signs):
            return length
    return 0


def circle(text: str) -> str:
    """What the text's end says again and again, or empty: 2 to 40 characters four times, up to 300 three
    times, one character sixty times. Runs of spaces and of rules (dots, dashes) do not count."""
    tail = text[-TAIL:]
    if len(tail) >= 60 and len(set(tail[-60:])) == 1 and tail[-1] not in " .-_=*・…─":
        return tail[-1]
    for length in range(2, min(300, len(tail) // 3) + 1):
        unit, times = tail[-length:], 4 if length <= 40 else 3
        if (
            tail.endswith(unit * times)
            and any(character.isalnum() for character in unit)
            and (length * times >= 16 or not unit.isdigit())
        ):
            return unit
    return ""


def other_language(text: str, language: str) -> bool:
    """Whether the text is plainly not in that language (ja, en, zh): by its scripts, from 40 letters on."""
    kana, han, latin = (len(script.findall(text)) for script in (_KANA, _HAN, _LATIN))
    letters = sum(character.isalpha() for character in text)
    if letters < LEAST_LETTERS:
        return False
    if language == "en":
        return latin < 0.5 * letters
    if language == "ja":
        return kana < 0.05 * letters
    if language == "zh":
        return kana > 0.15 * letters or han < 0.2 * letters
    return False


def guarded(generation: Generation, language: str = "") -> Generation:
    """The same generation, guarded: without thinking text, and stopped when it turns in a circle or, where
    a language is given, writes another. Its `end` then says which."""
    generation.pieces = _watched(generation.pieces, generation, language)
    return generation


def _watched(
    pieces: Generator[str, None, None], generation: Generation, language: str
) -> Generator[str, None, None]:
    said = ""
    try:
        for piece in without_thinking(pieces, generation):
            said += piece
            stop = None
            if piece and circle(said):
                stop = End.LOOP
            elif piece and language and other_language(said, language):
                stop = End.LANGUAGE
            yield piece
            if stop is not None:
                pieces.close()
                generation.end = stop
                return
    finally:
        pieces.close()
