"""Several tokens at a time are the tokens that would have come one by one, and what every prompt begins with
is read before anybody asks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llm.engines.beginnings import shared
from llm.engines.decoding import Decoder, foretold
from llm.engines.llama import LlamaCpp, LlamaSettings
from llm.model import Generation, GenerationRequest, Message
from operations import build_engine

QUOTE = "The daily allowance in Osaka is 3,000 yen for grade B and 3,500 yen for grade A."


@pytest.mark.fast
@pytest.mark.parametrize(
    ("tokens", "draft"),
    [
        ([1, 2, 3, 4, 5, 9, 1, 2, 3], [4, 5, 9]),
        ([1, 2, 3, 4, 7, 2, 3, 5, 6, 8, 2, 3], [5, 6, 8]),  # the last place counts
        ([4, 2, 3, 6, 1, 2, 3, 5, 4, 2, 3], [6, 1, 2]),  # a longer match counts for more than a later one
        ([1, 2, 3], []),
        ([7, 7, 7], [7]),
        ([5], []),
        ([], []),
    ],
)
def test_what_followed_the_same_tokens_before_is_foretold(tokens: list[int], draft: list[int]) -> None:
    assert foretold(tokens, 3) == draft
    assert foretold(tokens, 0) == []


@pytest.mark.fast
def test_a_common_beginning_is_counted() -> None:
    assert [shared([1, 2, 3], [1, 2, 4]), shared([], [1]), shared([1], [1, 2])] == [2, 0, 1]


@pytest.mark.fast
def test_the_widest_build_is_for_processors_with_all_that_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow, wide = build_engine.NEEDED, build_engine.NEEDED | build_engine.WIDE
    monkeypatch.setattr(build_engine.platform, "machine", lambda: "x86_64")
    of_flags = ((narrow, "avx2"), (wide, "avx512"), ({"sse4_2"}, "sse42"), (wide - {"avx512_vnni"}, "avx2"))
    for flags, tier in of_flags:
        text = "flags : " + " ".join(sorted(flags))
        monkeypatch.setattr(build_engine.Path, "read_text", lambda self, text=text: text)
        assert build_engine.tier_of_machine() == tier
    assert build_engine.TIERS == ["avx512", "avx2", "sse42"]
    assert all("AMX_TILE=OFF" in build_engine.FLAGS[tier] for tier in ("avx512", "avx2", "sse42"))


def said(engine: LlamaCpp, messages: list[Message], grammar: str = "") -> tuple[str, Generation]:
    generation = engine.generate(GenerationRequest(messages, max_tokens=24, grammar=grammar))
    return "".join(generation.pieces), generation


class Follower(Decoder):
    """Reads a given text token by token, and notes how much likelier other tokens would have been."""

    def __init__(self, engine: Any, llama: Any, text: Sequence[int]) -> None:
        super().__init__(engine, llama, draft=0)
        self.text, self.behind = text, list[float]()

    def _pick(self, place: int, bounds: Any) -> int | None:
        if len(self.behind) == len(self.text):
            return None
        token = self.text[len(self.behind)]
        scores = np.ctypeslib.as_array(self.engine.llama_get_logits_ith(self.llama.ctx, place), (self.words,))
        allowed = np.arange(self.words) if bounds is None else bounds._allowed(np.arange(self.words), scores)
        self.behind.append(float(scores[allowed].max() - scores[token]))
        assert bounds is None or bounds.accept(token, scores) == token
        return token


@pytest.mark.engines
@pytest.mark.parametrize("grammar", ["", 'root ::= [A-Z] [a-z ,0-9]{8,40} "."'])
def test_drafts_change_nothing_of_what_is_written(chat_model: Path, grammar: str) -> None:
    import llama_cpp

    llama = llama_cpp.Llama(str(chat_model), n_ctx=512, n_threads=1, verbose=False)
    try:
        prompt = llama.tokenize(f"{QUOTE} I repeat: {QUOTE} I repeat: ".encode())
        drafting = Decoder(llama_cpp, llama, draft=3)
        texts = []
        for _ in range(2):  # and what the context holds afterwards is right
            llama.reset()
            texts.append(list(islice(drafting.write(prompt, grammar), 20)))
        assert texts[0] == texts[1]
        assert drafting.confirmed > 0
        llama.reset()
        follower = Follower(llama_cpp, llama, texts[0])
        assert list(follower.write(prompt, grammar)) == texts[0]
    finally:
        llama.close()
    # Four tokens are summed up in another order than one, so that near equals may change places: by half a
    # unit of log-likelihood at most. A draft that stood wrongly would be behind by more.
    assert max(follower.behind) < 0.5


@pytest.mark.engines
@pytest.mark.parametrize("draft", [0, 3])
def test_a_text_comes_again_the_same(chat_model: Path, tmp_path: Path, draft: int) -> None:
    question = [Message("user", f"{QUOTE}\nRepeat this text word for word: {QUOTE}")]
    engine = LlamaCpp("m", LlamaSettings(chat_model, 1024, threads=1, draft=draft), tmp_path / "logs")
    engine.start()
    try:
        first, generation = said(engine, question)
        again, _ = said(engine, question)
    finally:
        engine.close()
    assert 0 < generation.tokens <= 24
    assert first == again


@pytest.mark.engines
def test_what_prompts_begin_with_is_read_before_and_put_back(chat_model: Path, tmp_path: Path) -> None:
    rules = Message("system", f"Answer from the quotes. {QUOTE} " * 4)
    others = Message("system", "Answer in verse, and be brief about it. " * 12)
    question = Message("user", "What is the allowance?")
    plain = LlamaCpp("p", LlamaSettings(chat_model, 1024, threads=1), tmp_path / "plain")
    kept = LlamaCpp(
        "k",
        LlamaSettings(chat_model, 1024, threads=1, beginnings=((rules,), (others,))),
        tmp_path / "kept",
    )
    try:
        plain.start()
        kept.start()
        expected, _ = said(plain, [rules, question])
        least = kept.count_tokens([rules.content])[0]
        text, generation = "", Generation()
        while generation.reused_tokens < least:  # it is read while nobody asks
            said(kept, [Message("user", "Something else?")])
            time.sleep(0.1)
            text, generation = said(kept, [rules, question])
        assert text == expected
        said(kept, [Message("user", "Something else?")])
        assert said(kept, [rules, question])[1].reused_tokens >= least
        assert said(kept, [others, question])[0] == said(plain, [others, question])[0]
    finally:
        plain.close()
        kept.close()


@pytest.mark.engines
def test_a_second_question_finds_its_quotes_read_although_beginnings_are_read_between(
    chat_model: Path, tmp_path: Path
) -> None:
    beginning = (Message("system", "Answer in verse, and be brief about it. " * 12),)
    engine = LlamaCpp(
        "k", LlamaSettings(chat_model, 1024, threads=1, beginnings=(beginning,) * 8), tmp_path / "kept"
    )
    engine.start()
    try:
        quotes = f"{QUOTE} " * 6
        said(engine, [Message("user", f"{quotes} What is the allowance?")])
        asked = [Message("user", f"{quotes} Which grades are there?")]
        again = said(engine, asked)[1]
    finally:
        engine.close()
    assert again.reused_tokens > 0.75 * again.prompt_tokens
