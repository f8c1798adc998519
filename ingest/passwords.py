"""Passwords of files on their way in: in memory only, each until its file has been read."""

from __future__ import annotations

import threading


class Passwords:
    """The password of each version that has one and is not read yet. Lost when the process ends."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Passwords({len(self._held)} held)"

    def keep(self, version_id: str, password: str) -> None:
        """Hold it until `forget`."""
        if password:
            with self._lock:
                self._held[version_id] = password

    def of(self, version_id: str) -> str:
        """That version's password, or nothing."""
        with self._lock:
            return self._held.get(version_id, "")

    def forget(self, version_id: str) -> None:
        """Let go of it: its file was read, or cannot be."""
        with self._lock:
            self._held.pop(version_id, None)
