"""Figures in Prometheus' form. The only file that imports prometheus_client.

A label is one of a short list that the code knows: a state, a route's pattern. Never a name, a text or an id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
QUICK = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds
SLOW = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there
_registry = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=_registry)  # processor time, memory and open files of this process

QUESTIONS = Counter(
    "shoko_questions", "Questions by how they ended: answered, quoted, not_found, failed.", ["status"],
    registry=_registry,
)  # fmt: skip
FIRST_QUOTE = Histogram(
    "shoko_first_quote_seconds", "Seconds from a question to its quotes.", registry=_registry, buckets=QUICK
)
FIRST_SENTENCE = Histogram(
    "shoko_first_sentence_seconds",
    "Seconds from a question to the first sentence of a model that was verified.",
    registry=_registry,
    buckets=SLOW,
)
WHOLE_ANSWER = Histogram(
    "shoko_answer_seconds", "Seconds from a question to the end of its answer.", registry=_registry,
    buckets=SLOW,
)  # fmt: skip
REQUESTS = Counter(
    "shoko_requests", "Requests by route, method and status.", ["route", "method", "status"],
    registry=_registry,
)  # fmt: skip
REQUEST_SECONDS = Histogram(
    "shoko_request_seconds",
    "Seconds from a request's head to its answer's head.",
    ["route"],
    registry=_registry,
    buckets=QUICK,
)
VERSIONS = Counter(
    "shoko_versions_read", "Versions of documents by how their reading ended: searchable, failed.",
    ["state"], registry=_registry,
)  # fmt: skip
MODEL_DEATHS = Counter("shoko_model_deaths", "Deaths of the chat model's process.", registry=_registry)


@dataclass(frozen=True)
class Gauge:
    """A figure as it is now, with its labels if it has some."""

    name: str
    what: str
    value: float
    labels: Mapping[str, str]


def exposition(now: Callable[[], Iterable[Gauge]]) -> bytes:
    """All figures in Prometheus' text form; `now` gives those that are looked up at this moment."""
    looked_up = CollectorRegistry(auto_describe=False)
    looked_up.register(_LookedUp(now))
    return generate_latest(_registry) + generate_latest(looked_up)


class _LookedUp(Collector):
    def __init__(self, now: Callable[[], Iterable[Gauge]]) -> None:
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._now():
            if gauge.name not in families:
                families[gauge.name] = GaugeMetricFamily(gauge.name, gauge.what, labels=list(gauge.labels))
            families[gauge.name].add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()


def names() -> set[str]:
    """The names of all counters and histograms, as Prometheus knows them."""
    return {sample.name for family in _registry.collect() for sample in family.samples} | {
        f"{family.name}{ending}"
        for family in _registry.collect()
        for ending in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [])
    }
