"""Follows trees of any depth: a walk that calls itself would end where Python's stack does, at some hundred
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
        for one in open_walks[-1]:
            if isinstance(one, Generator):
                open_walks.append(one)
                break
            assert isinstance(one, kind)
            yield one
        else:
            open_walks.pop()
