"""The door to Milvus: collections of rows behind names that stay while the collections are replaced. The only
file that imports pymilvus, which is an extra: `pip install 'shoko[milvus]'`.

A name is an alias; behind it stands a numbered collection. Whatever has to be written anew is written beside
it, and the name then leads there in one step: searches go on meanwhile, and with the former collection its
files go. pymilvus connects in C, past the guard of Python's sockets, so its host is asked for before, and no
proxy of the environment is used.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from core import egress
from core.errors import IndexAway, IndexEngineMissing
from core.sharing.turns import OwnTurns, Turns
from retrieval.index.milvus.address import MilvusAddress

ROWS = 200  # of one message
UNSETTLED = 50  # rows that the embedded engine may index at each search
SECONDS = 60.0  # that an answer may take
LONGEST_TEXT = 65535  # bytes of a Milvus text
MOST_HITS = 16384  # that one Milvus search gives
NOT_LOADED = 101  # the number of Milvus' fault where a collection is not in memory
NO_PINGS = 2**31 - 1
# A connection without proxies, which speaks when there is something to say, and is made again within seconds
# of the return of its server: left to itself it waits up to two minutes between two tries.
CHANNEL = {
    "grpc.enable_http_proxy": 0,
    "grpc.keepalive_time_ms": NO_PINGS,
    "grpc.max_reconnect_backoff_ms": 3000,
}

Row = dict[str, Any]
Given = TypeVar("Given")


@dataclass(frozen=True)
class Column:
    """A column: a text of at most so many bytes, a number, or what its kind says."""

    name: str
    kind: str  # key, text, scope, number, words, vector
    size: int = 64  # bytes of a text, numbers of a vector


class Milvus:
    """A connection, shared by threads."""

    def __init__(self, address: MilvusAddress, turns: Turns | None = None) -> None:
        """`turns`: of all processes that write here. Raises IndexEngineMissing, ConnectionRefusedByPolicy,
        IndexAway."""
        self.address = address
        self.turns: Turns = turns if turns is not None else OwnTurns()
        self.embedded = address.folder is not None
        self._making = threading.Lock()
        try:
            import grpc
            import pymilvus

            if self.embedded:
                import milvus_lite  # noqa: F401  # pymilvus asks for it by name
        except ImportError as error:
            raise IndexEngineMissing(engine="Milvus", package=error.name, extra="milvus") from error
        for loud in ("pymilvus", "grpc._server"):  # what fails is raised, and tells no text
            logging.getLogger(loud).setLevel(logging.CRITICAL)
        self._library = pymilvus
        # pymilvus hands some faults of the connection on as they come, a deadline for one.
        self._faults = (pymilvus.MilvusException, grpc.RpcError)
        uri = address.uri
        if address.folder is not None:
            address.folder.mkdir(parents=True, exist_ok=True)
            uri = str(address.folder / "milvus.db")
        else:
            egress.require(address.host)
        with self._asking():
            self._client: Any = pymilvus.MilvusClient(
                uri, address.user, address.password, address.database, timeout=SECONDS, grpc_options=CHANNEL,
                dedicated=True,
            )  # fmt: skip

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except self._faults as error:
            code = getattr(error, "code", "")  # its text may hold words of a question
            problem = f"{type(error).__name__} {code() if callable(code) else code}".strip()
            raise IndexAway(address=self.address.shown, problem=problem) from error

    def _ask(self, method: Callable[..., Given], *arguments: Any, **options: Any) -> Given:
        with self._asking():
            return method(*arguments, timeout=SECONDS, **options)

    def _held(self, method: Callable[..., Given], name: str, *arguments: Any, **options: Any) -> Given:
        """Ask about rows. A server that was started again holds no collection in memory: it is told to."""
        try:
            return self._ask(method, name, *arguments, **options)
        except IndexAway as error:
            if getattr(error.__cause__, "code", None) != NOT_LOADED:
                raise
        own = self._ask(self._client.describe_alias, name)["collection_name"]
        self._ask(self._client.load_collection, own)
        return self._ask(method, name, *arguments, **options)

    # --- names and collections

    def names(self) -> list[str]:
        """The names of this library that lead to a collection."""
        start = f"{self.address.prefix}_"
        collections = self._ask(self._client.list_collections)
        return sorted(
            {name.rpartition("__")[0] for name in collections if name.startswith(start) and "__" in name}
        )

    def has(self, name: str) -> bool:
        """Whether that name leads to a collection."""
        return bool(self._ask(self._client.has_collection, name))

    def make(self, name: str, columns: Sequence[Column]) -> str:
        """A new, empty collection for that name, which does not lead there yet; returns its own name."""
        with self._making:
            numbers = [int(own.rpartition("__")[2]) for own in self._behind(name)]
            own = f"{name}__{max(numbers, default=0) + 1}"
            kinds, functions = self._library.DataType, self._library.FunctionType
            schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
            index = self._client.prepare_index_params()
            for column in columns:
                if column.kind == "vector":
                    schema.add_field(column.name, kinds.FLOAT_VECTOR, dim=column.size)
                    more = {"M": 16, "efConstruction": 200}
                    index.add_index(column.name, index_type="HNSW", metric_type="COSINE", params=more)
                elif column.kind == "number":
                    schema.add_field(column.name, kinds.INT64)
                elif column.kind == "words":
                    schema.add_field(
                        column.name, kinds.VARCHAR, max_length=LONGEST_TEXT, enable_analyzer=True,
                        enable_match=True, analyzer_params={"tokenizer": "standard"},
                    )  # fmt: skip
                    schema.add_field("bm25", kinds.SPARSE_FLOAT_VECTOR)
                    bm25 = self._library.Function(
                        name="bm25_of_words", function_type=functions.BM25,
                        input_field_names=[column.name], output_field_names=["bm25"],
                    )  # fmt: skip
                    schema.add_function(bm25)
                    weights = {"bm25_k1": 1.2, "bm25_b": 0.75}
                    index.add_index(
                        "bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=weights
                    )
                else:
                    schema.add_field(
                        column.name, kinds.VARCHAR, max_length=column.size, is_primary=column.kind == "key",
                        is_partition_key=column.kind == "scope",
                    )  # fmt: skip
                    if column.kind == "text":
                        index.add_index(column.name, index_type="INVERTED")
            self._ask(
                self._client.create_collection, own, schema=schema, index_params=index,
                consistency_level="Session",
            )  # fmt: skip
            return own

    def lead(self, name: str, own: str) -> None:
        """Let that name lead to that collection, and drop those that it led to before."""
        with self._making:
            if self.has(name):
                self._ask(self._client.alter_alias, own, name)
            else:
                self._ask(self._client.create_alias, own, name)
            for other in self._behind(name):
                if other != own:
                    self._ask(self._client.drop_collection, other)

    def drop(self, name: str) -> None:
        """Drop that name with the collection behind it."""
        with self._making:
            self._ask(self._client.drop_alias, name)
            for own in self._behind(name):
                self._ask(self._client.drop_collection, own)

    def open(self, name: str) -> None:
        """Make what that name leads to ready for searches, if it leads anywhere, and drop the collections of
        that name which a killed process left without it."""
        with self._making:
            led = self._ask(self._client.describe_alias, name)["collection_name"] if self.has(name) else ""
            if led:
                self._ask(self._client.load_collection, led)
            for other in self._behind(name):
                if other != led:
                    self._ask(self._client.drop_collection, other)

    def _behind(self, name: str) -> list[str]:
        every = self._ask(self._client.list_collections)
        return [own for own in every if own.rpartition("__")[0] == name]

    # --- rows

    def put(self, name: str, rows: Sequence[Row]) -> None:
        """Put rows in, or replace those of the same key."""
        for start in range(0, len(rows), ROWS):
            self._ask(self._client.upsert, name, list(rows[start : start + ROWS]))

    def settle(self, name: str, rows: int) -> None:
        """Let the embedded engine index so many rows that were put in: of rows that it has not settled it
        makes its index anew for each search. A server does so by itself."""
        if self.embedded and rows >= UNSETTLED:
            self._ask(self._client.flush, name)

    def delete(self, name: str, where: str) -> None:
        """Take the rows out for which that holds."""
        self._held(self._client.delete, name, filter=where)

    def rows(self, name: str, where: str, columns: Sequence[str], limit: int | None = None) -> list[Row]:
        """Those columns of the rows for which that holds; at most so many where it is said."""
        if limit is not None:
            answered = self._held(
                self._client.query, name, filter=where, output_fields=list(columns), limit=limit,
                consistency_level="Strong",
            )  # fmt: skip
            return [dict(row) for row in answered]
        if self.embedded:  # which has no iterator, and no limit
            answered = self._held(self._client.query, name, filter=where, output_fields=list(columns))
            return [dict(row) for row in answered]
        return [row for batch in self.batches(name, where, columns) for row in batch]

    def batches(self, name: str, where: str, columns: Sequence[str], size: int = 1000) -> Iterator[list[Row]]:
        """All rows for which that holds, in batches."""
        if self.embedded:
            keys = [str(row["id"]) for row in self.rows(name, where, ["id"])]
            for start in range(0, len(keys), size):
                yield self.rows(name, among("id", keys[start : start + size]), columns)
            return
        walk = self._held(
            self._client.query_iterator, name, batch_size=size, filter=where, output_fields=list(columns),
            consistency_level="Strong",
        )  # fmt: skip
        try:
            while True:
                with self._asking():
                    batch = walk.next()
                if not batch:
                    return
                yield [dict(row) for row in batch]
        finally:
            walk.close()

    def count(self, name: str, where: str = "") -> int:
        """How many rows there are for which that holds."""
        answered = self._held(
            self._client.query, name, filter=where, output_fields=["count(*)"], consistency_level="Strong"
        )
        return int(answered[0]["count(*)"])

    def search(
        self,
        name: str,
        column: str,
        wanted: Sequence[Any],
        where: str,
        limit: int,
        options: Mapping[str, Any] | None = None,
    ) -> list[list[tuple[str, float]]]:
        """For each text or vector the best rows: (key, score as Milvus gives it)."""
        answered = self._held(
            self._client.search, name, data=list(wanted), anns_field=column, filter=where,
            limit=min(limit, MOST_HITS), output_fields=["id"], search_params={"params": dict(options or {})},
        )  # fmt: skip
        return [[(str(hit["id"]), float(hit["distance"])) for hit in hits] for hits in answered]

    def close(self) -> None:
        """Give the connection, and an embedded engine's folder, back."""
        with contextlib.suppress(Exception):  # what cannot be closed is away already
            self._client.close()
        if self.address.folder is not None:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(str(self.address.folder / "milvus.db"))


def among(column: str, values: Iterable[str]) -> str:
    """The condition that a column holds one of those values."""
    return f"{column} in {json.dumps(sorted(values))}"


def both(*conditions: str) -> str:
    """All of those conditions."""
    return " and ".join(f"({condition})" for condition in conditions if condition)


def scopes_of(scopes: Collection[str]) -> str:
    """The condition that a row may be read."""
    return among("scope", scopes)
