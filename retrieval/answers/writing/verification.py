"""Is a sentence of the model carried by the quotes it cites? Pure, and the reason why nothing of a model
is shown unchecked.

A sentence passes when every mark in it exists; every number, date, code and name in it stands in a cited
quote; it denies what the sentence of the quote that carries it denies and nothing else; and enough of its
other words stand there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from language.clauses import announces
from language.denials import denials, ends_in_denial
from language.figures import DIRECT_UNIT, NEAR_UNIT, NUMBER, THOUSANDS
from language.sentences import sentences
from language.tokens import ENGLISH_STOP, language_of, normalised, tokens
from retrieval.answers.writing.parts import quote_parts

LEAST_SHARE = 0.6  # of a sentence's content words that its quotes must carry
# From this share on, one sentence of a quote carries the model's by itself, whatever its neighbours deny.
CARRIED = 0.66
# Of each clause: "after the deadline, it is paid with the salary" needs a quote that speaks of the deadline.
LEAST_OF_A_CLAUSE = 0.5

MARK = re.compile(r"\[(\d{1,2})\]")
_CODES = regex.compile(
    r"[\p{Latin}\d._/-]+"
)  # where codes stand: one has a letter and a digit at or behind it
_CODE = regex.compile(r"\b[\p{Latin}\d]+(?:[-._/][\p{Latin}\d]+)*")
_ADDRESS = regex.compile(r"[\p{Latin}\d._%+@:/~#?&=-]+")  # of mail or a page, if an @ or :// is in it
_CAPITAL = regex.compile(r"\b\p{Lu}[\p{L}\p{N}]*\b")
_KATAKANA = regex.compile(r"[\p{Script=Katakana}ー]{2,}")
_HIRAGANA = regex.compile(r"\p{Script=Hiragana}")
_LATIN = regex.compile(r"\p{Latin}{2,}")
_KANJI_RUN = regex.compile(r"[〇一二三四五六七八九十百千万億亿兆]+")
_KANJI_NUMBER = regex.compile(
    r"[〇一二三四五六七八九十百千万億亿兆]{2,}"
    r"|(?<![〇一二三四五六七八九十百千万億亿兆])[一二三四五六七八九十](?=[日月年人名件回円か箇個週時分条章天元周])"
)
# What they say is compared as a denial; as words they stand everywhere.
_MODALS = frozenset({"may", "can", "must", "not", "no", "cannot", "should", "shall"})
LONGEST_NAME = 6  # characters of a Japanese name before its title
# A person's name in Chinese characters shows by the title behind it.
_TITLES = (
    "取締役|本部長|部長|課長|社長|会長|係長|専務|常務|所長|氏|様|さん|经理|总监|主管|主任|部长|科长|先生|女士"
)
_TITLED = {
    "ja": regex.compile(rf"(?<=\p{{Han}})(?:{_TITLES})"),  # how much before it is the name: see `_titled`
    "zh": regex.compile(rf"\p{{Han}}(?:{_TITLES})"),
}
_HAN = regex.compile(r"\p{Han}+")
# "Yes" or "no" before the answer itself.
ASSENT = regex.compile(
    r"(?:(?P<yes>はい|ええ|yes|是的|可以|能)|(?P<no>いいえ|no|不可以|不能|不行|不是))[、，,。.:：]\s*",
    regex.IGNORECASE,
)
_LIMITING = regex.compile(r"(?:but|except|only|unless|但|ただし|仅|除)", regex.IGNORECASE)
# "At least" is not "at most": a bound in the sentence needs one of its kind in the quote.
BOUNDS = (
    regex.compile(
        r"以上|超(?=え|過|$)|を上回|\b(?:at least|more than|over|no less than|minimum)\b|不少于|不低于|至少"
    ),
    regex.compile(
        r"以下|以内|未満|まで|上限|限度|不超过|不得超过|不多于|最多|最长|为限"
        r"|\b(?:up to|at most|no more than|within|less than|not exceed\w*|maximum|only)\b"
    ),
)
_CLAUSE_END = regex.compile(r"[、，,;；]")
_ASKS = regex.compile(r"[?？]$|か。?$|吗。?$")
# Sentences begin with these without naming anyone; any other first word is taken for a name.
_BEGINNINGS = frozenset(
    """
    according after all also any because before both during each either employee employees every everyone
    first however no one only otherwise people please since someone staff therefore thus under unless until
    within yes
    """.split()  # noqa: SIM905  # a list of 30 quoted words is harder to read
)


class Flaw(StrEnum):
    """Why a sentence was struck."""

    NO_MARK = "no_mark"  # it cites nothing
    UNKNOWN_MARK = "unknown_mark"  # it cites a quote that was not given
    NUMBER = "number"  # a number or date that no cited quote has
    NAME = "name"  # a name or code that no cited quote has
    DENIAL = "denial"  # it denies what the quote does not deny, or the other way round
    UNSUPPORTED = "unsupported"  # too few of its words stand in the cited quotes
    OTHER = "other"  # its quotes speak of another of that kind than was asked for
    ECHO = "echo"  # it only says the question again
    EMPTY = "empty"  # nothing is left without its marks


@dataclass(frozen=True)
class Verdict:
    """What became of a sentence: its text without marks, the marks, and the flaw if it is struck."""

    text: str
    marks: tuple[int, ...]
    flaw: Flaw | None
    detail: str = ""

    @property
    def stands(self) -> bool:
        """Whether the sentence may be shown."""
        return self.flaw is None


def without_marks(sentence: str, quotes: Sequence[str]) -> Verdict:
    """A sentence parted from its marks; with a flaw where nothing is left, or it cites no quote given."""
    marks = tuple(sorted({int(mark) for mark in MARK.findall(sentence)}))
    text = " ".join(MARK.sub("", sentence).split()).strip()
    text = re.sub(r"(?<!\s)\s++([.,;:!?])", r"\1", text)
    flaw = None
    if not any(character.isalnum() for character in text):
        flaw = Flaw.EMPTY
    elif not marks:
        flaw = Flaw.NO_MARK
    elif any(not 1 <= mark <= len(quotes) for mark in marks):
        flaw = Flaw.UNKNOWN_MARK
    return Verdict(text, marks, flaw)


def verify(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Judge one sentence against the quotes; mark [1] means quotes[0]."""
    bare = without_marks(sentence, quotes)
    if not bare.stands:
        return bare
    text, marks = bare.text, bare.marks

    def struck(flaw: Flaw, detail: str = "") -> Verdict:
        return Verdict(text, marks, flaw, detail)

    cited = normalised("\n".join(quotes[mark - 1] for mark in marks))
    text, claim = assented(text)
    said = normalised(claim)
    if _ASKS.search(said):
        return struck(Flaw.UNSUPPORTED, "a question")
    if missing := _missing_numbers(said, cited):
        return struck(Flaw.NUMBER, missing)
    if any(bound.search(said) and not bound.search(cited) for bound in BOUNDS) and NUMBER.search(said):
        return struck(Flaw.NUMBER, "another bound")
    if wrong := sorted(_addresses(said) - _addresses(cited)):
        return struck(Flaw.NAME, wrong[0])
    if missing := _missing_names(claim, cited):
        return struck(Flaw.NAME, missing)
    sources = [quotes[mark - 1] for mark in marks]
    if any(_denies_otherwise(normalised(claim[start:end]), sources) for start, end in sentences(claim)):
        return struck(Flaw.DENIAL)
    share = share_carried(said, cited)
    if share < LEAST_SHARE:
        return struck(Flaw.UNSUPPORTED, f"{share:.2f}")
    clauses = [clause for clause in _CLAUSE_END.split(said) if any(map(str.isalnum, clause))]
    if any(share_carried(clause, cited) < LEAST_OF_A_CLAUSE for clause in clauses):
        return struck(Flaw.UNSUPPORTED, "a clause")
    return Verdict(text, marks, None)


