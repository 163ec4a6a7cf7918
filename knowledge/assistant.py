"""The one door to the core: a question in, an answer out, from the live generation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.answering import Composer, small_talk
from knowledge.calibration import Calibration
from knowledge.embedding import Encoder, Reranker
from knowledge.errors import NotBuiltError
from knowledge.faq import FaqShelf, FaqSource
from knowledge.finding import find
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import Answer, Citation, Clause, Question
from knowledge.precedents import cases_for
from knowledge.query import clean
from knowledge.retrieval import Retriever
from knowledge.store import Generation, Store
from knowledge.vectors import VectorIndex
from knowledge.wording import load_lexicon


class Assistant:
    """Answers questions; follows the live generation. Safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        composer: Composer,
        reranker: Reranker | None = None,
        faq: FaqSource | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._composer = composer
        self._reranker = reranker
        self._faq = FaqShelf(faq, encoder) if faq else None
        self._lock = threading.Lock()
        self._open: tuple[Generation, Retriever] | None = None

    def ask(self, question: Question, heard: Callable[[str], None] | None = None) -> Answer:
        """Answer a question.

        :param heard: for a core that writes; quoting is done at once and tells nothing before.
        :raises QuestionError: the question is empty or far too long.
        :raises NotBuiltError: there is no knowledge base yet.
        :raises LianwenError: the knowledge base or the model cannot be opened.
        """
        chat = small_talk(clean(question.text))
        if chat is not None:
            return chat
        retriever = self.retriever()
        query = retriever.understand(question)
        if self._faq and not question.turns:
            # What leans on earlier turns is not the question that somebody answered.
            written = self._faq.answer(query.search_text, retriever.library, self._composer.contact)
            if written is not None:
                return written
        return self._composer.compose(query, retriever.search(query))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Questions as unit vectors of shape (n, d): near for what asks the same."""
        return self._encoder.encode_queries(texts)

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        """Cases that fit a text (see ``precedents.cases_for``); raises as ``ask`` does."""
        return cases_for(self.retriever(), text)

    def find(self, text: str, limit: int) -> list[Clause]:
        """Articles to quote for a few words (see ``finding.find``); raises as ``ask`` does."""
        return find(self.retriever(), text, limit)

    def library(self) -> Library:
        """Everything held in the live generation; raises as ``ask`` does."""
        return self.retriever().library

    def retriever(self) -> Retriever:
        """Search over the live generation, opened anew after a refresh has switched it.

        A question in flight keeps the retriever that it started with.
        """
        live = self._store.live_generation()
        if live is None:
            raise NotBuiltError("知识库还没有建立。请先运行 lianwen ingest（或 make run）。")
        with self._lock:
            if self._open is None or self._open[0].id != live.id:
                self._open = (live, self._retriever(live))
            return self._open[1]

    def _retriever(self, live: Generation) -> Retriever:
        folder = self._store.folder(live.name)
        return Retriever(
            Library(held.parsed for held in self._store.held(live.id)),
            VectorIndex.open(folder / "chroma", model=self._encoder.name),
            LexicalIndex(folder / "lexical.sqlite3"),
            self._encoder,
            calibration=Calibration.load(folder),
            reranker=self._reranker,
            lexicon=load_lexicon(self._store.data_dir),
        )
