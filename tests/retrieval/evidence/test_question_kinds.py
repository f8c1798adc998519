"""What shape of answer a question asks for, in three languages."""

from __future__ import annotations

import pytest

from retrieval.evidence.question_kinds import QuestionKind, question_kind, question_parts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("締め日はいつですか", QuestionKind.FACT),
        ("When does the office close?", QuestionKind.FACT),
        ("办公室几点关门？", QuestionKind.FACT),
        ("有給は半日でも取れますか", QuestionKind.YES_NO),
        ("Can I take half a day off?", QuestionKind.YES_NO),
        ("年假可以分开休吗？", QuestionKind.YES_NO),
        ("どんな種類の手当がありますか", QuestionKind.LIST),
        ("Which types of insurance are there?", QuestionKind.LIST),
        ("需要提交哪些文件的复印件？", QuestionKind.LIST),
        ("育児休業はどうやって申請しますか", QuestionKind.PROCEDURE),
        ("How do I order a new badge?", QuestionKind.PROCEDURE),
        ("備品の返却のしかたを教えてください", QuestionKind.PROCEDURE),
        ("古い端末はどう処分しますか", QuestionKind.PROCEDURE),
        ("研修の持ち物は", QuestionKind.LIST),
        ("面接の日に何を用意しますか", QuestionKind.LIST),
        ("报到那天要带什么？", QuestionKind.LIST),
        ("怎么申请门禁卡？", QuestionKind.PROCEDURE),
        ("颱風天交通中斷，該怎麼辦？", QuestionKind.PROCEDURE),
        ("財布を拾った、どうしよう", QuestionKind.PROCEDURE),
        ("The lift is stuck. What can I do?", QuestionKind.PROCEDURE),
        ("I lost my keys, what now?", QuestionKind.PROCEDURE),
        ("在宅勤務の条件は何ですか", QuestionKind.CONDITIONS),
        ("In which cases is overtime refused?", QuestionKind.CONDITIONS),
        ("什么情况下不能报销？", QuestionKind.CONDITIONS),
        ("この規程を要約してください", QuestionKind.SUMMARY),
        ("Summarize the travel policy", QuestionKind.SUMMARY),
        ("请总结一下这份合同", QuestionKind.SUMMARY),
        ("本社と支社で定時はどう違いますか", QuestionKind.COMPARISON),
        ("What is the difference between plan A and plan B?", QuestionKind.COMPARISON),
        ("甲班和乙班有什么区别？", QuestionKind.COMPARISON),
        ("出張のことはどの規程に書いてありますか", QuestionKind.ABOUT_DOCUMENTS),
        ("Which document describes the backup?", QuestionKind.ABOUT_DOCUMENTS),
        ("备份写在哪个文件里？", QuestionKind.ABOUT_DOCUMENTS),
        ("机 3 台の合計はいくらですか", QuestionKind.COMPUTE),
        ("What do both invoices add up to?", QuestionKind.COMPUTE),
        ("两项合计多少？", QuestionKind.COMPUTE),
        ("入館証をもらうときに出す書類は何ですか", QuestionKind.LIST),
        ("社内で禁止されているものは何ですか", QuestionKind.LIST),
        ("補助の対象になる資格をすべて教えてください", QuestionKind.LIST),
        ("Which fields of the form are required?", QuestionKind.LIST),
        ("What side trips can I claim?", QuestionKind.LIST),
        ("What could happen after a complaint?", QuestionKind.LIST),
        ("駐輪場を使うには何をすればいいですか", QuestionKind.PROCEDURE),
        ("押金怎么退", QuestionKind.PROCEDURE),
        ("工作服怎麼領", QuestionKind.PROCEDURE),
        ("奖金怎么算", QuestionKind.FACT),
        ("资格什么时候会被取消", QuestionKind.CONDITIONS),
        ("什麼情況下可以借車", QuestionKind.CONDITIONS),
        ("什么样的人能进机房", QuestionKind.CONDITIONS),
        ("資格手当は月いくらですか", QuestionKind.FACT),
        ("What are the main points of the guide?", QuestionKind.SUMMARY),
        ("What is different about night work?", QuestionKind.COMPARISON),
        ("大会議室と小会議室の料金はいくら違いますか", QuestionKind.COMPUTE),
        ("How much more does the large van cost?", QuestionKind.COMPUTE),
        ("A级供应商有几家", QuestionKind.COMPUTE),
        ("When was the complaints procedure last reviewed?", QuestionKind.ABOUT_DOCUMENTS),
        ("旅費規程の最終改定日はいつですか", QuestionKind.ABOUT_DOCUMENTS),
        ("協會的章程是什麼時候修訂的", QuestionKind.ABOUT_DOCUMENTS),
        ("探亲假可以分两次休吗", QuestionKind.YES_NO),
        ("休暇？", QuestionKind.OVERVIEW),
        ("leave?", QuestionKind.OVERVIEW),
        ("年假", QuestionKind.OVERVIEW),
    ],
)
def test_a_question_is_told_by_its_words(question: str, kind: QuestionKind) -> None:
    assert question_kind(question) is kind


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("担当は誰ですか。内線は何番ですか。", ["担当は誰ですか。", "内線は何番ですか。"]),
        ("Who signs it, and when is it due?", ["Who signs it", "and when is it due?"]),
        ("谁来签字？什么时候交？", ["谁来签字？", "什么时候交？"]),
        ("締め日はいつですか", ["締め日はいつですか"]),
        ("He moved to Rome in 1990. When did he leave?", ["He moved to Rome in 1990. When did he leave?"]),
    ],
)
def test_several_questions_in_one_are_told_apart(question: str, parts: list[str]) -> None:
    assert question_parts(question) == parts
