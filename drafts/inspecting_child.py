"""The child process that inspects one template for `drafts.templates`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.sandbox_child import carry_out


def inspect(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The names found, and the beginning of the text."""
    from drafts.inspecting import inspected

    names, text = inspected(Path(order["path"]), order["name"])
    yield {"names": [asdict(name) | {"filters": sorted(name.filters)} for name in names], "text": text}


if __name__ == "__main__":
    carry_out(inspect)
