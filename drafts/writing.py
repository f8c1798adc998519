"""A section's text: what the asker gave, else sentences that are checked, else quotes, else a marked blank.

Evidence and verification are those of answers (`retrieval.answers`): a section is
a question whose answer goes into a document. Nothing here writes a sentence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from contract.values import SectionStatus
from core.access import Access
from drafts.completing import Said, completed
from drafts.content import DraftParagraph, StyledText
from drafts.outline import DraftOutline, OutlineSection, blank
from drafts.values import Brief
from language.headings import without_number
from language.tokens import CJK, language_of, query_tokens, tokens
from retrieval.answers.answerer import Answerer
from retrieval.answers.conflicts import conflicts
from retrieval.answers.writing.generation import Limits, Writing, generate_answer
from retrieval.evidence.types import Quote

LEAST_OF_BEST = 0.3  # of the best quote's probability, which another needs to stand beside it


@dataclass(frozen=True)
class DraftedSentence:
    """A sentence or quote of a section, with the places of its sources in `SectionText.quotes`."""

    text: str
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class SectionText:
    """A section as it was written. `why` is an error's code if a model could not write it."""

    section: OutlineSection
    status: SectionStatus
    question: str = ""
    sentences: tuple[DraftedSentence, ...] = ()
    quotes: tuple[Quote, ...] = ()
    struck: tuple[dict[str, str], ...] = ()
    why: str = ""
    model: str = ""
    probability: float = 0.0


@dataclass(frozen=True)
class Sought:
    """Where a draft's evidence is looked for, and whether a model may write."""

    spaces: Collection[str] | None = None
    prose: bool = True


def section_text(
    access: Access,
    answerer: Answerer,
    outline: DraftOutline,
    section: OutlineSection,
    brief: Brief,
    sought: Sought,
    quoted: Collection[tuple[str, int, int, int]] = (),
    said: Collection[str] = (),
) -> SectionText:
    """That section's text; `quoted` are the places that the sections above it quote, `said` their words.
    Opens short sessions; none is open while the model works."""
    if own := brief.sections.get(section.name):
        lines = tuple(DraftedSentence(line) for line in own.split("\n") if line.strip())
        return SectionText(section, SectionStatus.GIVEN, sentences=lines)
    question = question_of(outline, section, brief)[: answerer.settings.question_characters]
    if not any(character.isalnum() for character in question):
        return _missing(section, question)
    evidence, _, _ = answerer.evidence(access, question, spaces=sought.spaces)
    telling = [quote for quote in map(_without_headings, evidence.quotes) if _tells(quote)]
    if not telling or evidence.probability < answerer.settings.refusal_threshold:
        telling = _named(access, answerer, outline, section, brief, sought, quoted)
    if not telling:
        return _missing(section, question, evidence.probability)
    disagreeing = sorted({mark - 1 for pair in conflicts(question, telling) for mark in pair})
    chosen = [telling[index] for index in disagreeing]
    if not chosen:
        here = [quote for quote in telling if not _belongs_elsewhere(quote, section, outline)] or telling
        chosen = _chosen(here, section.quotes, quoted, said)
    if not chosen:
        return _missing(section, question, evidence.probability)
    quoted_text = SectionText(
        section,
        SectionStatus.CONFLICT if disagreeing else SectionStatus.QUOTED,
        question,
        tuple(DraftedSentence(quote.text, (number,)) for number, quote in enumerate(chosen)),
        tuple(chosen),
        probability=evidence.probability,
    )
    if disagreeing or answerer.model is None or not sought.prose:
        return quoted_text
    return _written(access, answerer, outline, quoted_text)


def question_of(outline: DraftOutline, section: OutlineSection, brief: Brief) -> str:
    """What is looked up for a section: its instruction with the fields' values; without one, its label and
    the first field that was given."""
    if section.ask:
        values = {name: given.text for name, given in brief.fields.items()}
        known = {field.name for field in outline.fields}

        def value(match: re.Match[str]) -> str:
            return values.get(match[1], "") if match[1] in known else match[0]

        return " ".join(re.sub(r"\{\s*+([^{}]+?)(?<!\s)\s*+\}", value, section.ask).split())
    subject = next((given.text for given in brief.fields.values()), "")
    return " ".join(f"{subject} {section.label}".split())


def paragraphs_of(text: SectionText, language: str) -> list[DraftParagraph]:
    """A section as paragraphs of the document, each with its sources in footnotes."""
    missing = DraftParagraph((StyledText(blank(text.section.label, language), blank=True),))
    match text.status:
        case SectionStatus.LEFT_OUT:
            return []
        case SectionStatus.MISSING:
            return [missing]
        case SectionStatus.GIVEN:
            return [DraftParagraph((StyledText(sentence.text),)) for sentence in text.sentences]
        case SectionStatus.WRITTEN:
            return [_prose(text, language)]
        case SectionStatus.CONFLICT:
            return [missing, *_quoted(text, language)]
        case SectionStatus.QUOTED:
            return _quoted(text, language)


