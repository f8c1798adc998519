"""textlint's rules on signs: widths, spaces, brackets and numerals of the JTF preset and of ja-spacing."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import regex

from checks.document.document import CheckedDocument, RunKind
from checks.findings import RuleMatch
from checks.packs.imports.textlint.nodes import JA, PARAGRAPHS, STRINGS, parts, sentences_of, strings, tokens
from checks.rules import pattern_of

Options = dict[str, Any]
Finder = Callable[[CheckedDocument, Options], Iterator[RuleMatch]]
Hit = tuple[int, int, str | None]  # start and end in its Str, what would stand there
_BRACKETS = r"()[]（）［］「」『』"


def _of_strings(message: str, find: Callable[[str, Options], Iterator[Hit]]) -> Finder:
    """A rule over each plain Str of a paragraph; each place is told once."""

    def finder(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
        for index, piece in document.of(PARAGRAPHS):
            # Only the rules of ja-spacing have the option to look into styled text.
            inside = (RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG) if options.get("lintStyledNode") else ()
            for start, end in strings(piece, *inside):
                reported = set[int]()
                for first, last, fix in find(piece.text[start:end], options):
                    if first not in reported:
                        reported.add(first)
                        quote = piece.text[start + first : start + last]
                        values = {"found": quote, "expected": fix or "", "match": quote}
                        yield RuleMatch(index, start + first, start + last, message, values, fix)

    return finder


def _pattern(
    source: str, fix: Callable[[str], str | None] | str | None = None
) -> Callable[[str, Options], Iterator[Hit]]:
    """The first group of each match."""
    compiled = regex.compile(source)

    def find(text: str, _: Options) -> Iterator[Hit]:
        for match in compiled.finditer(text):
            start, end = match.span(1)
            yield start, end, fix(match[1]) if callable(fix) else fix

    return find


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _first_wide_stop(text: str, _: Options) -> Iterator[Hit]:
    if match := regex.search("[．，]", text):
        yield match.start(), match.end(), {"．": ".", "，": ","}[match[0]]


def _between(text: str, _: Options) -> Iterator[Hit]:
    narrow, wide = "A-Za-z0-9", JA.replace("[々〇〻", "[")
    for source in (f"[{narrow}]( ){wide}", f"{wide}( )[{narrow}]"):
        for match in regex.finditer(source, text):
            yield match.start(1), match.end(1), ""


def _between_wide(text: str, _: Options) -> Iterator[Hit]:
    for match in regex.finditer(f"({JA}) ({JA})", text):
        if not all("ァ" <= side <= "ヶ" for side in (match[1], match[2])):
            yield match.end(1), match.start(2), ""


def _beside_brackets(brackets: str) -> Callable[[str, Options], Iterator[Hit]]:
    signs = regex.escape(brackets)

    def find(text: str, options: Options) -> Iterator[Hit]:
        outside = options.get("allowOutsideHalfParentheses", True)
        for match in regex.finditer(f"[ 　](?=[{signs}])|(?<=[{signs}])[ 　]", text):
            offset = match.start()
            if (
                "(" in brackets
                and outside
                and (text[offset : offset + 2] == " (" or text[max(0, offset - 1) : offset + 1] == ") ")
            ):
                continue
            yield offset, match.end(), ""
        if options.get("requireOutsideHalfParentheses"):
            for match in regex.finditer(rf"{JA}(\()|(\)){JA}", text):
                side = 1 if match[1] else 2
                yield match.start(side), match.end(side), " (" if side == 1 else ") "

    return find


def _space_option(options: Options) -> dict[str, bool]:
    """Which of alphabets, numbers and punctuation take a space; none: no space anywhere."""
    given = options.get("space")
    if isinstance(given, list):
        return {key: key in given for key in ("alphabets", "numbers", "punctuation")}
    marks = options.get("exceptPunctuation") is False
    always = given == "always"
    return {"alphabets": always, "numbers": always, "punctuation": marks and given in ("always", "never")}


def _widths(text: str, options: Options) -> Iterator[Hit]:
    asked = _space_option(options)
    written = options.get("allows") or []
    patterns = [pattern_of(each if each.startswith("/") else regex.escape(each)) for each in written]
    allows = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    wide = "[、。\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffffぁ-んァ-ヶ]"
    need = asked["alphabets"] or asked["numbers"]
    narrow = "A-Za-z0-9" if not need else ("A-Za-z" * asked["alphabets"] + "0-9" * asked["numbers"])
    gap = "" if need else "([ 　])"
    for source, wide_at in ((f"([{narrow}]){gap}({wide})", -1), (f"({wide}){gap}([{narrow}])", 0)):
        for match in regex.finditer(source, text):
            sign = text[match.end() - 1] if wide_at else text[match.start()]
            if sign in "。、" and not asked["punctuation"]:
                continue
            if any(first <= match.start() <= last for first, last in allows):
                continue
            if need:
                yield match.start(), match.start() + 1, f"{text[match.start()]} "
            else:
                yield match.start(2), match.end(2), ""


def _hyphens(text: str, _: Options) -> Iterator[Hit]:
    for match in regex.finditer(f"{JA}(-)|(-){JA}", text, overlapped=True):
        offset = match.start(1) if match[1] else match.start(2)
        if not text[offset + 1 : offset + 2].isdigit():
            yield offset, offset + 1, None


def _round(text: str, _: Options) -> Iterator[Hit]:
    wide = {"(": "（", ")": "）"}
    base = 0
    for line in text.split("\n"):
        signs = [index for index, sign in enumerate(line) if sign in "()"]
        for offset in signs:
            if offset < signs[-1] and regex.search(JA, line[offset + 1 : signs[-1]]):
                yield base + offset, base + offset + 1, wide[line[offset]]
                # textlint names the first such sign behind, not the last one that its pattern found.
                second = base + line.index(line[signs[-1]], offset + 1)
                yield second, second + 1, wide[line[signs[-1]]]
                break
        base += len(line) + 1
    for source in (rf"{JA}([()]){JA}", rf"\A(\(){JA}", rf"{JA}(\))\Z"):
        for match in regex.finditer(source, text):
            yield match.start(1), match.end(1), wide[match[1]]


_KANJI = "[一二三四五六七八九十壱弐参拾百〇]+"
_DIGITS = {"〇": 0, "一": 1, "壱": 1, "二": 2, "弐": 2, "三": 3, "参": 3, "四": 4, "五": 5, "六": 6,
"七": 7, "八": 8,
           "九": 9}  # fmt: skip
_COUNTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"({_KANJI})[兆億万]", (f"(?:数|何){_KANJI}[兆億万]",)),
    (f"({_KANJI})つ", ("[一二三四五六七八九]つ(?:返事|子|ひとつ|星|編|葉|橋|と[無な]い|に一つ)",
                      "(?:ただ|唯|[女男]手|穴|瓜|馬鹿の)[一二]つ")),
    *((f"({_KANJI}){unit}", ()) for unit in ("回", "か月", "番目", "進法", "次元")),
    (f"第({_KANJI})章", ()), (f"第({_KANJI})節", ()),
)  # fmt: skip
_SPOKEN = ("世界(1)", "(1)時的", "(1)部分", "第(3)者", "[^0-9](1)種(?!類)", "(1)部の", "(1)番に", "数(10+)倍",
           "数(10+)[兆億万]", "数(10+)年", "([0-9]+)次関数", "(5)大陸")  # fmt: skip


def _numerals(text: str, _: Options) -> Iterator[Hit]:
    """The first of each kind, as textlint tells them: its patterns are asked once for a Str."""
    for source, exceptions in _COUNTED:
        match = regex.search(source, text)
        if match and not any(regex.search(other, text) for other in exceptions):
            number = str(_value(match[1]))
            yield match.start(), match.end(), match[0].replace(match[1], number)
    for source in _SPOKEN:
        if match := regex.search(source, text):
            yield match.start(), match.end(), match[0].replace(match[1], _spoken(int(match[1])))


def _value(kanji: str) -> int:
    total = current = 0
    for sign in kanji:
        if sign in "十拾百":
            total += (current or 1) * (100 if sign == "百" else 10)
            current = 0
        else:
            current = 10 * current + _DIGITS[sign]
    return total + current


def _spoken(number: int) -> str:
    """十 for 10, 百二十 for 120; up to the thousands."""
    out = ""
    for value, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            digit_sign = "" if digit == 1 and sign else "〇一二三四五六七八九"[digit % 10]
            out += digit_sign + sign
    return out or "〇"


def _pairs(left: str, right: str) -> Finder:
    """Brackets without their partner, over all Str nodes of a paragraph."""

    def finder(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
        for index, piece in document.of(PARAGRAPHS):
            signs = [index for start, end in strings(piece, RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG)
                     for index in range(start, end) if piece.text[index] in (left, right)]  # fmt: skip
            open_marks: list[int] = []
            if left == right:
                open_marks = signs[-1:] if len(signs) % 2 else []
            else:
                for place in signs:
                    if piece.text[place] == left or not open_marks or piece.text[open_marks[-1]] == right:
                        open_marks.append(place)
                    else:
                        open_marks.pop()
            for place in open_marks:
                opens = piece.text[place] == left
                yield RuleMatch(index, place, place + 1, "bracket_unclosed" if opens else "bracket_unopened",
                                {"close": right, "open": left})  # fmt: skip

    return finder


def _beside_link(kind: RunKind) -> Finder:
    """Whether a space stands before and behind a link or code, beside Japanese."""
    japanese = regex.compile(JA.replace("[々〇〻", "["))

    def finder(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
        for index, piece in document.of(STRINGS):
            text = piece.text
            for start, end, what in parts(piece):
                if what is not kind:
                    continue
                before, after = text[max(0, start - 2) : start], text[end : end + 2]
                if before and options.get("before") and japanese.match(before[-1]):
                    yield RuleMatch(index, start - 1, start, "space_always", {}, f"{before[-1]} ")
                elif (
                    not options.get("before")
                    and len(before) == 2
                    and before[1] == " "
                    and japanese.match(before)
                ):
                    yield RuleMatch(index, start - 1, start, "space_never", {}, "")
                if after and options.get("after") and japanese.match(after):
                    yield RuleMatch(index, end, end + 1, "space_always", {}, f" {after[0]}")
                elif (
                    not options.get("after")
                    and len(after) == 2
                    and after[0] == " "
                    and japanese.match(after[1])
                ):
                    yield RuleMatch(index, end, end + 1, "space_never", {}, "")

    return finder


def _excited(text: str, options: Options) -> Iterator[Hit]:
    """Exclamation and question marks of either width, but for those that the options allow."""
    allowed = {"!": "allowHalfWidthExclamation", "！": "allowFullWidthExclamation",
               "?": "allowHalfWidthQuestion", "？": "allowFullWidthQuestion"}  # fmt: skip
    for index, sign in enumerate(text):
        if sign in allowed and not options.get(allowed[sign]):
            yield index, index + 1, None


def _max_comma(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """Sentences with more than `max` half-width commas."""
    most = int(options.get("max", 4))
    for index, piece in document.of(PARAGRAPHS):
        for start, end in sentences_of(piece):
            places = [index for index in range(start, end) if piece.text[index] == ","]
            if len(places) > most:
                values = {"count": len(places), "max": most, "mark": ","}
                yield RuleMatch(index, places[-1], places[-1] + 1, "sentence_commas", values)


def _abusage(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """を適応する for を適用, 可変する, 読みずらい."""
    for index, piece in document.of(STRINGS):
        for start, end in strings(piece, RunKind.LINK, RunKind.EMPHASIS, RunKind.STRONG):
            tagged = tokens(piece.text[start:end])
            for place, word in enumerate(tagged):
                rest = tagged[place + 1 : place + 3]
                if word.surface == "を" and word.detail == "格助詞" and rest and rest[0].surface == "適応":
                    values = {"found": "を適応", "expected": "を適用"}
                    yield RuleMatch(index, start + word.start, start + rest[0].end, "term", values, "を適用")
                elif word.surface == "可変" and rest and (rest[0].kind, rest[0].detail) == ("動詞", "自立"):
                    yield RuleMatch(index, start + word.start, start + rest[0].end, "pattern", {
                        "found": "可変する"})  # fmt: skip
                elif (word.kind, word.detail, word.form) == ("動詞", "自立", "連用形") and [
                    word_behind.surface for word_behind in rest
                ] in (["ず", "らい"], ["ずら", "い"]):
                    wanted = f"{word.surface}づらい"
                    values = {"found": f"{word.surface}ずらい", "expected": wanted}
                    yield RuleMatch(index, start + word.start, start + rest[-1].end, "term", values, wanted)


def _mark(narrow: str, wide: str, text: str) -> Iterator[Hit]:
    ja = JA if narrow == "?" else JA.replace("[々〇〻", "[")
    for match in regex.finditer(f"{ja}({regex.escape(narrow)})", text):
        yield match.start(1), match.end(1), wide
    for match in regex.finditer(f"{wide}( )[^\n]", text):
        yield match.start(1), match.end(1), "　"


JTF_RULES: dict[str, Finder] = {
    "1.2.2": _of_strings("numbers_mark", _first_wide_stop),
    "2.1.8": _of_strings("width_half", _pattern("([０-９]+)", _narrow)),
    "2.1.9": _of_strings("width_half", _pattern("([Ａ-Ｚ]+)", _narrow)),
    "2.1.10": _of_strings("numbers_decimal", _pattern(r"(?<![0-9,])0+(,)[0-9]+(?![0-9,])", ".")),
    "2.2.2": _of_strings("term", _numerals),
    "3.1.1": _of_strings("space_never", _between),
    "3.1.2": _of_strings("space_wide", _between_wide),
    "3.2": _of_strings("space_katakana", _pattern("[ァ-ヶー](　)[ァ-ヶー]")),
    "3.3": _of_strings("space_bracket", _beside_brackets(_BRACKETS)),
    "4.1.1": _of_strings("punctuation_bracket", _pattern("(。)[」）)]", "")),
    "4.1.3": _of_strings("punctuation", _pattern(JA.replace("[々〇〻", "[") + r"(\.)", "。")),
    "4.2.1": _of_strings("punctuation", lambda text, options: _mark("!", "！", text)),
    "4.2.2": _of_strings("punctuation", lambda text, options: _mark("?", "？", text)),
    "4.2.4": _of_strings("punctuation", _pattern(f"(?:{JA}|[a-zA-Z])(･)(?:{JA}|[a-zA-Z])", "・")),
    "4.2.5": _of_strings("punctuation", _pattern("[0-9](~)[0-9]", "〜")),
    "4.2.6": _of_strings("pattern", _hyphens),
    "4.2.7": _of_strings("punctuation", _pattern(f"{JA}(:)", "：")),
    "4.2.8": _of_strings("pattern", _pattern(f"{JA}(;)")),
    "4.2.9": _of_strings("pattern", _pattern(f"{JA}([\u2012-\u2015])")),
    "4.3.1": _of_strings("punctuation", _round),
    "4.3.2": _of_strings(
        "punctuation", _pattern(rf"{JA}([\[\]])", lambda sign: {"[": "［", "]": "］"}[sign])
    ),
    "4.3.3": _pairs("「", "」"),
    "4.3.4": _pairs("『", "』"),
    "4.3.5": _pairs('"', '"'),
    "4.3.6": _pairs("{", "}"),
    "4.3.7": _pairs("<", ">"),
}


SPACING_RULES: dict[str, Finder] = {
    "ja-no-space-around-parentheses": _of_strings("space_bracket", _beside_brackets("[]（）［］「」『』")),
    "ja-no-space-between-full-width": JTF_RULES["3.1.2"],
    "ja-space-between-half-and-full-width": _of_strings("space_widths", _widths),
    "ja-space-after-exclamation": _of_strings("space_question", _pattern("！( )[^\n]", "　")),
    "ja-space-after-question": _of_strings("space_question", _pattern("？( )[^\n]", "　")),
    "ja-nakaguro-or-halfwidth-space-between-katakana": JTF_RULES["3.2"],
    "ja-no-space-around-slash": _of_strings("space_slash", _pattern("([ 　]+/[ 　]*|/[ 　]+)", "/")),
    "ja-space-around-link": _beside_link(RunKind.LINK),
    "ja-space-around-code": _beside_link(RunKind.CODE),
    "ja-no-abusage": _abusage,
    "no-exclamation-question-mark": _of_strings("pattern", lambda text, options: _excited(text, options)),
    "max-comma": _max_comma,
}
