"""What a model would cost on this machine, said before it is loaded: memory from its file's header, speed
from a measurement of the machine. Pure but for `measure_speed`.

Memory is weights, KV cache, the engine's compute buffers, and the child process itself. Speed follows the
bytes of weights that each token reads and the multiplications that each prompt token needs; both rates are
measured here with a synthetic model of the same quantisation, whose sizes differ, so that what a layer costs
by itself shows too.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from contract.values import ModelRole
from core.errors import ModelTooBig
from core.settings import PROJECT
from llm.catalogue.entries import ModelEntry, catalogue
from llm.engines.llama import ENVIRONMENT
from llm.engines.synthetic import ModelShape, write_synthetic
from llm.gguf import BLOCKS, GgufHeader, Tensor
from llm.hardware import GB

BATCH = 256  # tokens of a prompt that are read at once (llm/engines/llama_worker.py)
PROCESS = 66 * 2**20  # Python, the engine's code and tables: measured, the same for every context
KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
SAFETY = 0.9  # of what is free may be taken: the rest is for what grows meanwhile
TYPICAL_PROMPT, TYPICAL_ANSWER = 700, 90  # tokens of rules, three quotes and a question; two sentences
SHAPES = (ModelShape(4, 512, 1536), ModelShape(12, 768, 2048))
READ_TOKENS, WRITTEN_TOKENS, ROUNDS = 256, 24, 3


@dataclass(frozen=True)
class Memory:
    """Bytes that a loaded model takes, by what takes them."""

    weights: int
    cache: int
    compute: int
    process: int = PROCESS

    @property
    def total(self) -> int:
        """All together."""
        return self.weights + self.cache + self.compute + self.process


def memory_of(
    header: GgufHeader, context_tokens: int, *, kv_type: str = "f16", flash_attention: bool = False
) -> Memory:
    """What that file takes in memory with that context. The whole cache is reserved at the start."""
    cache = 0.0
    for _, keys, values in _attention(header):
        cache += context_tokens * keys * KV_BYTES[kv_type]
        cache += context_tokens * values * KV_BYTES[kv_type if flash_attention else "f16"]
    return Memory(_resident_weights(header), round(cache), _compute(header, context_tokens, flash_attention))


def _resident_weights(header: GgufHeader) -> int:
    return sum(tensor.bytes for tensor in header.tensors)


def _attention(header: GgufHeader) -> list[tuple[int, int, int]]:
    """(layer, width of its keys, of its values) for the layers with attention; others keep a small state."""
    keys: dict[int, int] = {}
    values: dict[int, int] = {}
    for tensor in header.tensors:
        match = re.fullmatch(r"blk\.(\d+)\.(attn_k|attn_v|attn_qkv|attn_kv_a_mqa)\.weight", tensor.name)
        if match is None:
            continue
        layer, rows = int(match.group(1)), tensor.shape[-1]
        match match.group(2):
            case "attn_k":
                keys[layer] = rows
                values.setdefault(layer, rows)
            case "attn_v":
                values[layer] = rows
            case "attn_qkv":
                keys[layer] = values[layer] = max(1, (rows - _number(header, "embedding_length")) // 2)
            case _:  # latent attention: one compressed row serves as key and value
                keys[layer], values[layer] = rows, 0
    return [(layer, keys[layer], values.get(layer, keys[layer])) for layer in sorted(keys)]


def _number(header: GgufHeader, name: str) -> int:
    architecture = header.metadata.get("general.architecture")
    value = header.metadata.get(f"{architecture}.{name}", 0)
    return value if isinstance(value, int) else 0


def _compute(header: GgufHeader, context_tokens: int, flash_attention: bool) -> int:
    """What a batch touches: its attention scores and its activations. The engine reserves room for the
    logits of a whole batch too, but only those of the last token are ever made."""
    width, forward = _number(header, "embedding_length"), _number(header, "feed_forward_length")
    scores = 0 if flash_attention else 4 * BATCH * context_tokens * _number(header, "attention.head_count")
    return scores + 4 * BATCH * (6 * width + 2 * forward)


@dataclass(frozen=True)
class Rates:
    """How fast this machine is with one quantisation: bytes of weights a second while writing, elements a
    second while reading a prompt, and the seconds that a layer costs by itself."""

    written_bytes: float
    written_layer: float
    read_elements: float


@dataclass(frozen=True)
class Speed:
    """Tokens a second, and seconds for a typical answer (700 tokens of prompt, 90 written)."""

    read: float
    written: float

    @property
    def typical_seconds(self) -> float:
        """From the question to the last word."""
        return TYPICAL_PROMPT / self.read + TYPICAL_ANSWER / self.written


def speed_of(header: GgufHeader, rates: Rates) -> Speed:
    """What those rates make of that file. Of a mixture of experts only the experts at work count."""
    active = _active_matrices(header)
    size = sum(share * tensor.bytes for tensor, share in active)
    elements = sum(share * tensor.shape[0] * tensor.shape[1] for tensor, share in active)
    layers = _number(header, "block_count")
    written = size / rates.written_bytes + layers * rates.written_layer
    return Speed(rates.read_elements / elements, 1 / written)


def _active_matrices(header: GgufHeader) -> list[tuple[Tensor, float]]:
    """Every matrix that a token passes, with the share of it that is used."""
    experts, used = _number(header, "expert_count"), _number(header, "expert_used_count")
    share = used / experts if experts and used else 1.0
    names = {tensor.name for tensor in header.tensors}
    matrices = []
    for tensor in header.tensors:
        if len(tensor.shape) < 2 or (tensor.name == "token_embd.weight" and "output.weight" in names):
            continue  # of the embedding only one row is read, unless it serves as the output too
        if "_exps" in tensor.name:
            form = (tensor.shape[0], tensor.shape[1] * tensor.shape[-1])
            matrices.append((replace(tensor, shape=form), share))
        else:
            matrices.append((tensor, 1.0))
    return matrices


def main_type(header: GgufHeader) -> int:
    """The tensor type that most of the weights' bytes have."""
    sizes: Counter[int] = Counter()
    for tensor in header.tensors:
        if len(tensor.shape) > 1:
            sizes[tensor.type] += tensor.bytes
    return sizes.most_common(1)[0][0]


