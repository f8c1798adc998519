"""Vale's extension points as rules: existence, substitution, occurrence, repetition, consistency, conditional
and capitalization, with Vale's regex (`\\b` is Unicode) and its printf messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from checks.document.document import DocumentFormat, DocumentPiece, Zone
from checks.findings import RuleMatch
from checks.patterns import Pattern, PatternDialect
from checks.rules import Context, Rule
from language.sentences import sentences

Block = tuple[int, int, str]  # piece, where the block begins in it, its text


class ValeRule(Rule):
    """What all of them share."""

    zones: ClassVar[frozenset[Zone]] = frozenset(Zone) - {Zone.CODE, Zone.COMMENT}

    vale_scope: list[str] = ["text"]
    vale_message: str = ""
    exceptions: list[str] = []
    vocabulary: list[str] = []
    ignorecase: bool = False
    action: dict[str, Any] = {}
    limit: int = 0

    def check(self, context: Context) -> Iterator[RuleMatch]:
        """Its alerts, at most `limit` where the rule has one."""
        for number, hit in enumerate(self.alerts(context)):
            if self.limit and number >= self.limit:
                return
            yield hit

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """The alerts of its kind."""
        raise NotImplementedError

    def blocks(self, context: Context) -> Iterator[Block]:
        """The stretches of text that its scope names."""
        if set(self.vale_scope) == {"raw"} and context.document.source:
            yield from ((index, 0, piece.text) for index, piece in enumerate(context.document.pieces))
            return
        for index, piece, text in self.texts(context):
            if not any(_in_scope(scope, piece, context) for scope in self.vale_scope):
                continue
            if any("sentence" in scope for scope in self.vale_scope):
                yield from (
                    (index, start, text[start:end])
                    for start, end in sentences(text, ".?!。？！", paragraph=True)
                )
            else:
                yield index, 0, text

    @cached_property
    def _exception(self) -> Pattern | None:
        given = [*self.exceptions, *self.vocabulary]
        return Pattern("|".join(given), PatternDialect.DOTNET) if given else None

    def excepted(self, text: str) -> bool:
        """Whether an exception or a word of the vocabulary stands in that match."""
        return self._exception is not None and self._exception.search(text) is not None

    def hit(self, block: Block, start: int, end: int, *shown: str, fix: str | None = None) -> RuleMatch:
        """An alert at [start, end) of that block, its message filled."""
        index, first, _ = block
        text = printf(self.vale_message, shown)
        return RuleMatch(index, first + start, first + end, "text", {"text": text}, fix)

    def fixed(self, matched: str) -> str | None:
        """What the rule's action makes of a match; None where it has none that is one text."""
        name, parameters = self.action.get("name"), self.action.get("params") or []
        if name == "remove":
            return ""
        if name == "replace" and len(parameters) == 1:
            return str(parameters[0])
        if name == "edit" and parameters:
            return _edited(matched, [str(parameter) for parameter in parameters])
        return None


def _edited(matched: str, parameters: list[str]) -> str | None:
    match parameters:
        case ["remove", characters]:
            return matched.replace(characters, "") if len(characters) > 1 else matched.strip(characters)
        case ["trim_right", characters]:
            return matched.rstrip(characters)
        case ["trim_left", characters]:
            return matched.lstrip(characters)
        case ["trim", characters]:
            return matched.strip(characters)
        case ["regex", pattern, replacement]:
            template = re.sub(r"\$\{?(\d+)\}?", r"\\\1", replacement)
            return Pattern(pattern, PatternDialect.DOTNET).sub(template, matched)
    return None


def printf(template: str, shown: tuple[str, ...]) -> str:
    """Vale's messages: each `%s` takes the next value, what is left over is dropped."""
    values = iter(shown)

    def value(reference: re.Match[str]) -> str:
        if reference[0] == "%%":
            return "%"
        if reference[1]:
            number = int(reference[1]) - 1
            return shown[number] if number < len(shown) else ""
        return next(values, shown[-1] if shown else "")

    filled = re.sub(r"%%|%(?:\[(\d+)\])?[sqdv]", value, template)
    return re.sub(r"\s{2,}|[\t\n]", " ", filled)


def _in_scope(scope: str, piece: DocumentPiece, context: Context) -> bool:
    """Whether a piece is in a scope such as `heading & ~heading.h1`."""
    return all(_selects(part.strip(), piece, context) for part in scope.split("&"))


