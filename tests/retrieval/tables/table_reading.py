"""Files of tables as relations, by the real readers and the real tree, without a library."""

from __future__ import annotations

from pathlib import Path

from ingest.formats import media_type_of
from ingest.readers.opening import ReadingRequest, pages_of
from ingest.structure.tree import build
from retrieval.tables.computing import best_result
from retrieval.tables.relation import Relation
from retrieval.tables.relations import relations_of
from retrieval.tables.wishes import wish_of


def relations_in(folder: Path, name: str, content: bytes | str) -> list[Relation]:
    """The tables of a file of that name and content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    pages = list(pages_of(path, name, media_type_of(path, name), ReadingRequest(page_limit=500)))
    texts = {page.number: page.text for page in pages}
    return relations_of(name, build(pages), texts, Path(name).stem)


def computed(question: str, relations: list[Relation]) -> str | None:
    """The value that those tables give to a question; None where they give none."""
    best = best_result(wish_of(question), relations)
    return None if best is None else best[1]
