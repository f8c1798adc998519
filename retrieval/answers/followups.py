"""Makes a follow-up question stand alone, by rule, so that search and evidence see a whole question. Pure.

"What about managers?" leaves the earlier question unfinished, and "Is it taxable?" points at its subject.
The first is put into the earlier question, the second is told its subject; a question that needs neither
stays as it is. No model writes here: what is asked of the documents is made of the asker's own words alone.
"""

from __future__ import annotations

import regex

from language.tokens import ENGLISH_STOP, language_of, normalised

LONGEST_TOPIC = 60  # characters of the earlier question's subject that are carried on
SHORT = {"en": 30, "ja": 14, "zh": 10}  # characters up to which a question without a verb is an ellipsis

# Openings that leave the earlier question unfinished; what follows takes its subject's place.
_ELLIPSIS = {
    "en": regex.compile(
        r"^(?:and |but |or )?(?:what|how) about "
        r"|^(?:and|but|or|also) (?:for|in|at|on|to|with|if|when|the|an?)\b"
        r"|^(?:for|in|at|on|with|if)\b[^?]{1,40}\?$"
        r"|^(?:and|but|or) [^?]{1,25}\?$",
        regex.I,
    ),
    "ja": regex.compile(
        r"(?:の場合|のとき|の時|なら|だと|については|に関しては|は)[？?]*$"
        r"|^(?:では|じゃあ|それでは)、?[^、]{1,14}は[？?]*$"
    ),
    "zh": regex.compile(r"^(?:那么?|還有|还有|如果是)?[^，,。？?]{1,12}呢[？?]*$"),
}
_ELLIPSIS_LEAD = {
    "en": regex.compile(
        r"^(?:(?:and|but|or|also|so|then)\b,? *)?(?:(?:what|how) about\b *)?(?:for\b *)?", regex.I
    ),
    "ja": regex.compile(r"^(?:では|じゃあ|それでは|それなら|それじゃ|で|また|ちなみに|なお|あと)、?"),
    "zh": regex.compile(r"^(?:那么|那|还有|還有|如果是)[，,]?"),
}
_ELLIPSIS_TAIL = {
    "en": regex.compile(r"(?<![?？.!\s])[?？.!\s]+$"),
    "ja": regex.compile(
        r"(?:(?:の場合は?|のときは?|の時は?|については|に関しては|なら|だと|は)(?:どう(?:ですか|なりますか)?)?"
        r"|どう(?:ですか|なりますか)?|(?<![？?。\s]))[？?。\s]*$"
    ),
    "zh": regex.compile(r"(?:(?:的话|的話)呢?|呢|(?<![？?。\s]))[？?。\s]*$"),
}
# Words that point at something said before.
_POINTER = {
    "en": regex.compile(
        r"\b(?:it|its|they|them|theirs?|this|that|these|those|ones?|there|he|she|his|her|him|same)\b", regex.I
    ),
    "ja": regex.compile(r"それ|その|そこ|そちら|これら?|この(?!ため)|あの|あれ|彼|同じ|上記|前述"),
    "zh": regex.compile(
        r"它|他|她|其中|上述|同样|同樣|该|該|[这這][个個些种種项項里裡]?|那[个個些种種项項里裡]"
    ),
}
LEANING = 22  # characters up to which a Japanese question without a topic leans on the one before
_NAMES_A_TOPIC = regex.compile(
    r"[\p{Han}々〇ヶ\p{Katakana}ー\p{Latin}\p{N}]{2}(?:[はがをのにでと、]|って|[？?。]*+$)"
)
_GOES_ON = {
    "en": regex.compile(r"^(?:and|but|so|then)\b", regex.I),
    "zh": regex.compile(r"^(?:那么?|然后|之后|如果|要是|但是?|不过)"),
}
# "Is it true that …", "that" after a verb: they point at nothing before.
_NO_POINTER = regex.compile(
    r"\bis it (?:true|possible|allowed|necessary|required)\b|\bdoes it take\b"
    r"|\b\w+ that (?:the|an?|all|we|i)\b",
    regex.I,
)

