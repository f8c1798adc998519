"""Names and texts that do something instead of being seen: in terminal, JSON, tables, reports."""

from __future__ import annotations

import io
import json

import pytest
from making import upload
from rich.table import Table

from checks.reports.html import escape as in_report
from cli import console
from core.errors import BadValue
from core.signs import visible
from operations.library import Library
from retrieval.faq.csv_table import FaqRow, read, written
from ui import markup

# Clears the screen and sets the terminal's title; an override of direction; rich's markup and emoji.
HOSTILE = (
    "a\x1b[2J\x1b]0;owned\x07\x9b31m \u202efdp.exe [red]x[/red] [link=http://evil.invalid]y[/link] :warning:"
)
SHOWN = (
    "a\\u001b[2J\\u001b]0;owned", "\\u009b31m \\u202efdp.exe [red]x[/red]", "[link=http://evil.invalid]y[/link]",
    ":warning:",
)  # fmt: skip


def test_the_terminal_obeys_nothing_of_what_is_printed() -> None:
    table = Table("name")
    table.add_row(HOSTILE)
    for thing in (HOSTILE, table):
        stream = io.StringIO()
        terminal = console.Plain(
            file=stream,
            force_terminal=True,
            width=300,
            highlight=False,
            soft_wrap=True,
            markup=False,
            emoji=False,
        )
        terminal.print(thing, style="red")
        said = stream.getvalue()
        assert all(part in said for part in SHOWN)
        ours = (
            said.replace("\x1b[31m", "")
            .replace("\x1b[1;31m", "")
            .replace("\x1b[1m", "")
            .replace("\x1b[0m", "")
        )
        assert not any(sign in ours for sign in "\x1b\x07\x9b\u202e")
    for real in (console.out, console.err):
        assert isinstance(real, console.Plain)
        assert all(part in real.render_str(HOSTILE).plain for part in SHOWN)


def test_json_says_the_same_without_a_sign_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"name": HOSTILE})
    said = capsys.readouterr().out
    assert json.loads(said) == {"name": HOSTILE}
    assert not any(sign in said for sign in "\x1b\x07\x9b\u202e")


def test_screens_and_reports_show_what_turns_or_hides_a_name() -> None:
    name = "<b>annex\u202efdp.exe"
    for shown in (in_report(name), markup.escape(name), markup.block(name, "quiet", language="en")):
        assert "&lt;b&gt;annex\\u202efdp.exe" in shown and "\u202e" not in shown
    assert "\u202e" not in markup.plain(name) and "u202efdp" in markup.plain(name)
    assert visible("一行目\r\n\t二行目\n") == "一行目\r\n\t二行目\n"


def test_a_document_is_not_named_with_what_turns_the_direction(library: Library) -> None:
    with pytest.raises(BadValue):
        upload(library, "annex\u202efdp.exe.txt", "Text.")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\n="])
def test_no_cell_of_a_table_is_a_formula_and_all_are_read_back(sign: str) -> None:
    text = f'{sign}HYPERLINK("http://evil.invalid","x")'
    table = written([FaqRow(0, text, text)])
    assert f",{text}" not in table and f'"{text[0]}' not in table and f"\n{text}" not in table
    (row,) = read(table)
    assert (row.question.strip(), row.answer.strip()) == (text.strip(), text.strip())