def _selects(part: str, piece: DocumentPiece, context: Context) -> bool:
    if part.startswith("~"):
        return not _selects(part[1:].strip(), piece, context)
    name, _, detail = part.partition(".")
    if name in ("text", "raw", "sentence", ""):
        return True
    if name == "paragraph":
        return piece.zone in (Zone.BODY, Zone.TEXTBOX, Zone.FOOTNOTE)
    if name == "summary":
        return piece.zone is Zone.BODY
    if name == "title":
        return piece.zone is Zone.HEADING and piece.level <= 1
    if name == "heading":
        return piece.zone is Zone.HEADING and (not detail or detail == f"h{piece.level}")
    if name == "table":
        if detail == "caption":
            return piece.zone is Zone.CAPTION
        if piece.zone is not Zone.TABLE:
            return False
        return not detail or (piece.row == 0) == (detail == "header")
    if name == "list":
        return piece.zone is Zone.LIST
    if name == "blockquote":
        return piece.zone is Zone.QUOTE
    if name == "figure":
        return piece.zone is Zone.CAPTION
    if name == "comment":
        return piece.zone is Zone.COMMENT
    return context.document.format is not DocumentFormat.MARKDOWN and name == "alt" and piece.picture


def template(body: str, *, ignorecase: bool, words: bool) -> str:
    """Vale's frame around a list of tokens."""
    case = "(?i)" if ignorecase else ""
    return rf"{case}\b(?:{body})\b" if words else f"{case}(?:{body})"


class Existence(ValeRule):
    """Tokens that must not be there."""

    kind: Literal["vale.existence"] = "vale.existence"
    tokens: list[str] = []
    raw: list[str] = []
    nonword: bool = False
    append: bool = False

    @cached_property
    def compiled(self) -> Pattern:
        """All its tokens as one pattern."""
        words = not self.nonword and bool(self.tokens)
        case = "(?i)" if self.ignorecase else ""
        body = "|".join(self.tokens)
        framed = rf"\b(?:{body})\b" if words else f"(?:{body})" if body else ""
        raw = "".join(self.raw)
        return Pattern(case + (framed + raw if self.append else raw + framed), PatternDialect.DOTNET)

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each token found."""
        for block in self.blocks(context):
            for match in self.compiled.finditer(block[2]):
                if match.end() > match.start() and not self.excepted(match[0]):
                    yield self.hit(block, match.start(), match.end(), match[0], fix=self.fixed(match[0]))


class Substitution(ValeRule):
    """Tokens that something else should stand for."""

    kind: Literal["vale.substitution"] = "vale.substitution"
    swap: dict[str, str] = Field(min_length=1)
    nonword: bool = False
    capitalize: bool = False

    @cached_property
    def _swaps(self) -> list[tuple[str, str, Pattern]]:
        # The longest first, as Vale sorts them: of two that begin alike the longer is meant.
        ordered = sorted(self.swap, key=lambda key: -len(key.encode()))
        case = "(?i)" if self.ignorecase else ""
        return [(key, self.swap[key], Pattern(f"{case}{key}", PatternDialect.DOTNET)) for key in ordered]

    @cached_property
    def compiled(self) -> Pattern:
        """The union of its keys; each in a group of its own, the keys' own groups not counted."""
        union = "|".join(f"({_without_groups(key)})" for key, _, _ in self._swaps)
        return Pattern(
            template(union, ignorecase=self.ignorecase, words=not self.nonword), PatternDialect.DOTNET
        )

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each key found, unless what stands there is what should."""
        for block in self.blocks(context):
            for match in self.compiled.finditer(block[2]):
                observed = match[0]
                which = next((index for index, group in enumerate(match.groups()) if group is not None), None)
                if which is None or self.excepted(observed):
                    continue
                key, value, pattern = self._swaps[which]
                replaces = self.action.get("name") == "replace" and not self.action.get("params")
                expected = _resolved(value, pattern, observed)
                choices = [choice.replace("\\|", "|") for choice in re.split(r"(?<!\\)\|", expected)]
                # What opens a sentence keeps its capital: “It is” is “It's”, though the swap is small.
                opens = replaces and self.ignorecase and not key[:1].isupper()
                if (self.capitalize or opens) and observed[:1].isupper() and not observed[1:2].isupper():
                    choices = [choice[:1].upper() + choice[1:] for choice in choices]
                    expected = expected[:1].upper() + expected[1:]
                if self._satisfied(observed, choices):
                    continue
                fix = choices[0] if len(choices) == 1 else None
                if replaces:
                    shown = printf(_unquoted(self.vale_message), (_listed(choices), observed))
                    index, first, _ = block
                    yield RuleMatch(
                        index, first + match.start(), first + match.end(), "text", {"text": shown}, fix
                    )
                else:
                    yield self.hit(block, match.start(), match.end(), expected, observed, fix=fix)

    def _satisfied(self, observed: str, choices: list[str]) -> bool:
        if observed in choices:
            return True
        return self.ignorecase and self.kind != "vale.substitution" and observed.lower() in choices


def _unquoted(message: str) -> str:
    """The message without the marks around its first value, which has marks of its own, where Vale takes them
    out: where both values stand in marks."""
    for quoted in ("'%s'", '"%s"'):
        if message.count(quoted) == 2:
            message = message.replace(quoted, "%s", 1)
    return message


def _listed(choices: list[str]) -> str:
    named = [f"'{choice}'" for choice in choices]
    if len(named) < 3:
        return " or ".join(named)
    return ", ".join(named[:-1]) + f", or {named[-1]}"


def _resolved(value: str, pattern: Pattern, observed: str) -> str:
    """`$1` in a value, by the key's own regex on the match."""
    if not re.search(r"\$\{?\d", value):
        return value
    match = pattern.search(observed)
    if match is None:
        return value

    def group(reference: re.Match[str]) -> str:
        number = int(reference[1])
        return str(match[number] or "") if number <= match.re.groups else reference[0]

    return re.sub(r"\$\{?(\d+)\}?", group, value)


