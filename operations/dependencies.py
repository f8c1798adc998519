"""What Shoko is made of (CycloneDX), and whether any of it has a known weakness, without asking anyone:
the advisories come as a file in the OSV form, fetched on another computer."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from core.errors import BadValue
from core.settings import PROJECT
from core.version import VERSION

LOCK = PROJECT / "constraints.txt"


def installed(extras: Sequence[str] = ()) -> dict[str, Distribution]:
    """Every library of this environment that Shoko and those extras of it need, by its name, itself left out.
    Raises BadValue for an extra that there is not, or that is not installed here."""
    every = {str(canonicalize_name(each.metadata["Name"])): each for each in distributions()}
    reached = set[tuple[str, str]]()  # a library, and one of its extras ("" for itself)
    waiting = [Requirement(line) for line in [*_needed(every), *_of_extras(extras, every)]]
    while waiting:
        requirement = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        wanted = {(name, extra) for extra in ("", *requirement.extras)} - reached
        if name not in every or not wanted:
            continue
        reached |= wanted
        for line in every[name].requires or []:
            try:
                needs = Requirement(line)
            except InvalidRequirement:
                continue
            asked = {extra for library, extra in reached if library == name}
            if needs.marker is None or any(needs.marker.evaluate({"extra": extra}) for extra in asked):
                waiting.append(needs)
    return {name: every[name] for name in sorted({name for name, _ in reached}) if name != "shoko"}


def _needed(every: Mapping[str, Distribution]) -> list[str]:
    """What Shoko itself names; an environment may still tell of an older Shoko, so the source comes first."""
    source = PROJECT / "pyproject.toml"
    if source.exists():
        lines: list[str] = tomllib.loads(source.read_text("utf-8"))["project"]["dependencies"]
        return [line for line in lines if (marker := Requirement(line).marker) is None or marker.evaluate()]
    return ["shoko"] if "shoko" in every else list(every)


def _of_extras(extras: Sequence[str], every: Mapping[str, Distribution]) -> Iterator[str]:
    """What those extras name."""
    source = PROJECT / "pyproject.toml"
    known: dict[str, list[str]] = {}
    if extras and source.exists():
        known = tomllib.loads(source.read_text("utf-8"))["project"]["optional-dependencies"]
    for extra in extras:
        if extra not in known:
            fix = f"There are {', '.join(sorted(known)) or 'none here'}"
            raise BadValue(name="--extra", problem=f"there is no extra {extra}", fix=fix)
        for line in known[extra]:
            needs = Requirement(line)
            if needs.marker is not None and not needs.marker.evaluate():
                continue
            if str(canonicalize_name(needs.name)) not in every:
                fix = f"Run `pip install 'shoko[{extra}]'` first"
                raise BadValue(name="--extra", problem=f"{needs.name} is not installed here", fix=fix)
            yield line


def bill_of_materials() -> str:
    """The libraries with version, licence and package URL, as CycloneDX 1.6 in JSON."""
    bom = Bom()
    own = Component(name="shoko", version=VERSION, type=ComponentType.APPLICATION, bom_ref="shoko")
    bom.metadata.component = own
    parts = []
    for name, distribution in installed().items():
        version = distribution.version
        metadata = distribution.metadata
        licences = metadata.get_all("License-Expression") or metadata.get_all("License") or [""]
        licence = str(licences[0])
        parts.append(
            Component(
                name=name,
                version=version,
                type=ComponentType.LIBRARY,
                purl=PackageURL("pypi", None, name, version),
                bom_ref=f"pkg:pypi/{name}@{version}",
                properties=[Property(name="shoko:licence", value=" ".join(licence.split())[:200])],
            )
        )
    bom.components.update(parts)
    bom.register_dependency(own, parts)
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    return text


def check(source: Path) -> dict[str, Any]:
    """Installed libraries that an advisory of that folder or zip file is about, and those that are not at
    the version that the lock file pins. Raises BadValue."""
    have = {str(name): distribution.version for name, distribution in installed().items()}
    count, matches = 0, list[dict[str, Any]]()
    for advisory in _advisories(source):
        count += 1
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", []):
            package = affected.get("package", {})
            name = str(canonicalize_name(str(package.get("name", ""))))
            if package.get("ecosystem") != "PyPI" or name not in have:
                continue
            fixed = _affects(affected, have[name])
            if fixed is not None:
                matches.append(
                    {
                        "package": name, "version": have[name], "id": str(advisory.get("id", "")),
                        "summary": str(advisory.get("summary", ""))[:200], "fixed": fixed,
                    }
                )  # fmt: skip
    return {"packages": len(have), "advisories": count, "found": matches, "changed": _changed(have)}


def _changed(have: Mapping[str, str]) -> list[str]:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", LOCK.read_text("utf-8"), re.M)) if LOCK.exists() else {}
    known: dict[str, str] = {canonicalize_name(name): version for name, version in pinned.items()}
    return [
        f"{name} {version} (pinned: {known.get(name, 'not at all')})"
        for name, version in have.items()
        if known and known.get(name, "").partition("+")[0] != version.partition("+")[0]
    ]


def _advisories(source: Path) -> Iterator[dict[str, Any]]:
    if source.is_dir():
        for path in sorted(source.rglob("*.json")):
            yield json.loads(path.read_bytes())
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield json.loads(archive.read(name))
    else:
        fix = "Fetch the advisories of PyPI from osv.dev on another computer"
        raise BadValue(name="advisories", problem=f"{source} is neither a folder nor a zip file", fix=fix)


def _affects(affected: dict[str, Any], version: str) -> str | None:
    """The version that mends it (empty if none is named), or None if this version is not affected."""
    if version in affected.get("versions", []):
        return _fixed(affected)
    try:
        mine = Version(version)
        for span in affected.get("ranges", []):
            if span.get("type") != "ECOSYSTEM":
                continue
            inside = False
            for event in span.get("events", []):
                if "introduced" in event and mine >= Version(event["introduced"] or "0"):
                    inside = True
                if "fixed" in event and mine >= Version(event["fixed"]):
                    inside = False
                if "last_affected" in event and mine > Version(event["last_affected"]):
                    inside = False
            if inside:
                return _fixed(affected)
    except InvalidVersion:
        return None
    return None


def _fixed(affected: dict[str, Any]) -> str:
    fixed = [
        event["fixed"]
        for span in affected.get("ranges", [])
        for event in span.get("events", [])
        if "fixed" in event
    ]
    return fixed[-1] if fixed else ""
