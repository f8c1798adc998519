"""The two networks of PP-OCRv6, out of the installed wheel `rapidocr`, run by OpenVINO, or by onnxruntime
if there is no OpenVINO. Imports nothing of the wheel's code and fetches nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WHEEL = "rapidocr"
DETECTION, READING = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"

Floats = npt.NDArray[np.float32]
Network = Callable[[Floats], Floats]


def model_file(name: str) -> Path | None:
    """The model's file in the installed wheel, or None."""
    try:
        path = Path(str(distribution(WHEEL).locate_file(f"{WHEEL}/models/{name}")))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def networks(threads: int) -> tuple[Network, Network, list[str]]:
    """Detection and reading, each a function of one array, and the characters that reading knows, the blank
    of CTC first. Raises FileNotFoundError if the wheel is not installed."""
    detection, reading = model_file(DETECTION), model_file(READING)
    if detection is None or reading is None:
        raise FileNotFoundError(f"the models of {WHEEL} are not installed")
    try:
        import openvino
    except ImportError:  # not on every processor
        return _by_onnxruntime(detection, reading, threads)
    return _by_openvino(openvino, detection, reading, threads)


def _by_openvino(
    openvino: Any, detection: Path, reading: Path, threads: int
) -> tuple[Network, Network, list[str]]:
    core = openvino.Core()
    core.set_property(
        "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
    )  # pinned threads of several readers would stand on the same core

    def load(model: Any) -> Network:
        request = core.compile_model(model, "CPU").create_infer_request()

        def run(given: Floats) -> Floats:
            request.infer([given])
            return np.array(request.get_output_tensor().data)

        return run

    model = core.read_model(reading)
    characters = model.get_rt_info()["framework"]["character"].value
    return load(core.read_model(detection)), load(model), _characters(characters)


def _by_onnxruntime(detection: Path, reading: Path, threads: int) -> tuple[Network, Network, list[str]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # it would keep the largest page's memory

    def load(path: Path) -> tuple[Any, Network]:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return session, lambda given: np.asarray(session.run(None, {name: given})[0], np.float32)

    session, read = load(reading)
    characters = session.get_modelmeta().custom_metadata_map["character"]
    return load(detection)[1], read, _characters(characters)


def _characters(listed: str) -> list[str]:
    return ["", *listed.splitlines(), " "]
