"""What a test on this machine said of a chat model: the languages it may write by itself, and how soon. Kept
beside its file; where none is kept, the catalogue's own verdict counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "writing.json"


@dataclass(frozen=True)
class WritingVerdict:
    """The languages in which a model passed (None: not tried here), the seconds to its first sentence (0: not
    measured), and whether those are more than was allowed."""

    languages: tuple[str, ...] | None = None
    first_sentence_seconds: float = 0.0
    slow: bool = False

    @classmethod
    def read(cls, folder: Path) -> WritingVerdict:
        """What is kept in that model's folder."""
        try:
            kept = cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()
        return (
            kept
            if kept.languages is None
            else cls(tuple(kept.languages), kept.first_sentence_seconds, kept.slow)
        )

    def keep(self, folder: Path) -> None:
        """Write it down in that folder."""
        part = (folder / FILE).with_suffix(".part")
        part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        part.replace(folder / FILE)
