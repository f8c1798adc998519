"""The child process that fills one template for `drafts.making`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.sandbox_child import carry_out


def write(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The filled document's size in bytes; the document itself is at `out`."""
    from drafts.content import DraftContent
    from drafts.filling import fill

    out = Path(order["out"])
    fill(Path(order["path"]), out, DraftContent.unpacked(order["content"]), order["name"])
    yield {"bytes": out.stat().st_size}


if __name__ == "__main__":
    carry_out(write)