def rough_speed(active_bytes: float, kind: int, rates: Rates) -> Speed:
    """What those rates make of a file of which only the size is known: what its layers cost by themselves is
    left out, and all its weights count as one layout."""
    elements = active_bytes / BLOCKS[kind][1] * BLOCKS[kind][0]
    return Speed(rates.read_elements / elements, rates.written_bytes / active_bytes)


def known_speed(kind: int, threads: int, kept: Path) -> Rates | None:
    """What was measured of this machine before, with that tensor type and so many threads, or None."""
    try:
        return Rates(**json.loads(kept.read_text(encoding="utf-8"))[f"{kind} {threads}"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def measure_speed(kind: int, threads: int, kept: Path | None = None) -> Rates:
    """Measure this machine with that tensor type, some ten seconds; `kept` is a file that remembers it."""
    if kept is not None and (known := known_speed(kind, threads, kept)) is not None:
        return known
    rows = []
    with tempfile.TemporaryDirectory(prefix="shoko-speed-") as place:
        for number, shape in enumerate(SHAPES):
            path = Path(place) / f"{number}.gguf"
            elements = write_synthetic(path, shape, kind)
            read, written = _run(path, threads)
            size = elements / BLOCKS[kind][0] * BLOCKS[kind][1]
            rows.append((size, shape.layers, 1 / written, elements, read))
    # written seconds = bytes / rate + layers × cost, for two models: two equations. Noise must not make the
    # cost of a layer less than nothing.
    (size_1, layers_1, time_1, _, _), (size_2, layers_2, time_2, elements, read) = rows
    rate = (size_1 * layers_2 - size_2 * layers_1) / (time_1 * layers_2 - time_2 * layers_1)
    layer = (time_2 - size_2 / rate) / layers_2
    if rate <= 0 or layer < 0:
        rate, layer = size_2 / time_2, 0.0
    rates = Rates(rate, layer, read * elements)
    if kept is not None:
        _keep(kept, f"{kind} {threads}", rates)
    return rates


def _keep(kept: Path, key: str, rates: Rates) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):  # a truncated file is written again
        known = json.loads(kept.read_text(encoding="utf-8"))
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(known | {key: asdict(rates)}), encoding="utf-8")
    part.replace(kept)


def _run(path: Path, threads: int) -> tuple[float, float]:
    """Tokens a second that the engine reads and writes with that file, in a process of its own."""
    order: dict[str, Any] = {"op": "measure", "path": str(path), "threads": threads}
    order |= {"read": READ_TOKENS, "written": WRITTEN_TOKENS, "rounds": ROUNDS}
    done = subprocess.run(
        [sys.executable, "-m", "llm.engines.llama_worker"],
        input=json.dumps(order) + "\n",
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=True,
        env=os.environ | ENVIRONMENT | {"OMP_NUM_THREADS": str(threads)},
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    return measured["read"], measured["written"]


def require_room(name: str, need: int, free: int) -> None:
    """Raises ModelTooBig if a model would push out what else runs, and names the biggest that fits."""
    if need <= SAFETY * free:
        return
    raise ModelTooBig(
        name=name,
        need=f"{need / GB:.1f} GB",
        free=f"{free / GB:.1f} GB",
        instead=biggest_fitting(free) or "none fits",
    )


def biggest_fitting(free: int) -> str:
    """The name of the biggest chat model of the catalogue that would fit, by its size; empty for none."""
    fitting = [
        model
        for model in catalogue()
        if model.role == ModelRole.CHAT and not model.opt_in and rough_need(model) <= SAFETY * free
    ]
    best = max(fitting, key=lambda model: (not model.demonstration, model.bytes), default=None)
    return best.name if best else ""


def rough_need(entry: ModelEntry, context_tokens: int = 4096) -> int:
    """Bytes that a model of the catalogue takes once loaded, as far as its entry says."""
    return entry.memory(context_tokens)
