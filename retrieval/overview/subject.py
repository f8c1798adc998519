"""What a question about whole documents names: a document, chapters of it, or a topic. Pure.

The words that only ask ("要約して", "key points of", "总结一下") are taken away; what is left is looked for in
the titles of the documents that the search found, in their names, in how they begin, and in their headings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import regex

from language.numerals import number_of
from language.structure import HEADS
from language.tokens import language_of, normalised, query_tokens, tokens
from retrieval.evidence.asked import AskedQuestion
from retrieval.index.search import Hit
from retrieval.overview.whole_document import WholeDocument

NAMED = 0.62  # share of what is asked for that a title or heading says, from which it is named
UNKNOWN = 0.5  # of the share of words that no passage has, by which more must be said
NUMBERED = 0.5  # and where a heading's number is asked for beside it
GAIN = 0.12  # of it that a heading must say beyond its document's title
BEST_HEADINGS = 0.85  # share of the best heading's gain from which another is meant too
OPENING = 0.7  # what a word is worth that only the beginning of a document says
MOST_DOCUMENTS = 6  # whose trees are looked at
MOST_HEADINGS = 4

_ASKS = {
    "ja": regex.compile(
        r"要約|まとめ(?:ると|て|を)?|概要|あらまし|要点|ポイント|大事な(?:点|こと|ところ)|重要な(?:点|こと)|全体像|主な内容|内容"
        r"|簡単に|簡潔に|ざっと|かいつまんで|手短に|\d{1,3}行で|について|に関して|に関する|教えて|知りたい(?:です)?|説明して|お願い(?:します)?"
        r"|ください|下さい|ほしい|欲しい|して|どんな|どのような|何が|書いて(?:あります|ある)|(?:の)?社内(?:文書|規程)"
    ),
    "zh": regex.compile(
        r"请问?|請問?|帮我|给我|概括|总结|總結|摘要|归纳|歸納|梗概|要点|要點|主要|重点|內容|内容|一下|简要|简单|简述|介绍|介紹|关于|關於|有关"
        r"|说明|說明|哪些|什么|列出|方面|规定了|的"
    ),
    "en": regex.compile(
        r"\b(?:please|can you|could you|give|me|us|provide|write|make|tell|what|does|do|say|says|summari[sz]e[sd]?|summary|overview"
        r"|key|main|points?|gist|important|brief(?:ly)?|short|quick|about|of|the|a|an|our|in|for|on|is|are|there|i|need|to|know"
        r"|should|everything|tl;?dr|sentences?|bullet|contents?|document|page)\b"
    ),
}
_LOOSE = regex.compile(r"\p{Hiragana}{1,6}|[\p{P}\p{S}]+")  # what is left of endings and between words
# What stands between words and joins them to pairs of characters that no title has.
_BETWEEN = {
    "ja": regex.compile(
        r"(?<!\p{Hiragana})(?:における|に関する|[のをにはがとでやもへ]{1,2})(?!\p{Hiragana})"
    ),
    "zh": regex.compile(r"[的里中内和与及跟在对對從从]|要求|规定|規定(?!\p{Han})|相关|是(?!否)"),
}
_COMPARES_HAN = regex.compile(
    r"(?=[\p{Han}ど])(?:版(?:本|(?=から|と|で|に|は))|(?!版)(?:(?:どう|何が|どこが)?変わ(?:り|っ|る)(?:ました|ます|た)?(?:か)?|前の版|前回の版|旧版|新版|新旧|最新版|現行版?|以前の|改[定訂正](?:で|後|前|点|され)?|どこが|何が|どのくらい|どれだけ|違い|違う|違って|違います|異なる|異なり|比べて?|比較して?|比較|どう変わ(?:りました|った)|何が変わ(?:りました|った)|変更点|改定点|どちらが|どっち|相違"
    r"|新版|旧版|舊版|上一版|修订[后前]?|修訂[後前]?|改版|更新|之间|区别|區別|不同|差别|差別|差异|差異|相比|对比|對比|有何变化|有什么变化|改了哪些|哪些变化|有什么|有哪些|是什么))"
)
_COMPARES_LATIN = regex.compile(
    r"\b(?:what'?s?|how|do|does|did|differ(?:s|ence|ences|ent)?|between|compared?|comparison|versus|vs\.?|has|have|changed?|changes|from|than|old|new|previous|latest|current|last|earlier|versions?|revised|revision|updated?)\b"
)


# A chapter, article or section that is asked for by its number, and the signs that headings have.
_NUMBER = r"(?P<n>[\p{Nd}〇一二三四五六七八九十百]{1,6}(?:\.\p{Nd}{1,3}){0,3})"
_BY_NUMBER = (
    regex.compile(rf"第\s?{_NUMBER}\s?(?P<unit>[編编章節节条條])"),
    regex.compile(rf"\b(?P<unit>chapter|part|article|section)\s{_NUMBER}\b"),
)
_BARE_NUMBER = regex.compile(rf"{_NUMBER}[.．、]?(?=[\s　]|$)")
_UNITS = {"编": "編", "节": "節", "條": "条", "chapter": "章", "part": "編", "article": "条", "section": "節"}


@dataclass(frozen=True)
class Subject:
    """A document, or those headings of it; `named` is the share of what is asked for that names it."""

    whole: WholeDocument
    headings: tuple[int, ...]
    named: float


def subject_text(question: str, *, compares: bool = False) -> str:
    """The question without the words that only ask; all of it where nothing else is left."""
    plain = normalised(question)
    if compares:
        plain = _COMPARES_HAN.sub(" ", _COMPARES_LATIN.sub(" ", plain))
    language = language_of(question)
    left = _ASKS[language].sub(" ", plain)
    for form in _BY_NUMBER:
        left = form.sub(" ", left)
    if language in _BETWEEN:
        left = _BETWEEN[language].sub(" ", left)
    if not any(character.isalnum() for character in left):
        return question
    words = [word for word in left.split() if not _LOOSE.fullmatch(word)]
    return " ".join(words or left.split())


def asked_of(text: str, frequencies: Mapping[str, int], passages: int) -> AskedQuestion:
    """A subject as a question taken apart; the frequencies are those of `sought` in the index."""
    return AskedQuestion.parse(text, frequencies, passages)


def sought(text: str) -> list[str]:
    """The tokens whose frequencies `asked_of` needs."""
    return query_tokens(text)


def documents_of(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each of the first documents."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.document.id, hit)
    return list(first.values())


def title_share(asked: AskedQuestion, hit: Hit, opening: str = "") -> float:
    """The share of what is asked for that a document's title and name say; its opening counts less."""
    said = asked.said_in(f"{hit.title} {spoken_name(hit.document.name)}")
    begins = asked.said_in(opening) - said if opening else set()
    return asked.share(said) + OPENING * asked.share(begins)


