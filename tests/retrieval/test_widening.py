"""A question with everyday words finds what documents write, and each thing counts once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from language.stems import stem
from language.terms import Term, Terms, Use, WordForm
from language.tokens import CJK, normalised, query_tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.features import read_passages
from retrieval.evidence.reading import sentence_text
from retrieval.index.index import SearchIndex
from retrieval.index.keywords import Keywords
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.widening import LEXICON, MOST_FORMS, NOT_WIDENED, Widening, read, shipped, widened

TERMS = Terms(
    [
        Term(
            "printer",
            (
                WordForm("複合機", "ja", Use.WRITTEN),
                WordForm("コピー機", "ja", Use.SAID),
                WordForm("コピーする", "ja", Use.SAID),
                WordForm("プリンタ", "ja", Use.AVOIDED),
                WordForm("multifunction printer", "en", Use.WRITTEN),
                WordForm("copier", "en", Use.SAID),
                WordForm("打印复印一体机", "zh", Use.WRITTEN),
                WordForm("复印机", "zh", Use.SAID),
            ),
        )
    ]
)


def words(question: str, terms: Terms = TERMS) -> list[str]:
    return widened(question, terms).words


def test_what_documents_write_is_looked_up_in_every_language_and_what_people_say_in_their_own() -> None:
    assert words("コピー機の使い方") == ["複合機", "multifunction printer", "打印复印一体机"]
    assert words("複合機の使い方") == ["コピー機", "multifunction printer", "打印复印一体机"]
    assert words("Where is the copier?") == ["multifunction printer", "複合機", "打印复印一体机"]
    assert words("打印复印一体机在哪里") == ["复印机", "複合機", "multifunction printer"]
    assert words("プリンタの使い方")[0] == "複合機"  # what is to be avoided is understood, and never proposed
    assert "プリンタ" not in words("複合機の使い方")
    assert words("会議室の予約") == []


def test_a_clause_is_understood_and_never_looked_up() -> None:
    assert words("どこでコピーするの") == ["複合機", "コピー機", "multifunction printer", "打印复印一体机"]
    assert "コピーする" not in words("複合機")


def test_many_everyday_words_leave_room_for_what_documents_of_other_languages_write() -> None:
    said = tuple(WordForm(f"device {number}", "en", Use.SAID) for number in range(MOST_FORMS))
    written = (WordForm("printer", "en", Use.WRITTEN), WordForm("複合機", "ja", Use.WRITTEN))
    every = words("device 0", Terms([Term("printer", said + written)]))
    assert len(every) == MOST_FORMS
    assert {"printer", "複合機"} <= set(every)


@pytest.fixture
def keywords(tmp_path: Path) -> Iterator[Keywords]:
    opened = Keywords(tmp_path / "words")
    yield opened
    opened.close()


def put(keywords: Keywords, **texts: str) -> None:
    keywords.add(IndexedPassage(name, "v1", "s", "", "", text) for name, text in texts.items())
    keywords.commit()


def looked_up(keywords: Keywords, question: str) -> list[str]:
    index = SearchIndex(keywords, terms=lambda: TERMS)
    return [name for name, _ in index.search(question, ["s"], 10, index.widened(question)).fused]


def test_a_passage_is_found_by_what_documents_write(keywords: Keywords) -> None:
    put(
        keywords,
        ja="複合機の使用後は電源を切ること。",
        en="Switch the multifunction printer off after use.",
        zh="打印复印一体机使用后请关闭电源。",
        other="会議室の使用後は鍵を返すこと。",
    )
    for question in ("コピー機の電源", "Turn off the copier", "复印机的电源"):
        tokens = looked_up(keywords, question)
        assert {"ja", "en", "zh"} <= set(tokens), question
    assert looked_up(keywords, "コピー機の電源")[0] == "ja"


def test_a_word_in_parts_is_not_that_word(keywords: Keywords) -> None:
    put(keywords, whole="複合機を使う。", parts="複数の合併。", half="A printer of books.")
    assert looked_up(keywords, "コピー機") == ["whole"]


def test_a_passage_with_every_word_for_a_thing_counts_it_once(keywords: Keywords) -> None:
    put(
        keywords,
        said="コピー機は三階の廊下にある。",
        every="複合機、multifunction printer、打印复印一体机。",
        filler="会議室は二階にある。",
    )
    assert looked_up(keywords, "コピー機はどこ")[0] == "said"


def parsed(question: str, **frequencies: int) -> AskedQuestion:
    return AskedQuestion.parse(question, frequencies, 100, widened(question, TERMS))


def carried(question: AskedQuestion, text: str) -> float:
    return question.share(question.weights.keys() & sentence_text(text).places(question).keys())


def test_a_sentence_has_what_is_asked_for_in_whichever_word() -> None:
    question = parsed("コピー機の電源")
    assert carried(question, "複合機の電源を切る。") == 1.0
    assert carried(question, "コピー機の電源を切る。") == 1.0
    assert carried(question, "複合機とコピー機の電源を切る。") == 1.0  # once
    assert 0 < carried(question, "複合機を置く。") < 1
    assert carried(parsed("copier"), "The multifunction color printer is here.") == 1.0
    assert carried(parsed("copier"), "Multifunction furniture stands far away from the only printer.") == 0.0
    assert question.said_in("複合機の電源") == set(question.weights)
    assert question.said_in("会議室") == set()


def test_a_rare_word_for_a_common_thing_weighs_as_the_thing() -> None:
    frequencies = {"复合": 40, "合机": 40, "电": 40, "电源": 40, "源": 40}
    wide = AskedQuestion.parse("コピー機の電源", frequencies, 100, widened("コピー機の電源", TERMS))
    narrow = AskedQuestion.parse("コピー機の電源", frequencies, 100)
    assert wide.weights["コピ"] < narrow.weights["コピ"]
    assert wide.weights["コピ"] == wide.weights["电源"]
    assert "コピ" in narrow.unknown and "コピ" not in wide.unknown


def test_nothing_is_widened_without_terms() -> None:
    assert widened("コピー機", Terms()) == NOT_WIDENED
    assert read_passages(AskedQuestion.parse("コピー機", {}, 1), []) == []


def test_an_entry_that_is_wrong_is_told() -> None:
    [entry] = read("- {id: a, ja: '複合機 | コピー機', en: copier, except: [複合機種], note: why}")
    assert [(form.text, form.use) for form in entry.forms] == [
        ("複合機", Use.WRITTEN),
        ("コピー機", Use.SAID),
        ("copier", Use.WRITTEN),
    ]
    assert (entry.but_not, entry.note) == (("複合機種",), "why")
    for wrong in (
        "- {ja: a}",
        "- {id: a, fr: b, ja: c}",
        "- {id: a, ja: '| b'}",
        "- {id: a, ja: 'b | c | d'}",
    ):
        with pytest.raises(ValueError, match=r"entry|bar"):
            list(read(wrong))


ENTRIES = [entry for path in sorted(LEXICON.glob("*.yaml")) for entry in read(path.read_text("utf-8"))]


def test_the_lexicon_keeps_its_rules() -> None:
    assert len(ENTRIES) >= 700
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        written = {form.language for form in entry.forms if form.use is Use.WRITTEN}
        assert written == {"ja", "en", "zh"}, entry.id
        for form in entry.forms:
            plain = normalised(form.text)
            assert len(plain) > 1, (entry.id, form.text)
            assert bool(CJK.search(plain)) or form.language == "en" or plain.isascii(), (entry.id, form.text)
            assert query_tokens(form.text), (entry.id, form.text)
        texts = [(form.language, form.text) for form in entry.forms]
        assert len(set(texts)) == len(texts), entry.id


COMMON = """
    able accept account available come date do extra file find found give have how if log long major make meet
    need number order part period present provide question relate report say second see service short show
    site take thing time up use want week what when where which who why word year