def _without_groups(source: str) -> str:
    """A pattern with its capturing groups made plain ones."""
    out, offset, inside = [], 0, False
    while offset < len(source):
        character = source[offset]
        if character == "\\":
            out.append(source[offset : offset + 2])
            offset += 2
            continue
        if character == "[":
            inside = True
        elif character == "]":
            inside = False
        if character == "(" and not inside:
            named = re.compile(r"\(\?P?<(?![=!])[^>()]++>").match(source, offset)
            if named:
                out.append("(?:")
                offset = named.end()
                continue
            if source[offset + 1 : offset + 2] != "?":
                out.append("(?:")
                offset += 1
                continue
        out.append(character)
        offset += 1
    return "".join(out)


class Occurrence(ValeRule):
    """How often a token may, or must, stand in a scope."""

    kind: Literal["vale.occurrence"] = "vale.occurrence"
    token: str
    max: int = 0
    min: int = 0

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each stretch with too many or too few."""
        pattern = Pattern(("(?i)" if self.ignorecase else "") + self.token, PatternDialect.DOTNET)
        for block in self.blocks(context):
            matches = list(pattern.finditer(block[2]))
            if (self.max and len(matches) > self.max) or (self.min and len(matches) < self.min):
                start = matches[0].start() if matches else 0
                end = matches[-1].end() if matches else min(1, len(block[2]))
                yield self.hit(block, start, end, str(len(matches)))


class Repetition(ValeRule):
    """The same word twice."""

    kind: Literal["vale.repetition"] = "vale.repetition"
    tokens: list[str] = Field(min_length=1)
    max: int = 0
    alpha: bool = False

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each repetition on one line."""
        case = "(?i)" if self.ignorecase else ""
        pattern = Pattern(f"{case}({'|'.join(self.tokens)})", PatternDialect.DOTNET)
        for block in self.blocks(context):
            text, before, last, count = block[2], "", None, 0
            for match in pattern.finditer(text):
                current = match[0].strip()
                same = current.lower() == before.lower() if self.ignorecase else current == before
                hit = bool(current) and same and (not self.alpha or current.isalpha())
                count = count + 1 if hit else count
                if hit and count > self.max and last is not None and "\n" not in text[last[0] : match.end()]:
                    yield self.hit(block, last[0], match.end(), current)
                    count = 0
                before, last = current, match.span()


