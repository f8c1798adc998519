"""The promise of the whole product: every quote stands word for word on the page that it names."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from making import LIBRARY, SAMPLES, add_all, administrator, finish_work, settings_in, upload
from sqlalchemy import select

from core.models import Document, Page
from language.tokens import tokens
from llm.fakes import HashEmbedder
from operations.library import Library, open_library

WORDS = st.sampled_from(
    [
        *"休暇 申請は 第12条 10日。 「はい。」 経費， 报销 密码长度 不得少于12位。".split(),
        *"（注） travel claim. e.g. 3.5".split(),
        *"A-1024 naïve e\u0301te\u0301".split(),
        *"👩‍💻 𠮷野家 ー ｶﾞｷﾞ \u200b [1] <<x 1,234円 ﬁ … .. ?! \u202e".split(" "),
        *("\u3000", "\t", "\xa0", "\x0b", "\x85"),
    ]
)
PAGES = st.lists(
    st.lists(
        st.one_of(
            WORDS,
            st.just("\n"),
            st.just("\n\n"),
            st.just("# "),
            st.text(st.characters(exclude_characters="\0"), max_size=12),
        ),
        max_size=60,
    ).map(lambda parts: " ".join(parts)),
    min_size=1,
    max_size=4,
)


def _pages(library: Library) -> dict[tuple[str, int], str]:
    with library.sessions.read() as session:
        return {
            (version, number): text
            for version, number, text in session.execute(select(Page.version_id, Page.number, Page.text))
        }


def _check_every_quote(library: Library, question: str) -> int:
    evidence, _, _ = library.answerer.evidence(administrator(library), question)
    pages = _pages(library)
    for quote in evidence.quotes:
        assert quote.text == "\n".join(stretch.text for stretch in quote.stretches)
        for stretch in quote.stretches:
            text = pages[quote.hit.passage.version_id, stretch.page]
            assert stretch.text and text[stretch.start : stretch.end] == stretch.text
    return len(evidence.quotes)


@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(pages=PAGES, question=st.lists(WORDS, min_size=1, max_size=4).map(" ".join))
def test_no_text_makes_a_quote_that_is_not_on_its_page(pages: list[str], question: str) -> None:
    content = "\f".join(pages).encode("utf-8", "replace")
    with (
        tempfile.TemporaryDirectory() as folder,
        open_library(settings_in(Path(folder)), embedder=HashEmbedder(), load_models=False) as library,
    ):
        upload(library, "any.md", content or b" ")
        finish_work(library)
        _check_every_quote(library, question.strip() or "?")
        for text in list(_pages(library).values())[:2]:
            words = [token for token in tokens(text) if len(token) > 1][:6]
            if words:
                _check_every_quote(library, " ".join(words))


def test_a_quote_whose_page_was_changed_behind_it_is_not_shown(library: Library) -> None:
    add_all(library, [("rule.txt", "The gate closes at 22:00. Visitors leave before.")])
    assert _check_every_quote(library, "When does the gate close?") > 0
    with library.sessions.write() as session:
        session.scalars(
            select(Page)
        ).one().text = "Something else stands here now, of another length entirely."
    evidence, _, _ = library.answerer.evidence(administrator(library), "When does the gate close?")
    assert evidence.quotes == [] and evidence.probability == 0.0


@pytest.fixture(scope="module")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Library:  # type: ignore[misc]  # a generator
    folder = tmp_path_factory.mktemp("samples")
    with open_library(settings_in(folder), load_models=False) as library:
        for file in sorted(LIBRARY.glob("*.pdf")):
            upload(library, file.name, file.read_bytes())
        finish_work(library)
        yield library


def test_the_samples_questions_are_answered_by_quotes(sample_library: Library) -> None:
    questions = yaml.safe_load((SAMPLES / "questions.yaml").read_text(encoding="utf-8"))
    access = administrator(sample_library)
    threshold = sample_library.answerer.settings.refusal_threshold
    right, refused, missed = [], [], []
    for row in questions:
        evidence, _, _ = sample_library.answerer.evidence(access, row["question"])
        if row.get("absent"):
            refused.append(evidence.probability < threshold)
            continue
        gold = "".join(row["answer"].split())
        stands = any(
            quote.hit.document.name == row["document"]
            and quote.page == row["page"]
            and gold in "".join(quote.text.split())
            for quote in evidence.quotes
        )
        right.append(stands)
        if not stands:
            missed.append(row["question"])
    assert sum(right) >= 0.85 * len(right), f"{sum(right)} of {len(right)}; missed: {missed}"
    assert sum(refused) >= 0.4 * len(refused), f"{sum(refused)} of {len(refused)} absent ones refused"


def test_every_sample_quote_has_boxes_on_its_page(sample_library: Library) -> None:
    from api.citations import citations_of

    access = administrator(sample_library)
    for question in (
        "年次有給休暇は何日付与されますか",
        "When must an expense claim be submitted?",
        "密码长度至少多少位？",
    ):
        evidence, _, _ = sample_library.answerer.evidence(access, question)
        for citation in citations_of(sample_library, evidence.quotes):
            assert citation.boxes, citation.quote
            for left, top, right, bottom in citation.boxes:
                assert 0 <= left < right <= citation.page_width
                assert 0 <= top < bottom <= citation.page_height


def test_what_is_not_published_is_not_found(library: Library) -> None:
    upload(library, "draft.txt", "The secret word is kumquat.")
    library.pipeline.stopping.clear()
    with library.sessions.read() as session:
        assert session.scalars(select(Document)).one().current_version_id is None
    evidence, hits, _ = library.answerer.evidence(administrator(library), "kumquat")
    assert not evidence.quotes and not hits
