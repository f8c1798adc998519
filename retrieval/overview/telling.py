"""How much a sentence, item or row tells of what its document rules: figures, deadlines, duties, permissions,
persons, definitions; and what tells nothing: purposes, references elsewhere, histories of revisions. By the
words and figures of Japanese, Chinese and English. Pure."""

from __future__ import annotations

import regex

from language.clauses import defines
from language.figures import figures
from language.tokens import CJK, language_of, normalised

LATIN = 2.0  # letters say less than characters: lengths of a text in letters count half

_REFERENCE = regex.compile(
    r"第\s?[\p{N}〇一二三四五六七八九十百]{1,6}\s?[条條項项款章節节号]|\b(?:article|section|table|figure|chapter|page) \d+(?:\.\d+)*|[表図图]\s?\d+"
)
_LABEL = regex.compile(r"^[\s　]*[（(]?[\p{N}一二三四五六七八九十ア-コa-z]{1,3}[)）.．、　 ]")
_HAN_FIGURE = regex.compile(
    r"[〇一二三四五六七八九十百千万两]{1,6}+(?:個|个|か|ヶ|カ)?(?:月|年|日|天|周|週|時|时|小时|分|円|元|名|人|回|次|倍|割|级|級|份|工作日)"
)
_WEEKDAY = regex.compile(
    r"[月火水木金土日]曜|毎[日週月年]|每[天日周月年]|\b(?:daily|weekly|monthly|annually|every)\b"
)
_DEADLINE = regex.compile(
    r"まで(?:に|の間)?|以内|前日|期限|期間|締め?切|翌月|之前|以前|内|截止|期限|逾期|\b(?:within|before|until|by the|no later|deadline|after|ahead|due)\b"
)
_DUTY = regex.compile(
    r"なければならない|ければなりません|必要(?:です|がある|とする)|ものとする|を要する|義務|必ず|应当|應當|必须|必須|须|須|需要|应|\b(?:must|shall|required?|need to|needs|have to|has to|responsible)\b"
)
_FORBIDS = regex.compile(
    r"てはならない|てはいけ|禁止|できない|できません|しない。?$|支給しない|認めない|不得|不准|不予|禁止|严禁|不可|不能|\b(?:not|never|cannot|forbidden|prohibited|excluded|only|unless|except)\b"
)
_PERMITS = regex.compile(
    r"ことができ|できる|認める|可能|限度|上限|支給|付与|与える|貸与|可以|允许|允許|有权|不超过|上限|补贴|补助|\b(?:may|can|allowed|entitled|up to|at (?:most|least)|maximum|minimum|covers?|pays?|paid|receives?|gets?|free)\b"
)
_PERSON = regex.compile(
    r"担当|所管|窓口|連絡先|責任者|承認|許可|届け?出|提出|申請|内線|部長|課長|所属長|主管|负责|負責|联系|批准|审批|提交|经理|總經理|电话|内线"
    r"|@|\b(?:contact|approv\w{1,4}|owner|manager|lead|director|submit\w{0,4}|report|ask|extension|e-?mail)\b"
)
_DECIDED = regex.compile(
    r"決定|決議|了承|結論|報告|合意|目標|原因|決まった|决定|决议|结论|同意|原因|目标|\b(?:decided|agreed|approved|conclusion|results?|goal|cause[ds]?)\b"
)
_PURPOSE = regex.compile(
    r"(?:こと|もの)を目的とする|を目的として|事項を定める|定めるものとする|定めたもの|まとめたもの|制定本|特制定"
    r"|\bthis (?:page|document|section|guide|policy|manual|extract|handbook|post|article) (?:\w{1,12} )?(?:outlines?|describes?|explains?|provides?|covers?|contains?|sets out|is for|is about|helps)\b"
    r"|^it helps\b|\bthe (?:purpose|aim) of this\b|\bits aim is\b"
)
_ELSEWHERE = regex.compile(
    r"別に定める|別途定める|の定めるところによる|規程」?(?:[（(][^）)]{1,20}[)）])?による|另行规定|另行規定|依照.{1,30}规定执行|按.{1,30}规定执行|按照国家有关规定"
    r"|\b(?:see|refer to|read more|learn more|click|check out|follow the link)\b|https?://"
)
_EMPTY_HEADING = regex.compile(
    r"(?:^|[\s　(（・.])(?:目的|趣旨|目次|改[正訂定](?:の)?(?:記録|履歴)?|改版履歴|沿革|参考(?:資料|文献)?|関連(?:資料|文書|規程)"
    r"|修订(?:记录|历史)|修訂(?:記錄|歷史)|目录|目錄|制定目的|参考|相关文件"
    r"|purpose|(?:table of )?contents|revision history|revisions|change ?log|references|related (?:pages|documents|links)|see also|about this (?:page|manual|document|guide)|introduction)[)）]?\s*$"
)


def size(text: str) -> float:
    """How much a person has to read: characters without white space, of letters half."""
    letters = sum(not character.isspace() for character in text)
    return letters / LATIN if not CJK.search(text) or language_of(text) == "en" else float(letters)


def is_empty_heading(heading: str) -> bool:
    """Whether what stands under that heading is no part of a summary: purposes, contents, revisions."""
    return bool(_EMPTY_HEADING.search(normalised(heading).strip("#* ")))


def says_a_purpose(text: str) -> bool:
    """Whether a sentence only says what its document is for."""
    return bool(_PURPOSE.search(normalised(text)))


def figures_in(text: str) -> int:
    """How many figures a text has that tell something: references and list numbers are none."""
    plain = _LABEL.sub("", _REFERENCE.sub(" ", normalised(text)))
    return len(figures(plain)) + len(_HAN_FIGURE.findall(plain))


def telling(text: str) -> float:
    """How much a text tells by itself; about 0 for one that tells nothing, 4 for a full rule."""
    plain = normalised(text)
    number = figures_in(text)
    value = 0.9 * min(number, 1) + 0.35 * min(max(number - 1, 0), 3)
    value += 0.3 * bool(_WEEKDAY.search(plain))
    value += 0.5 * bool(_DEADLINE.search(plain))
    value += 0.7 * bool(_DUTY.search(plain)) + 0.7 * bool(_FORBIDS.search(plain))
    value += 0.6 * bool(_PERMITS.search(plain)) + 0.5 * bool(_PERSON.search(plain))
    value += 0.5 * bool(_DECIDED.search(plain)) + 0.4 * defines(text)
    if _PURPOSE.search(plain):
        value -= 2.5
    if _ELSEWHERE.search(plain):
        value -= 1.0
    if size(text) < 10:
        value -= 0.8
    return value
