"""textlint's rules on words: particles, negations, repetitions, wordiness, told by kuromoji's parts of
speech."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import regex

from checks.document.document import CheckedDocument, DocumentPiece, RunKind, Zone
from checks.findings import RuleMatch
from checks.packs.imports.textlint.nodes import (
    EVERY,
    PARAGRAPHS,
    SEPARATORS,
    allowed,
    masked,
    parts,
    sentences_of,
    str_nodes,
    strings,
    tokens,
)
from checks.packs.imports.textlint.phrase_rules import double_negative, redundant_expression, weak_phrase
from checks.rules import pattern_of
from language.morphology import Word

Options = dict[str, Any]
Finder = Callable[[CheckedDocument, Options], Iterator[RuleMatch]]


def _joined(given: Any, default: str) -> str:
    """Separators that an option lists."""
    return "".join(given) if isinstance(given, list) else str(given or default)


def doubled_joshi(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """The same particle twice within `min_interval` particles, commas and brackets."""
    separators = _joined(options.get("separatorCharacters"), SEPARATORS)
    commas = options.get("commaCharacters") or ["、", "，"]
    interval, allow = int(options.get("min_interval") or 1), options.get("allow") or []
    strict = bool(options.get("strict"))
    for index, piece in document.of(PARAGRAPHS):
        text = masked(piece, "ー")
        for start, end in sentences_of(piece, separators):
            groups = _with_particles_joined(tokens(text[start:end]))
            counted = [group for group in groups if group[0].kind == "助詞" or (not strict and (
                (group[0].kind == "記号" and group[0].detail in ("括弧開", "括弧閉"))
                or group[0].surface in separators
                or (group[0].surface in commas and group[0].kind in ("名詞", "記号"))
            ))]  # fmt: skip
            places: dict[tuple[str, str, str, str], list[int]] = {}
            for place, group in enumerate(counted):
                if group[0].kind == "助詞":
                    surface = "".join(word.surface for word in group)
                    key = (surface, group[0].detail, group[0].detail2, str(len(group)))
                    places.setdefault(key, []).append(place)
            for key, indices in places.items():
                if key[0] in allow or (
                    not strict and _excepted([counted[place] for place in indices], groups)
                ):
                    continue
                for before, after in pairwise(indices):
                    if after - before <= interval:
                        group = counted[after]
                        yield RuleMatch(index, start + group[0].start, start + group[-1].end,
                                        "grammar_doubled_particle", {"word": key[0]})  # fmt: skip


def _with_particles_joined(tagged: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in tagged:
        if word.kind == "助詞" and groups and groups[-1][-1].kind == "助詞":
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _excepted(same: list[list[Word]], groups: list[list[Word]]) -> bool:
    first = same[0]
    if len(first) == 1 and (
        first[0].detail == "連体化"
        or (first[0].detail == "格助詞" and first[0].surface == "を")
        or (first[0].detail == "接続助詞" and first[0].surface == "て")
    ):
        return True
    if len(same) != 2 or len(same[1]) > 1 or len(first) > 1:
        return False
    if first[0].detail == same[1][0].detail == "並立助詞":
        return True
    last = groups.index(same[1])
    return (
        first[0].surface == same[1][0].surface == "か" and last > 0 and groups[last - 1][0].surface == "どう"
    )


def doubled_ga(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """Two clauses joined by が in one sentence; the first が is told."""
    separators = _joined(options.get("separatorChars"), SEPARATORS)
    for index, piece in document.of(PARAGRAPHS):
        for start, end in sentences_of(piece, separators):
            joining: list[Word] = []
            for word in (*tokens(piece.text[start:end]), None):
                if word is None or word.surface in separators:
                    if len(joining) > 1:
                        offset = start + joining[0].start
                        yield RuleMatch(index, offset, offset + 1, "grammar_doubled_ga", {"word": "が"})
                    joining = []
                elif word.detail == "接続助詞" and word.surface == "が":
                    joining.append(word)


def doubled_conjunction(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """The same conjunction in one sentence and in the last one that had any."""
    for index, piece in document.of(PARAGRAPHS):
        last: str | None = None
        for start, end in sentences_of(piece):
            tagged = tokens(piece.text[start:end])
            conjunctions = [
                word
                for index, word in enumerate(tagged)
                if word.kind == "接続詞" and not (index and tagged[index - 1].detail == "空白")
            ]
            if not conjunctions:
                continue
            word = conjunctions[0]
            if word.surface == last:
                yield RuleMatch(index, start + word.start, start + word.end, "grammar_doubled_conjunction",
                                {"word": word.surface})  # fmt: skip
            last = word.surface


def successive_word(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """A word twice."""
    allow = options.get("allow") or []
    onomatopoeia = options.get("allowOnomatopee", True)
    for index, start, text in str_nodes(document, *EVERY):
        tagged = tokens(text)
        for before, word in pairwise(tagged):
            if before.surface != word.surface or (before.detail == word.detail == "数"):
                continue
            if onomatopoeia and regex.fullmatch("[ァ-ロワヲンー]*", word.surface):
                continue
            if not allowed(word.surface, allow):
                yield RuleMatch(index, start + word.start, start + word.end, "grammar_doubled_word",
                                {"word": word.surface})  # fmt: skip


def dropped_ra(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """見れる for 見られる."""
    for index, start, text in str_nodes(document, RunKind.STRONG):
        tagged = tokens(text)
        for word in tagged:
            if word.kind == "動詞" and word.base in ("来れる", "見れる"):
                offset = start + word.start + 1
                yield RuleMatch(index, offset, start + word.end, "grammar_ra_dropped", {"word": word.surface})
        for before, word in pairwise(tagged):
            stem = (before.kind, before.detail, before.inflection, before.form)
            ending = (word.kind, word.detail, word.base)
            if stem == ("動詞", "自立", "一段", "未然形") and ending == ("動詞", "接尾", "れる"):
                yield RuleMatch(index, start + word.start, start + word.end, "grammar_ra_dropped",
                                {"word": before.surface + word.surface})  # fmt: skip


def max_ten(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """More commas in a sentence than `max`; not those between nouns, unless strict."""
    most, comma = int(options.get("max", 3)), str(options.get("touten") or "、")
    separators = "?!？！" + str(options.get("kuten") or "。")
    for index, piece in document.of(PARAGRAPHS):
        text = masked(piece, "_")
        for start, end in sentences_of(piece, separators):
            tagged = tokens(text[start:end])
            count = 0
            for place, word in enumerate(tagged):
                if word.surface == comma:
                    sides = (_neighbour(tagged, place, -1), _neighbour(tagged, place, 1))
                    if not options.get("strict") and all(side and side.kind == "名詞" for side in sides):
                        continue
                    count += 1
                if word.surface in separators:
                    count = 0
                if count > most:
                    values = {"count": count, "max": most, "mark": comma}
                    yield RuleMatch(index, start + word.start, start + word.end, "sentence_commas", values)
                    count = 0


def _neighbour(tagged: Sequence[Word], index: int, step: int) -> Word | None:
    index += step
    while 0 <= index < len(tagged):
        bracket = tagged[index].kind == "記号" and tagged[index].detail.startswith("括弧")
        if not bracket and tagged[index].surface not in "()":
            return tagged[index]
        index += step
    return None


def sentence_length(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """Sentences longer than `max`; addresses, and what `skipPatterns` name, are not counted."""
    most = int(options.get("max", 100))
    skipped = options.get("skipPatterns") or options.get("exclusionPatterns") or []
    patterns = [pattern_of(known if known.startswith("/") else regex.escape(known)) for known in skipped]
    for index, piece in document.of(PARAGRAPHS):
        nodes = parts(piece)
        if len(nodes) == 1 and nodes[0][2] is RunKind.LINK:
            continue
        addresses = [(first, last) for first, last, kind in nodes if kind is RunKind.LINK
                     and regex.match(r"[a-z]+://", piece.text[first:last])
                     and options.get("skipUrlStringLink", True)]  # fmt: skip
        for start, end in sentences_of(piece):
            shown = "".join(sign for index, sign in enumerate(piece.text[start:end], start)
                            if not any(first <= index < last for first, last in addresses))  # fmt: skip
            for pattern in patterns:
                shown = pattern.compiled.sub("", shown)
            units = options.get("countBy") != "codepoints"
            length = len(shown.encode("utf-16-le")) // 2 if units else len(shown)
            if length > most:
                values = {"length": length, "max": most}
                yield RuleMatch(index, start, end, "sentence_length", values)


def max_kanji(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """More kanji in a row than `max`."""
    most, allow = int(options.get("max") or 5), options.get("allow") or []
    for index, start, text in str_nodes(document, RunKind.STRONG):
        if document.pieces[index].zone is Zone.QUOTE:
            continue
        for row in regex.finditer("[々〇〻\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]+", text):
            length = len(row[0].encode("utf-16-le")) // 2
            if length > most and row[0] not in allow:
                values = {"found": row[0], "length": length, "max": most}
                yield RuleMatch(index, start + row.start(), start + row.end(), "sentence_kanji", values)


def mixed_period(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """Paragraphs without a full stop at their end."""
    mark = str(options.get("periodMark") or "。")
    marks = [*(options.get("allowPeriodMarks") or []), mark]
    for index, piece in document.of(frozenset({Zone.BODY, Zone.CAPTION, Zone.TEXTBOX})):
        nodes = parts(piece)
        if not nodes or nodes[-1][2] is not RunKind.TEXT:
            continue
        start, end = nodes[-1][:2]
        text = piece.text[start:end]
        if not text or not regex.search("[々〇〻\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaffぁ-んァ-ヶ]", text):
            continue
        if text[-1].isspace():
            begin = start + len(text.rstrip())
            yield RuleMatch(index, begin, end, "punctuation_end", {"mark": mark}, "")
        elif not (text[-1] in "!?！？)）」』" or text.endswith(tuple(marks)) or (
            options.get("allowEmojiAtEnd") and _EMOJI_AT_END.search(text)
        )):  # fmt: skip
            fix = mark if text[-1] in "。." else text[-1] + mark if options.get("forceAppendPeriod") else None
            yield RuleMatch(index, end - 1, end, "punctuation_end", {"mark": mark}, fix)


def unmatched_pair(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """Brackets and quotation marks that are opened and not closed within their sentence."""
    pairs = {mark: pair for pair in ('""', "[]", "()", "{}", "「」", "（）", "『』", "｛｝", "［］",
    "〚〛", "【】",
                                     "«»", "‹›") for mark in pair}  # fmt: skip
    for index, piece in document.of(PARAGRAPHS | {Zone.QUOTE}):
        skipped = [(start, end) for start, end, kind in parts(piece) if kind is not RunKind.TEXT]
        for start, end in sentences_of(piece):
            opened: list[tuple[str, int]] = []
            for place in range(start, end):
                pair = pairs.get(piece.text[place])
                if pair is None or any(first <= place < last for first, last in skipped):
                    continue
                known = next((pair_open for pair_open in opened if pair_open[0] == pair), None)
                if known is None and piece.text[place] == pair[0]:
                    opened.append((pair, place))
                elif known is not None and piece.text[place] == pair[1]:
                    opened.remove(known)
            for pair, place in opened:
                yield RuleMatch(index, place, place + 1, "bracket_unclosed", {"close": pair[1]})


def unnatural_alphabet(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """One letter among Japanese ones, as a slip of the input method leaves it."""
    allow = options.get("allow") or ["a", "i", "u", "e", "o", "n", "/[A-Z]/"]
    if options.get("allowCommonCase", True):
        allow = [*allow, "/[a-zA-Zａ-ｚＡ-Ｚ]言語/", "/[x-zX-Z]座標/", "/[x-zX-Z]軸/", "/Eメール/i"]
    patterns = [
        pattern_of(allowed if allowed.startswith("/") else regex.escape(allowed)) for allowed in allow
    ]
    for index, start, text in str_nodes(document, *EVERY):
        known = [match.span() for pattern in patterns for match in pattern.finditer(text)]
        for match in _UNNATURAL.finditer(text):
            offset = match.start(1)
            if not any(first <= offset <= last for first, last in known):
                yield RuleMatch(
                    index, start + offset, start + offset + 1, "stray_letter", {"letter": match[1]}
                )


_IME = "[々〇〻\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0002ffffぁ-んァ-ヶー。、・−]"
_UNNATURAL = regex.compile(f"{_IME}([a-zA-Zａ-ｚＡ-Ｚ]){_IME}")


def hankaku_kana(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """Half-width katakana."""
    import unicodedata

    for index, piece in document.of(PARAGRAPHS):
        for start, end in strings(piece):
            for match in regex.finditer("[\uff61-\uff9f]+", piece.text[start:end]):
                wide = unicodedata.normalize("NFKC", match[0])
                yield RuleMatch(index, start + match.start(), start + match.end(), "width_katakana",
                                {"expected": wide}, wide)  # fmt: skip


def mixed_register(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """です・ます among である, in the text, the headings and the lists, each for itself."""
    strict = bool(options.get("strict"))
    zones = {"preferInHeader": ({Zone.HEADING}, "heading"), "preferInList": ({Zone.LIST, Zone.CONTENTS},
    "list"),
             "preferInBody": ({Zone.BODY, Zone.CAPTION, Zone.TEXTBOX}, "body")}  # fmt: skip
    for option, (wanted_zones, name) in zones.items():
        endings = [(index, piece, word, polite) for index, piece in document.of(frozenset(wanted_zones))
                   for word, polite in _endings(tokens(piece.text), strict)]  # fmt: skip
        polite_count = sum(polite for *_, polite in endings)
        plain_count = len(endings) - polite_count
        prefer = options.get(option) or ""
        if not prefer and not (polite_count and plain_count):
            continue
        keep_polite = prefer == "ですます" if prefer else polite_count >= plain_count
        for index, piece, word, polite in endings:
            if polite == keep_polite or (name == "body" and _in_markup(piece, word.start)):
                continue
            values = {"wanted": "です・ます" if keep_polite else "である", "polite": polite_count,
                      "plain": plain_count}  # fmt: skip
            yield RuleMatch(index, word.start, word.end, f"register_{name}", values)


def _in_markup(piece: DocumentPiece, offset: int) -> bool:
    ignored = (RunKind.LINK, RunKind.CODE, RunKind.EMPHASIS)
    return any(start <= offset < end for start, end, kind in parts(piece) if kind in ignored)


def _endings(tagged: Sequence[Word], strict: bool) -> Iterator[tuple[Word, bool]]:
    for index, word in enumerate(tagged):
        after = tagged[index + 1] if index + 1 < len(tagged) else None
        if word.inflection == "特殊・ダ":
            polite = False
            joined = word.kind == "助動詞" and word.form == "連用形" and after is not None
            counts = joined and after is not None and after.inflection == "五段・ラ行アル"
        else:
            polite = word.inflection in ("特殊・デス", "特殊・マス")
            counts = polite and word.base != "やす" and word.form == "基本形"
        if counts and (strict or _ends(tagged, index)):
            yield word, polite


def _ends(tagged: Sequence[Word], index: int) -> bool:
    """Whether a sentence ends behind that word: before the next comma, noun, or word of its own kind."""
    for word in tagged[index + 1 :]:
        if "、" in word.surface or "。" in word.surface or "特殊" in word.inflection or word.kind == "名詞":
            return regex.search("[!?！？。]", word.surface) is not None
    return True


_EMOJI_AT_END = regex.compile("[\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?$")
WORD_RULES: dict[str, Finder] = {
    "no-doubled-joshi": doubled_joshi,
    "no-doubled-conjunctive-particle-ga": doubled_ga,
    "no-doubled-conjunction": doubled_conjunction,
    "ja-no-successive-word": successive_word,
    "no-double-negative-ja": double_negative,
    "no-dropping-the-ra": dropped_ra,
    "ja-no-weak-phrase": weak_phrase,
    "max-ten": max_ten,
    "sentence-length": sentence_length,
    "max-kanji-continuous-len": max_kanji,
    "ja-no-mixed-period": mixed_period,
    "no-unmatched-pair": unmatched_pair,
    "ja-unnatural-alphabet": unnatural_alphabet,
    "no-hankaku-kana": hankaku_kana,
    "no-mix-dearu-desumasu": mixed_register,
    "ja-no-redundant-expression": redundant_expression,
}
