"""Translates a sentence-transformers model to OpenVINO and measures how it is best run on this machine.

    python -m llm.embedder_setup FOLDER_OF_THE_MODEL

Runs once, after a model was pulled, in a process of its own: torch is needed here and nowhere later. It
keeps a translation only if its vectors are those of torch: cosine at least LEAST_COSINE on every text.
A model with other parts than transformer, mean or cls pooling, and unit length stays with torch. The last
line that it prints is JSON: the plan, and the least cosine to the vectors that the catalogue keeps of it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.egress import guard, silence_telemetry
from llm.catalogue.entries import entry
from llm.catalogue.store import InstalledModel
from llm.embedder import PLAN, EmbedderPlan, OpenVinoEmbedder, Vectors, open_embedder
from llm.embedder_reference import reference
from llm.engines.llama import physical_cores

LEAST_COSINE = 0.9999  # the score of a hit then changes in its fourth place at most
LEAST_GAIN = 1.2  # a lower precision must be at least this much faster to be taken
ROUNDS = 3
LARGE_TABLE = 64 * 2**20  # bytes in 32 bits: some 40,000 words
TEXTS = ["Annual paid leave is granted after six months of service. " * n for n in (1, 2, 4, 8, 14, 20)] + [
    "Receipts must be handed in within 30 days of the journey, with form T-12 and the approval.",
    "年次有給休暇は、勤続6か月で10日付与されます。申請は前日までに上長へ行います。",
    "涉密文件不得带离办公场所，确需带离的，应当经部门负责人书面批准。",
    "Visitors sign in at the gate, wear a badge and are met by the person who invited them.",
]


def set_up(folder: Path) -> EmbedderPlan | None:
    """Translate, compare, measure; write and return the plan, or None if torch must run it."""
    import openvino
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(physical_cores())
    engine = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    kinds = [type(module).__name__ for module in engine]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    mode = str(engine[1].pooling_mode)
    if mode not in ("mean", "cls"):
        return None
    names = [
        name
        for name in ("input_ids", "attention_mask", "token_type_ids")
        if name in engine.tokenizer.model_input_names
    ]
    example = {name: torch.ones((2, 8), dtype=torch.int64) for name in names}
    texts, longest = torch.export.Dim("texts", max=1024), engine.max_seq_length or 512
    tokens = torch.export.Dim("tokens", min=2, max=longest)
    with torch.no_grad():
        program = torch.export.export(
            engine[0].auto_model.eval(),
            (),
            kwargs=example,
            dynamic_shapes={name: {0: texts, 1: tokens} for name in names},
        )
    truth = np.asarray(engine.encode(TEXTS, normalize_embeddings=True), np.float32)
    dimensions = int(truth.shape[1])
    plan = EmbedderPlan("f32", mode, int(longest), dimensions, 0.0)
    whole = openvino.convert_model(program)
    for pooled in whole.outputs[1:]:  # of untrained weights, in some models
        whole.remove_result(pooled.get_node())
    small = compress_tables(whole.clone())
    _save(small or whole, folder)
    seconds, plan = _measured(folder, plan, truth)
    if small is not None and plan.cosine < LEAST_COSINE:
        _save(whole, folder)
        seconds, plan = _measured(folder, plan, truth)
    if plan.cosine < LEAST_COSINE:
        return None
    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        faster, other = _measured(folder, replace(plan, precision="bf16"), truth)
        if other.cosine >= LEAST_COSINE and faster * LEAST_GAIN < seconds:
            plan = other
    (folder / PLAN).write_text(json.dumps(asdict(plan)), encoding="utf-8")
    return plan


def compress_tables(model: Any) -> Any | None:
    """That model with its large tables of vectors (one row a word) in 8 bits and a scale a row; None if
    there are none. Words of many languages are most of a model's bytes, which would all lie in memory."""
    from openvino import opset13

    compressed = False
    for gather in model.get_ordered_ops():
        if gather.get_type_name() != "Gather":
            continue
        table = gather.input_value(0).get_node()
        if table.get_type_name() != "Constant" or table.data.ndim != 2 or table.data.nbytes < LARGE_TABLE:
            continue
        rows = table.data.astype(np.float32)
        scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
        steps = opset13.constant(np.rint(rows / scales).astype(np.int8))
        back = opset13.multiply(opset13.convert(steps, "f32"), opset13.constant(scales))
        gather.input(0).replace_source_output(back.output(0))
        compressed = True
    return model if compressed else None


def _save(model: Any, folder: Path) -> None:
    import openvino

    (folder / "openvino").mkdir(exist_ok=True)
    openvino.save_model(model, folder / "openvino" / "model.xml", compress_to_fp16=False)


def _measured(folder: Path, plan: EmbedderPlan, truth: Vectors) -> tuple[float, EmbedderPlan]:
    """The best of some rounds in seconds, and the plan with its least cosine to torch's vectors."""
    model = InstalledModel(folder.name, "embed", (), 0, (), "")
    embedder = OpenVinoEmbedder(model, folder, plan, threads=physical_cores())
    vectors = embedder.passages(TEXTS)
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        embedder.passages(TEXTS)
        best = min(best, time.perf_counter() - began)
    return best, replace(plan, cosine=float((vectors * truth).sum(axis=1).min()))


def compare_with_stored(folder: Path) -> float | None:
    """The least cosine between the vectors that the catalogue keeps of the model in that folder and those of
    the engine that will run it; None if it keeps none."""
    stored = reference(folder.name)
    if stored is None:
        return None
    known = entry(folder.name)
    model = InstalledModel(
        known.name,
        known.role,
        known.languages,
        0,
        (),
        "",
        query_prefix=known.query_prefix,
        passage_prefix=known.passage_prefix,
    )
    return stored.least_cosine(open_embedder(model, folder, threads=physical_cores()))


if __name__ == "__main__":
    silence_telemetry()
    guard()
    place = Path(sys.argv[1])
    made = set_up(place)
    print(json.dumps({"plan": asdict(made) if made else None, "stored_cosine": compare_with_stored(place)}))
