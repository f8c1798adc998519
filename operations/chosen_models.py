"""What was chosen by `shoko models use`: kept in the data folder, it counts where a setting is `auto`."""

from __future__ import annotations

import json
from pathlib import Path

from contract.values import ModelRole
from core.settings import Settings

CHOICES = "chosen-models.json"
SETTING = {ModelRole.CHAT: "model", ModelRole.EMBED: "embedder", ModelRole.RERANK: "reranker"}


def choices(data: Path) -> dict[str, str]:
    """What was chosen, by role; empty where nothing was."""
    try:
        chosen = json.loads((data / CHOICES).read_text(encoding="utf-8"))
        return {str(role): str(name) for role, name in chosen.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def wanted(settings: Settings, role: ModelRole) -> str:
    """The name that counts for a role: the setting, or where that is `auto` the choice, or `auto`."""
    setting = str(getattr(settings, SETTING[role]))
    return setting if setting != "auto" else choices(settings.data).get(role, "auto")


def remember(data: Path, role: ModelRole, name: str | None) -> None:
    """Write a choice down; None takes it back."""
    known = choices(data)
    if name is None:
        known.pop(role.value, None)
    else:
        known[role.value] = name
    path = data / CHOICES
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(known), encoding="utf-8")
    part.replace(path)
