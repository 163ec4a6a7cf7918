"""Question → ranked clauses: dense and keyword search fused, named places first,
superseded versions left out unless the question asks for them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.embedding import Encoder
from knowledge.lexical import LexicalIndex, off_topic_questions, words
from knowledge.library import Library
from knowledge.model import Clause, Document, Kind, Ranked
from knowledge.numerals import chinese_to_int
from knowledge.query import Query
from knowledge.references import Reference
from knowledge.vectors import Hit, VectorIndex

_ARTICLE_NUMBER = re.compile(r"第([一二三四五六七八九十百]+)条")
# Passages asked of each index. Superseded versions are dropped afterwards, so
# this leaves room for a whole old version of a rule to be dropped.
DEPTH = 120
# Weight of the dense ranking against the keyword one in the fused score.
DENSE_WEIGHT = 0.5
# Added for clauses of a document that the question names as a whole.
NAMED_BONUS = 0.25
# Taken from cases unless the question asks for one, and from what the unit's speech
# asks for: a story is told in the words of stories, but what decides it is a rule.
MALUS = {Kind.CASE: 0.15, Kind.REQUIREMENT: 0.1}
RANKING_LENGTH = 60
# How many of the first clauses may show that the question is about them.
COVERING = 5


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference with what it led to; ``clause`` None where there is no such article.

    ``line`` is the one numbered point meant, in a document that has points
    (68.…, 八、…) in place of articles.
    """

    reference: Reference
    document: Document | None
    clause: Clause | None
    line: str = ""
    has_articles: bool = True


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search gave: the ranking, best first, and what tells whether it is near.

    ``contents`` are the clauses of the one document that the question names as a
    whole, in order. ``floor`` and ``coverage``: see :meth:`Retriever.floor` and
    :meth:`Retriever.coverage`.
    """

    resolved: tuple[Resolved, ...]
    ranking: tuple[Ranked, ...]
    floor: float
    coverage: float
    contents: tuple[Clause, ...] = ()


class Retriever:
    """Searches one generation. Safe to call from several threads."""

    def __init__(
        self, library: Library, vectors: VectorIndex, lexical: LexicalIndex, encoder: Encoder
    ) -> None:
        self.library = library
        self._vectors = vectors
        self._lexical = lexical
        self._encoder = encoder

        self._calibration = threading.Lock()
        self._floor: float | None = None

    def warm_up(self) -> None:
        """Load the model and calibrate now rather than at the first question."""
        self.floor()

    def floor(self) -> float:
        """The similarity that a question about nothing held here still reaches.

        Upper quartile, over questions that no rule answers, of the best
        similarity in this generation: it moves with the model and with what
        is held, where a fixed threshold would not.
        """
        with self._calibration:
            if self._floor is None:
                vectors = self._encoder.encode_queries(off_topic_questions())
                best = sorted(self._vectors.search(vector, 1)[0].score for vector in vectors)
                self._floor = best[len(best) * 3 // 4]
            return self._floor

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

    def search(self, query: Query) -> Findings:
        """Everything that an answer is written from."""
        resolved = self.resolve(query)
        ranking = self.rank(query, resolved)
        named = [each.document for each in resolved if each.document and not each.clause]
        return Findings(
            resolved=tuple(resolved),
            ranking=tuple(ranking),
            floor=self.floor(),
            coverage=self.coverage(query, ranking),
            contents=tuple(self.library.clauses_of(named[0].id)) if len(named) == 1 else (),
        )

    def resolve(self, query: Query) -> list[Resolved]:
        """What each place that the question names leads to."""
        return [self._resolve(reference, query) for reference in query.references]

    def rank(self, query: Query, resolved: Sequence[Resolved] = ()) -> list[Ranked]:
        """Clauses by falling score, at most ``RANKING_LENGTH``, explicit ones first."""
        vector = self._encoder.encode_queries([query.search_text])[0]
        dense = self._by_clause(self._vectors.search(vector, DEPTH))
        lexical = self._by_clause(self._lexical.search(words(query.search_text), DEPTH))
        allowed = self._allowed(query, resolved)
        named = {each.document.id for each in resolved if each.document and not each.clause}
        explicit = [each.clause.id for each in resolved if each.clause]
        scores = fuse(
            {key: value for key, value in dense.items() if self._held_by(key, allowed)},
            {key: value for key, value in lexical.items() if self._held_by(key, allowed)},
        )
        for clause_id in scores:
            document_id = self.library.clauses[clause_id].document_id
            if document_id in named:
                scores[clause_id] += NAMED_BONUS
                continue
            kind = self.library.documents[document_id].kind
            if not (kind is Kind.CASE and query.wants_case):
                scores[clause_id] -= MALUS.get(kind, 0.0)
        for position, clause_id in enumerate(dict.fromkeys(explicit)):
            scores[clause_id] = 10.0 - position
        order = sorted(scores, key=lambda key: (-scores[key], key))[:RANKING_LENGTH]
        return [self._ranked(key, scores[key], dense, lexical, key in explicit) for key in order]

    def _resolve(self, reference: Reference, query: Query) -> Resolved:
        library = self.library
        if not reference.family:
            # A bare number means the rule that everyone here calls 条例.
            default = library.names.get("条例", "")
            if reference.unknown or not (reference.article and default):
                return Resolved(reference, None, None)
            reference = replace(reference, family=default)
        document: Document | None
        if reference.year is not None:
            document = library.of_year(reference.family, reference.year)
        elif reference.old:
            versions = library.versions(reference.family)
            document = next((each for each in versions if not each.in_force), None)
        else:
            document = library.governing(reference.family, query.as_of)
        if document is None:
            return Resolved(reference, None, None)
        clause = library.article(document.id, reference.article) if reference.article else None
        has_articles = any(each.article for each in library.clauses_of(document.id))
        number = _ARTICLE_NUMBER.fullmatch(reference.article)
        if number and not has_articles:
            point = library.point(document.id, chinese_to_int(number[1]))
            if point:
                return Resolved(reference, document, *point, has_articles=False)
        return Resolved(reference, document, clause, has_articles=has_articles)

    def _allowed(self, query: Query, resolved: Sequence[Resolved]) -> set[str]:
        """Ids of documents that may answer: in force, or asked for by name or day."""
        named = {each.document.id for each in resolved if each.document}
        if query.as_of is None:
            current = {each.id for each in self.library.documents.values() if each.in_force}
            return current | named
        governing = {
            document.id
            for family in self.library.families
            if (document := self.library.governing(family, query.as_of))
        }
        return governing | named

    def _held_by(self, clause_id: str, allowed: set[str]) -> bool:
        return self.library.clauses[clause_id].document_id in allowed

    def _by_clause(self, hits: Iterable[Hit]) -> dict[str, float]:
        """Best score of each clause's passages."""
        best: dict[str, float] = {}
        for hit in hits:
            clause_id = hit.passage_id.rsplit("#", 1)[0]
            best[clause_id] = max(best.get(clause_id, hit.score), hit.score)
        return best

    def _ranked(
        self,
        clause_id: str,
        score: float,
        dense: Mapping[str, float],
        lexical: Mapping[str, float],
        explicit: bool,
    ) -> Ranked:
        clause = self.library.clauses[clause_id]
        return Ranked(
            clause=clause,
            document=self.library.documents[clause.document_id],
            score=score,
            similarity=dense.get(clause_id, 0.0),
            lexical=lexical.get(clause_id, 0.0),
            explicit=explicit,
        )


def _words_of(ranked: Ranked) -> set[str]:
    heading = " ".join((ranked.document.title, *ranked.clause.path))
    return set(words(f"{heading} {ranked.clause.text}"))


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float]) -> dict[str, float]:
    """Weighted sum of the two rankings, each scaled to [0, 1] over its own hits.

    Convex combination of min-max scores (Bruch, Gai & Ingber 2023, "An Analysis
    of Fusion Functions for Hybrid Retrieval"): keeps how far apart hits lie,
    which rank fusion throws away.
    """
    scaled_dense, scaled_lexical = _scaled(dense), _scaled(lexical)
    return {
        key: DENSE_WEIGHT * scaled_dense.get(key, 0.0)
        + (1 - DENSE_WEIGHT) * scaled_lexical.get(key, 0.0)
        for key in {**dense, **lexical}
    }


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    span = high - low
    return {key: (value - low) / span if span else 1.0 for key, value in scores.items()}
