"""What names, approval blocks and days say of copies, what is proposed, and where texts differ."""

from __future__ import annotations

from datetime import date

import pytest

from contract.values import CopyReasonCode
from ingest.copies.approval import approval_words, draft_words
from ingest.copies.differing import differences
from ingest.copies.names import NameSign, signs_of
from ingest.copies.proposing import CopyCandidate, propose

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("name", "signs"),
    [
        ("旅費規程_最新版_v2_final(2).docx", {NameSign.FINAL}),
        ("旧就業規則.pdf", {NameSign.OLD}),
        ("就業規則（旧）.pdf", {NameSign.OLD}),
        ("旅費規程案.docx", {NameSign.DRAFT}),
        ("旅費規程（案）.docx", {NameSign.DRAFT}),
        ("旅費規程 - コピー (3).docx", {NameSign.COPY}),
        ("旅費規程のコピー.docx", {NameSign.COPY}),
        ("Copy of travel policy.docx", {NameSign.COPY}),
        ("travel-policy draft.docx", {NameSign.DRAFT}),
        ("差旅费管理办法 副本.docx", {NameSign.COPY}),
        ("差旅费管理办法（草稿）.docx", {NameSign.DRAFT}),
        ("差旅费管理办法_定稿.docx", {NameSign.FINAL}),
        # Words that hold one of the signs and say nothing of the file.
        ("改善提案.docx", set()),
        ("業務案内.pdf", set()),
        ("解决方案.docx", set()),
        ("旧姓使用規程.docx", set()),
        ("災害復旧手順.docx", set()),
        ("Household goods.pdf", set()),
        ("photocopying rules.pdf", set()),
    ],
)
def test_only_words_of_the_file_itself_count(name: str, signs: set[NameSign]) -> None:
    assert set(signs_of(name).signs) == signs


def test_numbers_versions_and_folders_are_told_apart() -> None:
    signs = signs_of("規程/旧/旅費規程_v2.1_20260401 (2).docx")
    assert (signs.version, signs.numbered, signs.family) == ((2, 1), "2", "旅費規程")
    assert signs.place == {NameSign.OLD: "旧"}
    assert signs_of("旅費規程 第3版.docx").version == (3,)
    assert signs_of("Travel Policy ver. 4.docx").family == signs_of("travel-policy_rev5.docx").family
    assert signs_of("v.docx").version == () and signs_of("3年計画.docx").version == ()


@pytest.mark.parametrize(
    ("lines", "approved"),
    [
        (["旅費規程", "承認: 山田太郎", "第1条"], True),
        (["旅費規程", "承認日　2026年4月1日"], True),
        (["承認\t審査\t作成", "山田\t佐藤\t鈴木"], True),
        (["Approved by: Jane Doe, 1 April 2026"], True),
        (["批准人：王伟　日期：2026年4月1日"], True),
        (["承認\t審査\t作成", "\t\t"], False),
        (["承認　　　年　　月　　日"], False),
        (["出張は部長の承認を得て行う。"], False),
        (["Approved by: ________"], False),
        (["The trip must be approved by the head of the department."], False),
    ],
)
def test_an_approval_block_counts_where_it_is_filled_in(lines: list[str], approved: bool) -> None:
    assert bool(approval_words(lines)) is approved


def test_a_document_may_call_itself_a_draft() -> None:
    assert draft_words(["旅費規程（案）", "第1条"])
    assert draft_words(["DRAFT", "Travel policy"])
    assert not draft_words(["旅費規程", "この案は"])


def candidate(name: str, day: date | None = None, approval: str = "", draft: str = "") -> CopyCandidate:
    return CopyCandidate(name, name, day, date(2026, 5, 1), approval, draft)


def test_the_likely_valid_one_is_proposed_with_its_reasons() -> None:
    proposal = propose(
        [
            candidate("旅費規程_最新版_v2_final(2).docx", date(2025, 4, 1)),
            candidate("旅費規程.docx", date(2026, 4, 1), approval="承認 山田"),
            candidate("旧/旅費規程.docx", date(2024, 4, 1)),
        ]
    )
    assert proposal.likely == "旅費規程.docx"
    reasons = {reason.code for reason in proposal.standings[0].reasons}
    assert reasons == {CopyReasonCode.IN_FORCE, CopyReasonCode.APPROVED}


def test_what_nothing_tells_apart_is_left_to_a_person() -> None:
    assert propose([candidate("a/規程.docx"), candidate("b/規程.docx")]).likely is None
    assert propose([candidate("規程_最新版.docx"), candidate("規程_final.docx")]).likely is None


@pytest.mark.parametrize(
    ("quote", "other", "mine", "theirs"),
    [
        ("申請は出発の5日前までに行う。", "第3条　申請は出発の\n7日前までに行う。第4条", "5", "7"),
        (
            "The daily allowance is 3,000 yen.",
            "Art. 2 The daily allowance is 2,500 yen. More.",
            "3,000",
            "2,500",
        ),
        ("申请应当在出发前5日提出。", "第三条 申请应当在出发前七日提出。第四条", "5", "七"),
    ],
)
def test_the_place_and_the_difference_are_exact(quote: str, other: str, mine: str, theirs: str) -> None:
    (difference,) = differences(quote, [(0, len(quote))], [(4, "もくじ"), (7, other)])
    assert difference.page == 7 and difference.text in other
    assert [(quote[a:b], difference.text[c:d]) for a, b, c, d in difference.changes] == [(mine, theirs)]


def test_the_same_words_are_no_difference_however_lines_break() -> None:
    quote = "申請は出発の5日前までに行う。"
    assert differences(quote, [(0, len(quote))], [(1, "申請は出発の５日前\nまでに行う。")]) == []


def test_what_the_other_copy_lacks_is_told_as_missing() -> None:
    quote = "Expenses above 50,000 yen need the approval of the president."
    (difference,) = differences(quote, [(0, len(quote))], [(1, "ゴミの分別は朝8時までに。")])
    assert (difference.page, difference.text, difference.changes) == (0, "", ())
