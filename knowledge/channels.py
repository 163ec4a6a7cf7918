"""Four searches over one generation, brought together by clause: passages by meaning and
by words, asks by meaning and by words. What a clause's signals are worth is left to
``ranking``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from statistics import fmean

from knowledge.calibration import Calibration
from knowledge.embedding import Vectors
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import GENERATED
from knowledge.ranking import Signals
from knowledge.vectors import ASKS, Hit, VectorIndex

# Hits asked of each search. Superseded versions are dropped afterwards, so this
# leaves room for a whole old version of a rule to be dropped.
DEPTH = 120
# How many of a document's clauses tell how near the document as a whole is.
OF_DOCUMENT = 4
# Parts that say what a rule is for and when it starts, not what is to be done.
_GENERAL = re.compile("总则|附则|总体要求|指导思想|基本原则")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause that a search found: the passage of it that fits best, and its hits by
    channel (dense, lexical, asked, asked_lexical).
    """

    clause_id: str
    passage_id: str
    hits: Mapping[str, Hit]
    signals: Signals


@dataclass(frozen=True, slots=True)
class _Channel:
    """One search's best hit of each clause, and the score of its second; ``low`` and
    ``high`` are the search's last and first score.
    """

    hits: Mapping[str, Hit]
    seconds: Mapping[str, float]
    low: float
    high: float

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> _Channel:
        best = best_by_clause(hits)
        seconds: dict[str, float] = {}
        for hit in hits:
            if best[clause_of(hit.id)] is not hit:
                seconds.setdefault(clause_of(hit.id), hit.score)
        scores = [hit.score for hit in best.values()]
        return cls(best, seconds, min(scores, default=0.0), max(scores, default=1.0))

    def second(self, clause_id: str) -> float:
        """The score of a clause's second hit; one of a kind may be a coincidence."""
        return self.seconds.get(clause_id, self.low)

    def similarity(self, clause_id: str) -> float:
        """A clause that the search missed stands where its last hit does."""
        hit = self.hits.get(clause_id)
        return hit.score if hit else self.low

    def share(self, clause_id: str) -> float:
        """The score as a share of the best one's."""
        hit = self.hits.get(clause_id)
        return hit.score / self.high if hit else 0.0


class Channels:
    """The four searches."""

    def __init__(
        self,
        library: Library,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        calibration: Calibration,
    ) -> None:
        self._library = library
        self._vectors = vectors
        self._lexical = lexical
        self._calibration = calibration
        self._asks: dict[str, set[str]] = {}
        for ask_id in lexical.ask_ids():
            self._asks.setdefault(clause_of(ask_id), set()).add(ask_id)

    def gather(
        self, terms: Sequence[str], vector: Vectors, exclude: AbstractSet[str] = frozenset()
    ) -> dict[str, Candidate]:
        """What the searches found, by clause.

        :param terms: the question's words; ``vector`` its vector, of shape (d,).
        :param exclude: ids of asks to look past, so that a fit cannot find an ask by itself.
        """
        room = DEPTH + len(exclude)
        asked = self._vectors.search(vector, room, among=ASKS)
        asked_lexical = self._lexical.search_asks(terms, room)
        found = {
            "dense": _Channel.of(self._vectors.search(vector, DEPTH)),
            "lexical": _Channel.of(self._lexical.search(terms, DEPTH)),
            "asked": _Channel.of([hit for hit in asked if hit.id not in exclude]),
            "asked_lexical": _Channel.of([hit for hit in asked_lexical if hit.id not in exclude]),
        }
        clauses = dict.fromkeys(key for channel in found.values() for key in channel.hits)
        documents = self._documents(found["dense"])
        return {key: self._candidate(key, found, documents, exclude) for key in clauses}

    def _documents(self, dense: _Channel) -> Mapping[str, float]:
        """Document id → the mean similarity of its nearest clauses."""
        nearest: dict[str, list[float]] = defaultdict(list)
        for clause_id, hit in dense.hits.items():
            nearest[self._library.clauses[clause_id].document_id].append(hit.score)
        return defaultdict(
            lambda: dense.low,
            {
                key: fmean([*scores[:OF_DOCUMENT], *[dense.low] * (OF_DOCUMENT - len(scores))])
                for key, scores in nearest.items()
            },
        )

    def _candidate(
        self,
        clause_id: str,
        found: Mapping[str, _Channel],
        documents: Mapping[str, float],
        exclude: AbstractSet[str],
    ) -> Candidate:
        hits = {
            name: channel.hits[clause_id]
            for name, channel in found.items()
            if clause_id in channel.hits
        }
        passage = hits.get("dense") or hits.get("lexical")
        clause = self._library.clauses[clause_id]
        document = self._library.documents[clause.document_id]
        return Candidate(
            clause_id=clause_id,
            passage_id=passage.id if passage else f"{clause_id}#0",
            hits=hits,
            signals=Signals(
                dense=self._calibration.passages(found["dense"].similarity(clause_id)),
                asked=self._calibration.asks(found["asked"].similarity(clause_id)),
                asked_again=self._calibration.asks(found["asked"].second(clause_id)),
                document=self._calibration.passages(documents[document.id]),
                lexical=found["lexical"].share(clause_id),
                asked_lexical=found["asked_lexical"].share(clause_id),
                has_asks=bool(self.asks_of(clause_id) - exclude),
                kind=document.kind,
                general=bool(_GENERAL.search(" ".join(clause.path))),
            ),
        )

    def asks_of(self, clause_id: str) -> AbstractSet[str]:
        """The ids of a clause's asks."""
        return self._asks.get(clause_id, set())

    def passages(self, candidates: Iterable[Candidate]) -> list[str]:
        """The text of each candidate's best passage, as it was embedded."""
        return self._lexical.passage_texts(each.passage_id for each in candidates)

    def similarities(self, vector: Vectors, clause_ids: AbstractSet[str]) -> dict[str, float]:
        """The best cosine similarity of ``vector`` (d,) with each of these clauses."""
        only = [each for each in self._lexical.passage_ids() if clause_of(each) in clause_ids]
        found = best_by_clause(self._vectors.search(vector, len(only), only=only))
        return {clause_id: hit.score for clause_id, hit in found.items()}

    def near_asks(self, vector: Vectors, most: int) -> list[str]:
        """The nearest asks of different clauses, as long as they are nearer than nothing.

        Only such as people wrote: what a model made is for finding, not for showing.
        """
        depth = DEPTH
        while True:
            hits = self._vectors.search(vector, depth, among=ASKS)
            written = best_by_clause(hit for hit in hits if GENERATED not in hit.id).values()
            over = len(hits) < depth or self._calibration.asks(hits[-1].score) <= 0
            if over or len(written) >= most:
                break
            # What a model made stands before what people wrote.
            depth *= 4
        near = [hit.id for hit in written if self._calibration.asks(hit.score) > 0]
        return self._lexical.ask_texts(near[:most])


def best_by_clause(hits: Iterable[Hit]) -> dict[str, Hit]:
    """Clause id → its best hit; searches give the best first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(clause_of(hit.id), hit)
    return best


def clause_of(found_id: str) -> str:
    """The clause of a passage (clause#n) or of an ask (clause@n)."""
    return re.split("[#@]", found_id, maxsplit=1)[0]
