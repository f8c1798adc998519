"""Comments in the margin of a Word document, with who wrote them. What they say is the reviewers' word and no
text of the document, so they stand on pages of their own behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ingest.pages import Spot, Unit
from ingest.readers.assembly import TextBlock
from ingest.readers.office.package import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def comments_of(root: Element, read: Callable[[Element], Iterator[TextBlock]]) -> Iterator[TextBlock]:
    """The comments of that part, each `Sato: to be checked`; `read` gives the pieces of a comment's text."""
    for number, comment in enumerate(root.iter(W + "comment"), start=1):
        text = "\n".join(piece.text for piece in read(comment) if piece.kind is not None).strip()
        if text:
            author = " ".join(comment.get(W + "author", "").split())
            spot = Spot(Unit.COMMENT, *2 * (str(number),))
            yield TextBlock(f"{author}: {text}" if author else text, spot)
