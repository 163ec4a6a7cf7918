"""Question → ranked clauses: dense and keyword search fused, named places first,
superseded versions left out unless the question asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from statistics import fmean

from knowledge.calibration import Calibration
from knowledge.channels import Candidate, Channels
from knowledge.deciding import evidence
from knowledge.embedding import Encoder, Reranker, Vectors
from knowledge.intents import Intent
from knowledge.lexical import LexicalIndex, words
from knowledge.library import Library
from knowledge.model import Clause, Kind, Question, Ranked
from knowledge.query import Query, understand
from knowledge.ranking import Weights, weights
from knowledge.resolving import Resolved, may_answer, resolve
from knowledge.vectors import VectorIndex
from knowledge.wording import Lexicon, Speller, vocabulary

# Added for clauses of a document that the question names as a whole. In one search of four
# the first clause leads the second by about this much or more: the name decides between
# near ones. More would quote what the document holds on other matters instead.
NAMED_BONUS = 3.0
# From this share on a question is about something else than the turns before it.
STALE = 0.5
_ELSEWHERE = (
    Intent.OFF_TOPIC,
    Intent.OTHER_LAW,
    Intent.UNIT_FACTS,
    Intent.INJECTION,
    Intent.SMALL_TALK,
)
# Added for cases where one is asked for.
CASE_BONUS = 4.0
RANKING_LENGTH = 60
# Asks offered where there is no answer.
SUGGESTIONS = 3
# How many of the best the cross-encoder reads: thirty take half a second on two cores.
RERANKED = 12
# How many of the first clauses may show that the question is about them.
COVERING = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a question, with its vector of shape (d,)."""

    query: Query
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search gave: the ranking, best first, and what tells whether it is near.

    ``contents`` are the clauses of the one document that the question names as a
    whole, in order. ``floor`` is the similarity that off-topic questions still reach;
    ``evidence`` what speaks for an answer (``deciding.EVIDENCE``); ``intents`` the share
    of each kind of question; ``suggestions`` asks near the question.
    """

    resolved: tuple[Resolved, ...]
    ranking: tuple[Ranked, ...]
    floor: float
    evidence: Mapping[str, float]
    intents: Mapping[Intent, float]
    suggestions: tuple[str, ...] = ()
    contents: tuple[Clause, ...] = ()


class Retriever:
    """Searches one generation. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        encoder: Encoder,
        *,
        calibration: Calibration,
        reranker: Reranker | None = None,
        lexicon: Lexicon | None = None,
        fusion: Weights | None = None,
    ) -> None:
        self.library = library
        self._channels = Channels(library, vectors, lexical, calibration)
        self._lexical = lexical
        self._encoder = encoder
        self._calibration = calibration
        self._reranker = reranker
        self._weights = fusion or weights()
        self._lexicon = lexicon
        self._speller = Speller(vocabulary(lexical.vocabulary().items()))

    def warm_up(self) -> None:
        """Load the models now rather than at the first question."""
        self.search(self.understand(Question("礼品")))

    def understand(self, question: Question) -> Query:
        """Read a question by the names and words that this generation holds.

        :raises QuestionError: it is empty or far too long.
        """
        return understand(
            question, self.library.names, lexicon=self._lexicon, speller=self._speller
        )

    def coverage(self, query: Query, ranking: Sequence[Ranked]) -> float:
        """Share in [0, 1] of the question's words, weighted by rarity, that the best
        of the first clauses holds.
        """
        asked = set(words(query.search_text))
        weights = self._lexical.weights(asked)
        total = sum(weights.values())
        if not total:
            return 0.0
        return (
            max(
                (
                    sum(weights[word] for word in asked & _words_of(ranked))
                    for ranked in ranking[:COVERING]
                ),
                default=0.0,
            )
            / total
        )

    def nearness(self, query: Query, clause_ids: AbstractSet[str]) -> dict[str, float]:
        """How near the question is to each of these clauses, by meaning and by shared words.

        About 0 for what has nothing to do with it; 1 and more for what speaks of the same.
        """
        similarities = self._channels.similarities(self.read(query).vector, clause_ids)
        return {
            clause_id: self._calibration.passages(similarity)
            + self.coverage(query, [self._ranked(clause_id, None, None, None, explicit=False)])
            for clause_id, similarity in similarities.items()
        }

    def search(self, query: Query, exclude: AbstractSet[str] = frozenset()) -> Findings:
        """Everything that an answer is written from. ``exclude``: see :meth:`gather`."""
        readings = self._readings(query)
        resolved = resolve(query, self.library)
        ranking = self.rank(readings, resolved, exclude)
        named = [each.document for each in resolved if each.document and not each.clause]
        # The last reading is the one with the least of earlier turns in it.
        last = readings[-1]
        intents = self._intents(last)
        return Findings(
            resolved=tuple(resolved),
            ranking=tuple(ranking),
            floor=self._calibration.passages.high,
            evidence=evidence(
                ranking,
                dense=self._calibration.passages(_highest(each.similarity for each in ranking)),
                asked=self._calibration.asks(_highest(each.asked for each in ranking)),
                coverage=self.coverage(last.query, ranking),
                intents=intents,
            ),
            intents=intents,
            suggestions=tuple(self._channels.near_asks(last.vector, SUGGESTIONS)),
            contents=tuple(self.library.clauses_of(named[0].id)) if len(named) == 1 else (),
        )

    def read(self, query: Query) -> Reading:
        """The query with its vector."""
        return self._read(query)[0]

    def _read(self, *queries: Query) -> list[Reading]:
        """Queries with their vectors, computed together."""
        vectors = self._encoder.encode_queries([query.search_text for query in queries])
        return [Reading(*pair) for pair in zip(queries, vectors, strict=True)]

    def _readings(self, query: Query) -> list[Reading]:
        """The question with the turns before it; where it does not lean on them, also alone;
        and only alone where it is about something else: an earlier turn must not answer for
        the weather.
        """
        if query.alone is None:
            return self._read(query)
        whole, alone = self._read(query, query.alone)
        shares = self._intents(alone)
        elsewhere = sum(shares.get(each, 0.0) for each in _ELSEWHERE)
        return [alone] if elsewhere > STALE else [whole, alone]

    def _intents(self, reading: Reading) -> Mapping[Intent, float]:
        model = self._calibration.intents
        return model.probabilities(reading.query.search_text, reading.vector) if model else {}

    def rank(
        self,
        readings: Sequence[Reading],
        resolved: Sequence[Resolved] = (),
        exclude: AbstractSet[str] = frozenset(),
    ) -> list[Ranked]:
        """Clauses by falling score, at most ``RANKING_LENGTH``, explicit ones first.

        Of several readings of a question the mean score counts.
        """
        query = readings[-1].query
        allowed = may_answer(query, resolved, self.library)
        named = {each.document.id for each in resolved if each.document and not each.clause}
        explicit = list(dict.fromkeys(each.clause.id for each in resolved if each.clause))
        found: dict[str, Candidate] = {}
        parts: list[dict[str, float]] = []
        for reading in readings:
            gathered = {
                clause_id: each
                for clause_id, each in self.gather(reading, exclude).items()
                if self.library.clauses[clause_id].document_id in allowed
            }
            found |= gathered
            parts.append(
                {
                    clause_id: self._weights.score(each.signals, wants_case=query.wants_case)
                    for clause_id, each in gathered.items()
                }
            )
        # What one reading did not find stands where the last that it found does.
        lowest = [min(part.values(), default=0.0) for part in parts]
        scores = {
            clause_id: fmean(
                part.get(clause_id, low) for part, low in zip(parts, lowest, strict=True)
            )
            + (NAMED_BONUS if self.library.clauses[clause_id].document_id in named else 0.0)
            + (CASE_BONUS if query.wants_case and each.signals.kind is Kind.CASE else 0.0)
            for clause_id, each in found.items()
        }
        order = sorted(scores, key=lambda key: (-scores[key], key))[:RANKING_LENGTH]
        reranked = self.rerank(readings[0].query, [found[key] for key in order[:RERANKED]])
        if reranked:
            worst = min(reranked.values())
            for key in order:
                scores[key] += self._weights.reranked * reranked.get(key, worst)
            order.sort(key=lambda key: (-scores[key], key))
        order = [*explicit, *(key for key in order if key not in explicit)]
        return [
            self._ranked(key, found.get(key), scores.get(key), reranked.get(key), key in explicit)
            for key in order
        ]

    def gather(
        self, reading: Reading, exclude: AbstractSet[str] = frozenset()
    ) -> dict[str, Candidate]:
        """What each of the four searches found, by clause; see :meth:`Channels.gather`."""
        query = reading.query
        terms = [*words(query.search_text), *(each for term in query.terms for each in words(term))]
        return self._channels.gather(terms, reading.vector, exclude)

    def asks_of(self, clause_id: str) -> AbstractSet[str]:
        """The ids of a clause's asks."""
        return self._channels.asks_of(clause_id)

    def rerank(self, query: Query, candidates: Sequence[Candidate]) -> dict[str, float]:
        """The cross-encoder's score of each candidate; empty without a cross-encoder."""
        if not (self._reranker and candidates):
            return {}
        texts = self._channels.passages(candidates)
        scores = self._reranker.scores(query.search_text, texts)
        return {each.clause_id: score for each, score in zip(candidates, scores, strict=True)}

    def _ranked(
        self,
        clause_id: str,
        found: Candidate | None,
        score: float | None,
        reranked: float | None,
        explicit: bool,
    ) -> Ranked:
        clause = self.library.clauses[clause_id]
        hits = found.hits if found else {}
        return Ranked(
            clause=clause,
            document=self.library.documents[clause.document_id],
            score=score if score is not None else 0.0,
            similarity=hits["dense"].score if "dense" in hits else 0.0,
            lexical=hits["lexical"].score if "lexical" in hits else 0.0,
            asked=hits["asked"].score if "asked" in hits else 0.0,
            asked_lexical=hits["asked_lexical"].score if "asked_lexical" in hits else 0.0,
            reranked=reranked,
            explicit=explicit,
        )


def _words_of(ranked: Ranked) -> set[str]:
    heading = " ".join((ranked.document.title, *ranked.clause.path))
    return set(words(f"{heading} {ranked.clause.text}"))


def _highest(similarities: Iterable[float]) -> float:
    return max(similarities, default=0.0)
