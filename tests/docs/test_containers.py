"""The container files and the Makefile are held to the code and to each other: names, ports, walls."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml
from dockerfile_in_chroot import instructions, sent

from cli import main
from core.db import hosts_of
from core.settings import PROJECT, Settings, load_settings
from operations.build_engine import FLAGS
from retrieval.index.milvus.address import milvus_address
from ui.connection import DEFAULT_API

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = list(instructions((PROJECT / "Dockerfile").read_text(encoding="utf-8")))
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("shoko:")]
OTHERS = sorted(SERVICES.keys() - set(OURS))
KNOWN = {f"SHOKO_{name.upper()}" for name in Settings.model_fields} | {"SHOKO_API"}


def environment_of_the_image() -> dict[str, str]:
    """What ENV sets in the last stage."""
    last = max(index for index, (name, _) in enumerate(DOCKERFILE) if name == "FROM")
    words = " ".join(rest for name, rest in DOCKERFILE[last:] if name == "ENV").split()
    return dict(word.split("=", 1) for word in words)


def volumes_of(service: dict[str, Any]) -> set[str]:
    """The named volumes that it mounts; what begins with a dot or a variable is a folder."""
    return {volume.split(":")[0] for volume in service.get("volumes", []) if volume[0] not in ".$"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_networks_volumes_and_services_that_exist(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert volumes_of(service) <= set(COMPOSE["volumes"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service.get("depends_on", [])) <= set(SERVICES)


def test_every_network_and_volume_is_used() -> None:
    networks = {network for service in SERVICES.values() for network in service["networks"]}
    volumes = {volume for service in SERVICES.values() for volume in volumes_of(service)}
    assert networks == set(COMPOSE["networks"])
    assert volumes == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bound(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "cap_add" not in service
    assert "privileged" not in service
    if name in OURS:
        assert service["image"] == SERVICES["api"]["image"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_others_made_is_optional_fixed_limited_and_nobody_special(name: str) -> None:
    service = SERVICES[name]
    assert service["profiles"]
    assert re.fullmatch(r"[a-z/-]+:v?\d[\w.-]+", service["image"])  # a version, never "latest"
    user = int(service["user"].split(":")[0])
    assert user > 0
    assert {"mem_limit", "healthcheck", "logging", "pids_limit"} <= service.keys()
    assert service["networks"] == (["inside", "outside"] if name == "proxy" else ["inside"])
    assert ("ports" in service) == (name == "proxy")


def test_shoko_is_told_the_addresses_of_what_a_profile_adds() -> None:
    head = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nname:")[0]
    postgres = re.search(r"SHOKO_DATABASE_URL=(\S+?),?$", head, re.M)
    milvus = re.search(r"SHOKO_INDEX=(\S+?),", head)
    allowed = re.search(r"SHOKO_ALLOWED_HOSTS=(\S+)", head)
    assert postgres
    assert milvus
    assert allowed
    assert hosts_of(postgres[1]) == ["postgres"]
    address = milvus_address(milvus[1], PROJECT)
    assert address is not None
    assert address.host == "milvus"
    assert set(allowed[1].split(",")) <= set(SERVICES)
    for profile in re.findall(r"--profile (\w+)", head):
        assert any(profile in service.get("profiles", []) for service in SERVICES.values())


def test_the_compose_file_is_one_by_its_own_specification() -> None:
    compose_spec = pytest.importorskip("compose_spec.compose_spec", reason="pip install compose-spec")
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    compose_spec.PyCompose.from_dict(yaml.safe_load(filled)).validate()
    wrong = yaml.safe_load(filled)
    wrong["services"]["api"]["volums"] = []
    with pytest.raises(ValueError, match="volums"):
        compose_spec.PyCompose.from_dict(wrong)


@pytest.mark.parametrize(("name", "command"), [("shoko", "serve"), ("shoko-worker", "worker --files 2")])
def test_the_services_of_systemd_are_whole_and_held_tight(tmp_path: Path, name: str, command: str) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    text = (PROJECT / f"deploy/systemd/{name}.service").read_text(encoding="utf-8")
    assert f"ExecStart=/opt/shoko/bin/shoko {command}\n" in text
    names = set(re.findall(r"\bSHOKO_[A-Z_]+(?==)", text)) - {"SHOKO_NAME"}
    assert names <= KNOWN
    unit = tmp_path / f"{name}.service"  # with a program and a user that are there
    unit.write_text(text.replace("/opt/shoko/bin/shoko", "/bin/true").replace("=shoko\n", "=daemon\n"))
    done = subprocess.run([tool, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "shoko" in line]
    assert (done.returncode, said) == (0, [])
    judged = [tool, "security", "--offline=true", "--threshold=25", unit]  # in tenths; without any care 96
    done = subprocess.run(judged, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_what_holds_documents_has_no_way_out_and_no_port() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("api", "ui"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    for name, service in SERVICES.items():
        if "outside" in service["networks"]:
            assert not any(volume.startswith(("data", "records")) for volume in service.get("volumes", [])), (
                name
            )
    assert "volumes" not in SERVICES["door"]


def test_ports_are_published_to_this_computer_alone_and_are_the_settings_own() -> None:
    settings = load_settings()
    published = [port.rsplit(":", 2) for port in SERVICES["door"]["ports"]]
    assert all(address == "${PUBLISH:-127.0.0.1}" for address, _, _ in published)
    assert [(int(outer), int(inner)) for _, outer, inner in published] == [
        (settings.port, settings.port),
        (settings.ui_port, settings.ui_port),
    ]
    script = SERVICES["door"]["command"][-1]
    assert re.findall(r"TCP-LISTEN:(\d+)\S* TCP:(\w+):(\d+)", script) == [
        (str(settings.port), "api", str(settings.port)),
        (str(settings.ui_port), "ui", str(settings.ui_port)),
    ]
    assert SERVICES["ui"]["environment"]["SHOKO_API"] == DEFAULT_API.replace("127.0.0.1", "api")
    assert SERVICES["api"]["environment"]["SHOKO_UI_PORT"] == str(settings.ui_port)
    assert f"--server.port={settings.ui_port}" in SERVICES["ui"]["command"]


def commands() -> list[list[str]]:
    """Every `shoko …` that the container files start."""
    orders = [SERVICES[name]["command"] for name in OURS if SERVICES[name]["command"][0] == "shoko"]
    orders += [yaml.safe_load(rest) for name, rest in DOCKERFILE if name == "CMD"]
    return [[str(word) for word in words] for words in orders]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_exist_with_their_options(words: list[str]) -> None:
    group = typer.main.get_command(main.app)
    assert isinstance(group, click.Group)
    command = group.commands[words[1]]
    command.make_context(words[1], words[2:], resilient_parsing=False)


def test_variables_are_settings() -> None:
    given = {name for own in OURS for name in SERVICES[own].get("environment", {})}
    given |= {name for name in environment_of_the_image() if name.startswith("SHOKO_")}
    assert given <= KNOWN


def test_the_folders_that_are_written_to_are_volumes_of_the_image() -> None:
    environment = environment_of_the_image()
    volumes = next(yaml.safe_load(rest) for name, rest in DOCKERFILE if name == "VOLUME")
    assert volumes == [environment["SHOKO_DATA"], environment["SHOKO_MODELS"]]
    mounted = {volume.split(":")[1] for name in OURS for volume in SERVICES[name].get("volumes", [])}
    assert mounted == set(volumes)


def test_the_image_runs_as_nobody_special_and_has_no_compiler() -> None:
    last = max(index for index, (name, _) in enumerate(DOCKERFILE) if name == "FROM")
    stage = DOCKERFILE[last:]
    assert [rest for name, rest in stage if name == "USER"] == ["shoko"]
    installed = " ".join(rest for name, rest in stage if name == "RUN")
    assert not re.search(r"\b(gcc|g\+\+|make|cmake|build-essential)\b", installed)


def test_the_engine_is_built_by_the_projects_own_flags() -> None:
    defaults = dict(rest.split("=", 1) for name, rest in DOCKERFILE if name == "ARG")
    assert defaults["ENGINE"] in FLAGS
    assert SERVICES["api"]["build"]["args"]["ENGINE"] in FLAGS
    assert any("from build_engine import build" in rest for name, rest in DOCKERFILE if name == "RUN")


def test_everything_that_is_copied_is_sent_and_nothing_private_is() -> None:
    names = sent(PROJECT)
    for name, rest in DOCKERFILE:
        if name == "COPY" and not rest.startswith("--from=") and rest != ". .":
            for source in rest.split()[:-1]:
                assert source in names, source
    tops = {name.split("/")[0] for name in names}
    assert tops >= {"api", "core", "llm", "ui", "samples", "README.md", "LICENSE", "pyproject.toml"}
    assert not tops & {"data", ".venv", ".git", "tests", "bench", "docs"}
    assert "ui/.streamlit/config.toml" in names


def test_every_verb_of_make_stands_in_contributing() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    # The tests themselves run under make, which otherwise says which directory it enters.
    command = ["make", "--no-print-directory", "help"]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        assert f"`make {line.split()[0]}`" in text, line