def spoken_name(name: str) -> str:
    """A file's path as words."""
    path = PurePosixPath(name)
    return " ".join([*path.parts[:-1], path.stem]).replace("_", " ").replace("-", " ")


def named_subject(
    question: str, asked: AskedQuestion, wholes: Sequence[tuple[Hit, WholeDocument]]
) -> Subject | None:
    """What of those documents, the best first, the question names; None where it names nothing. `asked` is
    its subject."""
    numbered = _numbered_subject(question, asked, wholes)
    if numbered is not None:
        return numbered
    best: Subject | None = None
    least = NAMED + UNKNOWN * asked.share(asked.unknown)  # what stands in no passage names none of them
    for hit, whole in wholes:
        for subject in _candidates(asked, hit, whole):
            if subject.named >= least and (best is None or subject.named > best.named + 0.02):
                best = subject
    return best


def _numbered_subject(
    question: str, asked: AskedQuestion, wholes: Sequence[tuple[Hit, WholeDocument]]
) -> Subject | None:
    """The headings that are asked for by their numbers, of the document that the question names best."""
    plain = normalised(question)
    wanted = [(_value(match["n"]), match["unit"]) for form in _BY_NUMBER for match in form.finditer(plain)]
    best: Subject | None = None
    for hit, whole in wholes if wanted else ():
        nodes = [
            node
            for node in range(len(whole.structure))
            if whole.structure.kind(node) in HEADS and _has_number(whole.own_text(node), wanted)
        ][:MOST_HEADINGS]
        said = " ".join(whole.heading(node) for node in nodes)
        share = title_share(asked, hit, f"{whole.opening} {said}") if nodes else 0.0
        if share >= NUMBERED and (best is None or share > best.named):
            best = Subject(whole, tuple(nodes), share)
    return best


