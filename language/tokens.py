"""What a text is made of: its language and its search tokens. Pure; opens nothing.

Chinese and Japanese have no spaces, so their runs become single characters and pairs of neighbours
(measured best of the forms that need no dictionary, docs/benchmarks.md); Latin words are stemmed; numbers
and codes such as A-1024 or 3.5 stay whole, and their parts are tokens too. Forms of one Chinese character
(國, 国) are one token, so that traditional and simplified Chinese and Japanese find one another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import opencc
import regex
import snowballstemmer

HAN = r"\p{Script=Han}々〇〆ヶ"
KANA = r"\p{Script=Hiragana}\p{Script=Katakana}ー"
CJK = regex.compile(rf"[{HAN}{KANA}]+")
_KANA = regex.compile(rf"[{KANA}]")
_HAN = regex.compile(rf"[{HAN}]")
_HIRAGANA = regex.compile(r"^\p{Script=Hiragana}$")  # particles and endings: they tell nothing
_LETTER = regex.compile(r"\p{L}")
_TOKEN = regex.compile(
    rf"(?P<cjk>[{HAN}{KANA}]+)|(?P<word>[\p{{L}}\p{{N}}--[{HAN}{KANA}]]+"
    rf"(?:[-._/:][\p{{L}}\p{{N}}--[{HAN}{KANA}]]+)*)",
    regex.V1,
)
_PART = regex.compile(r"[\p{L}\p{N}]+")
_stemmer = snowballstemmer.stemmer("english")

# Words that carry no topic. They stay in the index (phrases like "to be") and are left out of queries.
ENGLISH_STOP = frozenset(
    """
    a an and are as at be been but by can could did do does for from had has have he her his how i
    if in into is it its me my of on or our she should so than that the their them then there these
    they this to was we were what when where which who whom whose why will with would you your
    """.split()  # noqa: SIM905  # a list of 80 quoted words is harder to read
)


def normalised(text: str) -> str:
    """One form for what looks alike: NFKC (width, ligatures, circled digits) and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def language_of(text: str) -> str:
    """`ja`, `zh` or `en` (any language in Latin letters): by the scripts that the text is written in."""
    if _KANA.search(text):
        return "ja"
    han = len(_HAN.findall(text))
    return "zh" if han and han * 4 >= len(_LETTER.findall(text)) else "en"


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; words with digits stay as they are."""
    return str(_stemmer.stemWord(word)) if word.isascii() and word.isalpha() else word


def tokens(text: str) -> list[str]:
    """The search tokens of a text, in order."""
    return [token for token, _ in located_tokens(normalised(text))]


def located_tokens(text: str) -> Iterator[tuple[str, int]]:
    """The search tokens of a `normalised` text, each with where it begins."""
    for match in _TOKEN.finditer(one_form(text)):
        start = match.start()
        run = match.group("cjk")
        if run is None:
            yield from _word_tokens(match.group(), start)
            continue
        for at, character in enumerate(run, start=start):
            yield character, at
            if at + 1 < start + len(run):
                yield run[at - start : at - start + 2], at


def counted_tokens(text: str) -> tuple[int, dict[str, list[int]]]:
    """How many search tokens a text in `one_form` has, and where each begins that is not Chinese or Japanese.
    Those that are stand wherever the text holds their characters: `places_of` finds the few that are asked
    for, which costs a tenth of making them all."""
    number = 0
    places: dict[str, list[int]] = {}
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "cjk":
            number += 2 * (match.end() - match.start()) - 1
            continue
        found = _word_tokens(match.group(), match.start())
        number += len(found)
        for token, at in found:
            places.setdefault(token, []).append(at)
    return number, places


def places_of(token: str, text: str) -> list[int]:
    """Where a Chinese or Japanese search token begins in a text in `one_form`."""
    places: list[int] = []
    at = text.find(token)
    while at >= 0:
        places.append(at)
        at = text.find(token, at + 1)
    return places


def _word_tokens(word: str, start: int) -> list[tuple[str, int]]:
    if word.isalnum():  # of one part, as nearly all are
        return [(stem(word), start)]
    parts = list(_PART.finditer(word))
    whole = [(word, start)] if len(parts) > 1 else []
    return whole + [(stem(part.group()), start + part.start()) for part in parts]


def one_form(text: str) -> str:
    """The text with each Chinese character that has several forms in its simplified one. Places stay."""
    return text.translate(_forms())


@cache
def _forms() -> dict[int, str]:
    """The simplified form of each character that has several, by OpenCC's tables; one for one."""
    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    joined = "\n".join(characters)
    traditional = opencc.OpenCC("jp2t").convert(joined).split("\n")
    simplified = opencc.OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    return {
        ord(own): other
        for own, other in zip(characters, simplified, strict=True)
        if len(other) == 1 and other != own
    }


