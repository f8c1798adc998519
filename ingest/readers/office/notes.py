"""Notes and comments on the cells of a sheet, with who wrote them: notes of the older kind, and the threads
that newer programs keep beside a copy of themselves in a note."""

from __future__ import annotations

from ingest.readers.office.package import Package
from ingest.readers.office.workbook import S

T = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"
_COPY = "tc="  # begins the author of a note that only repeats a thread


def notes_of(package: Package, part: str) -> list[tuple[str, str]]:
    """Cell and text of each note of a sheet, `Sato: to be checked`."""
    related = list(package.related(part).values())
    people = _people(package)
    threads = [
        (note.get("ref", ""), people.get(note.get("personId", ""), ""), note.findtext(T + "text") or "")
        for kind, target in related if kind == "threadedComment"
        for note in package.xml(target).iter(T + "threadedComment")
    ]  # fmt: skip
    threaded = {cell for cell, _, _ in threads}
    for kind, target in related:
        if kind != "comments":
            continue
        root = package.xml(target)
        authors = [(author.text or "").strip() for author in root.iter(S + "author")]
        for note in root.iter(S + "comment"):
            cell, number = note.get("ref", ""), note.get("authorId", "")
            author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            if cell in threaded and author.startswith(_COPY):
                continue
            text = "".join(run.text or "" for run in note.iter(S + "t")).strip()
            threads.append((cell, "" if author.startswith(_COPY) else author, text))
    return [(cell, _said(author, text)) for cell, author, text in threads if text.strip()]


def _said(author: str, text: str) -> str:
    """The text with its author before it, as programs often write it there themselves."""
    begins = text.lstrip()[: len(author) + 1]
    return text if not author or begins in (f"{author}:", f"{author}：") else f"{author}: {text}"


def _people(package: Package) -> dict[str, str]:
    main = package.main_part()
    return {
        person.get("id", ""): person.get("displayName", "")
        for kind, target in package.related(main).values() if kind == "person"
        for person in package.xml(target).iter(T + "person")
    }  # fmt: skip
