"""What an operator sees: true figures, true readiness, log lines of a request, and no planted word."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import yaml
from making import add, client_of, finish_work, settings_in, upload
from serving import served

from api.app import make_app
from core.observing import logs, metrics
from core.settings import PROJECT
from llm.fakes import HashEmbedder
from operations import figures
from operations.library import Library, open_library

PLANTED = ["zanzibarium", "quixotropolis", "verboten-name"]


def samples(text: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line[:1] != "#"
    }


def test_figures_follow_what_happens(library: Library, client: httpx.Client) -> None:
    before = samples(client.get("/metrics").text)
    add(library, "valve.md", "# Valve\n\nThe relief valve opens at 1.2 MPa.")
    upload(library, "waiting.md", "Text that nobody has read yet.")
    for question in ("At what pressure does the relief valve open?", "Who won the tennis cup in Samarkand?"):
        client.post("/api/questions", json={"question": question}).raise_for_status()
    figures._compared._made = 0.0
    after = samples(client.get("/metrics").text)

    def more(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    ended = sum(
        more(f'shoko_questions_total{{status="{state}"}}') for state in ("answered", "quoted", "not_found")
    )
    assert ended == more("shoko_first_quote_seconds_count") == more("shoko_answer_seconds_count") == 2
    assert more('shoko_questions_total{status="not_found"}') >= 1
    assert more('shoko_versions_read_total{state="searchable"}') == 1
    assert more('shoko_requests_total{method="POST",route="/api/questions",status="200"}') == 2
    assert after['shoko_jobs{kind="ingest",state="waiting"}'] == 1
    assert after["shoko_index_lag_seconds"] > 0
    assert after['shoko_passages{place="words"}'] == after['shoko_passages{place="records"}'] == 1
    assert after["shoko_ready"] == 1
    assert after["process_resident_memory_bytes"] > 10**7


def test_who_may_read_the_figures(library: Library, door: str) -> None:
    with client_of(door) as nobody:
        assert nobody.get("/metrics").status_code == 401
        library.settings = library.settings.model_copy(update={"metrics": "loopback"})
        assert nobody.get("/metrics").status_code == 200
        assert nobody.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 401
        library.settings = library.settings.model_copy(update={"metrics": "off"})
        assert nobody.get("/metrics").status_code == 404
    with client_of(door, library.command_token) as administrator:
        assert administrator.get("/metrics").status_code == 404


def test_readiness_tells_what_is_lacking(
    library: Library, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client_of(door) as nobody:
        assert nobody.get("/ready").json() == {"ready": True, "lacking": []}
        library.models_loaded.clear()
        monkeypatch.setattr(library.index.keywords, "count", lambda: 1 / 0)
        monkeypatch.setattr(figures.shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
        answer = nobody.get("/ready")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "lacking": ["models", "words", "disk"]}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, as JSON."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines())
    root, own = logging.getLogger(), logging.getLogger(logs.OWN)
    levels = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    own.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def test_neither_figures_nor_log_carry_a_planted_word(tmp_path: Path, lines: io.StringIO) -> None:
    with (
        open_library(settings_in(tmp_path), embedder=HashEmbedder(), load_models=False) as library,
        served(make_app(library, work=False)) as door,
        client_of(door, library.command_token) as client,
    ):
        number = "from-the-proxy-7"
        for name, content in (
            (f"{PLANTED[2]}.md", f"# {PLANTED[0]}\n\nThe {PLANTED[0]} of {PLANTED[1]} opens at seven."),
            (f"{PLANTED[2]}.pdf", b"%PDF-1.7 broken " + PLANTED[0].encode()),
        ):
            client.post(
                "/api/documents", files={"file": (name, content)}, data={"space": "General"}
            ).raise_for_status()
        finish_work(library)
        asked = client.post(
            "/api/questions", json={"question": f"When does the {PLANTED[0]} of {PLANTED[1]} open?"},
            headers={"X-Request-ID": number},
        )  # fmt: skip
        assert asked.headers["X-Request-ID"] == number
        client.get("/api/search", params={"q": PLANTED[0]})
        client.get(f"/api/documents/{PLANTED[1]}")
        odd = client.get("/api/spaces", headers={"X-Request-ID": "no good {}"}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{16}", odd)
        log = logging.getLogger("sqlalchemy.engine")
        log.warning("SELECT %s", PLANTED[0])
        try:
            raise ValueError(PLANTED[1])
        except ValueError:
            log.exception("it failed")
        shown = client.get("/metrics").text
    text = lines.getvalue()
    records = [json.loads(line) for line in text.splitlines()]
    mine = [record for record in records if record.get("request") == number]
    assert {"route", "status", "ms"} <= mine[-1].keys()
    assert any(record.get("error") == "ValueError" and record["at"] for record in records)
    for word in PLANTED:
        assert word not in shown
        assert [line for line in text.splitlines() if word in line] == []


NAME = re.compile(r"\b(?:shoko|process)_[a-z_]+\b")
LABELS = {"status", "state", "kind", "route", "method", "place", "role", "le"}


@pytest.fixture
def known(library: Library) -> set[str]:
    upload(library, "waiting.md", "Text that nobody has read yet.")
    shown = figures.metrics(library).decode()
    return metrics.names() | {name for line in shown.splitlines() for name in NAME.findall(line)[:1]}


def test_the_alerts_and_the_dashboard_ask_for_figures_that_exist(known: set[str]) -> None:
    rules = yaml.safe_load((PROJECT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys() <= {
            "alert", "expr", "for", "labels", "annotations",
        }  # fmt: skip
        assert rule["annotations"].keys() == {"summary", "fix"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    dashboard = json.loads((PROJECT / "deploy/grafana/shoko.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for expression in asked:
        used = set(NAME.findall(expression))
        assert used <= known or "up{" in expression, (expression, used - known)
        assert expression.count("(") == expression.count(")")
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert set(re.split(r",\s*", group)) <= LABELS
    scrape = yaml.safe_load((PROJECT / "deploy/prometheus/prometheus.yml").read_text())
    assert scrape["scrape_configs"][0]["metrics_path"] == "/metrics"
    page = (PROJECT / "docs/operating.md").read_text()
    assert {name for name in known if name.startswith("shoko_")} <= {
        f"{name}{ending}" for name in NAME.findall(page) for ending in ("", "_bucket", "_count", "_sum")
    }
