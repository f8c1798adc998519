"""The model of several back-ends, against what is known of queues."""

from __future__ import annotations

import pytest

from bench.server.queues import Parts, expected, throughput

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("queues", [1, 2, 5])
@pytest.mark.parametrize("people", [1, 3, 40])
def test_queues_that_are_alike_give_what_is_proved_of_them(queues: int, people: int) -> None:
    rate = throughput([0.02] * queues, people)
    assert rate == pytest.approx(people / (0.02 * (queues + people - 1)))


def test_the_slowest_queue_is_the_limit_and_one_person_waits_for_nobody() -> None:
    assert throughput([0.07, 0.01, 0.005], 1) == pytest.approx(1 / 0.085)
    assert throughput([0.07, 0.01, 0.005], 200) == pytest.approx(1 / 0.07, rel=0.001)


def test_back_ends_add_up_until_what_they_share_is_full() -> None:
    light, heavy = Parts(0.07, 0.005, 0.002), Parts(0.07, 0.005, 0.04)
    assert expected(light, 3, 1, 150) / expected(light, 1, 1, 50) > 2.9
    assert expected(heavy, 3, 1, 150) == pytest.approx(1 / 0.04, rel=0.01)  # the one writer
    full = Parts(0.07, 0.05, 0.0)
    assert expected(full, 3, 1, 150) < expected(full, 3, 4, 150)  # PostgreSQL with more cores
