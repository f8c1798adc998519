"""Made texts to measure on: sentences of invented departments, rules and figures in three languages.

They are random but repeatable, of the length and vocabulary size of office documents, and carry a code each
(such as K-004711), so that a question has one right passage.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

SYLLABLES_JA = (
    "申請承認期限書類部門管理者規程費用出張休暇勤務契約取引先見積請求支払検査品質"
    "安全衛生教育訓練評価採用退職情報機密保管廃棄設備点検報告会議議事録予算決算監査"
)
WORDS_EN = """
    request approval deadline form department manager policy expense travel leave work contract
    supplier quote invoice payment inspection quality safety training review hiring information
    storage disposal equipment report meeting minutes budget audit vehicle visitor badge warehouse
    shipment customer complaint repair calibration machine pump valve pressure schedule overtime
    allowance insurance pension bonus transfer
    """.split()  # noqa: SIM905  # sixty quoted words are harder to read
SYLLABLES_ZH = (
    "申请审批期限表格部门经理规定费用出差休假工作合同供应商报价发票付款检验质量安"
    "全培训评估招聘信息保密存储销毁设备检查报告会议纪要预算审计车辆访客仓库发货客户投诉维修"
)


def passage(number: int, language: str) -> str:
    """One text of some 300 characters (Japanese, Chinese) or 120 words (English) with its own code."""
    chance = random.Random(number)
    code = f"K-{number:06d}"
    if language == "en":
        made = [
            "".join(chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") for _ in range(3))
            for _ in range(12)
        ]
        words = [
            chance.choice(WORDS_EN) if chance.random() < 0.8 else chance.choice(made) for _ in range(110)
        ]
        for index in range(9, len(words), 11):
            words[index] += "."
        return f"The rule {code} of the {chance.choice(WORDS_EN)} office: " + " ".join(words) + "."
    source = SYLLABLES_JA if language == "ja" else SYLLABLES_ZH
    joins = "のをにはとがで" if language == "ja" else "的和应在与为"
    parts = []
    for _ in range(12):
        start = chance.randrange(len(source) - 6)
        parts.append(
            "".join(source[chance.randrange(len(source) - 2) :][:2] + chance.choice(joins) for _ in range(6))
            + source[start : start + 4]
            + f"{chance.randrange(1, 400)}"
            + ("日。" if language == "ja" else "天。")
        )
    return f"{code}" + ("号の規定。" if language == "ja" else "号规定。") + "".join(parts)


def texts(count: int) -> Iterator[tuple[str, str]]:
    """So many (language, text), the languages in turn."""
    for number in range(count):
        language = ("ja", "en", "zh")[number % 3]
        yield language, passage(number, language)


def question(number: int) -> str:
    """A question that the passage of that number answers."""
    language = ("ja", "en", "zh")[number % 3]
    text = passage(number, language)
    code = f"K-{number:06d}"
    if language == "en":
        words = text.split(": ", 1)[1].split()
        return f"What does the rule {code} say about {' '.join(words[3:8])}?".replace(".", "")
    middle = text[14:34].replace("。", "")
    return (
        f"{code}号の規定で、{middle}は何ですか。" if language == "ja" else f"{code}号规定中{middle}是什么？"
    )
