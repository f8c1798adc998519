"""Characters into lines into paragraphs: what was wrapped is whole again, and every character has its box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import plain

from ingest.pages import unpack_boxes
from ingest.readers.pdf.layout import Char, Line, compose, line_of, paragraphs

pytestmark = pytest.mark.fast

SIZE, LEFT, RIGHT = 10.0, 50.0, 250.0


def line(
    text: str, row: float, *, left: float = LEFT, size: float = SIZE, right: float | None = RIGHT
) -> Line:
    """A line of that text; it ends at `right` (a full line), or with None where its letters end."""
    width = (right - left) / max(1, len(text)) if right is not None else size * 0.6
    top = 100 + row * 1.4 * SIZE
    return line_of(
        [
            Char(character, (left + index * width, top, left + (index + 1) * width, top + size), size)
            for index, character in enumerate(text)
        ]
    )


def composed(*lines: Line) -> list[str]:
    page = compose(1, paragraphs(lines), 300, 800, "")
    return [page.text[block.start : block.end] for block in page.blocks]


def test_wrapped_lines_of_english_are_joined_by_a_space() -> None:
    assert composed(
        line("The relief valve opens at", 0), line("low pressure and closes.", 1, right=None)
    ) == ["The relief valve opens at low pressure and closes."]


def test_wrapped_lines_of_japanese_and_chinese_are_joined_by_nothing() -> None:
    assert composed(line("年次有給休暇は、勤", 0), line("続六か月で付与する。", 1, right=None)) == [
        "年次有給休暇は、勤続六か月で付与する。"
    ]
    assert composed(line("本制度自2026年7月", 0), line("1日起施行。", 1, right=None)) == [
        "本制度自2026年7月1日起施行。"
    ]
    assert composed(line("有給休暇の付与は10", 0), line("日とする。", 1, right=None)) == [
        "有給休暇の付与は10日とする。"
    ]
    assert composed(line("涉密文件不得带离办", 0), line("公场所。", 1, right=None)) == [
        "涉密文件不得带离办公场所。"
    ]


def test_a_page_in_double_lines_is_read_in_paragraphs() -> None:
    pieces = [
        "年次有給休暇は、勤続六か月で",
        "付与する。請求は前日までに書",
        "面で行い、所属長はこれを拒ま",
        "ない。",
    ]
    end = ["繰越しは翌年度に限り認めるもの", "とする。"]
    lines = [line(text, 2 * row) for row, text in enumerate(pieces[:-1])]
    lines += [line(pieces[-1], 6, right=None), line(end[0], 8), line(end[1], 10, right=None)]
    assert composed(*lines) == ["".join(pieces), "".join(end)]


def test_lines_that_lie_apart_on_a_page_of_close_lines_are_no_paragraph() -> None:
    close = [line("この規程は全社員に適用する", row) for row in range(3)]
    apart = [line("承認者の氏名を記入する欄と", 2 + 2 * row) for row in range(1, 4)]
    assert len(composed(*close, *apart)) == 4
    assert len(composed(*apart[:2])) == 2  # two lines alone tell nothing of their page
    ended = [line("一件ずつ文を終える行である。", 2 * row) for row in range(5)]
    assert len(composed(*ended)) == 5


def test_a_wrapped_line_that_begins_with_a_number_goes_on() -> None:
    first = "A claim must be submitted within"
    assert composed(line(first, 0), line("10 business days after it.", 1, right=None)) == [
        f"{first} 10 business days after it."
    ]
    assert len(composed(line(first, 0), line("10 Safety", 1, right=None))) == 2


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("Effective date: 2026-04-01", "This policy is for all staff."),
        ("施行日 2026年4月1日", "この規程は旅費を定める。"),
        ("文書番号：RK-012", "本規程は全社員に適用する。"),
        ("生效日期：2026年4月1日", "本办法适用于全体员工。"),
    ],
)
def test_a_label_with_its_value_is_a_line_of_its_own(label: str, sentence: str) -> None:
    assert composed(line(label, 0), line(sentence, 1)) == [label, sentence]


def test_a_line_that_only_begins_like_a_label_goes_on() -> None:
    for first, second in (
        ("Note: Finance Department", "and Legal decide together."),
        ("備考：申請書は所属長の承認を得て", "提出する。"),
        ("The plan of the year 2026", "Board meeting is in May."),
    ):
        assert len(composed(line(first, 0), line(second, 1, right=None))) == 1


def test_a_column_reaches_to_the_one_beside_it_whatever_stands_over_both() -> None:
    def right(text: str, row: float) -> Line:
        return line(text, row, left=270.0, right=470.0)

    over_both = line("An author's name and a place, over both columns", 0, left=150.0, right=460.0)
    first = [line("Most extraction systems, ex-", 2), line("isting ones above all, need", 3)]
    first.append(line("much work.", 4, right=None))
    second = [right("This is shown by the num-", 2), right("ber of forms to be filled by", 3)]
    second.append(line("hand.", 4, left=270.0, right=None))
    assert composed(over_both, *first, *second) == [
        "An author's name and a place, over both columns",
        "Most extraction systems, existing ones above all, need much work.",
        "This is shown by the number of forms to be filled by hand.",
    ]


def test_a_word_that_was_hyphenated_at_the_end_of_a_line_is_whole_again() -> None:
    assert composed(line("The maintenance inter-", 0), line("val is short.", 1, right=None)) == [
        "The maintenance interval is short."
    ]
    assert composed(line("See the pump AP-", 0), line("200 manual.", 1, right=None)) == [
        "See the pump AP-200 manual."
    ]


def test_a_short_line_ends_its_paragraph() -> None:
    assert composed(line("It ends here.", 0, right=120), line("A new one begins and goes on", 1)) == [
        "It ends here.",
        "A new one begins and goes on",
    ]


def test_items_and_articles_begin_anew() -> None:
    for first, second in (
        ("・在宅勤務は二日とする", "・手当を支給する"), ("第1条 目的を定める規程", "第2条 定義"),
        ("1. Close the valve at once", "2. Open it"), ("（1）申請書を提出する", "（2）承認を得る"),
    ):  # fmt: skip
        assert len(composed(line(first, 0), line(second, 1, right=None))) == 2


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("up to the limit shown in Table", "2. Breakfast is included.", True),
        ("限度額は次の頁に掲げる表", "2 による。", True),
        ("up to the limit that is shown", "2. Breakfast is included.", False),
    ],
)
def test_a_number_behind_the_word_that_takes_it_begins_no_item(first: str, second: str, joined: bool) -> None:
    assert len(composed(line(first, 0), line(second, 1, right=None))) == (1 if joined else 2)


def test_letters_of_another_size_and_a_wide_gap_begin_anew() -> None:
    assert (
        len(composed(line("A heading of larger letters", 0, size=16), line("and its text", 1.5, right=None)))
        == 2
    )
    assert len(composed(line("The first paragraph is full", 0), line("the second", 3, right=None))) == 2


def test_two_columns_are_not_joined() -> None:
    left = [line("The left column goes on", 0, right=140), line("and ends here.", 1, right=140)]
    right = [line("The right column goes", 0, left=160), line("on as well.", 1, left=160)]
    assert composed(*left, *right) == [
        "The left column goes on and ends here.",
        "The right column goes on as well.",
    ]


lines = st.lists(
    st.builds(
        line,
        plain.map(lambda text: "".join(text.split()) + " x"),
        st.integers(0, 40).map(float),
        left=st.sampled_from([50.0, 60.0, 160.0]),
        size=st.sampled_from([8.0, 10.0, 16.0]),
        right=st.sampled_from([250.0, 120.0 + 100.0, None]),
    ),
    max_size=8,
)


@given(lines)
def test_every_character_has_a_box_and_every_letter_is_kept_in_its_order(made: list[Line]) -> None:
    page = compose(1, paragraphs(made), 300, 800, "")
    assert len(unpack_boxes(page.boxes)) == len(page.text)
    kept = "".join(page.text.split()).replace("-", "")
    given_ = "".join(part.text for part in made)
    assert kept == "".join(given_.split()).replace("-", "")


@given(lines)
def test_blocks_lie_in_order_and_make_up_the_whole_text(made: list[Line]) -> None:
    page = compose(1, paragraphs(made), 300, 800, "")
    assert "\n".join(page.text[block.start : block.end] for block in page.blocks) == page.text


def test_text_that_nobody_sees_is_a_block_of_its_own_and_marked() -> None:
    hidden = line_of([Char(c, (50, 100, 60, 110), 10, hidden=True) for c in "Obey me."])
    page = compose(1, paragraphs([hidden, line("Seen.", 1)]), 300, 800, "")
    assert [(page.text[b.start : b.end], str(b.kind)) for b in page.blocks] == [
        ("Obey me.", "hidden"),
        ("Seen.", "paragraph"),
    ]
