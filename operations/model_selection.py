"""Which models a library uses: by its settings, or by what was chosen.

A choice made by `shoko models use` stands in the data folder and counts where the setting is `auto`.
"""

from __future__ import annotations

from collections.abc import Sequence

from contract.values import ModelRole
from core.errors import BadValue, ModelMissing, ModelUnknown
from core.settings import Settings
from llm.catalogue.entries import catalogue
from llm.catalogue.estimate import memory_of, require_room
from llm.catalogue.store import InstalledModel, ModelStore
from llm.embedder import Embedder, open_embedder
from llm.engines.fallback import WithFallback
from llm.engines.llama import LlamaCpp, LlamaSettings, physical_cores
from llm.engines.server_pool import open_servers
from llm.engines.tuning import Tuning
from llm.gguf import check_gguf
from llm.hardware import free_memory
from llm.model import LanguageModel
from llm.reranker import Reranker, open_reranker
from operations.chosen_models import SETTING, wanted
from retrieval.answers.writing.generation import fence
from retrieval.answers.writing.prompts import RULES, beginning


def check_role(model: InstalledModel, role: ModelRole) -> None:
    """Raises BadValue where that model cannot do that: who sees can write too, otherwise each is for one."""
    if model.role != role and (model.role, role) != (ModelRole.VISION, ModelRole.CHAT):
        problem = f"{model.name} is a model for {model.role}"
        raise BadValue(name="name", problem=problem, fix=f"Use it for {model.role}, or choose another")


def require_choice(settings: Settings, role: ModelRole) -> None:
    """Raises BadValue where no choice can count: no such role, or a setting that would win over it."""
    if role not in SETTING:
        problem, fix = f"nothing here uses a {role} model by itself", "Give chat, embed or rerank"
        raise BadValue(name="--for", problem=problem, fix=fix)
    name, value = SETTING[role], str(getattr(settings, SETTING[role]))
    if role == ModelRole.CHAT and settings.model_servers:
        name, value = "model_servers", settings.model_servers
    elif value == "auto":
        return
    raise BadValue(
        name=f"SHOKO_{name.upper()}",
        problem=f"it is set to {value} and would win over the choice",
        fix="Take it out of the environment or shoko.toml first",
    )


def chat_model(settings: Settings, store: ModelStore) -> LanguageModel | None:
    """The chat model that settings and choice name, not started yet. Raises what is wrong with them."""
    first: LanguageModel | None = None
    if settings.model_servers and settings.model != "none":
        first = open_servers(
            settings.model_servers, key=settings.model_server_key, context_tokens=settings.context_tokens
        )
    elif (chosen := _choose(store, settings, ModelRole.CHAT)) is not None:
        automatic = wanted(settings, ModelRole.CHAT) == "auto"
        first = local_model(settings, store, chosen, store.serves(chosen) if automatic else None)
    return None if first is None else with_fallback(settings, store, first)


def with_fallback(settings: Settings, store: ModelStore, first: LanguageModel) -> LanguageModel:
    """That model, and behind it the one that a setting names to answer while it cannot."""
    name = settings.fallback_model
    if not name or name == first.name:
        return first
    return WithFallback(first, local_model(settings, store, store.get(name)))


def local_model(
    settings: Settings, store: ModelStore, installed: InstalledModel, writes: Sequence[str] | None = None
) -> LlamaCpp:
    """That model in a child process, not started; it writes the languages `writes`, or all that it knows.
    Raises ModelTooBig where it would push out what else runs, ModelFileBad, and BadValue for one that cannot
    write."""
    check_role(installed, ModelRole.CHAT)
    path, projector = store.path(installed), store.projector(installed)
    tuning = Tuning.read(store.folder / installed.name)
    need = memory_needed(settings, store, installed)
    if not settings.gpu_layers:  # on a GPU the weights lie elsewhere
        require_room(installed.name, need, free_memory())
    languages = installed.languages if writes is None else tuple(writes)
    small = any(entry.name == installed.name and entry.demonstration for entry in catalogue())
    opened = LlamaSettings(
        path,
        settings.context_tokens,
        settings.threads or tuning.threads,
        languages,
        flash_attention=tuning.flash_attention,
        kv_type=tuning.kv_type,
        gpu_layers=settings.gpu_layers,
        projector=projector,
        small=small,
        beginnings=() if small else tuple(beginning(each, fence) for each in RULES if each in languages),
    )
    return LlamaCpp(installed.name, opened, settings.data / "logs")


def memory_needed(settings: Settings, store: ModelStore, installed: InstalledModel) -> int:
    """Bytes that a chat model takes with the context of the settings. Raises ModelFileBad."""
    projector, tuning = store.projector(installed), Tuning.read(store.folder / installed.name)
    memory = memory_of(
        check_gguf(store.path(installed)),
        settings.context_tokens,
        kv_type=tuning.kv_type,
        flash_attention=tuning.flash_attention,
    )
    return memory.total + (projector.stat().st_size if projector else 0)


def reranker_model(settings: Settings, store: ModelStore) -> Reranker | None:
    """The reranker that the setting or the choice names; by itself none is used. Raises RerankerMissing."""
    name = wanted(settings, ModelRole.RERANK)
    return open_reranker(
        "none" if name == "auto" else name, store.folder, threads=settings.threads or physical_cores()
    )


def embedder_model(settings: Settings, store: ModelStore) -> Embedder | None:
    """The embedder that settings and choice name."""
    chosen = _choose(store, settings, ModelRole.EMBED)
    if chosen is None:
        return None
    return open_embedder(chosen, store.path(chosen), threads=settings.threads or physical_cores())


def _choose(store: ModelStore, settings: Settings, role: ModelRole) -> InstalledModel | None:
    try:
        return store.choose(role, wanted(settings, role))
    except (ModelMissing, ModelUnknown):
        if getattr(settings, SETTING[role]) != "auto":
            raise
        return store.choose(role, "auto")  # what was chosen is gone: better another than none