def _prose(text: SectionText, language: str) -> DraftParagraph:
    """The sentences in one paragraph; the quotes themselves stand in a comment in the margin."""
    stretches: list[StyledText] = []
    for sentence in text.sentences:
        if stretches and language == "en":
            stretches.append(StyledText(" "))
        stretches.append(StyledText(sentence.text, _notes(text, sentence, language)))
    used = sorted({number for sentence in text.sentences for number in sentence.sources})
    comment = "\n".join(
        f"{source(quote, language)}\n{in_quotes(quote.text, language)}"
        for quote in (text.quotes[number] for number in used)
    )
    return DraftParagraph(tuple(stretches), comment)


def _quoted(text: SectionText, language: str) -> list[DraftParagraph]:
    return [
        DraftParagraph((StyledText(in_quotes(sentence.text, language), _notes(text, sentence, language)),))
        for sentence in text.sentences
    ]


def _notes(text: SectionText, sentence: DraftedSentence, language: str) -> tuple[str, ...]:
    return tuple(source(text.quotes[number], language) for number in sentence.sources)


_SOURCE = {
    "ja": "出典：{title}、{page}ページ",
    "en": "Source: {title}, page {page}",
    "zh": "来源：{title}，第{page}页",
}
_MARKS = {"ja": ("「", "」", "『", "』"), "en": ("“", "”", "“", "”"), "zh": ("“", "”", "“", "”")}


def source(quote: Quote, language: str) -> str:
    """Where a quote stands, in words."""
    title = " ".join((quote.hit.document.title or quote.hit.document.name).split())
    return _SOURCE.get(language, _SOURCE["en"]).format(title=title, page=quote.page)


def in_quotes(text: str, language: str) -> str:
    """A quote between its language's marks, its lines joined, since the page's layout broke them."""
    opening, closing, outer, end = _MARKS.get(language, _MARKS["en"])
    if opening in text or closing in text:
        opening, closing = outer, end
    return f"{opening}{one_line(text)}{closing}"


def one_line(text: str) -> str:
    """A text without line ends: nothing in their place between Chinese or Japanese characters, else a
    space."""

    def joined(match: re.Match[str]) -> str:
        before, behind = text[: match.start()][-1:], text[match.end() :][:1]
        return "" if _wide(before) and _wide(behind) else " "

    return re.sub(r"(?<!\s)\s*\n\s*", joined, text.strip())


def _wide(character: str) -> bool:
    return bool(character) and (bool(CJK.match(character)) or character in "、。，．「」『』（）：；・！？")


_SENTENCE_END = re.compile(r"[。．.!?！？；;：:][」』）)”\"]?\s*$")


def _chosen(
    telling: Sequence[Quote],
    most: int,
    quoted: Collection[tuple[str, int, int, int]],
    said: Collection[str] = (),
) -> list[Quote]:
    """The best quotes that no section above holds, and that are nearly as likely to answer as the best of
    all; each sentence once, also where several documents have the same words, or one says more than another:
    then the one that says more."""
    kept: list[Quote] = []
    for quote in telling:
        if quote.score < LEAST_OF_BEST * telling[0].score:
            continue
        words = _flat(quote.text)
        if any(words in _flat(other) for other in (*said, *(earlier.text for earlier in kept))):
            continue
        if any(_overlap(quote, place) for place in (*quoted, *map(place_of, kept))):
            continue
        within = [number for number, earlier in enumerate(kept) if _flat(earlier.text) in words]
        if not within and len(kept) < most:
            kept.append(quote)
        elif within:
            kept[within[0]] = quote
            kept = [other for number, other in enumerate(kept) if number not in within[1:]]
    return kept


def _belongs_elsewhere(quote: Quote, section: OutlineSection, outline: DraftOutline) -> bool:
    """Whether the document has it under a heading that another section is named by, and not this one."""
    under = _flat(without_number(quote.hit.passage.heading.split(" > ")[-1]))
    if not under or _flat(section.label) in under:
        return False
    others = (_flat(other.label) for other in outline.sections if other.name != section.name)
    return any(len(label) > 1 and label in under for label in others)


def _overlap(quote: Quote, place: tuple[str, int, int, int]) -> bool:
    """Whether a quote has text in common with that place."""
    version, page, start, end = place
    return quote.hit.passage.version_id == version and any(
        stretch.page == page and stretch.start < end and start < stretch.end for stretch in quote.stretches
    )


def _tells(quote: Quote) -> bool:
    """Whether a quote says something: a heading, a title or a page's header fills no section."""
    text = quote.text.strip()
    if _flat(text) in (_flat(quote.hit.title), *map(_flat, quote.hit.passage.heading.split(" > "))):
        return False
    return bool(_SENTENCE_END.search(text)) or any(character.isdigit() for character in text)


def _flat(text: str) -> str:
    return "".join(text.split()).lstrip("#").casefold()


