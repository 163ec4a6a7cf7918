"""What is measured of either system, and how single timings become one figure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation import CUTOFFS, Score


@dataclass(frozen=True, slots=True)
class Ingest:
    """One build from files to a searchable index on disk.

    ``embedded_characters`` is what the model was given: overlaps and headings
    count, texts met twice and embedded once count once. ``embedding_seconds``
    is the share of ``seconds`` spent in the model, tokenising included.
    """

    passages: int
    embedded_characters: int
    seconds: float
    embedding_seconds: float


@dataclass(frozen=True, slots=True)
class IngestFigures:
    """Medians over the repeats; ``spread`` is the fastest and the slowest, in seconds."""

    passages: int
    embedded_characters: int
    seconds: float
    spread: tuple[float, float]
    embedding_seconds: float
    passages_per_second: float
    corpus_characters_per_second: float
    embedded_characters_per_second: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a question, over all questions of all rounds."""

    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares in [0, 1] over the answerable questions, ranks beyond 10 counted as misses.

    ``shown`` is how many characters the first five results hold on average.
    """

    count: int
    hits: dict[str, float]
    reciprocal_rank: float
    shown: float


def ingest_figures(runs: Sequence[Ingest], corpus_characters: int) -> IngestFigures:
    """Summarise the repeats of one system."""
    seconds = statistics.median(run.seconds for run in runs)
    first = runs[0]
    return IngestFigures(
        passages=first.passages,
        embedded_characters=first.embedded_characters,
        seconds=seconds,
        spread=(min(run.seconds for run in runs), max(run.seconds for run in runs)),
        embedding_seconds=statistics.median(run.embedding_seconds for run in runs),
        passages_per_second=first.passages / seconds,
        corpus_characters_per_second=corpus_characters / seconds,
        embedded_characters_per_second=first.embedded_characters / seconds,
    )


def latency(times: Sequence[float]) -> Latency:
    """Summarise milliseconds."""
    ordered = sorted(times)
    last = len(ordered) - 1
    return Latency(len(ordered), statistics.median(ordered), ordered[round(0.95 * last)])


def quality(score: Score, shown: Sequence[int]) -> Quality:
    """Name the figures of ``bot.evaluation``."""
    return Quality(
        count=score.count,
        hits={f"hit@{k}": hit for k, hit in zip(CUTOFFS, score.hits, strict=True)},
        reciprocal_rank=score.reciprocal_rank,
        shown=statistics.fmean(shown),
    )
