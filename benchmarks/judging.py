"""Which of the plain recipe's chunks hold a gold article; in doubt, for the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from langchain_core.documents import Document

from benchmarks.corpus import Corpus, read_plainly
from bot.evaluation import Exam, Mark, Place
from knowledge.model import Clause, Outcome
from knowledge.naming import plain_title

SHARED = 30
"""Characters of an article, white space left out, that a chunk must hold to count for it."""

Span = tuple[int, int]
"""From and to, in a file's text without its white space."""


class Judge:
    """Tells what a chunk counts for: where it lies, and where our parser found each article.

    By position, not by words: in a rule on sanctions thirty characters of one
    article recur in a dozen others.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._titles: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._articles: dict[tuple[str, Place], list[Span]] = {}
        self._chunks: dict[tuple[str, str], list[Span]] = {}
        for path, parsed in zip(corpus.files, corpus.parsed, strict=True):
            source, title = str(path), plain_title(parsed.document.title)
            self._titles[source] = title
            self._texts[source] = _dense(read_plainly(path))
            for clause in parsed.clauses:
                spans = self._articles.setdefault((source, (title, clause.article)), [])
                spans.extend(_article(clause, self._texts[source]))

    def counts(self, chunk: Document, place: Place) -> bool:
        """Whether ``chunk`` is of the gold document and, given an article, holds some of it."""
        source = str(Path(chunk.metadata["source"]))
        title, article = place
        if self._titles[source] != title:
            return False
        articles = self._articles.get((source, place), [])
        return not article or any(
            _overlap(lies, held) for lies in self._lies(chunk, source) for held in articles
        )

    def mark(self, exam: Exam, chunks: Sequence[Document]) -> Mark:
        """The rank of the first chunk that counts for any gold."""
        ranks = (
            rank
            for rank, chunk in enumerate(chunks, 1)
            if any(self.counts(chunk, place) for place in exam.gold)
        )
        return Mark(exam, next(ranks, None), False, Outcome.ANSWERED, 0.0)

    def _lies(self, chunk: Document, source: str) -> list[Span]:
        """Where the chunk may come from: everywhere its text occurs in its file."""
        key = (source, chunk.page_content)
        if key not in self._chunks:
            self._chunks[key] = list(_occurrences(_dense(chunk.page_content), self._texts[source]))
        return self._chunks[key]


def _article(clause: Clause, text: str) -> list[Span]:
    """Where the article stands, its number included."""
    numbered = _dense(clause.article + clause.text)
    whole = list(_occurrences(numbered, text))
    if whole:
        return whole
    # A table is stored in another form than the file's: its lead still tells the place.
    lead = _dense(clause.article + clause.paragraphs[0].text)[: len(clause.article) + SHARED]
    return [(start, start + len(numbered)) for start, _ in _occurrences(lead, text)]


def _overlap(chunk: Span, article: Span) -> bool:
    """Whether they share ``SHARED`` characters (all of a short article), or the chunk
    starts inside the article.
    """
    shared = min(chunk[1], article[1]) - max(chunk[0], article[0])
    needed = min(SHARED, article[1] - article[0])
    return shared >= needed or article[0] <= chunk[0] < article[1]


def _occurrences(part: str, text: str) -> Iterator[Span]:
    start = text.find(part) if part else -1
    while start >= 0:
        yield start, start + len(part)
        start = text.find(part, start + 1)


def _dense(text: str) -> str:
    return "".join(text.split())
