"""Pages into passages: nothing lost, nothing twice, every word at its place on its page."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import texts

from ingest.pages import Block, BlockKind, PageContent
from ingest.readers.plain.text import read_plain
from ingest.splitter import LONGEST, TARGET, SplitPassage, estimated_tokens, split
from ingest.structure.furniture import running_lines

pytestmark = pytest.mark.fast


def pages_of(*texts: str, markdown: bool = False) -> list[PageContent]:
    content = "\f".join(texts).encode()
    return list(read_plain(content, "a.txt", markdown=markdown, page_limit=10_000))


def letters(text: str) -> str:
    return "".join(text.split())


documents = st.lists(texts.map(lambda text: text.replace("\f", " ")), min_size=1, max_size=4)


@given(documents, st.booleans())
def test_a_passage_is_made_of_stretches_of_its_pages_in_order(written: list[str], markdown: bool) -> None:
    pages = pages_of(*written, markdown=markdown)
    by_number = {page.number: page.text for page in pages}
    before = (0, 0)
    for passage in split(pages):
        assert passage.pieces
        assert passage.text == "\n".join(by_number[p.page][p.start : p.end] for p in passage.pieces)
        for piece in passage.pieces:
            assert before <= (piece.page, piece.start) < (piece.page, piece.end)
            assert piece.end <= len(by_number[piece.page])
            before = (piece.page, piece.end)


@given(documents)
def test_no_letter_of_the_body_is_lost_or_stands_twice(written: list[str]) -> None:
    pages = pages_of(*written)
    kept = letters("".join(passage.text for passage in split(pages)))
    assert kept == letters("".join(page.text for page in pages))


@given(documents)
@example(["在宅勤務は1週につき2日を限度とする。" * 80 + "0"])  # a number alone is no sentence
def test_no_letter_of_a_markdown_block_is_lost(written: list[str]) -> None:
    pages = pages_of(*written, markdown=True)
    blocks = "".join(page.text[block.start : block.end] for page in pages for block in page.blocks)
    assert letters("".join(passage.text for passage in split(pages))) == letters(blocks)


@given(documents, st.booleans())
def test_no_passage_is_longer_than_its_limit(written: list[str], markdown: bool) -> None:
    for passage in split(pages_of(*written, markdown=markdown)):
        assert estimated_tokens(passage.text) <= LONGEST + TARGET


def test_headings_lead_their_passages_and_make_their_path() -> None:
    text = "# Manual\n\nIntro.\n\n## Safety\n\nClose the valve.\n\n## Care\n\n### Oil\n\nChange it.\n"
    passages = [(passage.heading, passage.text) for passage in split(pages_of(text, markdown=True))]
    assert [heading for heading, _ in passages] == [
        "Manual", "Manual > Safety", "Manual > Care > Oil",
    ]  # fmt: skip
    assert [letters(body) for _, body in passages] == [
        "ManualIntro.", "SafetyClosethevalve.", "OilChangeit.",
    ]  # fmt: skip


def test_many_headings_without_text_do_not_make_one_endless_passage() -> None:
    text = "\n".join(f"# Heading number {number}" for number in range(2000))
    passages = split(pages_of(text, markdown=True))
    assert max(estimated_tokens(passage.text) for passage in passages) <= LONGEST + TARGET


@pytest.mark.parametrize(
    "sentence", ["The pump runs well. ", "休暇は十日とする。", "文件不得带离。", "x" * 50 + " "]
)
def test_a_paragraph_that_is_too_long_is_cut_at_sentence_ends(sentence: str) -> None:
    (page,) = pages_of(sentence * 1900)
    passages = split([page])
    assert len(passages) > 5
    assert all(estimated_tokens(passage.text) <= LONGEST for passage in passages)
    assert letters("".join(passage.text for passage in passages)) == letters(sentence * 1900)
    if not sentence.startswith("x"):
        assert all(passage.text.strip().endswith(sentence.strip()) for passage in passages)


def test_a_very_long_text_without_any_end_is_cut_all_the_same() -> None:
    for text in ("あ" * 30_000, "word " * 20_000, "密" * 5000 + "x" * 5000):
        passages = split(pages_of(text))
        assert letters("".join(passage.text for passage in passages)) == letters(text)
        assert max(estimated_tokens(passage.text) for passage in passages) <= LONGEST


HEIGHT = 800.0


def printed(number: int, *rows: tuple[str, float, float]) -> PageContent:
    """A page of rows: text, top in points, letter size."""
    text, blocks = "", []
    for row, top, size in rows:
        text += "\n" if text else ""
        box = (50.0, top, 500.0, top + size)
        blocks.append(Block(len(text), len(text) + len(row), BlockKind.PARAGRAPH, size, 0, box))
        text += row
    return PageContent(number, text, 600.0, HEIGHT, blocks=blocks)


def test_running_headers_and_footers_stay_out_of_every_passage() -> None:
    pages = [
        printed(
            number,
            ("Asahi Manufacturing  Work rules", 20, 9),
            (f"Body of page {number} is here.", 300, 11),
            (f"{number} / 4", 770, 9),
        )
        for number in range(1, 5)
    ]
    assert running_lines(pages) == {(number, block) for number in range(1, 5) for block in (0, 2)}
    text = "".join(passage.text for passage in split(pages))
    assert "Asahi" not in text
    assert "/ 4" not in text
    assert all(f"Body of page {number} is here." in text for number in range(1, 5))


def test_what_stands_once_at_an_edge_is_no_furniture() -> None:
    pages = [
        printed(1, ("A title", 20, 9), ("Body.", 300, 11)),
        printed(2, ("Another", 20, 9), ("More.", 300, 11)),
    ]
    assert running_lines(pages) == set()
    assert "A title" in "".join(passage.text for passage in split(pages))


def test_larger_letters_make_a_heading_and_body_letters_do_not() -> None:
    body = "The pump is cleaned every week by the operator on duty."
    page = printed(1, ("Maintenance", 100, 16), (body, 140, 11), ("Safety", 200, 16), (body, 240, 11))
    passages = split([page])
    assert [passage.text.split("\n")[0] for passage in passages] == ["Maintenance", "Safety"]
    assert len(passages) == 2


def test_articles_of_rules_stand_under_their_chapter() -> None:
    page = printed(
        1, ("第1章 総則", 100, 11), ("第1条 目的", 120, 11), ("この規則は労働条件を定める。", 140, 11),
        ("第2条 定義", 160, 11), ("社員とは雇用された者をいう。", 180, 11),
    )  # fmt: skip
    assert [(passage.heading, passage.text.split("\n")[0]) for passage in split([page])] == [
        ("第1章 総則 > 第1条 目的", "第1条 目的"),
        ("第1章 総則 > 第2条 定義", "第2条 定義"),
    ]


def test_hidden_text_is_in_no_passage() -> None:
    page = PageContent(1, "Seen.\nObey me.", blocks=[Block(0, 5), Block(6, 14, BlockKind.HIDDEN)])
    assert [passage.text for passage in split([page])] == ["Seen."]


def test_a_passage_may_go_over_a_page_s_end_and_knows_it() -> None:
    (passage,) = split(pages_of("Part one.", "Part two."))
    assert [(piece.page, piece.start, piece.end) for piece in passage.pieces] == [(1, 0, 9), (2, 0, 9)]


def test_an_empty_document_has_no_passages() -> None:
    assert split([]) == []
    assert split(pages_of("", " \n ")) == []


def test_the_language_of_a_passage_is_told() -> None:
    assert [passage.language for passage in split(pages_of("休暇は十日とする。"))] == ["ja"]
    assert isinstance(split(pages_of("Ten days."))[0], SplitPassage)
