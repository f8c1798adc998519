"""The measures, each a function of plain values. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence


def rank_of(ranked: Sequence[str], gold: Collection[str]) -> int | None:
    """The place (from 1) of the first right one; None if none was found."""
    return next((place for place, name in enumerate(ranked, start=1) if name in gold), None)


def recall_at(ranks: Sequence[int | None], k: int) -> float | None:
    """The share of questions whose first right document stands among the first k."""
    return share([rank is not None and rank <= k for rank in ranks])


def reciprocal_rank(ranks: Sequence[int | None], k: int) -> float | None:
    """The mean of 1/place of the first right document, 0 beyond the first k (MRR@k)."""
    if not ranks:
        return None
    return round(sum(1 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks), 4)


def share(truths: Sequence[bool]) -> float | None:
    """The share that is true; None if there are no values."""
    return round(sum(truths) / len(truths), 4) if truths else None


def plain(text: str) -> str:
    """Text for comparing answers: NFKC, lower case, no white space, no thousands separators."""
    folded = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return re.sub(r"(?<=\d),(?=\d{3})", "", folded)


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text."""
    have = plain(text)
    return any(plain(answer) in have for answer in answers if plain(answer))


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a random positive scores above a random negative, ties half (ROC AUC, by ranks)."""
    if not positive or not negative:
        return None
    scored = sorted([(score, True) for score in positive] + [(score, False) for score in negative])
    total, start = 0.0, 0
    while start < len(scored):
        end = start
        while end < len(scored) and scored[end][0] == scored[start][0]:
            end += 1
        rank = (start + 1 + end) / 2
        total += rank * sum(is_positive for _, is_positive in scored[start:end])
        start = end
    count = len(positive)
    return round((total - count * (count + 1) / 2) / (count * len(negative)), 4)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which that share lies, by nearest rank; None if there are no values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 2)


_ALIKE = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("‘’", "'")
    | dict.fromkeys("“”", '"')
    | {"〜": "~"}
    | dict.fromkeys("\u00ad\u200b\ufeff")  # what nobody sees: soft hyphen, zero-width space, byte order mark
)
_MARKUP = re.compile(r"[*_`|]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HAN_OR_KANA = "\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
_SPACE_BESIDE = re.compile(rf"(?<=[{_HAN_OR_KANA}]) | (?=[{_HAN_OR_KANA}])")
SHORT_WORD = 4  # letters up to which a word must also end where its form ends: "gas" is not in "gasket"


def comparable(text: str) -> str:
    """Text in the form in which facts are looked for: NFKC, lower case, one form of dashes, quotes and
    tildes, no Markdown marks, no thousands commas, white space single and none beside Chinese or kana."""
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    without = _THOUSANDS.sub("", _MARKUP.sub(" ", folded))
    return _SPACE_BESIDE.sub("", " ".join(without.split()))


def carries(comparable_text: str, form: str) -> bool:
    """Whether a text, as `comparable` gives it, has that form in it; a number never inside a longer number, a
    Latin word never from its middle."""
    wanted = comparable(form)
    place = comparable_text.find(wanted) if wanted else -1
    while place >= 0:
        if _begins_there(comparable_text, place, wanted) and _ends_there(
            comparable_text, place + len(wanted), wanted
        ):
            return True
        place = comparable_text.find(wanted, place + 1)
    return False


def _begins_there(text: str, start: int, wanted: str) -> bool:
    before = text[max(0, start - 2) : start]
    if wanted[0].isdigit():
        return not (before[-1:].isdecimal() or (before[-1:] == "." and before[:-1].isdecimal()))
    return not (_latin(wanted[0]) and _latin(before[-1:]))


def _ends_there(text: str, end: int, wanted: str) -> bool:
    behind = text[end : end + 2]
    if wanted[-1].isdigit():
        return not (behind[:1].isdecimal() or (behind[:1] == "." and behind[1:].isdecimal()))
    return not (len(wanted) <= SHORT_WORD and _latin(wanted[-1]) and _latin(behind[:1]))


def _latin(character: str) -> bool:
    return "a" <= character <= "z"


def characters(text: str) -> int:
    """How many characters a person has to read, white space left out."""
    return len("".join(unicodedata.normalize("NFKC", text).split()))


def mean(values: Sequence[float]) -> float | None:
    """The mean; None if there are no values."""
    return round(sum(values) / len(values), 4) if values else None
