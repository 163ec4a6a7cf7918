"""The dense index: vectors of passages and of asks in Chroma, on disk, one folder a
generation.

The only importer of chromadb. Vectors are always passed in; Chroma never embeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import IndexMismatchError, StoreError

PASSAGES = "passages"
ASKS = "asks"
# Chroma's own limit is 5,461 records a call on SQLite builds with small limits.
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage or ask found: higher scores are better."""

    id: str
    score: float


class VectorIndex:
    """Cosine search over one immutable generation of vectors, of passages and of asks."""

    def __init__(self, client: Any, collections: Mapping[str, Any]) -> None:
        # Chroma ships no usable types for its client factory; Any stops here.
        self._client = client
        self._collections = collections
        self._sizes: dict[str, int] = {}

    @classmethod
    def create(cls, folder: Path, *, model: str) -> VectorIndex:
        """Make an empty index in ``folder``, built by the encoder named ``model``."""
        client = _client(folder)
        space = {"space": "cosine", "ef_construction": 200, "ef_search": 200}
        collections = {
            name: client.create_collection(
                name,
                metadata={"model": model},
                configuration={"hnsw": space},
                embedding_function=None,
            )
            for name in (PASSAGES, ASKS)
        }
        return cls(client, collections)

    @classmethod
    def open(cls, folder: Path, *, model: str) -> VectorIndex:
        """Open the index in ``folder``.

        :raises IndexMismatchError: another encoder than ``model`` built it.
        :raises StoreError: there is no readable index there.
        """
        if not (folder / "chroma.sqlite3").is_file():
            raise StoreError(
                "向量索引缺失或已损坏。请运行 lianwen ingest --rebuild 重建，"
                "或 lianwen rollback 退回上一版。"
            )
        client = _client(folder)
        try:
            collections = {
                name: client.get_collection(name, embedding_function=None)
                for name in (PASSAGES, ASKS)
            }
        except Exception as error:  # chroma raises its own and sqlite's errors
            client.close()
            raise StoreError(
                "向量索引打不开。请确认数据目录可读写，再运行 lianwen ingest --rebuild 重建。"
            ) from error
        built_by = (collections[PASSAGES].metadata or {}).get("model", "")
        if built_by != model:
            client.close()
            raise IndexMismatchError(
                f"知识库由向量模型 {built_by} 建立，现在配置的是 {model}。"
                "请把 EMBEDDING_MODEL 改回原值，或运行 lianwen ingest 用新模型重建。"
            )
        return cls(client, collections)

    def add(
        self,
        ids: Sequence[str],
        hashes: Sequence[str],
        vectors: NDArray[np.float32],
        *,
        to: str = PASSAGES,
    ) -> None:
        """Add ``vectors`` of shape (n, d), unit length; ``hashes`` of their content."""
        self._sizes.clear()
        for start in range(0, len(ids), BATCH):
            end = start + BATCH
            with _guarded():
                self._collections[to].add(
                    ids=list(ids[start:end]),
                    embeddings=vectors[start:end],
                    metadatas=[{"hash": value} for value in hashes[start:end]],
                )

    def entries(self, among: str) -> dict[str, str]:
        """Every id held among passages or asks, with the hash of its content."""
        found: dict[str, str] = {}
        for offset in range(0, self._count(among), BATCH):
            with _guarded():
                page = self._collections[among].get(
                    limit=BATCH, offset=offset, include=["metadatas"]
                )
            for held_id, metadata in zip(page["ids"], page["metadatas"], strict=True):
                found[held_id] = str(metadata["hash"])
        return found

    def remove(self, ids: Sequence[str], *, among: str) -> None:
        """Take these out; what they took up in the graph is not given back."""
        self._sizes.clear()
        for start in range(0, len(ids), BATCH):
            with _guarded():
                self._collections[among].delete(ids=list(ids[start : start + BATCH]))

    def search(
        self,
        vector: NDArray[np.float32],
        limit: int,
        *,
        among: str = PASSAGES,
        only: Sequence[str] | None = None,
    ) -> list[Hit]:
        """The ``limit`` nearest to ``vector`` (d,) among passages or asks, by cosine.

        :param only: ids to choose from; None means all.
        """
        collection = self._collections[among]
        with _guarded():
            if among not in self._sizes:  # a generation never grows, and counting takes time
                self._sizes[among] = collection.count()
            count = min(limit, self._sizes[among])
            if count == 0:
                return []
            found = collection.query(
                query_embeddings=vector[np.newaxis, :],
                n_results=count,
                ids=None if only is None else list(only),
                include=["distances"],
            )
        return [
            Hit(found_id, 1.0 - float(distance))
            for found_id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def is_searchable(self) -> bool:
        """Whether a passage that is held is found by its own vector.

        :raises StoreError: the files cannot be read.
        """
        with _guarded():
            first = self._collections[PASSAGES].get(limit=1, include=["embeddings"])
        if not first["ids"]:
            return False
        found = self.search(np.asarray(first["embeddings"][0], dtype=np.float32), 1)
        return bool(found)

    def is_connected(self) -> bool:
        """Whether everything held can be reached by a search.

        Taking out many entries can leave others without a way to them (Malkov & Yashunin 2018
        know no deletion); an article that no search finds is as good as lost.
        """
        for name, collection in self._collections.items():
            count = self._count(name)
            if not count:
                continue
            try:
                with _guarded():
                    first = collection.get(limit=1, include=["embeddings"])
                start = np.asarray(first["embeddings"][0], dtype=np.float32)
                if len(self.search(start, count, among=name)) < count:
                    return False
            except StoreError:  # how it says that there are fewer to be reached
                return False
        return True

    def vectors_by_hash(self) -> dict[str, NDArray[np.float32]]:
        """Every stored vector (d,), keyed by the content hash of its passage or ask."""
        vectors: dict[str, NDArray[np.float32]] = {}
        for name, collection in self._collections.items():
            for offset in range(0, self._count(name), BATCH):
                with _guarded():
                    page = collection.get(
                        limit=BATCH, offset=offset, include=["embeddings", "metadatas"]
                    )
                for metadata, vector in zip(page["metadatas"], page["embeddings"], strict=True):
                    vectors[str(metadata["hash"])] = np.asarray(vector, dtype=np.float32)
        return vectors

    def count(self) -> int:
        """How many passages are held."""
        return self._count(PASSAGES)

    def _count(self, among: str) -> int:
        with _guarded():
            return int(self._collections[among].count())

    def close(self) -> None:
        """Let go of the folder, so that it can be deleted."""
        self._client.close()


@contextmanager
def _guarded() -> Iterator[None]:
    """Chroma's failures (a full disk, damaged files) as one that people can act on."""
    try:
        yield
    except Exception as error:  # rust, sqlite and OS errors come through alike
        raise StoreError(
            "向量索引读写失败：磁盘可能已满，或索引文件已损坏。请检查磁盘空间，"
            "再运行 lianwen ingest --rebuild 重建，或 lianwen rollback 退回上一版。"
        ) from error


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(
            path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
        )
    except Exception as error:  # rust, sqlite and OS errors come through alike
        raise StoreError(
            "打不开向量索引所在的目录。请确认数据目录存在、可读写且磁盘未满。"
        ) from error
