"""Where originals lie, as the setting SHOKO_ORIGINALS says it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import BadValue

SCHEMES = ("s3+https://", "s3+http://")
REGION = "us-east-1"  # what stores of one's own take where none is set
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_FIX = (
    "Name a folder, or write s3+https://host:9000/bucket or s3+https://host/bucket/prefix?region=eu-central-1"
)


@dataclass(frozen=True)
class BucketAddress:
    """A bucket of an S3-compatible store, and what begins the names of everything in it."""

    host: str
    port: int | None
    secure: bool
    bucket: str
    prefix: str = ""  # with a / at its end, or empty
    region: str = REGION

    @property
    def endpoint(self) -> str:
        """host:port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port is not None else host

    @property
    def shown(self) -> str:
        """The address as it is written in the setting."""
        scheme = SCHEMES[0] if self.secure else SCHEMES[1]
        return f"{scheme}{self.endpoint}/{self.bucket}/{self.prefix}".rstrip("/")


def bucket_address(setting: str) -> BucketAddress | None:
    """The bucket that the setting names; None where it names a folder, or nothing. Raises BadValue."""
    if not setting.startswith(SCHEMES):
        if "://" in setting:
            raise _bad("it names no store that Shoko knows")
        return None
    try:
        parts = urlsplit(setting.removeprefix("s3+"))
        port = parts.port
    except ValueError as error:
        raise _bad(error) from error
    if parts.username or parts.password:
        raise _bad(
            "keys do not belong in an address", "Set SHOKO_S3_ACCESS_KEY and SHOKO_S3_SECRET_KEY instead"
        )
    bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
    query = parse_qs(parts.query)
    region = query.pop("region", [REGION])[-1]
    if not parts.hostname or query or not _BUCKET.fullmatch(bucket):
        raise _bad("host or bucket is no name")
    if prefix and (not _PREFIX.fullmatch(prefix) or ".." in prefix):
        raise _bad("the prefix has other characters than letters, digits, _ . - and /")
    return BucketAddress(
        parts.hostname, port, parts.scheme == "https", bucket, f"{prefix}/" if prefix else "", region
    )


def _bad(problem: object, fix: str = _FIX) -> BadValue:
    return BadValue(name="SHOKO_ORIGINALS", problem=problem, fix=fix)