def _addresses(text: str) -> set[str]:
    """The addresses of mail and of pages that a normalised text has: each stands letter for letter or not."""
    runs = (match.group().strip(".:?/#") for match in _ADDRESS.finditer(text))
    return {run for run in runs if "@" in run or "://" in run or run.startswith("www.")}


def forms_of(number: str) -> set[str]:
    """The numbers that one in a text stands for: itself, and the parts of a range, time, date or list."""
    whole = THOUSANDS.sub("", number)
    return {whole, *re.split(r"[-/,]", whole), *re.split(r"[-/,:]", whole)}


def _missing_numbers(said: str, cited: str) -> str:
    """The first number of the sentence that is not in the cited text, or has another unit there; "10" is
    not in "100"."""
    have: dict[str, set[str]] = {}
    for match in NUMBER.finditer(cited):
        unit = NEAR_UNIT.match(cited, match.end())
        for form in forms_of(match.group()):
            have.setdefault(form, set()).update({str(unit.lastgroup)} if unit else ())
    for match in NUMBER.finditer(said):
        number = THOUSANDS.sub("", match.group())
        unit = DIRECT_UNIT.match(said, match.end())
        if number not in have:
            return str(match.group())
        if unit and have[number] and unit.lastgroup not in have[number]:
            return f"{match.group()} {unit.lastgroup}"
    runs = set(_KANJI_RUN.findall(cited))
    return next((str(number) for number in _KANJI_NUMBER.findall(said) if number not in runs), "")


