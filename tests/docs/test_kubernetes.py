"""Kubernetes' manifests are held to its schemas, to Shoko's settings and commands, and to each other."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest
import typer
import yaml

from cli import main
from core.db import hosts_of
from core.egress import is_this_computer
from core.settings import PROJECT, Settings
from retrieval.index.milvus.address import milvus_address

FOLDER = PROJECT / "deploy/kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
OBJECTS: list[dict[str, Any]] = [
    made
    for file in FILES
    if file.name != "kustomization.yaml"
    for made in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]
VERSIONS = ["1.30.0", "1.37.0"]  # the oldest and the newest that they are held to
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {made["metadata"]["name"]: made for made in OBJECTS if made["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """The pods' specifications by the name of what makes them."""
    kinds = ("Deployment", "StatefulSet", "Job")
    return {name: made["spec"]["template"] for kind in kinds for name, made in named(kind).items()}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_by_its_schema_and_a_misspelt_one_is_not(version: str) -> None:
    check = pytest.importorskip("kubernetes_validate", reason="pip install kubernetes-validate")
    for made in OBJECTS:
        check.validate(made, version, strict=True)
    wrong = yaml.safe_load((FOLDER / "workers.yaml").read_text(encoding="utf-8"))
    wrong["spec"]["template"]["spec"]["containers"][0]["volumeMount"] = []
    with pytest.raises(check.ValidationError):
        check.validate(wrong, version, strict=True)


def test_every_file_is_applied_or_is_said_not_to_be() -> None:
    optional = {"kustomization.yaml", "secrets.example.yaml", "model-server.yaml"}
    assert {file.name for file in FILES} - optional == set(KUSTOMIZATION["resources"])
    text = (FOLDER / "kustomization.yaml").read_text(encoding="utf-8")
    assert all(name in text for name in optional - {"kustomization.yaml"})


@pytest.mark.parametrize("name", pods())
def test_a_pod_is_nobody_special_and_limited(name: str) -> None:
    pod = pods()[name]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert re.fullmatch(r"[a-z/-]+:v?\d[\w.-]+", container["image"])
        assert "memory" in container["resources"]["limits"]
        assert (name in ("worker", "models")) != ("readinessProbe" in container)
        there = {volume["name"] for volume in pod["volumes"]}
        made = named("StatefulSet").get(name, {"spec": {}})["spec"].get("volumeClaimTemplates", [])
        there |= {claim["metadata"]["name"] for claim in made}
        assert {mount["name"] for mount in container["volumeMounts"]} == there


def test_settings_are_settings_and_all_back_ends_have_alike_what_they_must() -> None:
    known = {f"SHOKO_{name.upper()}" for name in Settings.model_fields} | {"SHOKO_API"}
    given = set(named("ConfigMap")["shoko"]["data"])
    assert {"SHOKO_INDEX", "SHOKO_ORIGINALS", "SHOKO_AUDIT_KEY", "SHOKO_EMBEDDER"} <= given
    for pod in pods().values():
        for container in pod["spec"]["containers"]:
            given |= {each["name"] for each in container.get("env", []) if each["name"].startswith("SHOKO_")}
    assert given <= known


def test_addresses_are_services_that_may_be_spoken_to() -> None:
    settings, services = named("ConfigMap")["shoko"]["data"], named("Service")
    secret = named("Secret")["shoko"]
    index = milvus_address(settings["SHOKO_INDEX"], PROJECT)
    assert index is not None
    hosts = {index.host, *hosts_of(secret["stringData"]["SHOKO_DATABASE_URL"])}
    assert hosts <= set(settings["SHOKO_ALLOWED_HOSTS"].split(",")) <= set(services)
    for service in services.values():
        selected = [
            pod for pod in pods().values() if pod["metadata"]["labels"] == service["spec"]["selector"]
        ]
        assert len(selected) == 1
    assert not any(is_this_computer(host) for host in hosts)


def test_secrets_and_claims_that_are_mounted_are_there() -> None:
    secret = named("Secret")["shoko"]
    keys = {*secret["stringData"], *secret["data"]}
    for pod in pods().values():
        for volume in pod["spec"]["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in named("PersistentVolumeClaim")
            if "secret" in volume:
                assert {item["key"] for item in volume["secret"]["items"]} <= keys


def test_commands_exist_with_their_options_and_the_screens_are_those_of_the_containers() -> None:
    group = typer.main.get_command(main.app)
    assert isinstance(group, click.Group)
    for pod in pods().values():
        for container in pod["spec"]["containers"]:
            words = container.get("command", [])
            if words[:1] == ["shoko"]:
                command = group.commands[words[1]]
                command.make_context(words[1], list(words[2:]), resilient_parsing=False)
    screens = pods()["screens"]["spec"]["containers"][0]["command"]
    assert screens == [str(word) for word in COMPOSE["ui"]["command"]]


def test_what_holds_documents_has_no_way_out() -> None:
    policies = named("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    apps = {pod["metadata"]["labels"]["app"] for pod in pods().values()}
    inside = policies["inside"]["spec"]
    assert set(inside["podSelector"]["matchExpressions"][0]["values"]) == apps - {"models"}
    assert [list(peer) for way in inside["egress"] for peer in way["to"]] == [
        ["podSelector"], ["namespaceSelector", "podSelector"],
    ]  # fmt: skip
    assert [
        name
        for name, made in policies.items()
        if any("to" not in way for way in made["spec"].get("egress", []))
    ] == ["models"]
    mounted = {mount["name"] for mount in pods()["models"]["spec"]["containers"][0]["volumeMounts"]}
    assert mounted == {"models", "tmp"}


def test_the_door_leads_the_same_way_as_the_proxy_s() -> None:
    (rule,) = named("Ingress")["shoko"]["spec"]["rules"]
    to_api = [path["path"] for path in rule["http"]["paths"] if path["backend"]["service"]["name"] == "api"]
    caddy = (PROJECT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    line = re.search(r"@api path (.*)", caddy)
    assert line
    assert to_api == [path.removesuffix("*") for path in line[1].split()]
