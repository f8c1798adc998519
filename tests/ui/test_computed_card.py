"""The card of a computed answer: everything of it is text, and the cells that it comes from are marked."""

from __future__ import annotations

from contract.answers import ComputedCellOut, ComputedOut
from ui.language import words_of
from ui.screens.ask.computed import card, rows_table


def _computed(value: str = "200", text: str = "Bolt") -> ComputedOut:
    cells = [ComputedCellOut(text=text, used=False), ComputedCellOut(text="120", used=True)]
    return ComputedOut(
        operation="sum", value=value, words="120 + 80 = 200", table="Stock", columns=["Item", "Quantity"],
        rows=[cells], row_count=2, sure=True,
    )  # fmt: skip


def test_the_cells_that_it_comes_from_are_marked() -> None:
    shown = rows_table(words_of("en"), _computed())
    assert "<td><mark>120</mark></td>" in shown and "<td>Bolt</td>" in shown
    assert '<th scope="col">Quantity</th>' in shown and "<caption>Stock</caption>" in shown


def test_what_a_table_says_is_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    assert "<img" not in card(_computed(value=hostile), "en")
    assert "<img" not in rows_table(words_of("ja"), _computed(text=hostile))
