"""The topic of a question, and how much of it some evidence leaves out: the things that it names, without the
words that ask, compute, compare or stand in every question. Pure.

A paraphrase says its things under other words, which the widening knows, or a few of them. What is not in the
documents at all mostly names its thing plainly, and no page near the best quote says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from language.characters import by_first_character, one_form
from language.morphology import words
from language.tokens import ENGLISH_STOP, normalised, tokens
from retrieval.evidence.asked import AskedQuestion

MOST_TOPICS = 12  # of one question
MOSTLY = 0.5  # of a topic, from which it counts as left out, and of its tokens that another word stands for
PARTLY = 0.5  # what a topic counts of which less is left out
_NOUNS = frozenset(("一般", "サ変接続", "固有名詞", "形容動詞語幹", "接尾", "ナイ形容詞語幹"))
_WEAK_JAPANESE = frozenset(
    """
    いくら いくつ 場合 方法 内容 詳細 何 誰 どこ 会社 弊社 当社 社員 従業員 場所 金額 月額 合計 全部
    一覧 目安 ルール 規定 規程 規則 教え 予定 必要 可能 対象 条件 手続 手続き 流れ 仕方 違い 期限 期間
    期日 時間 人数 回数 日数 上限 上限額 さん 様 君 名前 氏名 仕事 自分 平均 上位 下位 差 差額 割合 比率
    パーセント 文書 書類 資料 要点 要約 概要 例外 例外的 最大 最小 最高 最低 主 種類 項目 情報 全員 人
    方 者 額 額面 値 数 番 か月 ヶ月 週間 年間 月間 総額 注意 意味 理由 対応 処理 利用 使用 相手 担当
    担当者 責任者 手順 決定 変更 記載 説明 案内 質問 回答 サービス こと もの
    """.split()  # noqa: SIM905  # a list of quoted words is harder to read
)
_WEAK_CHINESE = regex.compile(
    by_first_character(
        r"几号|哪(?:[天家个些]|一?版)|现行|生效|废止|限额|怎么算|算法|没过|情况下?"
        r"|分别|包括|区别|不同|差别|相比|比较|内容|要点|槪括|主要|规定|制度|办法|文件|处理|怎么办|办理|流程|步骤|手续"
        r"|平均|合计|总共|一共|共计|总数|最[高低多少大小]|排名|前[一二两三四五十\d]位|超过|低于|高于|以上|以下|多少钱?|百分之?"
        r"|时候|开始|施行|实行|归口|管理|部门|公司|我们|员工|名单|目前|现在|需要|应当|可以|能够|请问|规则|标准|金额|天数|次数|人数|数量"
        r"|期限|时间|多久|一次|几[天个种倍级]|什么|怎样|如何|为何|原因|是否|有没有|还有|拿不到|怎么|回事|行不行|允许"
    )
)
_BETWEEN = regex.compile(
    r"(?:几号|[一每][晚天]|[的了不吗嗎呢吧是有在和与與或及对對于於可以能要会會给給我你他她它们們这這那哪些什么麼怎样樣多少几幾谁誰为為個个被把從从到由去住想让走占比算每各次"
    r"年月日\p{P}\s\p{Latin}\p{Katakana}\p{Hiragana}\d請请问問应應该該须須需])+"
)
_LATIN_TERM = regex.compile(r"[\p{Latin}][\p{Latin}\d-]+|[\p{Katakana}ー]{2,}")
# Stems of words that every question may have: what asks, does, compares or counts.
_WEAK_ENGLISH = frozenset(
    """
    get got give take make need want list all any each near under over long more less much many often
    most least highest lowest averag total sum top first second third last three two drop fall rise
    share percent percentag proport came come differ between compar rate limit rule document describ
    page polici own step condit requir circumst approv appli happen hand stay tell know use work do done
    go may might must dure someon somebodi anyon person peopl pleas find show exact current possibl
    allow permit abl long still also keep bring send fill form ask claim request number amount count
    name type kind there summari summaris summar outlin overview explain point main key about after
    befor sinc until start end begin day week month year time date receiv ever never
    """.split()  # noqa: SIM905  # a list of quoted words is harder to read
)
_SHORTEST_ENGLISH = 3


@lru_cache(maxsize=256)
def topics_of(text: str, language: str) -> tuple[str, ...]:
    """What a question is about, in `one_form`, each thing once: compound nouns in Japanese, runs of signs
    between the words that bind and ask in Chinese, stems in English."""
    split = {"ja": _japanese, "zh": _chinese, "en": _english}[language]
    return tuple(dict.fromkeys(split(text)))[:MOST_TOPICS]


def left_out(question: AskedQuestion, text: str) -> float:
    """How many of the question's topics a text leaves out: 1 for each that it says less than half of, less
    for one of which a part is there. 0 where another word for it stands."""
    form = one_form(normalised(text))
    held = set(tokens(form)) if question.language == "en" else set()
    return sum(
        _left_out(question, topic, form, held) for topic in topics_of(question.text, question.language)
    )


def _left_out(question: AskedQuestion, topic: str, form: str, held: set[str]) -> float:
    if topic in form:
        return 0.0
    parts = set(tokens(topic))
    if any(
        MOSTLY * len(parts) <= len(thing.tokens & parts) and thing.stands_in(form, held or set(tokens(form)))
        for thing in question.meant
    ):
        return 0.0
    if question.language == "en":
        return float(topic not in held)
    bare = _uncovered(topic, form)
    if bare < min(2, len(topic)):
        return 0.0
    return 1.0 if bare >= MOSTLY * len(topic) else PARTLY


def _uncovered(topic: str, form: str) -> int:
    """How many characters of a topic stand in no pair of neighbours that the text has too."""
    covered = [False] * len(topic)
    for place in range(len(topic) - 1):
        if topic[place : place + 2] in form:
            covered[place] = covered[place + 1] = True
    return covered.count(False)


def _japanese(text: str) -> Iterator[str]:
    compound = ""
    for word in (*words(normalised(text)), None):
        noun = word is not None and word.kind == "名詞" and word.detail in _NOUNS
        if word is not None and noun and word.surface not in _WEAK_JAPANESE:
            compound += word.surface
            continue
        if len(compound) >= 2:
            yield one_form(compound)
        compound = ""


def _chinese(text: str) -> Iterator[str]:
    plain = normalised(text)
    for match in _LATIN_TERM.finditer(plain):
        yield one_form(match.group())
    for run in _BETWEEN.split(plain):
        for part in _WEAK_CHINESE.split(one_form(run)):
            if len(part) >= 2:
                yield part


def _english(text: str) -> Iterator[str]:
    for token in tokens(normalised(text)):
        weak = token in ENGLISH_STOP or token in _WEAK_ENGLISH or not token.isalpha()
        if not weak and len(token) >= _SHORTEST_ENGLISH:
            yield token
