"""What this machine has, and which model of the catalogue fits it. Reads; changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

from llm.catalogue import ModelEntry, Part, catalogue

GB = 1024**3


def total_memory() -> int:
    """Bytes of memory that this process may use: the machine's, or the container's limit."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return machine if limit == "max" else min(machine, int(limit))


def free_memory() -> int:
    """Bytes that a new program can take without others being pushed out."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return total_memory() // 2  # systems without /proc: half is a guess on the safe side


def cpu_features() -> set[str]:
    """The CPU's flags as Linux names them; empty where the system does not say."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.partition(":")[2].split())
    except OSError:
        pass
    return set()


def recommended(role: Part, *, memory: int | None = None) -> ModelEntry | None:
    """The biggest model of that role meant for a machine of this memory; demonstrations do not count."""
    # A "16 GB" machine shows a little less to its programs; 10 % is what firmware and graphics take.
    have = (memory if memory is not None else total_memory()) / GB / 0.9
    fitting = [
        model
        for model in catalogue()
        if model.role == role and not model.demonstration and model.memory_class_gb <= have
    ]
    return max(fitting, key=lambda model: model.memory_class_gb, default=None)
