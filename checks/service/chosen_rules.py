"""The rules of one check: packs that are named, a pack that is sent, and what may pass."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from checks.packs.loading import shipped
from checks.packs.waivers import load_baseline, load_waivers
from checks.service.received_files import MOST_PACK, SentFile, plain_name, received, take
from checks.service.saved_checks import Rules, sources_in
from checks.service.space_packs import readable_packs, written
from core.access import Access
from core.db import Sessions
from core.errors import BadValue

T = TypeVar("T")
MOST_LIST = 2**20  # bytes of waivers or a baseline that are sent


def chosen_rules(
    access: Access,
    sessions: Sessions,
    folder: Path,
    names: Sequence[str],
    *,
    own_pack: SentFile | None = None,
    waivers: SentFile | None = None,
    baseline: SentFile | None = None,
) -> Rules:
    """The packs that are named, by the name of one that ships or the id of a space's, and the one that is
    sent. No name is taken for a path. The packs of spaces and the one that is sent become files in that
    folder; what stands in them is read by the check. Raises BadValue, RulesBad, FileTooLarge."""
    packs: list[dict[str, str]] = []
    spaces: set[str] = set()
    with sessions.read() as session:
        rows = readable_packs(access, session, [name for name in names if name not in shipped()])
        for name in names:
            if name in shipped():
                packs.append({"name": name})
            elif name in rows:
                row = rows[name]
                packs.append({"name": row.name, "file": written(row, folder).name})
                spaces.add(row.space_id)
            else:
                problem = f"there is no pack {name[:200]}"
                raise BadValue(name="pack", problem=problem, fix="See GET /api/packs.")
    if own_pack is not None:
        path = received(folder, own_pack.name, own_pack.stream, MOST_PACK)
        packs.append({"name": path.stem, "file": path.name})
    if not packs:
        fix = "Name a pack, or send one as `rules`."
        raise BadValue(name="pack", problem="no rules are named", fix=fix)
    passed = _read(waivers, load_waivers) if waivers is not None else []
    known: frozenset[str] = frozenset()
    if baseline is not None:
        known = known.union(*_read(baseline, load_baseline).values())
    return Rules(sources_in(folder, packs), packs, passed, known, frozenset(spaces))


def _read(sent: SentFile, load: Callable[[Path], T]) -> T:
    """What is in a small file that was sent. Raises FileTooLarge, and what `load` raises."""
    with tempfile.TemporaryDirectory(prefix="shoko-check-") as place:
        path = Path(place) / "sent.yml"
        take(sent.stream, path, plain_name(sent.name), MOST_LIST)
        return load(path)