# What makes a sentence a question says nothing of its topic, and is rare in texts: it would weigh much.
_ASKING = {
    "ja": regex.compile(
        r"何という|なんという|どのよう[なに]|どんな|どの(?:くらい)?|どれ(?:くらい)?|どこ|どちら|どっち|いつ|だれ|誰|なぜ"
        r"|どうして|どう|いくつ|いくら|なに|何|とは(?=[、,\s])|ください|教えて"
    ),
    "zh": regex.compile(
        r"[什甚][么麼]時候|[什甚][么麼]时候|[为為][什甚][么麼]|[什甚][么麼]|哪(?:里|裡|裏|儿|兒|一?[个個些种種位家座所])?"
        r"|[谁誰]|多少|如何|怎[么麼]?[样樣]?|[为為]何|何[时時处處]|[请請][问問]|[吗嗎呢]|是否"
    ),
}
# The polite or plain end of a Japanese question is some of these, perhaps か, and signs or spaces.
_END_WORDS = (
    "でしょう", "でした", "です", "ました", "ません", "ます", "であった", "だった", "である", "だろう",
    "なの", "った", "た", "だ", "の", "ん", "こと", "は",
)  # fmt: skip
_LONGEST_END = max(len(word) for word in _END_WORDS)
_POSSESSIVE = regex.compile(r"(?<=\p{L})['’]s\b")


def query_tokens(text: str) -> list[str]:
    """The tokens of a question that are worth looking up; all of them where nothing else is left."""
    plain = _POSSESSIVE.sub("", normalised(text))
    language = language_of(text)
    asking = _ASKING.get(language)
    if asking is not None:
        plain = _without_asking(plain, asking) if language == "ja" else asking.sub(" ", plain)
    found = [token for token in tokens(plain) if token not in ENGLISH_STOP and not _HIRAGANA.match(token)]
    return found or tokens(text)


def _without_asking(question: str, asking: regex.Pattern[str]) -> str:
    """A Japanese question without its question words and its polite or plain end, a space for each. Where an
    end begins goes before a question word that begins there."""
    ends = _ends(question)
    kept: list[str] = []
    at = 0
    for word in asking.finditer(question):
        while ends[-1] < at:  # it began inside a question word
            ends.pop()
        if ends[-1] <= word.start():
            break
        kept.append(question[at : word.start()])
        at = word.end()
    end = next(one for one in reversed(ends) if one >= at)
    return " ".join([*kept, question[at:end], ""])


def _ends(question: str) -> list[int]:
    """From which places on a question is nothing but its end, last one first: found from behind, each word of
    it once, for the words hold one another and an expression would try every division."""
    stop = len(question)
    while stop and (question[stop - 1] in "?.。" or question[stop - 1].isspace()):
        stop -= 1
    ends = list(range(len(question), stop - 1, -1))
    if question[:stop].endswith("か"):
        ends.append(stop - 1)
    known = set(ends)
    at = stop - 1
    while at >= 0 and ends[-1] - at <= _LONGEST_END:
        if at not in known and any(
            at + len(word) in known and question.startswith(word, at) for word in _END_WORDS
        ):
            ends.append(at)
            known.add(at)
        at -= 1
    return ends
