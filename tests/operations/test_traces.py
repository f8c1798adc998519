"""Traces at a real collector's door (OTLP over HTTP): what they tell, and that no planted word is in them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from making import client_of, finish_work, settings_in
from serving import served

from api.app import make_app
from core.errors import BadValue
from core.observing import traces
from llm.fakes import HashEmbedder
from operations.library import open_library, reachable

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="pip install '.[traces]'")
PLANTED = "Zwetschgenkuchen"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def spans_of(bodies: list[bytes]) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    resources = [
        each for body in bodies for each in ExportTraceServiceRequest.FromString(body).resource_spans
    ]
    return [made for resource in resources for scope in resource.scope_spans for made in scope.spans]


def test_spans_tell_routes_and_times_and_no_word(tmp_path: Path, collector: tuple[str, list[bytes]]) -> None:
    address, bodies = collector
    settings = settings_in(tmp_path, traces=address)
    with (
        open_library(settings, embedder=HashEmbedder(), load_models=False) as library,
        served(make_app(library, work=False)) as door,
        client_of(door, library.command_token) as client,
    ):
        text = f"# {PLANTED}\n\nThe {PLANTED} opens at seven."
        files = {"file": (f"{PLANTED}.md", text)}
        client.post("/api/documents", files=files, data={"space": "General"}).raise_for_status()
        client.post(
            "/api/documents", files={"file": (f"{PLANTED}.pdf", b"%PDF-1.7 no")}, data={"space": "General"}
        )
        finish_work(library)
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        asked = client.post(
            "/api/questions", json={"question": f"When does the {PLANTED} open?"},
            headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
        )  # fmt: skip
        assert asked.status_code == 200
        client.get(f"/api/documents/{PLANTED}")
        client.get(f"/{PLANTED}", params={"q": PLANTED})
    spans = spans_of(bodies)
    assert {made.name for made in spans} == traces.NAMES
    assert all(PLANTED.encode() not in body for body in bodies)
    (question,) = [made for made in spans if made.name == "question"]
    assert question.trace_id.hex() == trace
    (request,) = [made for made in spans if made.span_id == question.parent_span_id]
    figures = {each.key: each.value for each in request.attributes}
    assert figures["shoko.route"].string_value == "/api/questions"
    assert figures["shoko.status"].int_value == 200
    kinds = {
        each.value.string_value
        for made in spans
        for each in made.attributes
        if made.name == "job" and each.key == "shoko.kind"
    }
    assert kinds == {"ingest", "embed"}


def test_nothing_is_traced_and_nothing_imported_unless_it_is_asked_for() -> None:
    with traces.span("request", {}) as made:
        made.put(route="/health", status=200)
        traces.begin("question").end()
    assert traces._Tracing.tracer is None


def test_a_span_takes_no_name_and_no_figure_of_its_own() -> None:
    with pytest.raises(ValueError, match="no span"):
        traces.begin("When does the office open?")
    with pytest.raises(ValueError, match="no figure"):
        traces.begin("question").put(text="When does the office open?")
    assert not {"text", "question", "name", "document", "path", "user"} & traces.FIGURES


def test_the_collector_s_host_alone_may_be_spoken_to(tmp_path: Path) -> None:
    assert "otel.company.example" in reachable(
        settings_in(tmp_path, traces="http://otel.company.example:4318")
    )
    with pytest.raises(BadValue, match="SHOKO_TRACES"):
        traces.host_of("otel.company.example:4318")
