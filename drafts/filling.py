"""Fills a template: fields by Jinja, sections and marked blanks by paragraphs and runs. In a child process.

Jinja writes a token where a value, a blank or a section stands; here each token becomes text, a highlighted
run, or paragraphs in the format of the one that it stood in. So no text of anybody's passes through Jinja or
through the XML that it makes: what is in it needs no escape, and means nothing.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.run import Run

from core.errors import TemplateBad
from drafts.content import DraftContent, DraftParagraph, FieldText, StyledText
from drafts.expressions import Blank, PicturePlace, Row, Rows, TemplatePlace, Value, environment
from drafts.footnotes import Footnotes
from drafts.inspecting import guarded
from drafts.rendering import looked_through, opened, rendered
from drafts.word.bound import write_bound
from drafts.word.notices import complete_notice
from drafts.word.pictures import emptied, put_picture, take_out

P, R, T, TC = qn("w:p"), qn("w:r"), qn("w:t"), qn("w:tc")
RPR, PPR, SECTPR = qn("w:rPr"), qn("w:pPr"), qn("w:sectPr")
BEGIN, END = "\ue000", "\ue001"  # private characters around a secret: no text of anybody's is a token


def fill(template: Path, out: Path, content: DraftContent, name: str) -> None:
    """Write the filled document. Raises TemplateBad, or an Unreadable."""
    guarded(template, name)
    opening, env = opened(template, name), environment()
    uses = looked_through(opening, name, env)
    tokens = _Tokens()
    context: dict[str, Value] = {}
    for field in uses.names:
        if field in content.sections:
            context[field] = TemplatePlace(field, bool(content.sections[field]))
        elif (given := content.fields.get(field)) is None:
            raise TemplateBad(name=name, problem=f"{field} has no value", fix="Upload the template again")
        else:
            context[field] = PicturePlace(field) if given.picture else _value(given)
    env.finalize = tokens.written
    document = rendered(opening, context, env, name)
    notes = Footnotes(document)
    for part in _parts(document):
        root = part.element
        write_bound(document, root, tokens.secret, tokens.plain)
        _put_pictures(part, root, tokens, content)
        for paragraph in list(root.iter(P)):
            _fill_paragraph(document, paragraph, tokens, content, notes)
    if content.language == "ja":
        complete_notice(document.element.body)
    notes.write()
    document.save(str(out))


def _value(given: FieldText) -> Value:
    if given.rows:
        rows = [Row({column: _value(cell) for column, cell in row.items()}) for row in given.rows]
        return Rows(rows, {column: _value(figure) for column, figure in given.totals.items()})
    return Value(given.text, given.day) if given.text or not given.blank else Blank(given.blank)


def _put_pictures(part: Any, root: Any, tokens: _Tokens, content: DraftContent) -> None:
    """Each picture that is given in place of the template's; where none is, a marked blank, or nothing."""
    for properties in list(root.iter(qn("wp:docPr"))):
        said = [properties.get(name, "") for name in ("descr", "title", "name")]
        text = next((text.strip() for text in said if tokens.secret in text), "")
        if not text:
            continue
        value = next(tokens.split(text))
        written, _ = tokens.plain(text)
        if written != str(value) or (written and not isinstance(value, PicturePlace | Blank)):
            _write_texts(properties, tokens)  # a text about the template's own picture, which stays
            continue
        given = content.fields.get(str(value)) if isinstance(value, PicturePlace) else None
        if given is not None and given.picture:
            put_picture(part, properties, Path(given.picture), given.text or str(value))
            continue
        run = take_out(properties)
        if isinstance(value, Blank):
            marked = _new_run(run.find(RPR), True)
            _write(marked, str(value))
            run.addnext(marked)
        if emptied(run):
            run.getparent().remove(run)


def _write_texts(properties: Any, tokens: _Tokens) -> None:
    for name in ("descr", "title", "name"):
        if tokens.secret in (text := properties.get(name, "")):
            properties.set(name, tokens.plain(text)[0])


class _Tokens:
    """Tokens by the value that each stands for."""

    def __init__(self) -> None:
        self.secret = str(secrets.randbelow(10**18))
        self.values: dict[str, Value] = {}

    def written(self, value: Any) -> Any:
        """What Jinja writes for a value: a token of its own."""
        if not isinstance(value, Value):
            return value
        token = f"{BEGIN}{self.secret}.{len(self.values)}{END}"
        self.values[token] = value
        return token

    def plain(self, text: str) -> tuple[str, bool]:
        """A text with its tokens as what they stand for, and whether all of it is plain text."""
        pieces = list(self.split(text))
        return "".join(pieces), not any(isinstance(piece, Blank | TemplatePlace) for piece in pieces)

    def split(self, text: str) -> Iterator[Value]:
        """The pieces of a text, with the values in place of their tokens."""
        mark = f"{BEGIN}{self.secret}."
        while (start := text.find(mark)) >= 0:
            end = text.index(END, start) + 1
            if start:
                yield Value(text[:start])
            yield self.values[text[start:end]]
            text = text[end:]
        if text:
            yield Value(text)