class Consistency(ValeRule):
    """Of two ways to write a word one, throughout."""

    kind: Literal["vale.consistency"] = "vale.consistency"
    either: dict[str, str] = Field(min_length=1)
    nonword: bool = False

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each place after which both ways are in the document."""
        blocks = list(self.blocks(context))
        for first, second in self.either.items():
            body = f"(?P<one>{_without_groups(first)})|(?P<two>{_without_groups(second)})"
            pattern = Pattern(
                template(body, ignorecase=self.ignorecase, words=not self.nonword), PatternDialect.DOTNET
            )
            seen: set[str] = set()
            for block in blocks:
                for match in pattern.finditer(block[2]):
                    seen.add("one" if match["one"] is not None else "two")
                    if len(seen) == 2:
                        yield self.hit(block, match.start(), match.end(), match[0])


class Conditional(ValeRule):
    """Where one thing stands, another must."""

    kind: Literal["vale.conditional"] = "vale.conditional"
    first: str
    second: str

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each first without its second: defined before, or in the same stretch where nothing is captured."""
        case = "(?i)" if self.ignorecase else ""
        given, needed = (
            Pattern(case + self.first, PatternDialect.DOTNET),
            Pattern(case + self.second, PatternDialect.DOTNET),
        )
        captures = needed.compiled.groups > 0
        known: set[str] = set()
        for block in self.blocks(context):
            present = False
            for match in needed.finditer(block[2]):
                present = True
                known.update(group for group in match.groups() if group)
            for match in given.finditer(block[2]):
                missing = match[0] not in known if captures else not present
                if missing and not self.excepted(match[0]):
                    yield self.hit(block, match.start(), match.end(), match[0])


_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "en",
        "for",
        "if",
        "in",
        "nor",
        "of",
        "on",
        "or",
        "per",
        "so",
        "the",
        "to",
        "v",
        "v.",
        "via",
        "vs",
        "vs.",
        "yet",
        "up",
        "into",
        "from",
        "with",
    ]
)
_LATIN_WORD = re.compile(r"[^\s]+")


class Capitalization(ValeRule):
    """How a heading is capitalised."""

    kind: Literal["vale.capitalization"] = "vale.capitalization"
    match: str
    style: str = "AP"
    threshold: float = 0.8
    indicators: list[str] = []
    prefix: str = ""

    def alerts(self, context: Context) -> Iterator[RuleMatch]:
        """Each stretch that is capitalised otherwise."""
        for block in self.blocks(context):
            text = block[2]
            if text.strip() and not self._fits(text.removeprefix(self.prefix)):
                yield self.hit(block, 0, len(text), text, self.match)

    def _fits(self, text: str) -> bool:
        if self.match == "$lower":
            return text == text.lower() or self.excepted(text)
        if self.match == "$upper":
            return text == text.upper() or self.excepted(text)
        words = [match[0].strip("\"'“”‘’()[]:;,.?!") for match in _LATIN_WORD.finditer(text)]
        words = [word for word in words if re.search("[A-Za-z]", word)]
        if self.match in ("$title", "$sentence"):
            if not words:
                return True
            judge = self._title if self.match == "$title" else self._sentence
            right = sum(judge(word, index, text, words) for index, word in enumerate(words))
            return right / len(words) > self.threshold or right == len(words)
        return Pattern(self.match, PatternDialect.DOTNET).search(text) is not None or self.excepted(text)

    def _title(self, word: str, index: int, text: str, words: list[str]) -> bool:
        if self.excepted(word) or word.upper() == word:
            return True
        small = word.lower() in _SMALL and 0 < index < len(words) - 1
        return word[0].islower() if small else word[0].isupper() or not word[0].isalpha()

    def _sentence(self, word: str, index: int, text: str, words: list[str]) -> bool:
        if self.excepted(word) or (word.upper() == word and len(word) > 1) or word in ("I", "I'm", "I've"):
            return True
        before = text[: text.find(word)].rstrip()
        opens = index == 0 or before.endswith(tuple(self.indicators) or ("\0",))
        return word[0].isupper() or not word[0].isalpha() if opens else word == word.lower()


EXTENSIONS: dict[str, type[ValeRule]] = {
    "existence": Existence, "substitution": Substitution, "occurrence": Occurrence, "repetition": Repetition,
    "consistency": Consistency, "conditional": Conditional, "capitalization": Capitalization,
}  # fmt: skip
