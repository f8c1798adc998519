"""The Japanese packs find what textlint's presets find, and leave alone what they leave alone."""

from __future__ import annotations

import pytest

from checks.findings import NotApplicable
from checks.packs.loading import load_pack
from checks.readers.markdown import read_markdown
from checks.rules import Context

pytestmark = pytest.mark.fast


def columns(pack: str, rule_id: str, text: str) -> list[str]:
    """Line and column of what the rule finds."""
    document = read_markdown(text, "a.md")
    rule = next(rule for rule in load_pack(pack).rules if rule.id == rule_id)
    try:
        hits = list(rule.check(Context(document)))
    except NotApplicable:
        return []
    return [document.place(hit.piece, hit.start).shown() for hit in sorted(hits, key=lambda hit: hit.start)]


TECHNICAL = [
    ("double-negative", "彼は来ないとも限らない。", ["1:10"]),
    ("double-negative", "費用が無いわけでもなかった。", ["1:10"]),
    ("double-negative", "知らないものでもない。", ["1:9"]),
    ("double-negative", "誤りがないとは言い切れない。", ["1:12"]),
    ("double-negative", "解けなくもない問題だ。", ["1:6"]),
    ("double-negative", "提出しなければならない。行かなくてはいけない。少なくない。", []),
    ("doubled-particle", "窓口では係員では答えない。", ["1:7"]),
    ("doubled-particle", "部署としては会社としては認めない。", ["1:9"]),
    ("doubled-particle", "部署には、社員の氏名を書く。課長には話す。", []),
    ("doubled-particle", "部長には部下は従う。", []),
    ("doubled-particle", "# 窓口で係員で答える", []),
    ("doubled-particle", "> 窓口で係員で答える", []),
    ("redundant-koto", "復元することが不可能である。", ["1:3"]),
    ("redundant-koto", "復元する事はできた。", ["1:3"]),
    ("redundant-koto", "客に接することができる。", []),
    ("redundant-koto", "復元することを可能にする。", []),
    ("redundant-koto", "# 復元することができる", []),
    ("redundant-koto-dekiru", "復元することができた。", ["1:3"]),
    ("redundant-koto", "復元することができた。", []),
    ("redundant-verb", "点検を、行った。", ["1:1"]),
    ("redundant-verb", "点検を実行します。", ["1:1"]),
    ("redundant-verb", "処理を行う。テストを行う。懲戒処分を行う。点検も行う。", []),
    ("redundant-dearu-ieru", "妥当であるといえます。", ["1:3"]),
    ("redundant-dearu-kangaeru", "妥当であると考えていた。", ["1:3"]),
    ("weak-phrase", "妥当だと思うので直す。", ["1:5"]),
    ("weak-phrase", "妥当だと思った。思い出す。何もかも済んだ。", []),
    ("max-kanji", "特定業務取扱者", ["1:1"]),
    ("max-kanji", "業務取扱要領", []),
    (
        "register",
        "同じ型であっても、値は違います。真であるならば動きます。可能であるという判断です。以上です。",
        [],
    ),
    ("register", "同じ型です。値は違うものである。別の型です。", ["1:13"]),
    ("stray-letter", "これはaです。手順eを見る。", []),
    ("stray-letter", "対応sれた。", []),
    ("stray-letter", "リリースsれた。", ["1:5"]),
    ("doubled-word", "課題課題が残る。", ["1:3"]),
    ("doubled-word", "一つ一つ見る。まだまだ続く。", []),
    ("sentence-end", "次のとおりである.", ["1:9"]),
]
JTF = [
    ("1.1.3-mark", "- 申請します。\n- 承認します。\n- 戻します", ["3:6"]),
    ("1.1.3-mark", "- 申請します\n- `承認`", []),
    ("1.2.1", "甲は,乙.", ["1:3", "1:5"]),
    ("1.2.2-text", "甲は，乙である．", ["1:3", "1:8"]),
    ("2.1.10", "値は0,25である。1,5番と1000円を見る。ISO 8601と電話0312345678に従う。", ["1:4"]),
    ("2.2.2", "七つの案を三回見た。第二章に百万円と書いた。", ["1:1", "1:6", "1:12", "1:15"]),
    ("2.2.2", "三つ巴で一つ覚えの二つ返事だ。三月に三人が来た。一枚岩だ。一回り大きい。", []),
    ("2.2.3", "2ヶ月と三箇所", ["1:1"]),
    ("3.1.1", "品名　ABC", []),
    ("3.1.1", "これは ABC です。", ["1:4", "1:8"]),
    ("3.1.2", "# 第4条 出張の区分", []),
    ("3.3", "記　（１）これは （甲） です。", ["1:9", "1:13"]),
    ("3.3", "これは [甲] です。", ["1:4", "1:8"]),
    ("4.2.1", "驚いた!本当か?", ["1:4"]),
    ("4.2.2", "驚いた!本当か?", ["1:8"]),
    ("4.2.2-space", "本当か？ はい。本当か？はい。本当か？　はい。", ["1:5"]),
    ("4.3.2", "配列[0]を見る。", ["1:3", "1:5"]),
    ("4.3.2", "a[0] を見る。", []),
]


@pytest.mark.parametrize(("rule_id", "text", "places"), TECHNICAL)
def test_technical_writing(rule_id: str, text: str, places: list[str]) -> None:
    assert columns("ja-technical", rule_id, text) == places


@pytest.mark.parametrize(("rule_id", "text", "places"), JTF)
def test_jtf(rule_id: str, text: str, places: list[str]) -> None:
    assert columns("jtf", rule_id, text) == places
