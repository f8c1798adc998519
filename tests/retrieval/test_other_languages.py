"""What only documents of another language say is looked at too, though an embedder puts the question's own
language nearer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from making import add, administrator, settings_in

from llm.embedder import Vectors
from llm.fakes import HashEmbedder
from operations.library import Library, open_library
from retrieval.index.search import BEHIND, OTHER_LANGUAGE, search


class LanguagesApart(HashEmbedder):
    """Texts lie near those that say "valve" in any language, and nearer to those of their own language."""

    WORDS = ("valve", "バルブ", "阀门")

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 1.0 if any(word in text.lower() for word in self.WORDS) else 0.1
            row[1 if text.isascii() else 2] = 2.0
        lengths: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / lengths

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(texts)

    def query(self, text: str) -> Vectors:
        row: Vectors = self._vectors([text])[0]
        return row


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(settings_in(tmp_path / "data"), embedder=LanguagesApart(), load_models=False) as opened:
        yield opened


def test_the_nearest_of_another_language_stand_behind_the_best(library: Library) -> None:
    for number in range(2 * BEHIND):
        add(library, f"{number}.txt", f"会議室{number}の予約は総務部が受け付ける。")
    wanted = add(library, "valve.txt", "The valve opens at night.")
    add(library, "key.txt", "The key is kept at the gate.")
    with library.sessions.read() as session:
        hits = search(administrator(library), session, library.index, "バルブの予約はいつですか", limit=40)
    others = [place for place, hit in enumerate(hits) if hit.passage.language == "en"]
    assert hits[others[0]].document.id == wanted
    assert BEHIND <= others[0] < BEHIND + OTHER_LANGUAGE
    assert hits[others[0]].meaning > 0


def test_without_an_embedder_nothing_is_added(library: Library) -> None:
    add(library, "valve.txt", "The valve opens at night.")
    add(library, "room.txt", "会議室の予約は総務部が受け付ける。")
    library.index.embedder = None
    with library.sessions.read() as session:
        hits = search(administrator(library), session, library.index, "会議室の予約", limit=40)
    assert [hit.passage.language for hit in hits] == ["ja"]
