"""The back-end as it is started by `shoko serve`, killed over good and hostile files: nothing lost, nothing
twice. `python -m bench.documents.mixture` does the same for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.documents import mixture


def test_nothing_is_lost_and_nothing_stands_twice_after_a_kill_over_a_mixture_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixture, "LONGEST", 1.5)
    wrong, figures = mixture.run(tmp_path, rounds=1, files=9, seed=3)
    assert wrong == []
    assert figures["kills"] == 1
    assert isinstance(figures["passages"], int)
    assert figures["passages"] > 5


def test_the_verdict_sees_what_is_lost_and_what_stands_twice(tmp_path: Path) -> None:
    """The proof that the measurement measures."""
    made = mixture.mixture(3, seed=5)
    assert sorted(bool(file.token) for file in made) == [False, True, True]
    promised = mixture.Promised()
    lost = next(file for file in made if file.token)
    promised.files[lost.name], promised.ids[lost.name], promised.versions[lost.name] = lost, "x", 1
    wrong, _ = mixture.verdict(tmp_path / "data", promised)
    assert any(lost.name in problem for problem in wrong)
