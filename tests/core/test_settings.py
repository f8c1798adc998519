"""Settings: where each comes from, which wins, and how a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BadValue
from core.settings import Settings, load_settings

pytestmark = pytest.mark.fast


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shoko.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_argument_wins_over_the_environment_the_file_and_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path, "port = 1111\nui_port = 1112\nqueue_limit = 3")
    monkeypatch.setenv("SHOKO_PORT", "2222")
    monkeypatch.setenv("SHOKO_UI_PORT", "2223")
    settings = load_settings(data=data, port=3333)
    assert (settings.port, settings.ui_port, settings.queue_limit, settings.host) == (
        3333,
        2223,
        3,
        "127.0.0.1",
    )


def test_an_argument_that_is_none_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOKO_PORT", "2222")
    assert load_settings(port=None).port == 2222


def test_the_file_is_read_from_the_data_folder_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOKO_DATA", str(write(tmp_path, "model = 'none'")))
    settings = load_settings()
    assert (settings.data, settings.model) == (tmp_path, "none")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("prot = 1", "SHOKO_PROT"),
        ("port = 70000", "SHOKO_PORT"),
        ("answer_seconds = 'long'", "SHOKO_ANSWER_SECONDS"),
    ],
)
def test_a_wrong_line_of_the_file_is_refused_by_name(tmp_path: Path, line: str, name: str) -> None:
    with pytest.raises(BadValue) as raised:
        load_settings(data=write(tmp_path, line))
    assert name in str(raised.value)
    assert "docs/settings.md" in str(raised.value)


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadValue) as raised:
        load_settings(data=write(tmp_path, "port = = 1"))
    assert str(tmp_path / "shoko.toml") in str(raised.value)


def test_a_file_that_is_not_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "shoko.toml").write_bytes("host = '社内'".encode("cp932"))
    with pytest.raises(BadValue) as raised:
        load_settings(data=tmp_path)
    assert str(tmp_path / "shoko.toml") in str(raised.value)


def test_a_wrong_environment_variable_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOKO_QUEUE_LIMIT", "many")
    with pytest.raises(BadValue, match="SHOKO_QUEUE_LIMIT"):
        load_settings(data=tmp_path)


def test_an_unknown_argument_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="SHOKO_COLOUR"):
        load_settings(data=tmp_path, colour="red")


def test_an_empty_environment_variable_counts_as_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOKO_DATA", str(tmp_path))
    for name in ("SHOKO_MODELS", "SHOKO_PORT", "SHOKO_MODEL"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert (settings.models_folder, settings.port, settings.model) == (tmp_path / "models", 8750, "auto")


def test_the_models_lie_in_the_data_folder_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOKO_MODELS", raising=False)
    assert load_settings(data=tmp_path).models_folder == tmp_path / "models"
    assert load_settings(data=tmp_path, models=tmp_path / "m").models_folder == tmp_path / "m"


def test_the_records_lie_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(data=tmp_path).database == f"sqlite:///{tmp_path / 'shoko.sqlite3'}"
    assert load_settings(data=tmp_path, database_url="postgresql:///x").database == "postgresql:///x"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_do_not_change_once_they_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(data=tmp_path).port = 1  # type: ignore[misc]  # that is the point
