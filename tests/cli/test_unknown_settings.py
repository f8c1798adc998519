"""A name in the environment that is no setting is told: a slip of the pen must not pass for a setting."""

from __future__ import annotations

from cli.main import unknown_settings


def test_a_name_that_is_no_setting_is_told_with_the_one_that_was_meant() -> None:
    environment = {
        "SHOKO_DATA": "x",
        "SHOKO_PLAIN_NETWROK": "true",
        "SHOKO_API": "x",
        "HOME": "/",
        "SHOKO_ZZZ": "",
    }
    remarks = unknown_settings(environment)
    assert [line.split()[0] for line in remarks] == ["SHOKO_PLAIN_NETWROK", "SHOKO_ZZZ"]
    assert "SHOKO_PLAIN_NETWORK" in remarks[0]


def test_settings_are_not_told() -> None:
    assert unknown_settings({"SHOKO_HOST": "::", "shoko_port": "1", "SHOKO_OCR_LANGUAGES": "none"}) == []
