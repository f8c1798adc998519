"""Builds llama-cpp-python for this machine's CPU, and keeps each wheel under the flags it was built with.

    python operations/build_engine.py [--fresh]

Runs before anything else is installed, so it uses the standard library alone. pip's own cache does not
look at the flags of a build: a wheel made with the defaults (whose AMX code ends the process on the first
token on some virtual machines, ggml-org/llama.cpp #20824) could come back from it. So pip's cache is not
used, and wheels lie in a folder named after version and flags.

Tiers, measured in docs/benchmarks.md: AVX-512 gains nothing worth a wheel of its own for the layouts of
the default model; AVX2 (every x86-64 desktop and server CPU since 2015, but for some of the smallest) is
the default, and CPUs without it get the plain x86-64 of 2009 (SSE4.2). AMX is never built.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

VERSION = "0.3.36"
NO_AMX = "-DGGML_NATIVE=OFF -DGGML_AMX_TILE=OFF -DGGML_AMX_INT8=OFF -DGGML_AMX_BF16=OFF"
FLAGS = {
    "avx2": f"{NO_AMX} -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON",
    "sse42": f"{NO_AMX} -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF -DGGML_BMI2=OFF"
    " -DGGML_SSE42=ON",
    "other": "-DGGML_NATIVE=ON",  # not x86-64 (an ARM Mac or server): no AMX there
}
TIERS = ["avx2", "sse42"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
NEEDED = {"avx", "avx2", "fma", "f16c", "bmi2"}


def tier_of_machine() -> str:
    """The best tier that this CPU can run; `other` if it is not x86-64."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        TIERS[:] = ["other"]
        return "other"
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "avx2"
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "avx2" if set(flags) >= NEEDED else "sse42"


def wheel_folder(tier: str) -> Path:
    """Where the wheel of that tier is kept: by version, flags, Python and system."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shoko" / "wheels"
    key = f"{VERSION} {FLAGS[tier]} {platform.platform()} {platform.machine()}"
    return cache / f"llama-cpp-python-{VERSION}-{tier}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def wheel(tier: str, *, fresh: bool = False) -> Path:
    """The engine's wheel of that tier; built if none is kept."""
    folder = wheel_folder(tier)
    wheels = list(folder.glob("*.whl"))
    if fresh or not wheels:
        folder.mkdir(parents=True, exist_ok=True)
        print(
            f"The language model's engine is compiled ({tier}): 5 to 15 minutes, once.",
            flush=True,
        )
        subprocess.run(
            [*PIP, "wheel", "--no-deps", "--no-cache-dir", "-w", str(folder), f"llama-cpp-python=={VERSION}"],
            env=os.environ | {"CMAKE_ARGS": FLAGS[tier]},
            check=True,
        )
        wheels = list(folder.glob("*.whl"))
    return wheels[0]


def build(tier: str, *, fresh: bool = False) -> None:
    """Install the engine of that tier into this environment, building it where no wheel of it is kept."""
    made = wheel(tier, fresh=fresh)
    subprocess.run(
        [*PIP, "install", "-q", "--no-deps", "--no-cache-dir", "--force-reinstall", str(made)], check=True
    )


if __name__ == "__main__":
    build(tier_of_machine(), fresh="--fresh" in sys.argv)
