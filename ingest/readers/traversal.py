"""Follows trees of any depth: a recursive walk would end with Python's stack, at a few hundred
levels. Pure."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, TypeVar

Found = TypeVar("Found")
Walk = Generator[Any, None, None]  # what was found, or the walk of a branch to be followed in its place


def flattened(walk: Walk, kind: type[Found]) -> Iterator[Found]:
    """What a walk and the walks that it gives find, in their order; all of it is of that kind."""
    open_walks = [walk]
    while open_walks:
        for open_walk in open_walks[-1]:
            if isinstance(open_walk, Generator):
                open_walks.append(open_walk)
                break
            assert isinstance(open_walk, kind)
            yield open_walk
        else:
            open_walks.pop()
