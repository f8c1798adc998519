"""What this machine has. Reads; changes nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

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


def process_memory(number: int) -> int:
    """Bytes that a process has in memory; 0 if nobody says."""
    try:
        for line in Path(f"/proc/{number}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def cpu_features() -> set[str]:
    """The CPU's flags as Linux names them; empty if the system does not say."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.partition(":")[2].split())
    except OSError:
        pass
    return set()


def processor_share(seconds: float = 0.25) -> float:
    """The share of one processor that a busy thread gets at the moment: 1 where nothing else works, about one
    half where as much other work waits as there are processors."""
    began, own = time.monotonic(), time.thread_time()
    while (passed := time.monotonic() - began) < seconds:
        pass
    return min(1.0, (time.thread_time() - own) / passed)
