"""What speaks for and against an answer beside what weights were fitted to: rules that hold for the few
questions of each kind that sets have. Pure.

What is asked of one company is not answered by another's rules, of one year not by another's, and a question
for a telephone number not by a text without one. Where all that a question names stands beside the best
quote, it mostly answers; where a thing is left out, it mostly does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from language.characters import one_form
from language.tokens import ENGLISH_STOP, normalised, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.evidence.question_kinds import QuestionKind
from retrieval.evidence.reading import PassageRead
from retrieval.evidence.topics import left_out, topics_of
from retrieval.evidence.types import ChosenUnit
from retrieval.index.naming import folder_of, forms_of, names_in
from retrieval.index.search import Hit

# Log-odds, found on questions of offices that no weights were fitted to.
TOPICS_LEFT_OUT, ALL_THERE = 3.0, 2.5  # where all are left out; where none is
MOST_THERE = 1.8  # where few are
OTHER_YEAR, YEARS_BESIDE = 5.0, 2.0  # by the titles of the best passage, by its text alone
OTHER_COMPANY, UNKNOWN_NAME, NO_SUCH_VALUE = 3.0, 2.0, 3.0
_YEAR = regex.compile(r"(?<!\d)(?<!\d[.,])((?:19|20)\d\d)(?!\d|[.,]\d)")
_FISCAL = regex.compile(r"(?:令和|平成|昭和)\s?(?:\d{1,2}|元)\s?年度|(?:19|20)\d\d\s?年度")
_COMPANY = regex.compile(
    r"(?:株式会社|有限会社|合同会社|公司|集団|集团|集團|科技|商事|商会|工業|工业|電装|電機|电机|电器|電器"
    r"|精機|精工|製菓|製薬|药业|設計|運輸|物流"
    r"|物産|産業|产业|実業|实业|製作所|商店|印刷|包装|饮料|文具|建設|建设|銀行|银行|食品|机械|機械|贸易|貿易|ホールディングス|システムズ)"
)
_WHOLE = regex.compile(r"[[\p{Han}\p{Katakana}ー]--[的在和与與是对對向跟]]{2,24}+", regex.V1)
_NO_NAMES = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december english japanese chinese hr it pc ceo cfo q1 q2 q3 q4 i
    vat pto
    """.split()  # noqa: SIM905  # a list of quoted words is harder to read
)
# Questions for a value that is told by its shape, and that shape.
_SHAPES = [
    (regex.compile(asks, regex.I), regex.compile(has, regex.I))
    for asks, has in (
        (
            r"電話番号|携帯(?:電話)?の?番号|手机号|电话号码|联系电话|電話號碼"
            r"|\b(?:phone|telephone|mobile|cell) numbers?\b",
            r"\d{2,4}[-‐–() ]{1,2}\d{2,4}[-‐– ]\d{3,4}|\d{7}|内線|分机|\bext\b",
        ),
        (r"メールアドレス|邮箱|電郵地址|\be-?mail address", r"@"),
        (
            r"住所(?=は|を|が|$)|所在地|地址|\b(?:home|street|postal|office) address\b",
            r"[都道府県市区町村縣县]\p{Han}{0,12}[\d〇一二三四五六七八九十]|丁目|番地|[路街道]\d|\d[号號]"
            r"|\d \p{Lu}\p{L}{1,20} (?:street|road|avenue|lane|way|drive)|所在地|地址|住所|\baddress",
        ),
        (
            r"いくら(?!か|でも|.{0,6}違)|何円|多少[钱錢元]"
            r"|\bhow much (?:does|do|is|are|will) .{0,60}\b(?:cost|charge|pay)",
            r"[円元圓￥¥$€£%％塊块]|無料|無償|免费|免費|实费|実費|全額|全额|支給しない|なし|所得|報酬"
            r"|\b(?:free|no charge|usd|dollars?|pounds?|yen|euros?|percent|reimburse\w{0,2})\b|\d[,.]\d{3}"
            # a column of amounts, whose cells are bare numbers
            r"|(?:価|料金|金額|額|賃|费|额|价|\b(?:prices?|costs?|fees?|amounts?|rates?)\b)[^\n]{0,80}"
            r"(?:[:：]\s?\d|\n[^。.]{0,300}\d)",
        ),
        (
            r"利率(?:是|は|$)|利率多少|何パーセント|何[%％割]|百分之[几幾]"
            r"|\bwhat percent(?:age)?\b|\binterest rate\b",
            r"[%％割倍]|分の|百分之|パーセント|\bper ?cent|\bhalf\b|\bthird|\bquarter|全額|全额|\bfull",
        ),
        (
            r"暗証番号|パスワード(?:は何|を教)|密码是"
            r"|\b(?:what is|what's|tell me) the [^?]{0,20}\b(?:password|pin)\b",
            r"(?:パスワード|暗証番号|密码|password|pin)\s?(?:は|是|is|[:：])\s?[「“\"]?[\p{Latin}\d]{4}",
        ),
    )
]


