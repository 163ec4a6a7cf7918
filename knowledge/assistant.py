"""The one door to the core: a question in, an answer out, from the live generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.answering import Composer, small_talk
from knowledge.embedding import Encoder, Reranker
from knowledge.errors import StoreError
from knowledge.faq import FaqShelf, FaqSource
from knowledge.finding import find
from knowledge.following import Following
from knowledge.library import Library
from knowledge.model import Answer, Citation, Clause, Question
from knowledge.precedents import cases_for
from knowledge.query import clean
from knowledge.retrieval import Retriever
from knowledge.store import Generation, Store

if TYPE_CHECKING:
    # Without a language model nothing of it is loaded.
    from knowledge.writing.scribe import Scribe


class Assistant:
    """Answers questions; follows the live generation. Safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        composer: Composer,
        reranker: Reranker | None = None,
        faq: FaqSource | None = None,
        scribe: Scribe | None = None,
        *,
        pinned: Generation | None = None,
        patient: bool = True,
    ) -> None:
        """Put the core together; ``pinned`` and ``patient`` are those of ``Following``.

        :param scribe: has a model help to search, and say in plain words what the quotes
            decide; None for one plain search and the quotes alone.
        """
        self._following = Following(store, encoder, reranker, pinned=pinned, patient=patient)
        self._encoder = encoder
        self._composer = composer
        self._faq = FaqShelf(faq, encoder) if faq else None
        self._scribe = scribe

    def ask(self, question: Question, heard: Callable[[str], None] | None = None) -> Answer:
        """Answer a question.

        :param heard: told what a writer has written so far, unverified; quoting is done at once
            and tells nothing before.
        :raises QuestionError: the question is empty or far too long.
        :raises NotBuiltError: there is no knowledge base yet.
        :raises LianwenError: the knowledge base or the model cannot be opened.
        """
        chat = small_talk(clean(question.text))
        if chat is not None:
            return chat
        retriever = self.retriever()
        try:
            return self._answer(question, retriever, heard)
        except StoreError:
            # Two refreshes in a row may have taken its files away.
            again = self._following.reopened(retriever)
            if again is None:
                raise
            return self._answer(question, again, heard)

    def _answer(
        self, question: Question, retriever: Retriever, heard: Callable[[str], None] | None
    ) -> Answer:
        query = retriever.understand(question)
        if self._faq and not question.turns:
            # What leans on earlier turns is not the question that somebody answered.
            written = self._faq.answer(query.search_text, retriever.library, self._composer.contact)
            if written is not None:
                return written
        if self._scribe is None:
            return self._composer.compose(query, retriever.search(query))
        findings = self._scribe.reader.search(question, query, retriever)
        quoting = self._composer.compose(query, findings)
        return self._scribe.writer.write(
            replace(question, text=query.text), quoting, retriever.library, query.as_of, heard
        )

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
        """Search over the live generation (see ``Following.retriever``)."""
        return self._following.retriever()
