"""What the benchmarks search: one generation, and searches over it with some of the parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.generation import build
from knowledge.calibration import Calibration
from knowledge.embedding import CrossReranker, Encoder
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import ParsedDocument
from knowledge.ranking import Weights
from knowledge.retrieval import Retriever
from knowledge.store import Held, Store
from knowledge.vectors import VectorIndex
from knowledge.wording import load_lexicon


class Index:
    """One generation over some documents, by one encoder."""

    def __init__(self, parsed: Sequence[ParsedDocument], encoder: Encoder, folder: Path) -> None:
        store = Store(folder, create=True)
        build([Held(each, "file") for each in parsed], store=store, encoder=encoder)
        live = store.live_generation()
        if live is None:
            raise RuntimeError("nothing was built")
        place = store.folder(live.name)
        self.parsed = tuple(each.parsed for each in store.held(live.id))
        self.encoder = encoder
        self.library = Library(self.parsed)
        self.vectors = VectorIndex.open(place / "chroma", model=encoder.name)
        self.lexical = LexicalIndex(place / "lexical.sqlite3")
        self.calibration = Calibration.load(place)
        self.store = store

    def retriever(
        self, fusion: Weights, reranker: CrossReranker | None, *, wording: bool
    ) -> Retriever:
        """Search over it with some of the channels."""
        return Retriever(
            self.library,
            self.vectors,
            self.lexical,
            self.encoder,
            calibration=self.calibration,
            reranker=reranker,
            lexicon=load_lexicon() if wording else None,
            fusion=fusion,
        )
