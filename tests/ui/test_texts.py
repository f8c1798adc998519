"""Every word is there in all three languages, with the same values in it, and none is missing or idle."""

import ast
import re
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from contract.base import ErrorDetail
from contract.values import Held, JobState, RetentionKind, Role, Scope
from core import errors
from core.errors import ShokoError
from core.models import AccountSource, AnswerStatus, VersionState
from retrieval.answers.writing.verification import Flaw
from ui.client import BackendError
from ui.language import LANGUAGES, TEXTS, accepted, chosen, script_of, words_of

pytestmark = pytest.mark.fast

UI = TEXTS.parent
# Said by retrieval/answers/answerer.py and api/routes/answers/questions.py in an answer's `why`.
WHY = (
    "model_language",
    "other_language",
    "model_died",
    "model_unfit",
    "model_busy",
    "model_length",
    "model_deadline",
    "insufficient",
    "prompt_too_long",
    "not_readable_any_more",
)
FLOORS = ("api", "operations", "evaluation", "drafts", "checks", "ingest", "retrieval", "llm", "core")
ERRORS = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ShokoError) and kind is not ShokoError
}
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@in_each_language
def test_keys_and_placeholders_are_those_of_english(language: str) -> None:
    mine, english = words_of(language).texts, words_of("en").texts
    assert set(mine) == set(english)
    for key, text in english.items():
        if key.endswith(".one"):  # a language may leave the count out where it is one
            assert placeholders(mine[key]) - {"count"} == placeholders(text) - {"count"}, key
        else:
            assert placeholders(mine[key]) == placeholders(text), key
        assert mine[key].strip(), key


@in_each_language
def test_a_language_is_not_left_in_english(language: str) -> None:
    """A text that is the same as the English one is a name, or was forgotten."""
    if language == "en":
        return
    same = {key for key, text in words_of(language).texts.items() if text == words_of("en").texts[key]}
    same = {key for key in same if not key.startswith("sample.") and key != "app.name"}
    assert same <= {"quote.ocr"}


@in_each_language
@pytest.mark.parametrize("code", ERRORS)
def test_every_error_has_its_sentence(language: str, code: str) -> None:
    text = words_of(language)(f"error.{code}", **{name: f"<{name}>" for name in _values_of(ERRORS[code])})
    assert placeholders(words_of(language).texts[f"error.{code}"]) <= _values_of(ERRORS[code])
    assert text


def _values_of(kind: type[ShokoError]) -> set[str]:
    return placeholders(" ".join((kind.__doc__ or "").split()))


@in_each_language
@pytest.mark.parametrize("code", ERRORS)
def test_the_fix_in_an_error_is_kept(language: str, code: str) -> None:
    """Commands and settings that the docstring names stand in the sentence too."""
    said = words_of(language).texts[f"error.{code}"]
    for name in re.findall(r"SHOKO_[A-Z_]+", " ".join((ERRORS[code].__doc__ or "").split())):
        assert name in said
    for command in re.findall(r"`shoko ([a-z]+)", ERRORS[code].__doc__ or ""):
        assert f"shoko {command}" in said


@in_each_language
def test_every_state_flaw_and_reason_has_its_word(language: str) -> None:
    words = words_of(language)
    for state in VersionState:
        assert words.has(f"state.{state}")
    for state in JobState:
        assert words.has(f"job.{state}")
    for status in AnswerStatus:
        assert words.has(f"history.{status}")
    for flaw in Flaw:
        assert words.has(f"flaw.{flaw}")
    for why in WHY:
        assert words.has(f"why.{why}")
    assert words.either("why", "new_reason") == words("why.unknown", code="new_reason")


@in_each_language
def test_every_deed_in_the_log_has_its_words(language: str) -> None:
    codes = set()
    for path in UI.parent.rglob("*.py"):
        if path.relative_to(UI.parent).parts[0] in FLOORS:
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record":
                    codes |= {
                        node.value
                        for node in ast.walk(call)
                        if isinstance(node, ast.Constant)
                        and re.fullmatch(r"[a-z]+\.[a-z_]+", str(node.value))
                    }
    assert {"session.opened", "question.asked"} <= codes
    assert {f"did.{code.replace('.', '_')}" for code in codes} <= set(words_of(language).texts)


@in_each_language
def test_every_detail_of_a_deed_has_its_words(language: str) -> None:
    names = set()
    for path in UI.parent.rglob("*.py"):
        if path.relative_to(UI.parent).parts[0] in FLOORS:
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record":
                    names |= {word.arg for word in call.keywords if word.arg}
    assert {"version", "way", "may_download"} <= names
    words = words_of(language)
    assert {f"detail.{name}" for name in names} <= set(words.texts)
    for code in (
        *Role,
        *AnswerStatus,
        *AccountSource,
        *RetentionKind,
        *Held,
        *Scope,
        "link",
        "password",
        "group",
    ):
        assert words.has(f"said.{code}")


