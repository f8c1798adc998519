"""The catalogue of models: every entry can be trusted and understood."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from contract.values import ModelRole
from core.errors import ModelUnknown
from llm.catalogue.entries import HubSource, ModelEntry, WheelSource, catalogue, defaults, entry, recommended
from llm.hardware import GB
from operations.setup import DEFAULTS

pytestmark = pytest.mark.fast

LANGUAGES = {"ja", "en", "zh"}
FREE_LICENCES = {"Apache-2.0", "MIT", "BSD-3-Clause"}
every = pytest.mark.parametrize("model", catalogue(), ids=lambda model: str(model.name))


def test_every_name_stands_for_one_model() -> None:
    assert [name for name, times in Counter(model.name for model in catalogue()).items() if times > 1] == []


def test_an_unknown_name_is_refused_with_the_command_that_lists_the_known() -> None:
    with pytest.raises(ModelUnknown, match="shoko models list"):
        entry("gpt-9")


@every
def test_its_name_is_fit_for_a_folder_and_a_command_line(model: ModelEntry) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", model.name)
    assert entry(model.name) == model


@every
def test_its_languages_are_those_that_shoko_speaks(model: ModelEntry) -> None:
    assert set(model.languages) <= LANGUAGES
    assert model.languages


@every
def test_its_licence_lets_a_company_use_it(model: ModelEntry) -> None:
    assert (model.licence in FREE_LICENCES) != model.opt_in
    assert "NC" not in model.licence
    assert model.good_for


@every
def test_its_note_stands_in_three_languages(model: ModelEntry) -> None:
    assert set(model.note) == LANGUAGES
    assert len({note.strip() for note in model.note.values() if note.strip()}) == 3


@every
def test_its_files_stay_in_its_folder(model: ModelEntry) -> None:
    assert model.files
    for file in model.files:
        assert not file.name.startswith("/")
        assert ".." not in file.name.split("/")
        assert file.bytes >= 0
        assert file.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", file.sha256)


@every
def test_what_was_verified_has_its_checksums_and_sizes(model: ModelEntry) -> None:
    if not model.verified:
        assert model.source.kind == "hub"  # only a hub states the hash of what was never loaded here
        return
    assert all(file.sha256 and file.bytes for file in model.files)
    if isinstance(model.source, WheelSource):
        assert re.fullmatch(r"[0-9a-f]{64}", model.source.sha256)


@every
def test_its_kind_has_what_it_needs(model: ModelEntry) -> None:
    if model.role == ModelRole.VISION:
        assert [file.name for file in model.files if "mmproj" in file.name]
    if model.role == ModelRole.CHAT:
        assert [file.name for file in model.files if file.name.endswith(".gguf")]
        assert model.quantisation
    if model.role == ModelRole.EMBED:
        assert model.dimensions > 0
        assert model.longest_tokens > 0
    if isinstance(model.source, HubSource):
        assert model.source.repository.count("/") == 1


@every
def test_a_machine_of_its_class_holds_it(model: ModelEntry) -> None:
    assert model.bytes < 0.75 * model.memory_class_gb * GB


def test_the_default_models_are_in_it_and_verified() -> None:
    assert all(entry(name).verified for name in DEFAULTS)
    assert {entry(name).role for name in DEFAULTS} == {ModelRole.CHAT, ModelRole.EMBED}


@pytest.mark.parametrize(
    ("gigabytes", "name"),
    [(4, None), (8, "qwen3.5-4b"), (15.2, "qwen3.5-9b"), (31, "gpt-oss-20b"), (512, "qwen3.6-35b-a3b")],
)
def test_the_biggest_that_fits_is_recommended_and_no_demonstration(
    gigabytes: float, name: str | None
) -> None:
    model = recommended(ModelRole.CHAT, memory=int(gigabytes * GB))
    assert (model.name if model else None) == name


def test_it_covers_what_people_ask_for() -> None:
    names = " ".join(model.name for model in catalogue())
    for family in (
        "qwen3-4b qwen3.6-35b-a3b gemma-3-4b gemma-3-12b gemma-4 swallow elyza mistral-7b lfm2.5-1.2b-jp"
        " glm-4.6v qwen3-vl-8b llava moondream code-llama deepseek-coder gpt-oss-20b"
        " multilingual-e5-small ruri-v3 bge-m3 granite qwen3-embedding japanese-reranker bge-reranker-v2-m3"
    ).split():
        assert family in names


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_default_of_each_class_and_language_fits_knows_it_and_is_free(size: int, language: str) -> None:
    for role, name in defaults()[size][language].items():
        model = entry(name)
        assert (model.role, model.opt_in, model.demonstration) == (role, False, False)
        assert language in model.languages
        assert model.memory_class_gb <= size
        assert model.memory(4096) < 0.75 * size * GB
    assert {ModelRole.CHAT, ModelRole.EMBED} <= set(defaults()[size][language])


def test_memory_grows_with_the_context() -> None:
    model = entry("qwen3-8b")
    assert model.memory(8192) - model.memory(4096) == 4096 * model.cache_bytes_per_token > 0