# What a question is made of besides its subject.
_ASKING_EN = frozenset(
    """
    about amount any big date day far get give given happen high large long make many may mean might much
    must need number off often old out percent please say shall some take tall tell there time up year
    """.split()  # noqa: SIM905  # a list of 40 quoted words is harder to read
)
_ASKING = {
    "ja": regex.compile(
        r"何[年月日人歳回度時分円％%枚件名か]*|いくつ|いくら|いつ|どこ|誰|だれ|どのくらい|どれくらい|どのように"
        r"|どうやって|どう|なぜ|ですか|ますか|ませんか|でしょうか|ください|教えて|知りたい|とは"
    ),
    "zh": regex.compile(
        r"多少|多[长長久大高远遠]|[几幾][天年个個次位月日点點]?|什[么麼]|怎[么麼样樣]*|如何|哪[里裡个個些儿兒]?"
        r"|谁|誰|为何|為何|何时|何時|是否|可以|需要|应当|應當|应该|應該|能否|吗|嗎|呢|请问|請問|是|有|的|要|会|會|在|了"
        r"|把|被"
    ),
}
_JA_CONTENT = regex.compile(r"[\p{Han}々〇ヶ\p{Script=Katakana}ー\p{Latin}\p{N}]+")
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}'’./-]*")


def standalone(question: str, before: str) -> str:
    """The question as it reads without the one `before` it (itself standing alone); the same text where it
    needs nothing."""
    question, before = question.strip(), before.strip()
    if not question or not before:
        return question
    language = language_of(question)
    if _is_ellipsis(question, language):
        added = _bare(question, language)
        return f"{_cut_addition(before)}{_bracketed(added, language)}" if added else before
    if _points(question, language) or _leans(question, language):
        subject = _subject(before, normalised(question))
        return f"{question}{_bracketed(subject, language)}" if subject else question
    return question


def emphasised(whole: str) -> str:
    """That whole question for search and evidence: what a follow-up added counts three times, so that it
    wins over what it takes the place of ("employees … (managers)")."""
    added = regex.search(r"[（(]([^（）()]*)[)）]$", whole)
    return f"{whole} {added.group(1)} {added.group(1)}" if added else whole


def _is_ellipsis(question: str, language: str) -> bool:
    if len(question) > 2 * SHORT[language]:
        return False
    plain = question.rstrip("。. ")
    return bool(_ELLIPSIS[language].search(plain)) and (language != "ja" or len(plain) <= SHORT["ja"] + 8)


def _bare(question: str, language: str) -> str:
    """What an ellipsis names: "What about managers?" names "managers"."""
    text = _ELLIPSIS_LEAD[language].sub("", question, count=1)
    return str(_ELLIPSIS_TAIL[language].sub("", text, count=1)).strip(" ,、，")


def _cut_addition(before: str) -> str:
    """The earlier question, without what an earlier ellipsis put behind it: a new one takes its place."""
    return str(regex.sub(r"(?<=[?？。か吗嗎呢])\s*[（(][^（）()]*[)）]$", "", before))


def _points(question: str, language: str) -> bool:
    match = _POINTER[language].search(question)
    if match is None:
        return False
    return not (language == "en" and _NO_POINTER.search(question))


def _leans(question: str, language: str) -> bool:
    """Whether it goes on with what was said without pointing at it: "And what comes after the birth?",
    "延長されることはありますか", which names nothing that something is asked of."""
    if language == "ja":
        return len(question) <= LEANING and not _NAMES_A_TOPIC.search(question)
    return bool(_GOES_ON[language].search(question))


def _subject(before: str, have: str) -> str:
    """The words of the earlier question that name its subject, without those that the new one has."""
    language = language_of(before)
    words: list[str]
    if language == "en":
        words = [
            word
            for word in _WORD.findall(before)
            if word.lower() not in ENGLISH_STOP and word.lower() not in _ASKING_EN
        ]
    elif language == "ja":
        words = _JA_CONTENT.findall(regex.sub(_ASKING["ja"], " ", before))
    else:
        words = _WORD.findall(regex.sub(_ASKING["zh"], " ", before))
    kept: list[str] = []
    for word in words:
        plain = normalised(word)
        if plain not in have and word not in kept and len(" ".join([*kept, word])) <= LONGEST_TOPIC:
            kept.append(word)
    return " ".join(kept)


def _bracketed(text: str, language: str) -> str:
    return f" ({text})" if language == "en" else f"（{text}）"
