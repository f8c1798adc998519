"""What Shoko is made of, and whether a known weakness is in it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from core.errors import BadValue
from operations.dependencies import bill_of_materials, check, installed


def test_the_bill_names_every_library_with_version_and_address() -> None:
    bill = json.loads(bill_of_materials())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {component["name"]: component for component in bill["components"]}
    assert {"fastapi", "chromadb", "tantivy", "sqlalchemy"} <= set(parts)
    assert parts["fastapi"]["purl"] == f"pkg:pypi/fastapi@{parts['fastapi']['version']}"


def advisory(name: str, **affected: object) -> dict[str, object]:
    package = {"ecosystem": "PyPI", "name": name}
    return {"id": f"X-{name}", "summary": "bad", "affected": [{"package": package, **affected}]}


def span(*events: dict[str, str]) -> list[dict[str, object]]:
    return [{"type": "ECOSYSTEM", "events": list(events)}]


def test_a_known_weakness_of_an_installed_version_is_found_and_no_other(tmp_path: Path) -> None:
    version = installed()["fastapi"].version
    files = {
        "hit": advisory("FastAPI", ranges=span({"introduced": "0"}, {"fixed": "9999"})),
        "listed": advisory("starlette", versions=[installed()["starlette"].version]),
        "mended": advisory("fastapi", ranges=span({"introduced": "0"}, {"fixed": version})),
        "older": advisory("fastapi", ranges=span({"introduced": "0"}, {"last_affected": "0.1"})),
        "absent": advisory("no-such-library", ranges=span({"introduced": "0"})),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    report = check(tmp_path)
    assert report["advisories"] == 5
    assert [(advisory["id"], advisory["fixed"]) for advisory in report["found"]] == [
        ("X-FastAPI", "9999"),
        ("X-starlette", ""),
    ]
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / "hit.json", "hit.json")
    assert [advisory["id"] for advisory in check(packed)["found"]] == ["X-FastAPI"]
    with pytest.raises(BadValue):
        check(tmp_path / "hit.json")