def codes(text: str) -> Iterator[str]:
    """What looks like a code: letters and digits with signs between, from a place behind which, before any
    other character, both a letter and a digit stand. Looked up from behind, once for each such stretch."""
    for stretch in _CODES.finditer(text):
        last_digit = last_letter = -1
        for index in range(stretch.end() - 1, stretch.start() - 1, -1):
            if text[index].isdecimal():
                last_digit = max(last_digit, index)
            elif text[index] not in "._/-":
                last_letter = max(last_letter, index)
            if last_digit >= 0 and last_letter >= 0:
                break
        else:
            continue
        for code in _CODE.finditer(text, stretch.start(), stretch.end()):
            if code.start() <= min(last_digit, last_letter):
                yield code.group()


def _missing_names(text: str, cited: str) -> str:
    """The first name or code of the sentence that is not in the cited text.

    Names are taken to be: codes with letters and digits; in Latin text capitalised words; in Japanese and
    Chinese text Latin words, runs of katakana, and what stands before a person's title.
    """
    language, have = language_of(text), set(tokens(cited))
    names = list(codes(text))
    if language == "en":
        first = len(text) - len(text.lstrip("\"'“‘( "))
        names += [
            match.group()
            for match in _CAPITAL.finditer(text)
            if match.start() != first or match.group().lower() not in _BEGINNINGS
        ]
    else:
        for name in [*_KATAKANA.findall(text), *_titled(text, language)]:
            if normalised(name) not in cited:
                return str(name)
        names += _LATIN.findall(text)
    for name in names:
        if normalised(name) not in ENGLISH_STOP and not have.issuperset(tokens(name)):
            return str(name)
    return ""


def _titled(text: str, language: str) -> list[str]:
    """What is named by its title, with the title: in Japanese up to LONGEST_NAME characters before it, to the
    last title that lies within them (営業本部長様 is one name). Told from the titles, which are few."""
    if language != "ja":
        return list(_TITLED[language].findall(text))
    ends = {title.start(): title.end() for title in _TITLED["ja"].finditer(text, overlapped=True)}
    names, begin = [], 0
    for title in ends:
        first = title
        while first > max(begin, title - LONGEST_NAME) and _HAN.fullmatch(text, first - 1, first):
            first -= 1
        if first < title:
            within = range(first + LONGEST_NAME, title - 1, -1)
            last = next(end for end in within if end in ends and _HAN.fullmatch(text, first, end))
            names.append(text[first : ends[last]])
            begin = ends[last]
    return names


def assented(text: str) -> tuple[str, str]:
    """The sentence as it is shown, and what it claims behind a "yes" or "no" at its beginning. One that says
    the contrary of the claim is not shown: "No, visitors may use it" says that they may."""
    assent = ASSENT.match(text)
    if assent is None or assent.end() == len(text):
        return text, text
    claim = text[assent.end() :]
    denies = ends_in_denial(normalised(claim), language_of(claim))
    contrary = denies if assent["yes"] else not denies
    if contrary and not _LIMITING.match(claim):
        return claim[:1].upper() + claim[1:], claim
    return text, claim


def _denies_otherwise(said: str, cited: Sequence[str]) -> bool:
    """Whether one of them denies and the other does not, or the sentence denies once more than its quotes:
    "not prohibited" is not "prohibited". Where a part of a quote carries it, or its clauses have a part each,
    those are compared: what stands beside them may deny something else."""
    if announces(said) and not denials(said, language_of(said)):
        return False  # "as follows": what follows is compared
    parts = [normalised(part.whole) for quote in cited for part in quote_parts(quote)]
    if carrying := _carrying(said, parts):
        return _contradicts(said, carrying, attributive=False)
    clauses = [clause for clause in _CLAUSE_END.split(said) if any(map(str.isalnum, clause))]
    carriers = [_carrying(clause, parts) for clause in clauses]
    if len(clauses) > 1 and all(carriers):
        pairs = zip(clauses, carriers, strict=True)
        return any(_contradicts(clause, carrier, attributive=False) for clause, carrier in pairs)
    return _contradicts(said, normalised("\n".join(cited)), attributive=True)


def _contradicts(said: str, cited: str, *, attributive: bool) -> bool:
    language, other = language_of(said), language_of(cited)
    here = denials(said, language, attributive=attributive)
    there = denials(cited, other, attributive=attributive)
    return bool(here) != bool(there) or (language == other and here > there)


def _carrying(said: str, parts: Sequence[str]) -> str:
    """The part that has most of its words; empty where none has nearly all of them."""
    shares = [share_carried(said, part) for part in parts]
    most = max(shares, default=0.0)
    return parts[shares.index(most)] if most >= CARRIED else ""


def share_carried(said: str, cited: str) -> float:
    """The share of the sentence's content tokens that stand in the cited text; both are normalised. Particles
    and endings in hiragana are no content."""
    have = set(tokens(cited))
    words = [
        token
        for token in tokens(said)
        if token not in ENGLISH_STOP
        and token not in _MODALS
        and not (len(token) == 1 and not token.isdigit())
        and not _HIRAGANA.search(token)
    ] or tokens(said)
    return sum(token in have for token in words) / len(words) if words else 0.0
