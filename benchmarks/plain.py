"""The other side: the recipe of LangChain's tutorials, as it comes, on the same model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.corpus import read_plainly
from benchmarks.measures import Ingest
from knowledge.model import Question

CHUNK_SIZE = 500
CHUNK_OVERLAP = 50
SHOWN = 5


class ClockedEmbeddings(Embeddings):
    """HuggingFaceEmbeddings as it comes, with e5's prompts and a clock."""

    def __init__(self, model_folder: Path) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._embeddings = HuggingFaceEmbeddings(
            model_name=str(model_folder),
            encode_kwargs={"prompt": "passage: ", "normalize_embeddings": True},
            query_encode_kwargs={"prompt": "query: ", "normalize_embeddings": True},
        )
        self.seconds = 0.0
        self.characters = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        start = time.perf_counter()
        vectors = self._embeddings.embed_documents(texts)
        self.seconds += time.perf_counter() - start
        self.characters += sum(map(len, texts))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self._embeddings.embed_query(text)

    def precision(self) -> str:
        """The loaded weights' type."""
        parameters = self._embeddings._client.parameters()
        return str(next(parameters).dtype).removeprefix("torch.")


class Plain:
    """Chunks in Chroma; answers with the nearest ones and writes nothing from them."""

    def __init__(self, model_folder: Path) -> None:
        from chromadb.config import Settings
        from langchain_chroma import Chroma

        self.embeddings = ClockedEmbeddings(model_folder)
        self._chroma = Chroma
        self._settings = Settings
        self._index: Chroma | None = None

    def ingest(self, files: Sequence[Path], folder: Path) -> Ingest:
        """Read, split, embed and index ``files`` in an empty ``folder``."""
        self.embeddings.seconds, self.embeddings.characters = 0.0, 0
        start = time.perf_counter()
        chunks = split(files)
        self._index = self._chroma.from_documents(
            chunks,
            self.embeddings,
            persist_directory=str(folder),
            client_settings=self._settings(anonymized_telemetry=False),
        )
        return Ingest(
            passages=len(chunks),
            embedded_characters=self.embeddings.characters,
            seconds=time.perf_counter() - start,
            embedding_seconds=self.embeddings.seconds,
        )

    def ask(self, question: Question, k: int = SHOWN) -> list[Document]:
        """The ``k`` nearest chunks; earlier turns are put before a follow-up."""
        if self._index is None:
            raise RuntimeError("ingest comes first")
        return self._index.similarity_search(" ".join((*question.turns, question.text)), k=k)


def split(files: Sequence[Path]) -> list[Document]:
    """Every chunk of ``files``, with its file as ``source``."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)
    documents = [
        Document(page_content=read_plainly(path), metadata={"source": str(path)}) for path in files
    ]
    return splitter.split_documents(documents)
