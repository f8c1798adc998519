"""A real S3-compatible server for tests, moto's, as a process of its own; tests skip where it is not
installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from databases import free_port
from making import TRUST

from core.settings import PROJECT

# In an environment of its own: what it asks for does not go together with what Shoko asks for.
PROGRAM = PROJECT / ".ci" / "s3" / "bin" / "moto_server"
ACCESS, SECRET = "shoko-test", "shoko-test-secret"
_SCOPE = "Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=, Signature="
IAM = {"Authorization": f"AWS4-HMAC-SHA256 {_SCOPE}"}  # by which the server knows what is asked
ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class S3Server:
    """A server and where it listens."""

    address: str  # 127.0.0.1:port

    def make(self, bucket: str, *, versions: bool = False) -> str:
        """A new bucket; the setting that names it."""
        client = self.client(ACCESS, SECRET)
        client.make_bucket(bucket)
        if versions:
            from minio.versioningconfig import ENABLED, VersioningConfig

            client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        return f"s3+http://{self.address}/{bucket}"

    def client(self, access: str, secret: str):  # type: ignore[no-untyped-def]  # the library tells no types here
        """The library's own, to look at what lies there."""
        import minio

        return minio.Minio(self.address, access, secret, secure=False, region="us-east-1")

    def versions(self, bucket: str) -> list[str]:
        """The name of every object, version and mark of deletion in that bucket."""
        listed = self.client(ACCESS, SECRET).list_objects(bucket, recursive=True, include_version=True)
        return sorted(each.object_name for each in listed)

    @contextlib.contextmanager
    def asking_for_keys(self, *, may: str = ALL) -> Iterator[tuple[str, str]]:
        """For the time of the block each request needs a key; one that may do that."""
        with httpx.Client(base_url=f"http://{self.address}", trust_env=False, verify=TRUST) as http:
            http.post("/", data={"Action": "CreateUser", "UserName": "shoko"}, headers=IAM)
            policy = {"Action": "PutUserPolicy", "UserName": "shoko", "PolicyName": "all"}
            http.post("/", data=policy | {"PolicyDocument": may}, headers=IAM).raise_for_status()
            made = http.post("/", data={"Action": "CreateAccessKey", "UserName": "shoko"}, headers=IAM).text
            access = re.search("<AccessKeyId>(.*?)</AccessKeyId>", made)
            secret = re.search("<SecretAccessKey>(.*?)</SecretAccessKey>", made)
            assert access and secret, made
            http.post("/moto-api/reset-auth", content=b"0").raise_for_status()
            try:
                yield access.group(1), secret.group(1)
            finally:
                http.post("/moto-api/reset-auth", content=b"Infinity")


def program() -> Path:
    """The server's program; it is missing in CI only by mistake."""
    named = shutil.which("moto_server")
    if not PROGRAM.exists() and named is None:
        if os.environ.get("CI") == "true":
            pytest.fail("moto's server is missing: .ci/run installs it")
        pytest.skip("no S3 server here: see .ci/run, which makes .ci/s3 with 'moto[s3]' flask flask-cors")
    return PROGRAM if PROGRAM.exists() else Path(str(named))


@contextlib.contextmanager
def s3_server(port: int = 0) -> Iterator[S3Server]:
    """A server of one's own, for the time of the block; nothing is left of it."""
    port = port or free_port()
    order = [str(program()), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:  # it tells when it listens
            if "Running on" in line:
                break
        assert process.poll() is None
        yield S3Server(f"127.0.0.1:{port}")
    finally:
        process.terminate()
        process.communicate(timeout=60)
