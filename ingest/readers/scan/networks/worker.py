"""The process that holds the networks: a picture in, its lines out, until the input ends. It stands in the
sandbox of the file that is read, with the same limits, and opens nothing but the models."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from core.egress import guard, silence_telemetry


def main() -> None:
    """`python -m ingest.readers.scan.networks.worker THREADS`."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints must not speak between our lines
    silence_telemetry()
    guard()
    import cv2
    import numpy as np

    from ingest.readers.scan.networks.models import networks
    from ingest.readers.scan.networks.page import PageReader

    threads = int(sys.argv[1])
    cv2.setNumThreads(threads)
    reader = PageReader(*networks(threads))
    while head := sys.stdin.buffer.readline():
        order: dict[str, Any] = json.loads(head)
        width, height = order["width"], order["height"]
        dots = np.frombuffer(sys.stdin.buffer.read(width * height), np.uint8).reshape(height, width)
        out.write(json.dumps(reader.read(dots, order["languages"])) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
