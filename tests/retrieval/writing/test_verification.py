"""The check of a model's sentences: what the quotes do not carry is struck, what they carry stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from retrieval.answers.writing.verification import Flaw, verify

pytestmark = pytest.mark.fast

TRIP = "An expense claim must be submitted within 10 business days after the end of the trip."
COST = "When the estimated cost is more than JPY 5,000,000, the President is the final approver."
CAR = "The use of a private car is reimbursed at JPY 25 per kilometer."
VALVE = "The relief valve of the AP-200 opens at 1.2 MPa."
HOME = "Employees may work at home up to 2 days a week."
SMOKE = "Smoking is prohibited in the warehouse."
PASS = "Visitors must not enter the laboratory without a badge."
HOURS = "The canteen is open from 10:00 to 15:00 on 2026-04-01."
LEAVE = "年次有給休暇は、勤続6か月で10日付与する。"
REMOTE = "在宅勤務は、1週につき2日を限度とする。"
ALLOWANCE = "在宅勤務手当は、1日につき200円を支給する。"
SIDE = "副業の時間は、1か月につき40時間を限度とし、深夜は認めない。"
QUOTE = "三次元測定機の見積額は4,862,000円（税込）である。"
CHIEF = "田中部長が購入を承認する。"
KANJI = "会費は二十五万円とし、三月末日までに納める。"
FLEX = "フレックスタイム制のコアタイムは10時00分から15時00分までとする。"
WORD = "密码长度不得少于12位。"
LOCK = "连续5次输入错误密码的账户锁定30分钟。"
KEEP = "秘密级信息的保存期限为七年。"
WIRELESS = "访客可以使用无线网络，有效期为7天。"
FORBID = "涉密文件不得带离办公场所。"
MANAGER = "王经理负责审批门禁卡的补办申请。"
CLAIMED = "出張の終了後10営業日以内に精算を申請し、承認されると、翌月25日の給与と一緒に支払われます。"
LODGING = "宿泊費は、次の額を上限とする。東京 12,000円"
LOAN = "居家办公的员工可以借用显示器和耳机。桌椅不予出借。"
UNUSED = "取得しなかった有給休暇は、翌年に繰り越すことができる。"
CANTEEN = "Visitors may use the canteen. Salespeople may not use it."

STANDS = [
    ("Questions go to desk@aoba.example.", "Questions go to desk@aoba.example. [1]"),
    (LOAN, "居家办公的员工可以借用显示器和耳机 [1]。"),
    (UNUSED, "有給休暇は翌年に繰り越すことができます [1]。"),
    (LOAN, "可以借用显示器和耳机。桌椅不予出借 [1]。"),
    (CANTEEN, "Visitors may use the canteen [1]."),
    (CANTEEN, "Yes, visitors may use the canteen [1]."),
    (FORBID, "不可以，涉密文件不得带离办公场所 [1]。"),
    (TRIP, "An expense claim must be submitted within 10 business days after the end of the trip [1]."),
    (TRIP, "Expense claims must be submitted within 10 business days after the trip [1]."),
    (TRIP, "The claim must be submitted within １０ business days after the end of the trip [1]."),
    (COST, "The President is the final approver for more than JPY 5,000,000 [1]."),
    (COST, "The final approver is the President when the cost is more than JPY 5000000 [1]."),
    (CAR, "A private car is reimbursed at JPY 25 per kilometer [1]."),
    (VALVE, "The relief valve opens at 1.2 MPa [1]."),
    (VALVE, "It opens at 1.2 MPa [1]."),
    (HOME, "You may work at home up to 2 days a week [1]."),
    (SMOKE, "Smoking is forbidden in the warehouse [1]."),
    (PASS, "Visitors must not enter the laboratory without a badge [1]."),
    (HOURS, "The canteen is open from 10:00 to 15:00 [1]."),
    (LEAVE, "勤続6か月で10日の年次有給休暇が付与されます [1]。"),
    (LEAVE, "年次有給休暇は、勤続６か月で１０日付与されます [1]。"),
    (REMOTE, "在宅勤務は1週につき2日までを限度とします [1]。"),
    (ALLOWANCE, "在宅勤務手当は1日につき200円支給されます [1]。"),
    (QUOTE, "見積額は4,862,000円（税込）です [1]。"),
    (CHIEF, "購入は田中部長が承認します [1]。"),
    (KANJI, "会費は二十五万円です [1]。"),
    (FLEX, "コアタイムは10時00分から15時00分までです [1]。"),
    (WORD, "密码长度不得少于12位 [1]。"),
    (LOCK, "连续5次输入错误密码，账户会锁定30分钟 [1]。"),
    (KEEP, "秘密级信息的保存期限为七年 [1]。"),
    (WIRELESS, "无线网络的有效期为7天 [1]。"),
    (MANAGER, "门禁卡的补办申请由王经理审批 [1]。"),
]
STRUCK = [
    # made-up and changed numbers
    (TRIP, "Expense claims must be submitted within 15 business days after the trip [1].", Flaw.NUMBER),
    (TRIP, "Expense claims must be submitted within 100 business days after the trip [1].", Flaw.NUMBER),
    (TRIP, "Expense claims must be submitted within 1 business day after the trip [1].", Flaw.NUMBER),
    (COST, "The President approves a cost of more than JPY 500,000 [1].", Flaw.NUMBER),
    (COST, "The President approves a cost of more than JPY 5,000 [1].", Flaw.NUMBER),
    (CAR, "A private car is reimbursed at JPY 52 per kilometer [1].", Flaw.NUMBER),
    (CAR, "A private car is reimbursed at JPY 2.5 per kilometer [1].", Flaw.NUMBER),
    (VALVE, "The relief valve opens at 2.1 MPa [1].", Flaw.NUMBER),
    (VALVE, "The relief valve opens at 12 MPa [1].", Flaw.NUMBER),
    (VALVE, "The relief valve of the AP-200 opens at 2 MPa [1].", Flaw.NUMBER),
    (HOURS, "The canteen is open from 15:10 on 2026-04-01 [1].", Flaw.NUMBER),
    (HOURS, "The canteen is open on 2026-01-04 [1].", Flaw.NUMBER),
    ("Rooms 1,2 are free.", "Room 12 is free [1].", Flaw.NUMBER),
    (LEAVE, "年次有給休暇は、勤続6か月で20日付与されます [1]。", Flaw.NUMBER),
    (LEAVE, "年次有給休暇は、勤続６か月で１５日付与されます [1]。", Flaw.NUMBER),
    (LEAVE, "年次有給休暇は、勤続1年6か月で10日付与されます [1]。", Flaw.NUMBER),
    (QUOTE, "三次元測定機の見積額は4,826,000円（税込）です [1]。", Flaw.NUMBER),
    (LOCK, "连续3次输入错误密码的账户锁定30分钟 [1]。", Flaw.NUMBER),
    (LOCK, "连续5次输入错误密码的账户锁定３分钟 [1]。", Flaw.NUMBER),
    # numbers in kanji
    (KANJI, "会費は三十五万円とし、三月末日までに納めます [1]。", Flaw.NUMBER),
    (KANJI, "会費は二十五万円とし、五月末日までに納めます [1]。", Flaw.NUMBER),
    ("期間は百二十日とする。", "期間は二十日とします [1]。", Flaw.NUMBER),
    ("期間は五十年とする。", "期間は五年とします [1]。", Flaw.NUMBER),
    (KEEP, "秘密级信息的保存期限为十年 [1]。", Flaw.NUMBER),
    # units
    (TRIP, "Expense claims must be submitted within 10 hours after the end of the trip [1].", Flaw.NUMBER),
    (VALVE, "The relief valve of the AP-200 opens at 1.2 kPa [1].", Flaw.NUMBER),
    (CAR, "The use of a private car is reimbursed at JPY 25 per 25 miles [1].", Flaw.NUMBER),
    (LEAVE, "年次有給休暇は、勤続6年で10日付与されます [1]。", Flaw.NUMBER),
    (LEAVE, "年次有給休暇は、勤続6か月で10時間付与されます [1]。", Flaw.NUMBER),
    (ALLOWANCE, "在宅勤務手当は、1日につき200万円を支給します [1]。", Flaw.NUMBER),
    ("予算は5億円である。", "予算は5万円である [1]。", Flaw.NUMBER),
    (LOCK, "连续5次输入错误密码的账户锁定30小时 [1]。", Flaw.NUMBER),
    (LODGING, "宿泊費は12,000円以上です [1]。", Flaw.NUMBER),
    ("The fee is at most 20 yen.", "The fee is at least 20 yen [1].", Flaw.NUMBER),
    ("密码不少于12位。", "密码不超过12位 [1]。", Flaw.NUMBER),
    (CLAIMED, "出張旅費の精算期限を過ぎると、翌月25日の給与と一緒に支払われます [1]。", Flaw.UNSUPPORTED),
    # names and codes
    (COST, "When the cost is more than JPY 5,000,000, the Director is the final approver [1].", Flaw.NAME),
    (VALVE, "The relief valve of the AP-500 opens at 1.2 MPa [1].", Flaw.NUMBER),
    (VALVE, "The relief valve of the AP-20 opens at 1.2 MPa [1].", Flaw.NUMBER),
    (VALVE, "The relief valve of the BP-200 opens at 1.2 MPa [1].", Flaw.NAME),
    ("Error E02 means a rupture.", "Error E0 means a rupture [1].", Flaw.NUMBER),
    ("Annual leave is granted by Hanna.", "Annual leave is granted by Ann [1].", Flaw.NAME),
    ("Write to desk@aoba.example.", "Write to desk@aoba@example [1].", Flaw.NAME),
    ("Write to desk@aoba.example.", "Write to desk@aoba [1].", Flaw.NAME),
    ("申請は https://a.example/apply で行う。", "申請は https://a.example/claim で行います [1]。", Flaw.NAME),
    ("Tanaka approves overseas trips.", "Sato approves overseas trips [1].", Flaw.NAME),
    (CHIEF, "佐藤部長が購入を承認します [1]。", Flaw.NAME),
    (FLEX, "フレックスタイム制のコアタイムはセンターで10時00分から15時00分までです [1]。", Flaw.NAME),
    (LEAVE, "年次有給休暇は、勤続6か月でHRが10日付与します [1]。", Flaw.NAME),
    (MANAGER, "李经理负责审批门禁卡的补办申请 [1]。", Flaw.NAME),
    # turned into their opposite
    (TRIP, "An expense claim need not be submitted within 10 business days after the trip [1].", Flaw.DENIAL),
    (HOME, "Employees may not work at home up to 2 days a week [1].", Flaw.DENIAL),
    (HOME, "Employees can't work at home 2 days a week [1].", Flaw.DENIAL),
    (SMOKE, "Smoking is permitted in the warehouse [1].", Flaw.DENIAL),
    (SMOKE, "Smoking is not prohibited in the warehouse [1].", Flaw.DENIAL),
    (PASS, "Visitors must enter the laboratory [1].", Flaw.DENIAL),
    (REMOTE, "在宅勤務は、1週につき2日を限度としない [1]。", Flaw.DENIAL),
    (SIDE, "副業の時間は、1か月につき40時間を限度とし、深夜も認める [1]。", Flaw.DENIAL),
    ("申請は必ず、前日までに行う。", "申請は前日までに行わない [1]。", Flaw.DENIAL),
    (FORBID, "涉密文件可以带离办公场所 [1]。", Flaw.DENIAL),
    (WIRELESS, "访客不能使用无线网络 [1]。", Flaw.DENIAL),
    ("保密工作非常重要，文件应当带离。", "文件不应当带离 [1]。", Flaw.DENIAL),
    (LOAN, "桌椅可以出借 [1]。", Flaw.DENIAL),
    (LOAN, "可以借用显示器和耳机。桌椅可以出借 [1]。", Flaw.DENIAL),
    (UNUSED, "有給休暇は翌年に繰り越せません [1]。", Flaw.DENIAL),
    (SMOKE, "Is smoking prohibited in the warehouse? [1]", Flaw.UNSUPPORTED),
    # marks
    (TRIP, "An expense claim must be submitted within 10 business days.", Flaw.NO_MARK),
    (TRIP, "An expense claim must be submitted within 10 business days [2].", Flaw.UNKNOWN_MARK),
    (TRIP, "An expense claim must be submitted within 10 business days [1][0].", Flaw.UNKNOWN_MARK),
    (TRIP, " [1] . ", Flaw.EMPTY),
    # something else altogether
    (TRIP, "The sky above the harbour is blue and the sea is calm today [1].", Flaw.UNSUPPORTED),
    (LEAVE, "空は青く海は静かである [1]。", Flaw.UNSUPPORTED),
    (WORD, "今天的天气不太好 [1]。", Flaw.UNSUPPORTED),
]  # fmt: skip


@pytest.mark.parametrize(("quote", "sentence"), STANDS, ids=lambda text: str(text)[:40])
def test_what_the_quote_says_stands(quote: str, sentence: str) -> None:
    verdict = verify(sentence, [quote])
    assert verdict.flaw is None, (verdict.flaw, verdict.detail)
    assert verdict.stands
    assert verdict.marks == (1,)
    assert "[1]" not in verdict.text


@pytest.mark.parametrize(("quote", "sentence", "flaw"), STRUCK, ids=lambda text: str(text)[:40])
def test_what_the_quote_does_not_say_is_struck(quote: str, sentence: str, flaw: Flaw) -> None:
    verdict = verify(sentence, [quote])
    assert verdict.flaw == flaw, (verdict.flaw, verdict.detail)
    assert not verdict.stands


@pytest.mark.parametrize(
    ("quote", "sentence", "shown"),
    [
        (CANTEEN, "No, visitors may use the canteen [1].", "Visitors may use the canteen."),
        (
            SMOKE,
            "Yes, smoking is prohibited in the warehouse [1].",
            "Smoking is prohibited in the warehouse.",
        ),
        (
            SMOKE,
            "No, smoking is prohibited in the warehouse [1].",
            "No, smoking is prohibited in the warehouse.",
        ),
        (
            REMOTE,
            "はい、在宅勤務は1週につき2日を限度とします。[1]",
            "はい、在宅勤務は1週につき2日を限度とします。",
        ),
        (FORBID, "可以，涉密文件不得带离办公场所。[1]", "涉密文件不得带离办公场所。"),
    ],
)
def test_a_yes_or_no_that_says_the_contrary_is_not_shown(quote: str, sentence: str, shown: str) -> None:
    verdict = verify(sentence, [quote])
    assert verdict.flaw is None, (verdict.flaw, verdict.detail)
    assert verdict.text == shown


def test_only_the_quotes_that_are_cited_count() -> None:
    assert verify("The relief valve opens at 1.2 MPa [1].", [TRIP, VALVE]).flaw == Flaw.NUMBER
    assert verify("The relief valve opens at 1.2 MPa [2].", [TRIP, VALVE]).stands
    both = verify("The relief valve opens at 1.2 MPa and claims take 10 business days [1][2].", [TRIP, VALVE])
    assert both.stands
    assert both.marks == (1, 2)


@given(texts, st.lists(texts, max_size=3))
def test_no_sentence_and_no_quote_makes_the_check_fail(sentence: str, quotes: list[str]) -> None:
    verdict = verify(sentence, quotes)
    assert verdict.stands == (verdict.flaw is None)
    if verdict.stands:
        assert set(verdict.marks) <= set(range(1, len(quotes) + 1))
        assert verdict.marks


@given(st.sampled_from([quote for quote, _ in STANDS]))
def test_a_quote_said_word_for_word_stands(quote: str) -> None:
    assert verify(f"{quote} [1]", [quote]).stands


@given(st.sampled_from([TRIP, COST, CAR, VALVE, LEAVE, QUOTE, LOCK]), st.data())
def test_a_digit_that_was_changed_is_always_found(quote: str, data: st.DataObject) -> None:
    places = [number for number, character in enumerate(quote) if character.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([other for other in "0123456789" if other != quote[place]]))
    assert not verify(f"{quote[:place]}{digit}{quote[place + 1 :]} [1]", [quote]).stands