def _has_number(heading: str, wanted: Sequence[tuple[str, str]]) -> bool:
    """Whether a heading begins with one of those numbers: with its unit, or with nothing but the number."""
    plain = normalised(heading).strip()
    for form in _BY_NUMBER:
        if match := form.match(plain):
            unit = _UNITS.get(match["unit"], match["unit"])
            return any(
                _value(match["n"]) == number and unit == _UNITS.get(asked, asked) for number, asked in wanted
            )
    bare = _BARE_NUMBER.match(plain.lstrip("#* "))
    return bool(bare) and any(_value(bare["n"]) == number for number, _ in wanted)


def _value(number: str) -> str:
    """A number in figures, whichever way it is written."""
    if number[0].isdecimal():
        return number
    value = number_of(number, "kanji")
    return str(value) if value is not None else number


def _candidates(asked: AskedQuestion, hit: Hit, whole: WholeDocument) -> list[Subject]:
    """The document as such, then the headings of it that say more of what is asked for than its title."""
    title = f"{hit.title} {spoken_name(hit.document.name)}"
    share = title_share(asked, hit, whole.opening)
    candidates = [Subject(whole, (), share)]
    gains: list[tuple[float, int]] = []
    said_above: dict[int, set[str]] = {-1: asked.said_in(title)}
    named_by_title = asked.share(said_above[-1])
    tree = whole.structure
    for node in range(len(tree)):
        if tree.kind(node) not in HEADS:
            continue
        parent = tree.parent(node)
        above = said_above.get(parent, said_above[-1])
        said_above[node] = above | asked.said_in(whole.own_text(node)[:120])
        gain = asked.share(said_above[node]) - named_by_title
        if gain >= GAIN and len(said_above[node]) > len(above):
            gains.append((gain, node))
    if gains:
        most = max(gain for gain, _ in gains)
        chosen: list[int] = []
        for gain, node in sorted(gains, key=lambda gain: (-gain[0], gain[1])):
            related = any(node in tree.subtree(other) or other in tree.subtree(node) for other in chosen)
            if gain >= BEST_HEADINGS * most and not related and len(chosen) < MOST_HEADINGS:
                chosen.append(node)
        candidates.append(Subject(whole, tuple(sorted(chosen)), named_by_title + most))
    return candidates


def topic_sections(hits: Sequence[Hit], wholes: Sequence[tuple[Hit, WholeDocument]]) -> list[Subject]:
    """Where a question names nothing: the headings under which the best passages stand, by document."""
    subjects: list[Subject] = []
    for hit, whole in wholes:
        nodes: list[int] = []
        for other in hits:
            if other.passage.version_id != hit.passage.version_id:
                continue
            node = _head_of(whole, other)
            if node is not None and node not in nodes:
                nodes.append(node)
        if nodes:
            subjects.append(Subject(whole, tuple(sorted(nodes)), 0.0))
    return subjects


def _head_of(whole: WholeDocument, hit: Hit) -> int | None:
    """The lowest heading above a passage's first words, or the heading that it is."""
    page, start, end = hit.passage.pieces[0]
    nodes = whole.structure.at(page, start, end)
    if not nodes:
        return None
    first = nodes[0]
    if whole.structure.kind(first) in HEADS:
        return first
    path = whole.structure.path(first)
    return path[-1] if path else None


def carries(asked: AskedQuestion, text: str) -> float:
    """The share of what is asked for that a text says."""
    return asked.share(asked.weights.keys() & set(tokens(text)))
