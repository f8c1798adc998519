"""The keyword retriever: BM25 in tantivy over tokens of `language.tokens`. The only file that imports it.

The index is derived from the records and can be thrown away. It holds no text: tokens alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import tantivy

from language.tokens import tokens
from retrieval.index.rarity import inverse_frequency
from retrieval.index.retrievers import IndexedPassage
from retrieval.index.widening import NOT_WIDENED, Widening

FIELD = "words5"
HEAP = 128 * 2**20  # bytes that the writer gathers before it writes a segment


class Keywords:
    """An index of words in a folder. One process opens it; many threads may search it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("version", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("scope", stored=True, tokenizer_name="raw", index_option="basic")
        # A field's name is the tokens' edition too: another name makes an index of older tokens anew.
        builder.add_text_field(FIELD, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
        except ValueError:  # another schema or a damaged file: derived data, made anew by `reindex`
            shutil.rmtree(folder)
            folder.mkdir()
            self._index = tantivy.Index(self._schema, path=str(folder))
        self._writer = self._index.writer(heap_size=HEAP, num_threads=1)

    def add(self, passages: Iterable[IndexedPassage]) -> None:
        """Put those passages in, to be found after the next `commit`."""
        for passage in passages:
            self._writer.add_document(
                tantivy.Document(
                    id=passage.id,
                    version=passage.version,
                    scope=passage.scope,
                    **{FIELD: " ".join(tokens(passage.words_text))},
                )
            )

    def remove(self, version: str) -> None:
        """Take that version's passages out, from the next `commit` on."""
        self._writer.delete_documents_by_term("version", version)

    def clear(self) -> None:
        """Take every passage out, from the next `commit` on."""
        # Not delete_all_documents: it counts its operations anew from the last commit, so that deletions from
        # before it would take passages of the same versions that are added after it.
        self._writer.delete_documents_by_query(tantivy.Query.all_query())

    def commit(self) -> None:
        """Make what was added and removed visible, and safe against a killed process."""
        self._writer.commit()
        self._index.reload()

    def search(
        self,
        query: Iterable[str],
        scopes: Collection[str],
        limit: int,
        widening: Widening = NOT_WIDENED,
        versions: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The best passages of those scopes for those tokens, of those versions alone where some are named:
        (passage id, BM25), best first. Of a thing that the question is widened by, the best of its words
        counts, and of the added ones only whole ones.

        A filter keeps tantivy from skipping passages that cannot win any more, so the question is asked
        without one first, for twice as many, and with it only where too few of those may be read.
        """
        tokens_ = list(query)
        if not tokens_ or not scopes:
            return []
        words = self._words(tokens_, widening)
        if versions is not None:
            named = [
                (tantivy.Occur.Must, words),
                self._among("scope", scopes),
                self._among("version", versions),
            ]
            few = self._hits(tantivy.Query.boolean_query(named), limit) if versions else []
            return [(passage, score) for passage, _, score in few]
        hits = self._hits(words, 2 * limit)
        readable = [(passage, score) for passage, scope, score in hits if scope in scopes]
        if len(readable) < limit and len(hits) == 2 * limit:
            both = [(tantivy.Occur.Must, words), self._among("scope", scopes)]
            filtered = self._hits(tantivy.Query.boolean_query(both), limit)
            readable = [(passage, score) for passage, _, score in filtered]
        return readable[:limit]

    def _words(self, tokens_: Sequence[str], widening: Widening) -> tantivy.Query:
        """Any of the tokens, each as often as it is given, or an added word in the place of those of its
        thing. Whole, an added word is worth its weight of what the question's own would be worth: the long
        words of documents have more tokens than the short ones that people say."""
        left = list(tokens_)
        parts: list[tantivy.Query] = []
        rarity = self._rarity([*tokens_, *widening.tokens], widening) if widening.concepts else {}
        for concept in widening.concepts:
            own = [token for token in left if token in concept.tokens]
            left = [token for token in left if token not in concept.tokens]
            worth = sum(rarity[token] for token in own)
            others = []
            for alternative in concept.alternatives:
                boost = (
                    alternative.weight * worth / sum(rarity[token] for token in alternative.tokens)
                    if own
                    else alternative.weight
                )
                others.append(
                    tantivy.Query.boost_query(self._tokens(alternative.tokens, tantivy.Occur.Must), boost)
                )
            said = [self._tokens(own, tantivy.Occur.Should)] if own else []
            parts.append(tantivy.Query.disjunction_max_query([*said, *others]))
        if left or not parts:
            parts.append(self._tokens(left, tantivy.Occur.Should))
        if len(parts) == 1:
            return parts[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def _rarity(self, tokens_: Sequence[str], widening: Widening) -> dict[str, float]:
        frequencies, total = self.document_frequencies(tokens_)
        known = widening.frequencies(frequencies)
        return {token: inverse_frequency(known[token], total) for token in tokens_}

    def _tokens(self, tokens_: Sequence[str], occur: tantivy.Occur) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [(occur, tantivy.Query.term_query(self._schema, FIELD, token)) for token in tokens_]
        )

    def _among(self, field: str, values: Collection[str]) -> tuple[tantivy.Occur, tantivy.Query]:
        """The clause that a field holds one of those values; it adds nothing to the score."""
        one_of = tantivy.Query.term_set_query(self._schema, field, list(values))
        return tantivy.Occur.Must, tantivy.Query.const_score_query(one_of, 0.0)

    def _hits(self, query: tantivy.Query, limit: int) -> list[tuple[str, str, float]]:
        """(passage id, scope, score) of the best, best first."""
        searcher = self._index.searcher()
        hits = []
        for score, place in searcher.search(query, limit, count=False).hits:
            document = searcher.doc(place)
            hits.append((str(document["id"][0]), str(document["scope"][0]), float(score)))
        return hits

    def document_frequencies(self, query: Iterable[str]) -> tuple[Mapping[str, int], int]:
        """In how many passages each token stands, and how many passages there are."""
        searcher = self._index.searcher()
        # tantivy counts removed passages too until it merges them away: never more than there are
        total = searcher.num_docs
        return {token: min(searcher.doc_freq(FIELD, token), total) for token in set(query)}, total

    def forget_removed(self) -> None:
        """Delete the files that nothing needs any more, with what was removed in them."""
        self._index.reload()
        self._writer.garbage_collect_files()

    def count(self) -> int:
        """How many passages can be found."""
        return int(self._index.searcher().num_docs)

    def close(self) -> None:
        """Wait for the merging threads and give the folder back."""
        self._writer.wait_merging_threads()
