"""Which generation answers: the live one, opened anew after a refresh has switched it.

A question in flight keeps the retriever that it started with.
"""

from __future__ import annotations

import logging
import threading
import weakref

from knowledge.calibration import Calibration
from knowledge.embedding import Encoder, Reranker
from knowledge.errors import LianwenError, NotBuiltError
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.retrieval import Retriever
from knowledge.store import Generation, Store
from knowledge.vectors import VectorIndex
from knowledge.wording import load_lexicon

log = logging.getLogger(__name__)


class Following:
    """The open generation. Safe to call from several threads.

    :param pinned: the one generation to answer from, whichever is live.
    :param patient: wait for a new generation to be opened before the next question is answered.
        Otherwise those who ask in that second or two are answered from the one before.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        reranker: Reranker | None = None,
        *,
        pinned: Generation | None = None,
        patient: bool = True,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._reranker = reranker
        self._pinned = pinned
        self._patient = patient
        self._opening = threading.Lock()
        self._open: tuple[Generation, Retriever] | None = None

    def retriever(self) -> Retriever:
        """Search over what answers now.

        :raises NotBuiltError: there is no knowledge base yet.
        :raises LianwenError: it cannot be opened.
        """
        live = self._pinned or self._store.live_generation()
        if live is None:
            raise NotBuiltError("知识库还没有建立。请先运行 lianwen ingest（或 make run）。")
        current = self._open
        if current is not None and current[0].id == live.id:
            return current[1]
        if current is None or self._patient:
            return self._opened(live)
        if not self._opening.locked():
            threading.Thread(target=self._try_to_open, args=(live,), daemon=True).start()
        return current[1]

    def reopened(self, failed: Retriever) -> Retriever | None:
        """Another retriever to try after ``failed`` failed; None where it was the live one's.

        Two refreshes in a row take the files away that a slow question was still reading.
        """
        live = self._pinned or self._store.live_generation()
        current = self._open
        if live is None or (current and current[1] is failed and current[0].id == live.id):
            return None
        return self._opened(live)

    def _try_to_open(self, live: Generation) -> None:
        try:
            self._opened(live)
        except LianwenError:
            # The one before goes on answering; the next question tries again.
            log.exception("新一版知识库打不开，仍由上一版答复")

    def _opened(self, live: Generation) -> Retriever:
        with self._opening:
            # Others may have opened a later one while we waited.
            live = self._pinned or self._store.live_generation() or live
            if self._open is None or self._open[0].id != live.id:
                self._open = (live, self._retriever(live))
            return self._open[1]

    def _retriever(self, live: Generation) -> Retriever:
        folder = self._store.folder(live.name)
        vectors = VectorIndex.open(folder / "chroma", model=self._encoder.name)
        retriever = Retriever(
            Library(held.parsed for held in self._store.held(live.id)),
            vectors,
            LexicalIndex(folder / "lexical.sqlite3"),
            self._encoder,
            calibration=Calibration.load(folder),
            reranker=self._reranker,
            lexicon=load_lexicon(self._store.data_dir),
        )
        # Chroma keeps what is open by its path: without this no generation would ever be let go.
        weakref.finalize(retriever, vectors.close)
        return retriever
