"""textlint's rules on phrases: double negations, weak phrases and wordiness, told word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from checks.document.document import CheckedDocument, RunKind
from checks.findings import RuleMatch
from checks.packs.imports.textlint.nodes import EVERY, PARAGRAPHS, allowed, parts, str_nodes, tokens
from language.morphology import Word

Options = dict[str, Any]
Test = Callable[[Word], bool]
_COMMAS = ("、", "､", "，", ",")


def _is(surface: str = "", kind: str = "", base: str = "", form: str = "") -> Test:
    """A test of a word; several values of one feature stand with `|`."""
    wanted = {"surface": surface, "kind": kind, "base": base, "form": form}
    given = {name: values.split("|") for name, values in wanted.items() if values}
    return lambda word: all(getattr(word, name) in values for name, values in given.items())


_NAI = _is(base="ない|無い")
_NAI_ADJECTIVE = _is(base="ない|無い", kind="形容詞")
_DE, _WA, _MO, _TO = _is("で", form="連用形"), _is("は", "助詞"), _is("も", "助詞"), _is("と", "助詞")
_DA = _is(base="だ", form="連用形")
_KAGIRA = _is("限ら|かぎら", "動詞")
_KIRE = _is("切れ|きれ", "動詞")
_II = _is("言い|いい|云い")
_NEGATIONS: tuple[tuple[Test, ...], ...] = (
    (_NAI, _WA, _NAI_ADJECTIVE), (_NAI, _MO, _NAI_ADJECTIVE),
    (_NAI, _is("で", "助詞"), _MO, _NAI_ADJECTIVE), (_NAI, _DE, _WA, _NAI_ADJECTIVE),
    *((_NAI, _is("もの|物|モノ", "名詞"), _DA, particle, _NAI_ADJECTIVE) for particle in (_WA, _MO)),
    (_NAI, _is("わけ|訳|ワケ", "名詞"), _DA, _WA, _NAI), (_NAI, _is("わけ|訳|ワケ", "名詞"), _DA, _MO,
    _NAI_ADJECTIVE),
    (_NAI, _is("こと|事|コト", "名詞"), _WA, _NAI), (_NAI, _is("こと|事|コト", "名詞"), _MO, _NAI),
    (_NAI, _TO, _II, _KIRE, _NAI), (_NAI, _TO, _WA, _II, _KIRE, _NAI),
    (_NAI, _TO, _WA, _KAGIRA, _NAI), (_NAI, _TO, _MO, _KAGIRA, _NAI),
)  # fmt: skip


def double_negative(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """〜ないことはない and its like; the second negation is told."""
    for index, start, text in str_nodes(document, *EVERY):
        tagged, reported = tokens(text), set[int]()
        for tests in _NEGATIONS:
            step = 0
            for word in tagged:
                # As textlint counts: a word that does not go on begins nothing either.
                step = step + 1 if tests[step](word) else 0
                if step == len(tests):
                    step = 0
                    if word.start not in reported:
                        reported.add(word.start)
                        yield RuleMatch(index, start + word.start, start + word.end,
                        "grammar_double_negative",
                                        {"word": word.surface})  # fmt: skip


_WEAK: tuple[tuple[Test, ...], ...] = (
    (_is("かも", "助詞"), _is("。")),
    (_is("かも", "助詞"), _is("しれ", "動詞", form="連用形|未然形")),
    (_is("思う", "動詞", form="基本形"),),
    (_is("思い", "動詞", form="連用形"), _is("ます", "助動詞", form="基本形")),
    (_is("可能"), _is("性"), _is("を"), _is("示唆"), _is("し"), _is("て"), _is("いる", form="基本形")),
)


def weak_phrase(document: CheckedDocument, _: Options) -> Iterator[RuleMatch]:
    """かもしれない, と思う."""
    for index, start, text in str_nodes(document, *EVERY):
        tagged = tokens(text)
        for tests in _WEAK:
            for match in _runs(tagged, tests):
                first, last = match[0].start, match[-1].end
                values = {"word": text[first:last]}
                yield RuleMatch(index, start + first, start + last, "weak_phrase", values)


def _runs(
    tagged: Sequence[Word], tests: Sequence[Test], optional: Sequence[int] = ()
) -> Iterator[list[Word]]:
    """The runs of words that pass the tests one after the other, those `optional` passed over where they
    fail. As
    textlint counts: a word that does not go on begins nothing either, and what is optional at the end is only
    known by the word behind it."""
    step, match = 0, list[Word]()
    for word in tagged:
        while step < len(tests):
            if tests[step](word):
                match.append(word)
                step += 1
                break
            if step not in optional:
                step, match = 0, []
                break
            step += 1
        if step == len(tests):
            yield match
            step, match = 0, []


_SURU = _is("する", "動詞", form="基本形")
_OPTIONAL_COMMA = _is("|".join(_COMMAS))
_BE = (_is("で", "助動詞", form="連用形"), _is("ある"))
_KOTO = _is("こと|事|コト", "名詞")
_SAHEN: Test = lambda word: word.kind == "名詞" and word.detail == "サ変接続"  # noqa: E731  # a test among others
_ANY: Test = lambda word: True  # noqa: E731  # as above
_O = _is("を", "助詞")
_IE: Test = lambda word: word.surface in ("言え", "いえ") and word.kind == "動詞"  # noqa: E731  # as above
_PHRASES: dict[str, tuple[Test, ...]] = {
    "dict1": (_SURU, _KOTO, _is(kind="助詞"), _OPTIONAL_COMMA, _is("可|可能|不可能|不能|不可"),
    _is(kind="助動詞")),
    "dict2": (_SURU, _KOTO, _is(kind="助詞"), _OPTIONAL_COMMA, _is(kind="動詞", base="できる"), _ANY),
    "dict3": (*_BE, _OPTIONAL_COMMA, _TO, _OPTIONAL_COMMA, _IE, _is("ます", form="基本形")),
    "dict4": (*_BE, _OPTIONAL_COMMA, _TO, _OPTIONAL_COMMA, _is("考え", "動詞"), _is("て", "助詞"),
    _OPTIONAL_COMMA,
              _is(kind="動詞", base="いる"), _is("ます", "助動詞", form="基本形")),
    "dict5": (_SAHEN, _O, _OPTIONAL_COMMA, _is(kind="動詞", base="行う")),
    "dict6": (_SAHEN, _O, _OPTIONAL_COMMA, _is("実行", "名詞")),
}  # fmt: skip
_LAST_IS_OPTIONAL = ("dict4",)
_ALLOWED = {
    "dict5": ["/^処理を行[ぁ-ん]/", "/^[ァ-ヶ]+を.?行[ぁ-ん]/", "/^[a-zA-Z]+を.?行[ぁ-ん]/"],
    "dict6": ["/^処理を実行/", "/^[ァ-ヶ]+を.?実行/", "/^[a-zA-Z]+を.?実行/"],
}


def redundant_expression(document: CheckedDocument, options: Options) -> Iterator[RuleMatch]:
    """〜することができる, 〜であると考えている, 〜を行う: each by its name in textlint, dict1 to dict6."""
    given = options.get("dictOptions") or {}
    for index, piece in document.of(PARAGRAPHS):
        tagged = tokens(piece.text)
        markup = [(s, e) for s, e, kind in parts(piece) if kind in (RunKind.LINK, RunKind.CODE)]
        for name, tests in _PHRASES.items():
            own = given.get(name) or {}
            if own.get("disabled"):
                continue
            optional = [index for index, test in enumerate(tests) if test is _OPTIONAL_COMMA]
            optional += [len(tests) - 1] if name in _LAST_IS_OPTIONAL else []
            for match in _runs(tagged, tests, optional):
                start, end = match[0].start, match[-1].end
                said = "".join(word.surface for word in match)
                may_stand = allowed(said, own.get("allows") or _ALLOWED.get(name, []))
                if not may_stand and not any(first <= start < last for first, last in markup):
                    yield RuleMatch(index, start, end, "wordy", {"word": said}, _shorter(name, match))


def _shorter(name: str, match: list[Word]) -> str | None:
    if name == "dict2" and match[2].surface == "が":
        return match[-2].surface + match[-1].surface
    return "である" if name == "dict4" else None
