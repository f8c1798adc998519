"""Which languages text recognition (OCR) knows on this computer, and what one file's recognition may cost.

The recognition itself is `ingest/readers/scan/recognition.py`, in the sandbox: by networks that are installed
with Shoko, or by Tesseract.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

RECOGNISED = "ocr"  # `source` of a page whose text was recognised from a picture
UNREAD = "scan"  # `source` of a picture of text that was not recognised
LANGUAGES = {"jpn": "Japanese", "chi_sim": "Chinese (simplified)", "chi_tra": "Chinese (traditional)",
             "eng": "English"}  # fmt: skip
VERTICAL = {"jpn": "jpn_vert", "chi_sim": "chi_sim_vert", "chi_tra": "chi_tra_vert"}
NETWORKS, TESSERACT = "networks", "tesseract"


@dataclass(frozen=True)
class Recognition:
    """How a file's pages are recognised: Tesseract's names of languages, the most seconds for a page, how
    many cores it may take, and by what."""

    languages: tuple[str, ...]
    seconds: float = 120.0
    workers: int = 1
    engine: str = TESSERACT


def recognition(wanted: str, seconds: float, engine: str = "auto") -> Recognition:
    """As the settings want it: `auto` takes those of Shoko's languages that can be recognised here, `none`
    nothing, else the named ones of them. The engine `auto` is the networks, and Tesseract where they are not
    installed or a language is named that they do not know."""
    names: list[str] = []
    if wanted == "auto":
        names = list(LANGUAGES)
    elif wanted != "none":
        names = [name.strip() for name in wanted.replace("+", ",").split(",")]
    if names and engine != TESSERACT and has_networks() and set(names) <= set(LANGUAGES):
        return Recognition(tuple(names), seconds, _cores(), NETWORKS)
    known = installed_languages() if names else ()
    return Recognition(tuple(name for name in names if name in known), seconds, _cores())


@cache
def has_networks() -> bool:
    """Whether the networks and what they need are installed."""
    return all(find_spec(name) for name in ("rapidocr", "cv2")) and any(
        find_spec(name) for name in ("openvino", "onnxruntime")
    )


@cache
def installed_languages() -> tuple[str, ...]:
    """Tesseract's languages on this computer; empty if it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ()
    try:
        listing = subprocess.run(
            [program, "--list-langs"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(sorted(line.strip() for line in listing.stdout.splitlines()[1:] if line.strip()))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
