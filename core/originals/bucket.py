"""Originals in a bucket of an S3-compatible store. The only file that imports minio, which is an extra:
`pip install 'shoko[s3]'`.

An object has the name that a folder's file would have, so that a bucket can be copied to a folder and back.
The library speaks through Python's sockets, so the guard of this process holds it; no proxy, account file or
metadata service of the surroundings is asked. What is read is compared with its hash before anyone sees it.
What is removed goes with every version that the bucket keeps of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import ssl
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import egress
from core.errors import BadValue, LibraryMissing, OriginalBad, OriginalsAway
from core.originals.address import BucketAddress

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0
CHUNK = 2**20
IDLE_SECONDS = 600.0  # after which a copy here goes
COPIES_BYTES = 2 * 2**30  # of all copies here together
ORIGINALS, CHECKS = "originals/", "checks/"
GONE = ("NoSuchKey", "NoSuchVersion")
WITHOUT_VERSIONS = ("NotImplemented", "MethodNotAllowed")  # what a store says that keeps none
# What the store says about how it was asked, in words, and what mends it.
FIXES = {
    "NoSuchBucket": ("there is no such bucket", "Make the bucket, or correct SHOKO_ORIGINALS"),
    "InvalidAccessKeyId": ("it does not know the access key", "Correct SHOKO_S3_ACCESS_KEY"),
    "SignatureDoesNotMatch": (
        "the secret key is not that of the access key",
        "Correct SHOKO_S3_SECRET_KEY",
    ),
    "AccessDenied": (
        "the key may not do that",
        "Let it read, write, list and delete objects and their versions in this bucket",
    ),
    "RequestTimeTooSkewed": (
        "the clocks of this computer and of the store differ too much",
        "Set both by the same time server",
    ),
    "AuthorizationHeaderMalformed": (
        "the bucket is in another region",
        "Add ?region=… to SHOKO_ORIGINALS",
    ),
}
# Why no answer came, by the library's names.
_NO_ANSWER = {
    "NewConnectionError": "nothing answers there",
    "ConnectTimeoutError": "nothing answers there",
    "ReadTimeoutError": "no answer in time",
    "NameResolutionError": "its name is not known",
    "SSLError": "its certificate is not trusted: set SHOKO_S3_CERTIFICATE",
}


class Bucket:
    """A bucket of originals, with copies of those that are in use in a folder of this process."""

    is_far = True

    def __init__(
        self,
        address: BucketAddress,
        copies: Path,
        *,
        access_key: str = "",
        secret_key: str = "",
        certificate: Path | None = None,
    ) -> None:
        """`certificate`: of who signed the store's own (PEM). Raises LibraryMissing, BadValue where it is not
        as the settings say, ConnectionRefusedByPolicy, OriginalsAway."""
        self.address, self._folder = address, copies
        try:
            import minio
            import urllib3
        except ImportError as error:
            raise LibraryMissing(setting="SHOKO_ORIGINALS", package=error.name, extra="s3") from error
        egress.require(address.host)
        if not access_key or not secret_key:
            raise BadValue(
                name="SHOKO_S3_ACCESS_KEY", problem="it or SHOKO_S3_SECRET_KEY is empty", fix="Set both"
            )
        self._faults = (minio.error.MinioException, urllib3.exceptions.HTTPError)
        tries = urllib3.Retry(
            total=3, connect=1, redirect=False, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504],
            allowed_methods=None, raise_on_status=False,
        )  # fmt: skip
        pool = urllib3.PoolManager(
            maxsize=16,
            retries=tries,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            ssl_context=_trust(certificate) if address.secure else None,
        )
        self._client: Any = minio.Minio(
            address.endpoint, access_key, secret_key, secure=address.secure, region=address.region,
            http_client=pool,
        )  # fmt: skip
        copies.mkdir(parents=True, exist_ok=True)
        self._must_be_usable()

    @property
    def shown(self) -> str:
        """The address; it holds no key."""
        return self.address.shown

    def put(self, file: Path, sha256: str) -> None:
        """Send that file; the store compares what arrives with what was signed. It is gone here
        afterwards."""
        self._send(file, self._key(sha256))
        file.unlink()

    def has(self, sha256: str) -> bool:
        """Whether that object is there."""
        try:
            with self._asking():
                self._client.stat_object(self.address.bucket, self._key(sha256))
        except _Absent:
            return False
        return True

    def path(self, sha256: str) -> Path:
        """A copy of it, which stays for some minutes. Raises OriginalBad."""
        copy = self._folder / sha256
        try:
            os.utime(copy)  # it is in use
            return copy
        except FileNotFoundError:
            pass
        part = self._folder / f".{secrets.token_hex(8)}"
        try:
            digest = self._bring(self._key(sha256), part)
            if digest != sha256:
                raise OriginalBad(sha256=sha256, place=self.shown, problem="its content is another")
            part.replace(copy)
        except _Absent as error:
            raise OriginalBad(sha256=sha256, place=self.shown, problem="it is not there") from error
        finally:
            part.unlink(missing_ok=True)
        return copy

    def remove(self, sha256: str) -> None:
        """Remove the object with every version and mark of deletion that the bucket keeps, and its copy."""
        self._erase(self._key(sha256))
        (self._folder / sha256).unlink(missing_ok=True)

    def every(self) -> Iterator[tuple[str, float]]:
        """Each object with its age by this computer's clock; a thousand are listed at once."""
        for listed in self._listed(ORIGINALS):
            yield listed.object_name.rpartition("/")[2], _age(listed)

    def copies(self) -> list[str]:
        """The copies here."""
        return [file.name for file in self._folder.iterdir() if not file.name.startswith(".")]

    def drop(self, sha256: Collection[str]) -> None:
        """Remove those copies, those that nobody used for ten minutes, and the oldest past two gigabytes."""
        for name in sha256:
            (self._folder / name).unlink(missing_ok=True)
        there = []
        for file in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                about = file.stat()
                there.append((about.st_mtime, about.st_size, file))
        room = COPIES_BYTES
        for used, size, file in sorted(there, reverse=True):
            room -= size
            if room < 0 or time.time() - used > IDLE_SECONDS:
                file.unlink(missing_ok=True)

    def share(self, folder: Path) -> None:
        """Send the files of that folder."""
        for file in sorted(folder.iterdir()):
            self._send(file, f"{self.address.prefix}{CHECKS}{folder.name}/{file.name}")

    def fetch(self, folder: Path) -> None:
        """Bring the files that were sent from a folder of that name; the folder appears whole."""
        listed = list(self._listed(f"{CHECKS}{folder.name}/"))
        if not listed or folder.exists():
            return
        part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        part.mkdir(parents=True, mode=0o700)
        try:
            for each in listed:
                self._bring(each.object_name, part / each.object_name.rpartition("/")[2])
            with contextlib.suppress(OSError):  # another request was quicker
                part.replace(folder)
        except _Absent:  # it was erased meanwhile
            return
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def shared(self) -> Iterator[tuple[str, float]]:
        """The name of the folder of each object that was sent, with its age."""
        for listed in self._listed(CHECKS):
            yield listed.object_name.split("/")[-2], _age(listed)

    def withdraw(self, name: str) -> None:
        """Remove the objects that were sent from a folder of that name."""
        for listed in list(self._listed(f"{CHECKS}{name}/")):
            self._erase(listed.object_name)

    def remarks(self) -> list[str]:
        """What an administrator should know of this bucket, in words."""
        said = []
        try:
            with self._asking():
                versions = self._client.get_bucket_versioning(self.address.bucket).status
            if versions not in (None, "", "Off"):
                said.append(f"it keeps versions ({versions}): what is erased goes with all of them")
        except OriginalsAway as error:
            said.append(f"whether it keeps versions is not told ({error.values['problem']})")
        with contextlib.suppress(OriginalsAway, _Absent):  # most stores have no such lock
            with self._asking():
                lock = self._client.get_object_lock_config(self.address.bucket)
            if lock.mode is not None:
                said.append("it is locked (object lock): what is erased stays until its time is over")
        return said

    # --- asking

    def _key(self, sha256: str) -> str:
        return f"{self.address.prefix}{ORIGINALS}{sha256[:2]}/{sha256}"

    def _send(self, file: Path, key: str) -> None:
        with file.open("rb") as content, self._asking():
            self._client.put_object(self.address.bucket, key, content, file.stat().st_size)

    def _bring(self, key: str, file: Path) -> str:
        """Write that object to that file; the SHA-256 of what came."""
        digest = hashlib.sha256()
        with self._asking():
            answer = self._client.get_object(self.address.bucket, key)
            try:
                with file.open("wb") as out:
                    for chunk in answer.stream(CHUNK):
                        digest.update(chunk)
                        out.write(chunk)
            finally:
                answer.close()
                answer.release_conn()
        return digest.hexdigest()

    def _listed(self, prefix: str) -> Iterator[Any]:
        with self._asking():
            yield from self._client.list_objects(
                self.address.bucket, prefix=self.address.prefix + prefix, recursive=True
            )

    def _erase(self, key: str) -> None:
        versions: list[str | None]
        try:
            with self._asking():
                listed = self._client.list_objects(
                    self.address.bucket, prefix=key, recursive=True, include_version=True
                )
                versions = [each.version_id for each in listed if each.object_name == key]
        except OriginalsAway as error:
            if getattr(error.__cause__, "code", "") not in WITHOUT_VERSIONS:
                raise
            versions = [None]
        with self._asking():
            for version in versions:
                self._client.remove_object(self.address.bucket, key, version_id=version)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except self._faults as error:
            if getattr(error, "code", "") in GONE:
                raise _Absent from error
            raise OriginalsAway(address=self.shown, problem=problem_of(error)) from error

    def _must_be_usable(self) -> None:
        """One question, which tells what is wrong with the settings, in the store's own words."""
        try:
            next(self._listed(ORIGINALS), None)
        except OriginalsAway as error:
            problem, fix = FIXES.get(getattr(error.__cause__, "code", ""), ("", ""))
            if not fix:
                raise
            raise BadValue(name=f"SHOKO_ORIGINALS ({self.shown})", problem=problem, fix=fix) from error


def _age(listed: Any) -> float:
    """Seconds since that object came, by this computer's clock."""
    age: float = (datetime.now(UTC) - listed.last_modified).total_seconds()
    return age


class _Absent(Exception):  # no error: there is no such object
    """The object is not there."""


def problem_of(error: BaseException) -> str:
    """What went wrong, in words that hold no name of an object."""
    if code := getattr(error, "code", ""):
        return FIXES[code][0] if code in FIXES else str(code)
    reason = getattr(error, "reason", None) or error  # why the last try failed
    return _NO_ANSWER.get(type(reason).__name__, type(reason).__name__)


def _trust(certificate: Path | None) -> ssl.SSLContext:
    """Whose certificates are believed. Raises BadValue."""
    try:
        return ssl.create_default_context(cafile=certificate)
    except OSError as error:  # also what is no certificate
        raise BadValue(
            name="SHOKO_S3_CERTIFICATE", problem=error, fix="Name a file with a certificate in PEM"
        ) from error
