"""Traces in OpenTelemetry's form, where SHOKO_TRACES names a collector. The only file that imports
opentelemetry, whose exporter is an extra: `pip install 'shoko[traces]'`.

A span has one of a few names, and figures under a few more that stand here: a route's pattern, a state, a
kind, a number. Anything else is refused by the code itself, so no word of a document, a question or a file's
name can be in one; of an error it has the type. The exporter speaks through Python's sockets, which the guard
watches.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.errors import BadValue
from core.version import VERSION

NAMES = frozenset({"request", "question", "quotes", "sentences", "job"})
FIGURES = frozenset(
    {"route", "method", "status", "request", "kind", "through", "search_ms", "evidence_ms", "kept"}
)
LONGEST = 64  # characters of a figure: a state, a pattern, a number
SECONDS = 10.0  # that a delivery may take, and the last one at the end
SWITCH = "OTEL_SDK_DISABLED"

Figure = str | int | float | bool


class Span:
    """What took time. Where traces are off it is nothing."""

    def __init__(self, inner: Any = None) -> None:
        self._inner = inner

    def put(self, **figures: Figure) -> None:
        """Add figures. Raises ValueError for a name that is not known here."""
        _must_be_known(figures)
        if self._inner is not None:
            for name, figure in figures.items():
                self._inner.set_attribute(
                    f"shoko.{name}", figure[:LONGEST] if isinstance(figure, str) else figure
                )

    def failed(self, error: BaseException) -> None:
        """Say that it ended with an error of that kind."""
        if self._inner is not None:
            self._inner.set_attribute("error.type", type(error).__name__)

    def end(self) -> None:
        """It is over."""
        if self._inner is not None:
            self._inner.end()


def _must_be_known(figures: Mapping[str, Figure]) -> None:
    if unknown := figures.keys() - FIGURES:
        raise ValueError(f"a span has no figure {sorted(unknown)}: see core/observing/traces.py")


class _Tracing:
    """The tracer of this process, once it is switched on."""

    tracer: Any = None
    library: Any = None


def begin(name: str, **figures: Figure) -> Span:
    """A span within the one in hand; the caller ends it."""
    if name not in NAMES:
        raise ValueError(f"there is no span {name}: see core/observing/traces.py")
    span = Span(_Tracing.tracer.start_span(name) if _Tracing.tracer is not None else None)
    span.put(**figures)
    return span


@contextlib.contextmanager
def span(name: str, headers: Mapping[str, str] | None = None, **figures: Figure) -> Iterator[Span]:
    """A span for the time of the block, with those that begin in it inside. `headers` of a request may name
    the trace that a proxy began."""
    if _Tracing.tracer is None:
        yield begin(name, **figures)
        return
    api = _Tracing.library
    came = api.extract({"traceparent": headers.get("traceparent", "")}) if headers is not None else None
    mark = api.attach(came) if came is not None else None
    made = begin(name, **figures)
    inside = api.attach(api.set_span_in_context(made._inner))
    try:
        yield made
    except BaseException as error:
        made.failed(error)
        raise
    finally:
        api.detach(inside)
        if mark is not None:
            api.detach(mark)
        made.end()


def host_of(address: str) -> str:
    """The computer of the collector; empty where traces are off. Raises BadValue."""
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadValue(
            name="SHOKO_TRACES", problem="it is no address of a collector", fix="Write http://collector:4318"
        )
    return parts.hostname


@contextlib.contextmanager
def delivered(address: str, role: str, exporter: Any = None) -> Iterator[None]:
    """Trace for the time of the block, to the collector at that address (OTLP over HTTP); nothing where it is
    empty. `exporter` takes the spans instead of it. Raises BadValue where the extra is missing."""
    if not address and exporter is None:
        yield
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        made = exporter if exporter is not None else _exporter(address)
    except ImportError as error:
        raise BadValue(
            name="SHOKO_TRACES", problem=f"{error.name} is not installed",
            fix="Run `pip install 'shoko[traces]'`, or leave it empty",
        ) from error  # fmt: skip
    # Every dependency is told that telemetry is off; this provider alone is made without that word, and no
    # other finds it.
    before = os.environ.pop(SWITCH, None)
    try:
        named = {"service.name": "shoko", "service.version": VERSION, "shoko.role": role}
        provider = TracerProvider(resource=Resource(named), shutdown_on_exit=False)
    finally:
        if before is not None:
            os.environ[SWITCH] = before
    provider.add_span_processor(BatchSpanProcessor(made))
    _Tracing.library, _Tracing.tracer = _Api(), provider.get_tracer("shoko")
    try:
        yield
    finally:
        _Tracing.tracer = None
        provider.force_flush(int(1000 * SECONDS))
        provider.shutdown()


def _exporter(address: str) -> Any:
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    session = requests.Session()
    session.trust_env = False  # no proxy of the environment learns of it
    return OTLPSpanExporter(f"{address.rstrip('/')}/v1/traces", timeout=SECONDS, session=session)


class _Api:
    """What is used of the library's functions."""

    def __init__(self) -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.attach, self.detach = context.attach, context.detach
        self.set_span_in_context = trace.set_span_in_context
        self.extract = TraceContextTextMapPropagator().extract
