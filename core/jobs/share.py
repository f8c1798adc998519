"""Which part of the work on the list a process does. Pure."""

from __future__ import annotations

from dataclasses import dataclass

READ = "read"  # the stage of a file whose passages are stored: it is to be put into the index next


@dataclass(frozen=True)
class Share:
    """What a process does of the work that nobody waits for in a request."""

    reads: bool = True  # files, with recognition, and splits them
    indexes: bool = True  # writes what was read into the index: its engine can be written from here
    embeds: bool = True
    checks: bool = True

    @property
    def stages(self) -> tuple[str, ...] | None:
        """How far along the files are that it takes; None: any. Those that only it can read, because it has
        their password, it takes in any case."""
        if self.reads:
            return None if self.indexes else ("",)
        return (READ,) if self.indexes else ()


EVERYTHING = Share()


def of_back_end(*, workers_elsewhere: bool, index_is_shared: bool) -> Share:
    """What a back-end does. An index in its own folder can be written by it alone."""
    if not workers_elsewhere:
        return EVERYTHING
    return Share(reads=False, indexes=True, embeds=not index_is_shared, checks=False)


def of_worker(*, index_is_shared: bool) -> Share:
    """What `shoko worker` does: everything, where it can write the index; else it reads and checks."""
    return Share(indexes=index_is_shared, embeds=index_is_shared)