"""


def test_no_english_word_of_the_lexicon_shares_the_stem_of_a_common_word() -> None:
    common = {stem(word): word for word in COMMON.split()}
    for entry in ENTRIES:
        for form in entry.forms:
            assert stem(normalised(form.text)) not in common, (entry.id, form.text)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("ボーナスは年に何回？", "賞与"),
        ("副業してもいいですか", "兼業"),
        ("産休はいつから取れる", "産前産後休業"),
        ("ハンコが必要な書類", "押印"),
        ("忌引は何日", "慶弔休暇"),
        ("リモートで働ける日", "在宅勤務"),
        ("When is my raise?", "salary increase"),
        ("Can I WFH on Friday?", "telework"),
        ("Was he laid off?", "redundancy"),
        ("五险一金怎么交", "社会保险"),
        ("年终奖什么时候发", "賞与"),
        ("怎么打卡", "考勤"),
        ("残業は月に何時間", "overtime"),
        ("My grandmother died, can I stay away?", "忌引休暇"),
        ("My wife gave birth yesterday", "出生時育児休業"),
        ("A burst pipe has ruined my kitchen", "災害休暇"),
        ("Am I allowed to record a call?", "録音"),
        ("Can I paste into ChatGPT what a client wrote?", "生成AIの利用"),
        ("the guest Wi-Fi", "来訪者用無線LAN"),
        ("飲み会のお金は出る？", "懇親会補助"),
        ("USBを挿してもいい？", "外部記憶媒体の使用"),
        ("裁判員に選ばれた", "jury duty"),
        ("出張の前乗りはできる？", "前泊"),
        ("鍵をなくしたらどこに言う？", "鍵の紛失"),
        ("取引先から商品券をもらった", "acceptance of gifts"),
        ("インフルになったら何日休む", "感染症"),
        ("接私活可以吗", "outside employment"),
        ("奶奶去世能请几天", "慶弔休暇"),
        ("工牌丢了怎么补", "社員証の紛失"),
        ("供应商请吃饭能去吗", "接待の受領"),
        ("老婆生孩子有假吗", "paternity leave"),
    ],
)
def test_everyday_words_lead_to_what_rules_write(question: str, word: str) -> None:
    assert word in words(question, shipped())


@pytest.mark.parametrize(
    "question",
    [
        "クビライはいつ生まれた",
        "半年休まずに働いた",
        "What is quite a bit?",
        "仮説の検証",
        "いくらまでですか",
        "概要を要約してください",
        "外面接水可以吗",
        "What is the deadline for the report?",
        "When is the date of the second draft?",
        "I found an umbrella in week ten",
        "委員会の設置はどうなっていますか",
        "申請は何日前までですか",
        "公司注册资本是多少",
    ],
)
def test_other_words_are_not_taken_for_them(question: str) -> None:
    assert widened(question, shipped()) == Widening()
