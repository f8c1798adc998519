"""A look through a watched folder of 100,000 files that did not change, and whether any was opened."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.figures import Figure
from core import access as access_rules
from core.access import access_of
from core.identity.accounts import first_administrator
from core.models import FileState, Folder, FolderFile, now
from core.settings import load_settings
from ingest.watched.listing import listing
from operations.library import FIRST_SPACE, open_library

FILES, A_FOLDER = 100_000, 250


def measure(place: Path) -> list[Figure]:
    """Seconds of a look, and how many files were opened in it."""
    root = place / "share"
    for number in range(0, FILES, A_FOLDER):
        folder = root / f"{number // 10_000:02d}" / f"{number:06d}"
        folder.mkdir(parents=True)
        for offset in range(A_FOLDER):
            (folder / f"document-{number + offset}.txt").write_bytes(b"The same few words.")
    settings = load_settings(data=place / "data", model="none", embedder="none")
    with open_library(settings, load_models=False) as library:
        with library.sessions.write() as session:
            access = access_of(session, first_administrator(session).id)
            space = access_rules.space(access, session, FIRST_SPACE).id
            session.add(Folder(id="f" * 16, space_id=space, path=str(root), created_by=access.user_id))
            session.flush()
            seen = listing(root, "").files
            session.execute(
                insert(FolderFile),
                [
                    {
                        "folder_id": "f" * 16, "path": path, "size": file.size,
                        "modified_ns": file.modified_ns, "inode": file.inode, "sha256": "0" * 64,
                        "state": FileState.TAKEN, "changed_at": now(),
                    }
                    for path, file in seen.items()
                ],
            )  # fmt: skip
        opened: list[str] = []

        def hook(event: str, given: tuple[Any, ...]) -> None:
            if event == "open" and str(given[0]).startswith(str(root)):
                opened.append(str(given[0]))

        sys.addaudithook(hook)
        times = []
        for _ in range(3):
            began = time.perf_counter()
            report = library.folders.scan("f" * 16)
            times.append(time.perf_counter() - began)
            assert (report.unchanged, report.new, report.changed, report.gone) == (FILES, 0, 0, 0)
    return [
        Figure(f"look through {FILES:,} files that did not change", min(times), "s"),
        Figure("files opened in it", float(len(opened)), "files", "0"),
    ]
