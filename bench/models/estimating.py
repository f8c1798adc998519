"""What is estimated for a model before it is loaded, against what it then takes and does, on this machine."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Figure

CONTEXTS = (1024, 4096)
PROMPT_WORDS, ANSWER_TOKENS, ROUNDS = 400, 60, 3
ENDLESS = 'root ::= [a-z ]+ "\\x01"'


def measure(place: Path) -> list[Figure]:
    """For every chat model at hand: memory at two contexts, and speed."""
    from contract.values import ModelRole
    from core.settings import load_settings
    from llm.catalogue.estimate import main_type, measure_speed, memory_of, speed_of
    from llm.catalogue.store import ModelStore
    from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores
    from llm.gguf import check_gguf
    from llm.hardware import process_memory
    from llm.model import GenerationRequest, Message

    store = ModelStore(load_settings().models_folder)
    figures = []
    for model in store.installed():
        if model.role != ModelRole.CHAT:
            continue
        header = check_gguf(store.path(model))
        for context in CONTEXTS:
            engine = LlamaCpp(model.name, LlamaSettings(store.path(model), context), place / "logs")
            engine.start()
            read = written = 0.0
            for number in range(ROUNDS):
                request = GenerationRequest(
                    [Message("user", f"{number} " + "word " * PROMPT_WORDS)],
                    max_tokens=ANSWER_TOKENS,
                    grammar=ENDLESS,
                )
                generation = engine.generate(request)
                for _ in generation.pieces:
                    pass
                times = generation.timings_ms
                read = max(
                    read, 1000 * (generation.prompt_tokens - generation.reused_tokens) / times["first_token"]
                )
                writing = times["total"] - times["first_token"]
                written = max(written, 1000 * (generation.tokens - 1) / writing)
            assert engine.process_id is not None
            real = process_memory(engine.process_id)
            engine.close()
            estimated = memory_of(header, context).total
            figures += [
                Figure(f"{model.name}, context {context}: memory told", estimated / 1e6, "MB"),
                Figure(f"{model.name}, context {context}: memory taken", real / 1e6, "MB"),
                Figure(
                    f"{model.name}, context {context}: told / taken", estimated / real, "×", "0.85 to 1.15"
                ),
            ]
        speed = speed_of(header, measure_speed(main_type(header), physical_cores()))
        figures += [
            Figure(f"{model.name}: prompt speed told", speed.read, "tokens/s", "", True),
            Figure(f"{model.name}: prompt speed reached", read, "tokens/s", "", True),
            Figure(f"{model.name}: told / reached", speed.read / read, "×", "0.7 to 1.3"),
            Figure(f"{model.name}: writing speed told", speed.written, "tokens/s", "", True),
            Figure(f"{model.name}: writing speed reached", written, "tokens/s", "", True),
            Figure(f"{model.name}: writing, told / reached", speed.written / written, "×", "0.7 to 1.3"),
        ]
    return figures
