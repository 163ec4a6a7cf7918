"""Several searches for one question → one ranking, each act's best clauses among the first few.

They only add: the places named, the kind of question and its day stay those of the question
as it was put. Where the searches come from is left to ``rewriting``.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from knowledge.answering import LIKELY, REFUSE
from knowledge.deciding import probability
from knowledge.errors import QuestionError
from knowledge.intents import Intent
from knowledge.model import Question, Ranked
from knowledge.query import Query
from knowledge.references import fold
from knowledge.retrieval import RANKING_LENGTH, STALE, Findings, Retriever
from knowledge.writing.rewriting import MAX_SEARCHES

log = logging.getLogger(__name__)

# No search begins later than this many seconds after the first.
SECONDS = 3.0
# When a search is sure: of 350 questions written apart from the bank
# (training/independent.jsonl) it is so of 59 in 100, and has the right clause among its first
# three for 93 in 100 of these; for 73 in 100 of the others.
_CONFIDENT = 0.9
_AGREEING = 3
# A search is about the question where one of its first clauses is among the first that the
# plain search found: true of 95 in 100 searches that were, and of 23 that were not.
_FIRST = 10
_AMONG = 20
_REFUSED = (Intent.EVADE, Intent.VERDICT)
_OURS = (Intent.ANSWERABLE, *_REFUSED)
# Names this short also occur inside other words, as in ``references``.
_SHORT_NAME = 2


def is_sure(findings: Findings) -> bool:
    """Whether a search has most likely found the right clause: there is an answer, and the
    channels agree on which comes first.
    """
    confident = probability(findings.evidence) >= _CONFIDENT
    return confident and findings.evidence["agreement"] >= _AGREEING


def is_declined(findings: Findings) -> bool:
    """Whether it is refused, or about something that no rule held here deals with."""
    shares = findings.intents
    if any(shares.get(kind, 0.0) >= REFUSE for kind in _REFUSED):
        return True
    elsewhere = sum(share for kind, share in shares.items() if kind not in _OURS)
    return elsewhere > STALE and probability(findings.evidence) < LIKELY


def gather(
    retriever: Retriever,
    query: Query,
    findings: Findings,
    searches: Sequence[str],
    seconds: float = SECONDS,
) -> Findings:
    """The findings with those of the searches merged in; as they are where the question is
    declined, or names a clause.

    A score says how far a clause lies below the best one for the act that it suits most,
    counted down from the best score of the plain search: the best clauses of all acts tie.
    What several searches say of one clause is not added up.

    :param findings: of the plain search for ``query``.
    :param searches: texts, of which the first four are searched for.
    :param seconds: after this no more of them are.
    """
    if is_declined(findings) or any(each.explicit for each in findings.ranking):
        return findings
    begun = time.monotonic()
    found: list[Findings] = []
    for text in searches[:MAX_SEARCHES]:
        if time.monotonic() - begun >= seconds:
            break
        part = _search(retriever, query, text)
        if part and _is_about(findings, part):
            found.append(part)
    log.info(
        "改写检索：%d 条，合并 %d 条，%.0f 毫秒",
        len(searches),
        len(found),
        1000 * (time.monotonic() - begun),
    )
    if not found:
        return findings
    return replace(
        findings, ranking=_merged(findings, found), evidence=_surest(findings.evidence, found)
    )


def _search(retriever: Retriever, query: Query, text: str) -> Findings | None:
    """One search, bound to the places and the day of the question; None for an empty text."""
    try:
        read = retriever.understand(Question(_unnamed(text, query, retriever.library.names)))
    except QuestionError:
        return None
    bound = replace(
        read,
        references=query.references,
        as_of=query.as_of,
        wants_case=query.wants_case,
        wants_overview=False,
    )
    return retriever.search(bound)


def _unnamed(text: str, query: Query, names: Iterable[str]) -> str:
    """The text without names of documents that the question does not name: a model that has
    read other editions must not draw the search to one.
    """
    text = fold(text)
    for name in sorted(map(fold, names), key=len, reverse=True):
        if len(name) > _SHORT_NAME and name not in query.search_text:
            text = text.replace(name, " ")
    return " ".join(text.split())


def _is_about(findings: Findings, part: Findings) -> bool:
    """Whether a search found something, and in the field that the question is about."""
    near = {each.clause.id for each in findings.ranking[:_AMONG]}
    return probability(part.evidence) >= LIKELY and any(
        each.clause.id in near for each in part.ranking[:_FIRST]
    )


def _merged(findings: Findings, found: Sequence[Findings]) -> tuple[Ranked, ...]:
    plain = _scores(findings)
    heads: dict[str, None] = {}
    if is_sure(findings):
        heads[max(plain, key=lambda key: plain[key])] = None
    gaps: dict[str, float] = {}
    for part in found:
        scores = _mean(plain, _scores(part))
        best = max(scores, key=lambda key: (scores[key], key))
        heads[best] = None
        for key, score in scores.items():
            gaps[key] = min(gaps.get(key, math.inf), scores[best] - score)
    gaps |= dict.fromkeys(heads, 0.0)
    order = dict.fromkeys([*heads, *sorted(gaps, key=lambda key: (gaps[key], key))])
    top = max(plain.values())
    # As the plain search describes a clause, where it found it.
    held = {each.clause.id: each for part in (*found, findings) for each in part.ranking}
    return tuple(replace(held[key], score=top - gaps[key]) for key in order)[:RANKING_LENGTH]


def _mean(plain: dict[str, float], own: dict[str, float]) -> dict[str, float]:
    """Each clause's mean score, as of two readings of one question (``Retriever.rank``)."""
    low, lowest = min(plain.values()), min(own.values())
    return {key: (plain.get(key, low) + own.get(key, lowest)) / 2 for key in plain | own}


def _scores(findings: Findings) -> dict[str, float]:
    return {each.clause.id: each.score for each in findings.ranking}


def _surest(plain: Mapping[str, float], found: Sequence[Findings]) -> Mapping[str, float]:
    """The evidence that makes an answer most likely. What kind of question it is, is told
    from the question alone: a model's words must not make one out of another.
    """
    others = ({**each.evidence, "answerable": plain["answerable"]} for each in found)
    return max((plain, *others), key=probability)