def _without_headings(quote: Quote) -> Quote:
    """The quote without the headings that its first stretches are, if sentences follow them."""
    headings = {_flat(part) for part in (quote.hit.title, *quote.hit.passage.heading.split(" > ")) if part}
    stretches = list(quote.stretches)
    while len(stretches) > 1 and _flat(stretches[0].text) in headings:
        stretches.pop(0)
    first, _, rest = stretches[0].text.partition("\n")
    while rest.strip() and _flat(first) in headings:
        cut = len(stretches[0].text) - len(rest.lstrip())
        stretches[0] = replace(stretches[0], start=stretches[0].start + cut, text=stretches[0].text[cut:])
        first, _, rest = stretches[0].text.partition("\n")
    if tuple(stretches) == quote.stretches:
        return quote
    return Quote.of(quote.hit, stretches, quote.score, unit=quote.unit)


def _named(
    access: Access,
    answerer: Answerer,
    outline: DraftOutline,
    section: OutlineSection,
    brief: Brief,
    sought: Sought,
    quoted: Collection[tuple[str, int, int, int]],
) -> list[Quote]:
    """What stands under a heading of the section's own name, in a document on the draft's subject: the author
    of that heading has said what it answers."""
    subject = next((given.text for given in brief.fields.values()), "")
    question = " ".join(f"{subject} {section.label}".split())[: answerer.settings.question_characters]
    evidence, _, _ = answerer.evidence(access, question, spaces=sought.spaces)
    versions = {version for version, *_ in quoted}
    wanted = set(query_tokens(subject))
    matching = []
    for quote in map(_without_headings, evidence.quotes):
        under = quote.hit.passage.heading.split(" > ")[-1]
        title = set(tokens(quote.hit.title))
        known = quote.hit.passage.version_id in versions or (
            wanted and 2 * len(wanted & title) >= len(wanted)
        )
        if _flat(section.label) in _flat(under) and known and _tells(quote):
            matching.append(quote)
    return matching


def _missing(section: OutlineSection, question: str, probability: float = 0.0) -> SectionText:
    status = SectionStatus.MISSING if section.required else SectionStatus.LEFT_OUT
    return SectionText(section, status, question, probability=probability)


def _written(access: Access, answerer: Answerer, outline: DraftOutline, quoted: SectionText) -> SectionText:
    """The section in the model's sentences that stand; its quotes if none does."""
    model = answerer.model
    assert model is not None
    if model.languages and outline.language not in model.languages:
        return replace(quoted, why="model_language")
    writing = Writing()
    limits = Limits(answerer.settings.answer_tokens, answerer.settings.answer_seconds)
    for _ in generate_answer(
        model, answerer.gate, access.user_id, quoted.question, outline.language, list(quoted.quotes), limits,
        writing,
    ):  # fmt: skip
        pass  # the verified sentences come with the whole section
    standing = [verdict for verdict in writing.verdicts if verdict.stands]
    struck = tuple(
        {"text": verdict.text, "flaw": str(verdict.flaw), "detail": verdict.detail}
        for verdict in writing.verdicts
        if not verdict.stands
    )
    own = [
        Said(verdict.text, verdict.marks)
        for verdict in standing
        if _same_writing(verdict.text, outline.language)
    ]
    whole = own
    if own and all(_same_writing(quote.text, outline.language) for quote in quoted.quotes):
        whole = completed(own, [quote.text for quote in quoted.quotes])
    # Where nothing of the model's is left, the quotes stand as quotes.
    model_s = {verdict.text for verdict in standing[: len(standing) - writing.completed]}
    sentences = tuple(
        DraftedSentence(sentence.text, tuple(mark - 1 for mark in sentence.marks)) for sentence in whole
    )
    written = any(sentence.text in model_s for sentence in whole)
    return replace(
        quoted,
        status=SectionStatus.WRITTEN if written else SectionStatus.QUOTED,
        sentences=sentences if written else quoted.sentences,
        struck=struck,
        why=writing.why,
        model=writing.model,
    )


def _same_writing(text: str, language: str) -> bool:
    """Whether a sentence is of the template's language; a short one of Chinese characters may be either."""
    written_in = language_of(text)
    return written_in == language or {written_in, language} == {"ja", "zh"}


def with_quotes(text: SectionText, left: Sequence[Quote | None]) -> SectionText:
    """The section on its quotes as they are now, None for each that is gone."""
    kept = [quote for quote in left if quote is not None]
    if len(kept) == len(left):
        return replace(text, quotes=tuple(kept))
    if text.status is not SectionStatus.QUOTED or not kept:
        return replace(text, status=SectionStatus.MISSING, sentences=(), quotes=(), struck=())
    sentences = tuple(DraftedSentence(quote.text, (number,)) for number, quote in enumerate(kept))
    return replace(text, sentences=sentences, quotes=tuple(kept))


def place_of(quote: Quote) -> tuple[str, int, int, int]:
    """Where a quote stands: the same for two quotes of the same words of a page."""
    return quote.hit.passage.version_id, quote.page, quote.start, quote.end


def quotes_of(texts: Sequence[SectionText]) -> list[Quote]:
    """The quotes that the draft's text rests on, each once, in their order."""
    quotes: dict[tuple[str, int, int, int], Quote] = {}
    for text in texts:
        for number in sorted({number for sentence in text.sentences for number in sentence.sources}):
            quotes.setdefault(place_of(text.quotes[number]), text.quotes[number])
    return list(quotes.values())
