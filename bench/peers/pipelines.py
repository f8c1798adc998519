"""Pipelines as their own documentation begins with them, over Chroma: run by the Python of a throw-away
environment, of which this file imports what it needs and nothing of Shoko's.

    PYTHON bench/peers/pipelines.py langchain|llamaindex ORDER.json ANSWER.json

The order: texts (name → text), questions, the embedder's folder, prefixes or not. The answer: seconds of the
ingest, memory in MB, versions, and for each question its best five passages (name, text) with milliseconds.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

BEST = 5
Found = list[tuple[str, str]]


def langchain(order: dict[str, Any]) -> tuple[int, Callable[[str], Found]]:
    """LangChain: its recursive splitter with the sizes of its tutorial, Chroma, similarity search."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    more: dict[str, Any] = {}
    if order["prefixes"]:
        more = {"encode_kwargs": {"prompt": "passage: "}, "query_encode_kwargs": {"prompt": "query: "}}
    embedder = HuggingFaceEmbeddings(model_name=order["embedder"], model_kwargs={"device": "cpu"}, **more)
    documents = [Document(text, metadata={"name": name}) for name, text in order["texts"].items()]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    parts = splitter.split_documents(documents)
    store = Chroma.from_documents(parts, embedder)

    def ask(question: str) -> Found:
        hits = store.similarity_search(question, k=BEST)
        return [(part.metadata["name"], part.page_content) for part in hits]

    return len(parts), ask


def llamaindex(order: dict[str, Any]) -> tuple[int, Callable[[str], Found]]:
    """LlamaIndex: its default sentence splitter, Chroma as its store, its retriever."""
    import chromadb
    from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    more = {"query_instruction": "query: ", "text_instruction": "passage: "} if order["prefixes"] else {}
    Settings.embed_model = HuggingFaceEmbedding(model_name=order["embedder"], device="cpu", **more)
    Settings.llm = None
    documents = [Document(text=text, metadata={"name": name}) for name, text in order["texts"].items()]
    nodes = SentenceSplitter().get_nodes_from_documents(documents)
    collection = chromadb.EphemeralClient().create_collection("peers")
    context = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    retriever = VectorStoreIndex(nodes, storage_context=context).as_retriever(similarity_top_k=BEST)

    def ask(question: str) -> Found:
        return [(hit.node.metadata["name"], hit.node.get_content()) for hit in retriever.retrieve(question)]

    return len(nodes), ask


PEERS = {
    "langchain": (langchain, ("langchain-core", "langchain-chroma", "langchain-huggingface", "chromadb")),
    "llamaindex": (llamaindex, ("llama-index-core", "llama-index-vector-stores-chroma", "chromadb")),
}


def main() -> None:
    """Take the order, and write the answer."""
    peer, given, target = sys.argv[1:4]
    order = json.loads(Path(given).read_text(encoding="utf-8"))
    make, packages = PEERS[peer]
    began, worked = time.perf_counter(), time.process_time()
    count, ask = make(order)
    ingest, ingest_worked = time.perf_counter() - began, time.process_time() - worked
    ask("warm")
    answers = []
    for question in order["questions"]:
        began, worked = time.perf_counter(), time.process_time()
        hits = ask(question)
        answers.append(
            {
                "hits": hits,
                "ms": 1000 * (time.perf_counter() - began),
                "worked_ms": 1000 * (time.process_time() - worked),
            }
        )
    measured = {
        "passages": count,
        "ingest": ingest,
        "ingest_worked": ingest_worked,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {name: version(name) for name in packages},
        "answers": answers,
    }
    Path(target).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
