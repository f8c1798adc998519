"""Beyond this computer: never in the clear without a word, and with a certificate as https."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from making import settings_in

from cli.client import client_of, free_port, serving
from cli.serve import check_network
from core.errors import BadValue, PlainNetworkRefused
from operations.library import open_library


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_does_not_listen_to_a_network_in_the_clear_without_a_word(tmp_path: Path, host: str) -> None:
    with pytest.raises(PlainNetworkRefused):
        check_network(settings_in(tmp_path, host=host))
    check_network(settings_in(tmp_path, host=host, plain_network=True))
    check_network(settings_in(tmp_path, host=host, tls_certificate="x.pem"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_computer_needs_no_word(tmp_path: Path, host: str) -> None:
    check_network(settings_in(tmp_path, host=host))


def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadValue):
        check_network(settings_in(tmp_path, host="no such host"))


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "certificate.pem", folder / "key.pem"


def test_with_a_certificate_it_is_https_and_commands_go_in_by_loopback(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    port = free_port(0)
    settings = settings_in(
        tmp_path / "data", embedder="none", host="127.0.0.1", port=port, tls_certificate=chain, tls_key=key
    )
    assert settings.address == f"https://127.0.0.1:{port}"
    with open_library(settings, load_models=False) as library, serving(library, "127.0.0.1", port) as server:
        context = ssl.create_default_context(cafile=str(chain))
        with httpx.Client(
            base_url=f"https://localhost:{port}", verify=context, trust_env=False, timeout=240
        ) as outside:
            answer = outside.get("/health")
            assert answer.status_code == 200 and "max-age" in answer.headers["strict-transport-security"]
        assert server.address.startswith("http://127.0.0.1:") and not server.address.endswith(f":{port}")
        with client_of(server) as client:
            assert client.get("/api/session")["is_admin"]