def test_the_reasons_known_here_are_those_that_the_program_gives() -> None:
    """A new `why` in the sources must come into the list above, and so into the texts."""
    root = UI.parent
    codes: set[str] = set()
    for path in ("retrieval/answers/answerer.py", "api/routes/answers/questions.py"):
        for node in ast.walk(ast.parse((root / path).read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                codes |= {node.value} & {*WHY, "model_"}
    source = (root / "retrieval/answers/answerer.py").read_text("utf-8")
    returned = set(re.findall(r'return "([a-z_]+)"|why = "([a-z_]+)"', source))
    assert {code for pair in returned for code in pair if code} <= set(WHY)
    assert codes


def test_no_text_is_missing_or_idle() -> None:
    """What the sources ask for is there, and what is there is asked for."""
    sources = "\n".join(path.read_text("utf-8") for path in UI.rglob("*.py"))
    keys = set(words_of("en").texts)
    counted = {key.removesuffix(".one") for key in keys if key.endswith(".one")}
    bare = {key for key in keys if key.rpartition(".")[0] not in counted} | counted
    literal = set(re.findall(r'words(?:\.count)?\(\s*"([a-z_.]+)"', sources))
    assert literal <= bare
    groups = (
        "error.",
        "did.",
        "detail.",
        "said.",
        "value.",
        "flaw.",
        "why.",
        "state.",
        "job.",
        "history.",
        "sample.",
        "upload.",
        "feedback.",
        "place.",
        "search.",
        "storage.",
        "streamlit.",
        "welcome.",
        "gaps.",
        "pages.",
        "faqs.",
        "folders.",
        "glossary.",
        "saving.",
        "copies.",
        "news.",
        "personal.",
        "upkeep.",
        "machine.",
        "models.",
        "checks.",
        "drafts.",
        "reports.",
        "keys.scope_",
        "people.explain",
        "keys.explain",
        "audit.explain",
        "spaces.",
        "versions.",
        "overview.from_",
    )
    quoted = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', sources)) | set(re.findall(r'f"(viewer)\.\{', sources))
    dynamic = {"viewer.previous", "viewer.next", "language"}
    idle = {key for key in bare if key not in quoted | dynamic and not key.startswith(groups)}
    assert not idle


@in_each_language
def test_texts_are_plain_yaml_without_double_keys(language: str) -> None:
    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        names = [loader.construct_object(key) for key, _ in node.value]
        assert len(names) == len(set(names)), names
        return {loader.construct_object(k): loader.construct_object(v, deep=True) for k, v in node.value}

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    with Path(TEXTS / f"{language}.yaml").open(encoding="utf-8") as stream:
        assert yaml.load(stream, Strict)  # a SafeLoader with a check


def test_an_error_is_said_in_the_readers_language() -> None:
    error = ErrorDetail(code="file_type_unknown", message="…", values={
        "name": "a.png", "media_type": "a PNG picture", "readable": "PDF, text, Markdown",
    })  # fmt: skip
    said = words_of("ja").error(error)
    assert "a.png" in said and "PNG 画像" in said and "PDF、テキスト、Markdown" in said
    problem = "neither reader can open it: Stream has ended unexpectedly"
    damaged = words_of("ja").error(
        ErrorDetail(code="file_damaged", message="…", values={"name": "a, b.pdf", "problem": problem})
    )
    assert "a, b.pdf" in damaged and "開くことができません" in damaged and "Stream" not in damaged
    assert (
        words_of("zh")
        .error(BackendError("not_found", "…", {"what": "document", "name": "x"}))
        .startswith("文档 x")
    )


def test_an_error_that_is_new_or_lacks_a_value_is_still_said() -> None:
    assert words_of("ja").error(BackendError("from_tomorrow", "A new one. Do this.")) == "A new one. Do this."
    assert "–" in words_of("en").error(BackendError("file_empty", "…"))


def test_counts() -> None:
    words = words_of("en")
    assert words.count("documents.pages", 1) == "1 page"
    assert words.count("documents.pages", 1200) == "1,200 pages"
    assert words_of("ja").count("documents.pages", 3) == "3ページ"


def test_days_and_durations() -> None:
    assert words_of("en").date(date(2026, 3, 9)) == "9 Mar 2026"
    assert words_of("ja").date(datetime(2026, 3, 9, 12, tzinfo=UTC)).startswith("2026年3月")
    assert words_of("en").duration(31.4) == "31 ms"
    assert words_of("zh").duration(2345) == "2.3 秒"


@pytest.mark.parametrize(
    ("asked", "browser", "expected"),
    [
        ("zh", ["ja"], "zh"),
        (None, ["ja-JP", "en"], "ja"),
        ("fr", ["fr-FR", "zh_Hans_CN"], "zh"),
        (None, ["", "de"], "en"),
        (None, [], "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(
    asked: str | None, browser: list[str], expected: str
) -> None:
    assert chosen(asked, browser) == expected


def test_accept_language_is_read_by_weight() -> None:
    assert accepted("fr;q=0.2, zh-CN;q=0.9, ja") == ["ja", "zh-CN", "fr"]
    assert accepted("en;q=0, ja;q=x, ") == []


def test_letter_shapes_follow_the_text_and_then_the_reader() -> None:
    assert script_of("有給休暇は", "zh") == "ja"
    assert script_of("密码长度", "en") == "zh"
    assert script_of("会議室", "ja") == "ja"
    assert script_of("Travel", "ja") == "en"
