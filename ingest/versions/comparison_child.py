"""The child process that compares two versions for `ingest.versions.comparing`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ingest.sandbox_child import carry_out
from ingest.versions.comparison import ComparedParagraph, changes

BATCH = 500  # changes of one line


def compare(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What changed, in lines."""
    old, new = ([ComparedParagraph(text, page) for text, page in order[side]] for side in ("old", "new"))
    changed = [asdict(change) for change in changes(old, new)]
    for start in range(0, len(changed), BATCH):
        yield {"changes": changed[start : start + BATCH]}


if __name__ == "__main__":
    carry_out(compare)
