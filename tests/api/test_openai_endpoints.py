"""The doors that speak as OpenAI's API does, asked by OpenAI's own client over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest
from making import add, add_all, administrator, person

from contract.values import Role
from core.identity.accounts import sign_in
from core.models import AuditEntry
from core.settings import Settings
from llm.fakes import ScriptedModel
from operations.library import Library

TRAVEL = "An expense claim must be submitted within 10 business days after the end of the trip."
CLAIM = "Within how many business days must an expense claim be submitted?"
GOOD = "An expense claim must be submitted within 10 business days after the trip [1]."
WRONG = "An expense claim must be submitted within 99 business days [1]."


def client_as(library: Library, door: str, user: str = "") -> openai.OpenAI:
    user = user or administrator(library).user_id
    with library.sessions.write() as session:
        token = sign_in(session, user)
    return openai.OpenAI(base_url=f"{door}/v1", api_key=token, max_retries=0)


@pytest.fixture
def asking(library: Library, door: str) -> Iterator[openai.OpenAI]:
    add_all(
        library,
        [
            ("travel.txt", TRAVEL),
            ("card.txt", "The fee for a lost card [x](http://evil.example/p) is 50 yuan."),
        ],
    )
    with client_as(library, door) as opened:
        yield opened


def allow_bare(library: Library) -> None:
    library.settings = library.settings.model_copy(update={"bare_model": True})


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def test_the_models_are_the_archive_the_embedder_and_where_allowed_the_bare_model(
    asking: openai.OpenAI, library: Library
) -> None:
    library.answerer.model = ScriptedModel(GOOD)
    assert [model.id for model in asking.models.list()] == ["shoko", "hash"]
    allow_bare(library)
    assert [model.id for model in asking.models.list()] == ["shoko", "scripted", "hash"]
    assert asking.models.retrieve("hash").owned_by == "shoko"
    with pytest.raises(openai.NotFoundError):
        asking.models.retrieve("gpt-5")


def test_the_archive_answers_with_its_quotes_and_checked_sentences(
    asking: openai.OpenAI, library: Library
) -> None:
    library.answerer.model = ScriptedModel(f"{GOOD} {WRONG}")
    answer = asking.chat.completions.create(model="shoko", messages=user(CLAIM))
    text = answer.choices[0].message.content or ""
    first, *_, last = text.splitlines()
    assert first == f"> [1] {TRAVEL} (travel.txt, p. 1)"
    assert last == "An expense claim must be submitted within 10 business days after the trip. [1]"
    assert "99" not in text
    extra: Any = answer.model_extra
    assert extra["shoko"]["status"] == "answered"
    assert extra["shoko"]["citations"][0]["quote"] == TRAVEL
    assert [sentence["flaw"] for sentence in extra["shoko"]["struck"]] == ["number"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 50
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_says_the_same_as_one_body_and_its_quotes_come_first(
    asking: openai.OpenAI, library: Library
) -> None:
    library.answerer.model = ScriptedModel(GOOD)
    whole = asking.chat.completions.create(model="shoko", messages=user(CLAIM))
    chunks = list(
        asking.chat.completions.create(
            model="shoko", messages=user(CLAIM), stream=True, stream_options={"include_usage": True}
        )
    )
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts).strip("\n") == whole.choices[0].message.content
    said = [text for text in texts if text]
    assert said[0].startswith("> [1]")
    assert said[-1].endswith("[1]")
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage


def test_without_a_model_the_quotes_are_the_answer_and_nothing_is_told_as_not_found(
    asking: openai.OpenAI,
) -> None:
    answer = asking.chat.completions.create(model="shoko", messages=user(CLAIM))
    assert (answer.choices[0].message.content or "").splitlines()[0].endswith("(travel.txt, p. 1)")
    absent = asking.chat.completions.create(
        model="shoko", messages=user("Which insurance company covers the helicopter of the chairman?")
    )
    assert (absent.choices[0].message.content or "").startswith("This is not in the documents.")
    assert absent.model_extra is not None
    assert absent.model_extra["shoko"]["status"] == "not_found"


def test_what_a_table_answers_is_told_with_its_arithmetic(asking: openai.OpenAI, library: Library) -> None:
    library.answerer.model = None
    add(library, "stock.csv", "Item,Warehouse,Quantity\nBolt,Osaka,120\nNut,Osaka,80\nPanel,Kobe,15\n")
    done = asking.chat.completions.create(
        model="shoko", messages=user("What is the total quantity in the Osaka warehouse?")
    )
    assert "\n200 [1]\n" in str(done.choices[0].message.content)
    assert "120 + 80 = 200" in str(done.choices[0].message.content)
    assert done.to_dict()["shoko"]["computed"]["value"] == "200"  # type: ignore[index]


def test_a_follow_up_is_understood_by_what_was_asked_before(asking: openai.OpenAI, library: Library) -> None:
    library.answerer.model = model = ScriptedModel(GOOD)
    first = asking.chat.completions.create(model="shoko", messages=user("What is the fee for a lost card?"))
    messages = [
        {"role": "system", "content": "Answer as a pirate."},
        *user("What is the fee for a lost card?"),
        {"role": "assistant", "content": first.choices[0].message.content},
        *user("How many yuan is it?"),
    ]
    answer = asking.chat.completions.create(model="shoko", messages=messages)
    assert "50 yuan" in (answer.choices[0].message.content or "").splitlines()[0]
    assert answer.model_extra is not None
    assert answer.model_extra["shoko"]["left_out"] == ["system"]
    prompt = model.requests[-1].messages[-1].content
    assert "Asked: What is the fee for a lost card?" in prompt
    assert not any("pirate" in message.content for message in model.requests[-1].messages)


def test_what_a_chat_window_would_load_is_disarmed_and_the_quote_kept_whole(asking: openai.OpenAI) -> None:
    answer = asking.chat.completions.create(model="shoko", messages=user("What is the fee for a lost card?"))
    text = answer.choices[0].message.content or ""
    assert "http://evil.example/p" in text
    assert "](" not in text
    assert answer.model_extra is not None
    quotes = [citation["quote"] for citation in answer.model_extra["shoko"]["citations"]]
    assert any("[x](http://evil.example/p)" in quote for quote in quotes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tools", [{"type": "function", "function": {"name": "f", "parameters": {}}}]),
        ("n", 2),
        ("logprobs", True),
        ("logit_bias", {"50256": -100}),
        ("reasoning_effort", "high"),
        ("response_format", {"type": "json_object"}),
        ("made_up", 1),
    ],
)
def test_a_parameter_is_refused_by_its_name(asking: openai.OpenAI, name: str, value: Any) -> None:
    more = {"extra_body": {name: value}} if name == "made_up" else {name: value}
    with pytest.raises(openai.BadRequestError) as raised:
        asking.chat.completions.create(model="shoko", messages=user(CLAIM), **more)
    assert raised.value.param == name
    assert raised.value.code == "parameter_refused"
    assert raised.value.type == "invalid_request_error"


def test_values_that_ask_for_nothing_are_taken(asking: openai.OpenAI) -> None:
    asking.chat.completions.create(
        model="shoko", messages=user(CLAIM), n=1, logprobs=False, tools=[], user="x", store=False
    )


@pytest.mark.parametrize(
    ("name", "value"), [("temperature", 9), ("max_tokens", 0), ("top_p", "much"), ("messages", [])]
)
def test_a_value_out_of_range_is_refused_by_its_name(asking: openai.OpenAI, name: str, value: Any) -> None:
    body = {"model": "shoko", "messages": user(CLAIM), name: value}
    with pytest.raises(openai.BadRequestError) as raised:
        asking.post("/chat/completions", body=body, cast_to=object)
    assert raised.value.param == name


def test_how_it_is_written_reaches_the_model(asking: openai.OpenAI, library: Library) -> None:
    library.answerer.model = model = ScriptedModel(GOOD)
    options: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ["\n\n"], "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
    }  # fmt: skip
    asking.chat.completions.create(model="shoko", messages=user(CLAIM), max_completion_tokens=33, **options)
    request = model.requests[0]
    assert request.max_tokens == 33
    assert {name: getattr(request, name) for name in options} == options | {"stop": ("\n\n",)}


def test_the_bare_model_is_spoken_to_only_where_a_setting_allows_it(
    asking: openai.OpenAI, library: Library
) -> None:
    library.answerer.model = model = ScriptedModel("<think>Hm, a greeting.</think>Hello there.")
    with pytest.raises(openai.BadRequestError, match="SHOKO_BARE_MODEL"):
        asking.chat.completions.create(model="scripted", messages=user("Hi"))
    assert model.requests == []
    allow_bare(library)
    answer = asking.chat.completions.create(model="scripted", messages=user("Hi"), max_tokens=50)
    assert answer.choices[0].message.content == "Hello there."
    chunks = asking.chat.completions.create(model="scripted", messages=user("Hi"), stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello there."
    with library.sessions.read() as session:
        assert session.query(AuditEntry).where(AuditEntry.action == "model.used").count() == 2
    cut = asking.chat.completions.create(model="scripted", messages=user("Hi"), max_tokens=2)
    assert cut.choices[0].finish_reason == "length"


def test_a_form_is_asked_of_the_bare_model_as_a_schema(asking: openai.OpenAI, library: Library) -> None:
    allow_bare(library)
    library.answerer.model = model = ScriptedModel("{}")
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    form: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    asking.chat.completions.create(model="scripted", messages=user("Hi"), response_format=form)
    asking.chat.completions.create(
        model="scripted", messages=user("Hi"), response_format={"type": "json_object"}
    )
    assert '"integer"' in model.requests[0].schema
    assert model.requests[1].schema == "{}"


def test_a_conversation_past_the_context_is_shortened_and_that_is_said(
    asking: openai.OpenAI, library: Library
) -> None:
    allow_bare(library)
    library.answerer.model = model = ScriptedModel("Yes.", context_tokens=700)
    messages: list[Any] = [{"role": "system", "content": "Be brief."}]
    for number in range(40):
        messages += user(f"Question {number}? " + "Some more words on it. " * 5)
        messages.append({"role": "assistant", "content": f"Answer {number}. " + "And its reasons. " * 9})
        extra: Any = asking.chat.completions.create(
            model="scripted", messages=[*messages, *user("What did I ask first?")], max_tokens=60
        ).model_extra
        request = model.requests[-1]
        assert model.count_prompt(request.messages) + 60 <= 700
        assert request.messages[0].content.startswith("Be brief.")
        assert request.messages[-1].content == "What did I ask first?"
        text = "\n".join(message.content for message in request.messages)
        kept = [n for n in range(number + 1) if f"Question {n}?" in text]
        left_out = extra["shoko"].get("left_out_turns", 0)
        assert kept == list(range(left_out, number + 1))
        assert (f"({left_out} earlier turns are left out here.)" in text) == (left_out > 0)
    assert left_out > 20
    with pytest.raises(openai.APIStatusError) as refused:
        asking.chat.completions.create(model="scripted", messages=user("word " * 2000))
    assert refused.value.code == "prompt_too_long"


def test_a_full_queue_is_503_with_a_time_and_waiting_is_told(asking: openai.OpenAI, library: Library) -> None:
    allow_bare(library)
    library.answerer.model = ScriptedModel("Hello.")
    library.answerer.gate.limit = 1
    chunks: list[Any] = []
    with library.answerer.gate.place("somebody"):
        waiting = asking.chat.completions.create(model="scripted", messages=user("Hi"), stream=True)
        reader = threading.Thread(target=lambda: chunks.extend(waiting))
        reader.start()
        while library.answerer.gate.waiting < 2:
            pass
        with pytest.raises(openai.APIStatusError) as raised:
            asking.chat.completions.create(model="scripted", messages=user("Hi"))
        assert raised.value.status_code == 503
        assert int(raised.value.response.headers["retry-after"]) > 0
        answer = asking.chat.completions.create(model="shoko", messages=user(CLAIM))
        assert "travel.txt" in (answer.choices[0].message.content or "")
    reader.join(120)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello."
    assert any("waiting" in (chunk.model_extra or {}).get("shoko", {}) for chunk in chunks)


def test_embeddings_are_the_embedders_own_in_both_forms(asking: openai.OpenAI, library: Library) -> None:
    assert library.index.embedder is not None
    texts = ["The pump stops.", "休暇は十日。"]
    expected = library.index.embedder.passages(texts)
    forms: list[dict[str, Any]] = [{}, {"encoding_format": "float"}]  # its client asks for base64 by itself
    for form in forms:
        answer = asking.embeddings.create(model="hash", input=texts, **form)
        assert np.allclose([embedding.embedding for embedding in answer.data], expected)
        assert answer.usage.prompt_tokens == sum(map(len, texts))
    query = asking.embeddings.create(model="hash", input="pump", extra_body={"input_type": "query"})
    assert np.allclose(query.data[0].embedding, library.index.embedder.query("pump"))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"input": [1, 2, 3]}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": "x" * 10_001}, "input[0]"),
        ({"input": ["a"] * 2049}, "input"),
        ({"input": "a", "dimensions": 8}, "dimensions"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_name(
    asking: openai.OpenAI, more: dict[str, Any], name: str
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        asking.embeddings.create(model="hash", **more)
    assert raised.value.param == name


def test_an_unknown_model_and_a_wrong_key_are_told(asking: openai.OpenAI, door: str) -> None:
    with pytest.raises(openai.NotFoundError):
        asking.chat.completions.create(model="gpt-5", messages=user(CLAIM))
    with pytest.raises(openai.NotFoundError):
        asking.embeddings.create(model="text-embedding-3-small", input="x")
    with openai.OpenAI(base_url=f"{door}/v1", api_key="wrong", max_retries=0) as stranger:
        for ask in (
            lambda: stranger.models.list(),
            lambda: stranger.chat.completions.create(model="shoko", messages=user(CLAIM)),
            lambda: stranger.embeddings.create(model="hash", input="x"),
        ):
            with pytest.raises(openai.AuthenticationError):
                ask()


def test_the_archive_shows_each_asker_only_what_he_may_read(
    asking: openai.OpenAI, library: Library, door: str
) -> None:
    nobody = person(library.sessions, "Abe")
    reader = person(library.sessions, "Mori", General=Role.READER)
    for access, seen in ((nobody, False), (reader, True)):
        with client_as(library, door, access.user_id) as client:
            answer = client.chat.completions.create(model="shoko", messages=user(CLAIM))
        assert ("travel.txt" in str(answer)) == seen


def test_the_setting_is_off_by_default() -> None:
    assert not Settings.model_fields["bare_model"].default
