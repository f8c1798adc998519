"""Which engines stand behind the index: those of the data folder, or a Milvus, as the setting says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.settings import Settings
from core.sharing.turns import Turns
from retrieval.index.keywords import Keywords
from retrieval.index.milvus.address import MilvusAddress, milvus_address
from retrieval.index.retrievers import VectorStore, WordStore
from retrieval.index.vectors import ChromaVectors


@dataclass(frozen=True)
class Engines:
    """Open engines: words of what is in force today and of all else, and vectors by an embedder's name."""

    words: WordStore
    archive: WordStore
    vectors: Callable[[str], VectorStore]
    close: Callable[[], None]


def index_host(settings: Settings) -> str:
    """The computer that the index lies on; empty: this one."""
    address = milvus_address(settings.index, settings.data)
    return address.host if address is not None else ""


def is_shared(settings: Settings) -> bool:
    """Whether the index lies where several processes can write it: on a server that the setting names."""
    return bool(index_host(settings))


def open_engines(settings: Settings, library: str = "", turns: Turns | None = None) -> Engines:
    """Open what the setting names; `library` tells its collections from those of other libraries there, and
    `turns` are those of all processes that write it.

    Raises BadValue, IndexEngineMissing, IndexAway."""
    address = milvus_address(settings.index, settings.data)
    if address is None:
        return _of_the_folder(settings)
    address = replace(address, prefix=f"{address.prefix}_{library}" if library else address.prefix)
    return _of_milvus(address, turns)


def _of_the_folder(settings: Settings) -> Engines:
    place = settings.data / "index"
    words, archive = Keywords(place / "words"), Keywords(place / "archive")

    def vectors(embedder: str) -> VectorStore:
        return ChromaVectors(place / "vectors", embedder, server=settings.chroma_host)

    def close() -> None:
        words.close()
        archive.close()

    return Engines(words, archive, vectors, close)


def _of_milvus(address: MilvusAddress, turns: Turns | None) -> Engines:
    # The library is an extra, and costs a second to load.
    from retrieval.index.milvus.server import Milvus
    from retrieval.index.milvus.vectors import MilvusVectors
    from retrieval.index.milvus.words import MilvusWords

    milvus = Milvus(address, turns)
    try:
        words, archive = MilvusWords(milvus, "words"), MilvusWords(milvus, "archive")
    except BaseException:  # also an interrupt: the connection is closed, and the error goes on
        milvus.close()
        raise

    def vectors(embedder: str) -> VectorStore:
        return MilvusVectors(milvus, embedder)

    return Engines(words, archive, vectors, milvus.close)