def _parts(document: Any) -> Iterator[Any]:
    yield document.part
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(("/header", "/footer")):
            yield relation.target_part


def _fill_paragraph(
    document: Any, paragraph: Any, tokens: _Tokens, content: DraftContent, notes: Footnotes
) -> None:
    for run in list(paragraph.iter(R)):
        texts = [child for child in run if child.tag == T and tokens.secret in (child.text or "")]
        if not texts:
            continue
        place = next(
            (
                value
                for text in texts
                for value in tokens.split(text.text)
                if isinstance(value, TemplatePlace)
            ),
            None,
        )
        if place is not None:
            _put_section(document, paragraph, run, content.sections[str(place)], notes)
            return
        _put_values(run, tokens)


def _put_values(run: Any, tokens: _Tokens) -> None:
    """The run in as many as it takes for its blanks to be highlighted alone."""
    made: list[tuple[Any, bool]] = []

    def current(blank: bool) -> Any:
        if blank or not made or made[-1][1]:
            made.append((_new_run(run.find(RPR), blank), blank))
        return made[-1][0]

    for child in list(run):
        if child.tag == RPR:
            continue
        if child.tag != T or tokens.secret not in (child.text or ""):
            current(False).append(child)
            continue
        for value in tokens.split(child.text):
            _write(current(isinstance(value, Blank)), str(value))
    for new_run, _ in made:
        run.addprevious(new_run)
    run.getparent().remove(run)


def _put_section(
    document: Any, paragraph: Any, run: Any, paragraphs: Sequence[DraftParagraph], notes: Footnotes
) -> None:
    """Those paragraphs in place of that one, in its format."""
    properties = paragraph.find(PPR)
    ends_section = properties is not None and properties.find(SECTPR) is not None
    alone_in_cell = paragraph.getparent().tag == TC and len(paragraph.getparent().findall(P)) == 1
    if not paragraphs and not ends_section and not alone_in_cell:
        paragraph.getparent().remove(paragraph)
        return
    format_of_run = run.find(RPR)
    for index, drafted in enumerate(paragraphs):
        last = index == len(paragraphs) - 1
        made = _new_paragraph(properties, keep_section=last)
        for stretch in drafted.stretches:
            _add_stretch(made, stretch, format_of_run, notes)
        paragraph.addprevious(made)
        elements: list[Any] = list(made.iter(R))
        runs = [Run(element, document) for element in elements]
        if runs and drafted.comment:
            document.add_comment(runs=[runs[0], runs[-1]], text=drafted.comment, author="Shoko", initials="S")
    if paragraphs:
        paragraph.getparent().remove(paragraph)
    else:
        paragraph.remove(run)


def _new_paragraph(properties: Any, *, keep_section: bool) -> Any:
    made = OxmlElement("w:p")
    if properties is not None:
        own = copy.deepcopy(properties)
        if not keep_section:
            for section_break in own.findall(SECTPR):
                own.remove(section_break)
        made.append(own)
    return made


def _add_stretch(paragraph: Any, stretch: StyledText, properties: Any, notes: Footnotes) -> None:
    run = _new_run(properties, stretch.blank)
    _write(run, stretch.text)
    paragraph.append(run)
    for note in stretch.notes:
        paragraph.append(notes.reference(note, properties))


def _new_run(properties: Any, blank: bool) -> Any:
    run: Any = OxmlElement("w:r")
    if properties is not None:
        run.append(copy.deepcopy(properties))
    if blank:
        owner: Any = None  # nothing of it is used here
        Run(run, owner).font.highlight_color = WD_COLOR_INDEX.YELLOW
    return run


def _write(run: Any, text: str) -> None:
    """A text into a run: its line ends as breaks, its tabs as tabs."""
    for number, line in enumerate(text.split("\n")):
        if number:
            run.append(OxmlElement("w:br"))
        for index, part in enumerate(line.split("\t")):
            if index:
                run.append(OxmlElement("w:tab"))
            if part:
                element = OxmlElement("w:t")
                element.text = part
                element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                run.append(element)
