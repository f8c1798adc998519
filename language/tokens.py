"""What a text is made of: its language and its search tokens. Pure; opens nothing.

Chinese and Japanese have no spaces, so their runs become single characters and pairs of neighbours
(measured best of the forms that need no dictionary, docs/benchmarks.md); Latin words are stemmed; numbers
and codes such as A-1024 or 3.5 stay whole, and their parts are tokens too. Forms of one Chinese character
(國, 国) are one token, so that traditional and simplified Chinese and Japanese find one another, and a
number or year has one token more in the form that all ways of writing it share (30,000円, 3万円: 30000).
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from language.characters import folded, one_form
from language.quantities import written
from language.stems import stem

HAN = r"\p{Script=Han}々〇〆ヶ"
KANA = r"\p{Script=Hiragana}\p{Script=Katakana}ー"
CJK = regex.compile(rf"[{HAN}{KANA}]+")
_UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々、。，．・：；！？「」『』（）［］【】〈〉《》〔〕]"
)
_KANA = regex.compile(rf"[{KANA}]")
_HAN = regex.compile(rf"[{HAN}]")
_HIRAGANA = regex.compile(r"^\p{Script=Hiragana}$")  # particles and endings: they carry no topic
_HIRAGANA_ANYWHERE = regex.compile(r"\p{Script=Hiragana}")
_LETTER = regex.compile(r"\p{L}")
LEAST_ENGLISH, LEAST_HAN = 2, 3  # words and characters that tell a language beside a name in katakana
_ENGLISH = regex.compile(
    r"\b(?:the|an?|is|are|was|were|do|does|did|how|what|when|where|which|who|why|can|must|may|should|of|at|in|to|for|from|if|my|i|we)\b",
    regex.I,
)
_CHINESE = regex.compile(r"[的了吗嗎呢吧们們这這几么麼谁哪您给給请請吗]")
_TOKEN = regex.compile(
    rf"(?P<cjk>[{HAN}{KANA}]+)|(?P<word>[\p{{L}}\p{{N}}--[{HAN}{KANA}]]+"
    rf"(?:[-._/:][\p{{L}}\p{{N}}--[{HAN}{KANA}]]+)*)",
    regex.V1,
)
_PART = regex.compile(r"[\p{L}\p{N}]+")

# Words that carry no topic. They stay in the index (phrases like "to be") and are left out of queries.
# Words and their stems (does, many), since both are looked up.
ENGLISH_STOP = frozenset(
    """
    a an and are as at be been but by can could did do doe does for from had has have he her his how i
    if in into is it its mani many me much my of on or
    our she should so than that the their them then there these
    they this to was we were what when where which who whom whose why will with would you your
    """.split()  # noqa: SIM905  # a list of 80 quoted words is harder to read
)


def is_cjk(character: str) -> bool:
    """Whether a character is written without spaces around it."""
    return bool(_UNSPACED.match(character))


def normalised(text: str) -> str:
    """One form for what is the same text (`language.characters.folded`), in lower case."""
    return folded(text).lower()


def language_of(text: str) -> str:
    """`ja`, `zh` or `en` (any language in Latin letters): by the scripts that the text is written in. A name
    in katakana or Chinese characters does not make an English or Chinese question a Japanese one."""
    han = len(_HAN.findall(text))
    if _KANA.search(text):
        kana, letters = len(_KANA.findall(text)), len(_LETTER.findall(text))
        if letters > 3 * (han + kana) and len(_ENGLISH.findall(text)) >= LEAST_ENGLISH:
            return "en"
        hiragana = _HIRAGANA_ANYWHERE.search(text)
        return "zh" if not hiragana and han >= LEAST_HAN and _CHINESE.search(text) else "ja"
    return "zh" if han and han * 4 >= len(_LETTER.findall(text)) else "en"


def tokens(text: str) -> list[str]:
    """The search tokens of a text, in order."""
    return [token for token, _ in located_tokens(normalised(text))]


def located_tokens(text: str) -> Iterator[tuple[str, int]]:
    """The search tokens of a `normalised` text, each with where it begins; the forms of numbers last."""
    form = one_form(text)
    for match in _TOKEN.finditer(form):
        start = match.start()
        run = match.group("cjk")
        if run is None:
            yield from _word_tokens(match.group(), start)
            continue
        for position, character in enumerate(run, start=start):
            yield character, position
            if position + 1 < start + len(run):
                yield run[position - start : position - start + 2], position
    for number in written(form):
        yield number.form, number.start


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
        located = _word_tokens(match.group(), match.start())
        number += len(located)
        for token, position in located:
            places.setdefault(token, []).append(position)
    for value in written(text):
        number += 1
        places.setdefault(value.form, []).append(value.start)
    return number, places


def places_of(token: str, text: str) -> list[int]:
    """Where a Chinese or Japanese search token begins in a text in `one_form`."""
    places: list[int] = []
    position = text.find(token)
    while position >= 0:
        places.append(position)
        position = text.find(token, position + 1)
    return places


def _word_tokens(word: str, start: int) -> list[tuple[str, int]]:
    if word.isalnum():  # of one part, as nearly all are
        return [(stem(word), start)]
    parts = list(_PART.finditer(word))
    whole = [(word, start)] if len(parts) > 1 else []
    return whole + [(stem(part.group()), start + part.start()) for part in parts]


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
    """The tokens of a question that are worth looking up; all of them if nothing else is left."""
    plain = _POSSESSIVE.sub("", normalised(text))
    language = language_of(text)
    asking = _ASKING.get(language)
    if asking is not None:
        plain = _without_asking(plain, asking) if language == "ja" else asking.sub(" ", plain)
    plain, numbers = _without_numbers(one_form(plain))
    content = [
        token
        for token in [*(token for token, _ in located_tokens(plain)), *numbers]
        if token not in ENGLISH_STOP and not _HIRAGANA.match(token)
    ]
    return content or tokens(text)


def _without_numbers(text: str) -> tuple[str, list[str]]:
    """The text without the numbers that have another form, which every way of writing them has too, and
    those forms."""
    numbers = list(written(text))
    for number in reversed(numbers):
        text = f"{text[: number.start]} {text[number.end :]}"
    return text, [number.form for number in numbers]


def _without_asking(question: str, asking: regex.Pattern[str]) -> str:
    """A Japanese question without its question words and its polite or plain end, a space for each. Where an
    end begins goes before a question word that begins there."""
    ends = _ends(question)
    kept: list[str] = []
    position = 0
    for word in asking.finditer(question):
        while ends[-1] < position:  # it began inside a question word
            ends.pop()
        if ends[-1] <= word.start():
            break
        kept.append(question[position : word.start()])
        position = word.end()
    end = next(end for end in reversed(ends) if end >= position)
    return " ".join([*kept, question[position:end], ""])


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
    position = stop - 1
    while position >= 0 and ends[-1] - position <= _LONGEST_END:
        if position not in known and any(
            position + len(word) in known and question.startswith(word, position) for word in _END_WORDS
        ):
            ends.append(position)
            known.add(position)
        position -= 1
    return ends
