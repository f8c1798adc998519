"""Requests made up from the OpenAPI description make no operation fail; `python -m bench.server.fuzzing` asks
many more, also such as do not fit their shape."""

from __future__ import annotations

from pathlib import Path


def test_no_operation_fails_whoever_asks(tmp_path: Path) -> None:
    # It costs seconds to import, which every other process of the tests would pay.
    from schemathesis.generation import GenerationMode

    from bench.server.fuzzing import EVERYBODY, fuzz, target

    with target(tmp_path) as on:
        two_each = [EVERYBODY[index : index + 2] for index in range(0, len(EVERYBODY), 2)]
        tally = fuzz(on, 1, everybody=two_each, modes=(GenerationMode.POSITIVE,))
    assert tally.failures == {}
    assert tally.operations > 90 and tally.statuses.total() >= 2 * tally.operations
    assert {200, 201, 204, 401, 403, 404} <= tally.statuses.keys()  # it got inside, and not only to the door
