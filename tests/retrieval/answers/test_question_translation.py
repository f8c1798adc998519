"""What only documents in another language say is found by the question in that language, as the model
translates it; the asker sees what was looked up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from making import add, administrator, settings_in

from language.tokens import language_of
from llm.fakes import HashEmbedder, ScriptedModel
from llm.gate import Gate
from operations.library import Library, open_library
from retrieval.answers.events import Done, Event, Quotes
from retrieval.answers.question_translation import Translator, checked_translation

LEAVE = """# Absence

Employees called for jury service are paid in full for up to 30 days.

Employees may take 3 days of leave when a parent dies.
"""
CARDS = "# 入館証\n\n入館証をなくしたときは、総務課に届け出る。再発行の手数料は1,000円とする。"
ASKED = "ミナトヤで裁判の陪審員に呼ばれたら給料はどうなりますか"
TRANSLATED = "Are employees called for jury service at Acme paid in full?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(settings_in(tmp_path / "data"), embedder=HashEmbedder(), load_models=False) as opened:
        add(opened, "minatoya∕absence.md", LEAVE)
        add(opened, "cards.md", CARDS)
        yield opened


def answered(library: Library, question: str, *, model: ScriptedModel | None) -> tuple[Quotes, Done]:
    library.answerer.model = model
    events: list[Event] = list(library.answerer.ask(administrator(library), question))
    quotes, done = events[0], events[-1]
    assert isinstance(quotes, Quotes)
    assert isinstance(done, Done)
    return quotes, done


def test_named_documents_of_another_language_are_asked_in_it(library: Library) -> None:
    quotes, _ = answered(library, ASKED, model=ScriptedModel(TRANSLATED, "INSUFFICIENT"))
    assert quotes.answers
    assert "jury service" in quotes.quotes[0].text
    assert quotes.widened[0] == TRANSLATED.replace("Acme", "ミナトヤ")


def test_a_kept_answer_tells_it_again(library: Library) -> None:
    first, _ = answered(library, ASKED, model=ScriptedModel(TRANSLATED, "INSUFFICIENT"))
    again, _ = answered(library, ASKED, model=ScriptedModel("must not be asked"))
    assert again.widened == first.widened
    assert [quote.text for quote in again.quotes] == [quote.text for quote in first.quotes]


def test_without_a_model_it_is_looked_up_as_it_is(library: Library) -> None:
    quotes, _ = answered(library, ASKED, model=None)
    assert all(language_of(word) != "en" or "jury service at" not in word for word in quotes.widened)


def test_what_its_own_language_answers_is_not_translated(library: Library) -> None:
    model = ScriptedModel("INSUFFICIENT")
    quotes, _ = answered(library, "入館証の再発行の手数料はいくらですか", model=model)
    assert quotes.answers
    assert all("Translate" not in request.messages[0].content for request in model.requests)


def test_a_translation_that_is_none_is_not_looked_up(library: Library) -> None:
    quotes, _ = answered(library, ASKED, model=ScriptedModel("陪審員は有給です。", "INSUFFICIENT"))
    assert "陪審員は有給です。" not in quotes.widened


@pytest.mark.parametrize(
    ("question", "written", "kept"),
    [
        ("10台買うといくらですか", "How much is it for 10 units?", True),
        ("10台買うといくらですか", "How much is it?", False),  # a number was lost
        ("10台買うといくらですか", "10台はいくらですか", False),  # no translation
        ("休みは何日ですか", "", False),
        ("休みは何日ですか", "How many days? " * 40, False),
    ],
)
def test_what_counts_as_a_translation(question: str, written: str, kept: bool) -> None:
    assert checked_translation(question, written, "en") == (written if kept else "")


def test_names_are_the_askers_own_whatever_the_model_makes_of_them() -> None:
    model = ScriptedModel("Acmeでは休みは何日ですか", "休みは何日ですか")
    translator = Translator(model, Gate(4), "person")
    question = "At Northam, how many days off do I get?"
    assert translator.translated(question, "ja") == "Northamでは休みは何日ですか"
    assert translator.translated(question, "ja") == "Northam: 休みは何日ですか"
    assert "Northam" not in model.requests[0].messages[-1].content


def test_a_small_copier_translates_nothing() -> None:
    model = ScriptedModel("休みは何日ですか", small=True)
    assert Translator(model, Gate(4), "person").translated("How many days off?", "ja") == ""
    assert not model.requests


def test_what_a_busy_model_could_not_translate_is_looked_up_again(library: Library) -> None:
    first, _ = answered(library, ASKED, model=ScriptedModel("DIE", "INSUFFICIENT"))
    again, _ = answered(library, ASKED, model=ScriptedModel(TRANSLATED, "INSUFFICIENT"))
    assert TRANSLATED.replace("Acme", "ミナトヤ") not in first.widened
    assert again.widened[0] == TRANSLATED.replace("Acme", "ミナトヤ")


def test_a_named_companys_other_languages_alone_are_tried(library: Library) -> None:
    model = ScriptedModel("ミナトヤの駐車場はどこですか")
    answered(library, "Where may visitors of Minatoya park the helicopter?", model=model)
    assert all("Translate" not in request.messages[0].content for request in model.requests)


class LoadingModel(ScriptedModel):
    """A model that is still being loaded."""

    def ready(self) -> bool:
        return False


def test_what_was_asked_while_the_model_was_loaded_is_looked_up_again(library: Library) -> None:
    first, _ = answered(library, ASKED, model=LoadingModel(TRANSLATED, "INSUFFICIENT"))
    again, _ = answered(library, ASKED, model=ScriptedModel(TRANSLATED, "INSUFFICIENT"))
    assert TRANSLATED.replace("Acme", "ミナトヤ") not in first.widened
    assert again.widened[:1] == [TRANSLATED.replace("Acme", "ミナトヤ")]


def test_a_real_name_that_is_a_made_up_one_is_not_taken_for_another() -> None:
    model = ScriptedModel("BravoとDeltaのAcmeでは何日ですか")
    translator = Translator(model, Gate(4), "person")
    question = "How many days do Acme and Northam give people of Bravo?"
    written = translator.translated(question, "ja")
    asked = model.requests[0].messages[-1].content
    assert "Northam" not in asked and asked.count("Delta") == asked.count("Sigma") == 1
    assert "Bravo" in written and "Acme" in written


def test_a_follow_up_is_translated_as_it_was_made_whole(library: Library) -> None:
    model = ScriptedModel(TRANSLATED, f"{TRANSLATED[:-1]} (for 30 days)?")
    first, _ = answered(library, ASKED, model=model)
    follows = first.question_id
    events = list(library.answerer.ask(administrator(library), "30日の場合は？", follows=follows))
    assert isinstance(events[0], Quotes) and events[0].asked.count("30日") == 1
    orders = [request.messages for request in model.requests if "Translate" in request.messages[0].content]
    assert orders[-1][-1].content.count("30日") == 1