def reservations(question: AskedQuestion, read: Sequence[PassageRead], chosen: Sequence[ChosenUnit]) -> float:
    """Log-odds against an answer by the chosen units, best first, out of all passages that were `read`; below
    0 where the rules speak for it. `chosen` has at least one."""
    best = chosen[0].passage
    shown = " ".join(_text(unit) for unit in chosen)
    against = _other_year(question, best) + _names(question, read, best.hit)
    against += NO_SUCH_VALUE * any(
        asks.search(question.text) and not has.search(shown) for asks, has in _SHAPES
    )
    left = _left_out(question, chosen)
    return against + (max(0.0, left) if against else left)


def _left_out(question: AskedQuestion, chosen: Sequence[ChosenUnit]) -> float:
    """By the topics that neither the best unit nor its headings say, where words alone were looked at: by
    meaning another word is found for them. Words of two languages are not compared, and of two things to
    compare one may stand in the second unit."""
    best = chosen[0].passage
    if (
        best.hit.meaning > 0
        or not best.features["same_language"]
        or not topics_of(question.text, question.language)
    ):
        return 0.0
    both = question.kind is QuestionKind.COMPARISON or question.has_parts
    near = " ".join(f"{_head(unit.passage.hit)} {_text(unit)}" for unit in chosen[: 3 if both else 1])
    missing = left_out(question, near)
    if not missing:
        return -ALL_THERE
    share = min(1.0, missing / len(topics_of(question.text, question.language)))
    return TOPICS_LEFT_OUT * share - MOST_THERE


def _other_year(question: AskedQuestion, best: PassageRead) -> float:
    """Whether the best passage and its titles speak of years, and not of the question's."""
    if question.kind is QuestionKind.COMPARISON:
        return 0.0
    if _other_fiscal_year(question, best.hit):
        return OTHER_YEAR
    asked = set(_YEAR.findall(question.plain))
    titles = set(_YEAR.findall(normalised(_head(best.hit))))
    said = titles | set(_YEAR.findall(normalised(best.hit.passage.text)))
    if not asked or asked <= said or not said:
        return 0.0
    return OTHER_YEAR if titles else YEARS_BESIDE


def _other_fiscal_year(question: AskedQuestion, best: Hit) -> bool:
    """Whether the titles are of fiscal years, and none of them is the question's: the plan for 令和7年度 is
    none for 令和8年度, though a work of it ends in 令和8年."""
    asked, titles = (
        {one_form(year).replace(" ", "") for year in _FISCAL.findall(normalised(text))}
        for text in (question.text, _head(best))
    )
    return bool(asked and titles) and not asked & titles


def _names(question: AskedQuestion, read: Sequence[PassageRead], best: Hit) -> float:
    """Whether the question names a company that the best passage's folder knows nothing of: another one's
    documents have it in their titles, or no passage that was found has it at all."""
    if question.kind is QuestionKind.COMPARISON:
        return 0.0
    against = 0.0
    for name in _every_name(question):
        forms = [one_form(normalised(form)) for form in forms_of(name)]
        holding = [passage.hit for passage in read if _says(passage.hit, forms)]
        if any(hit.document.id == best.document.id or _folder(hit) == _folder(best) for hit in holding):
            continue
        if any(_titled(hit, forms) for hit in holding):
            against = max(against, OTHER_COMPANY)
        elif not holding and (question.language == "en" or _COMPANY.search(name)):
            against = max(against, UNKNOWN_NAME)
    return against


def _every_name(question: AskedQuestion) -> Iterable[str]:
    """What may be the name of a company or a thing in the question."""
    names = {name for name in names_in(question.text) if name.lower() not in _NO_NAMES | ENGLISH_STOP}
    for run in _WHOLE.findall(question.text):
        company = _COMPANY.search(run, 2)
        if company is not None:
            names = {name for name in names if name not in run} | {run[: company.end()]}
    return sorted(names)


def _says(hit: Hit, forms: Sequence[str]) -> bool:
    said = one_form(normalised(f"{_head(hit)} {hit.passage.text}"))
    if any(form in said for form in forms):
        return True
    words = set(tokens(said))
    return any(form.isascii() and set(tokens(form)) <= words for form in forms)


def _titled(hit: Hit, forms: Sequence[str]) -> bool:
    said = one_form(normalised(f"{hit.title} {hit.document.name}"))
    return any(form in said for form in forms)


def _folder(hit: Hit) -> str:
    """The folder of its document, its own name where it lies in none."""
    return folder_of(hit.document.name) or hit.document.name


def _head(hit: Hit) -> str:
    return f"{hit.title} {hit.document.name} {hit.passage.heading}"


def _text(unit: ChosenUnit) -> str:
    shape = unit.passage.outline
    return "\n".join(shape.between(span.piece, span.start, span.end) for span in unit.unit.spans)
