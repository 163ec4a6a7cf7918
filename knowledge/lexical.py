"""The keyword index: SQLite FTS5 over words cut by rjieba, one file a generation.

Ranking is Okapi BM25 (Robertson & Walker 1994) as FTS5 computes it, with
weights by field. Knows nothing of vectors.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from knowledge.errors import StoreError
from knowledge.vectors import Hit

# Title and headings say what a clause is about, but in few words: they count
# less than the clause's own words, and still break ties between documents.
FIELD_WEIGHTS = (0.6, 0.6, 1.0)
# More distinct words than this in one question add time, not sense.
MAX_TERMS = 64


@cache
def _cutter() -> Any:
    import rjieba

    cutter = rjieba.Jieba()
    for word in _lines("words.txt"):
        cutter.add_word(word, 100000, "n")
    return cutter


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(_lines("stop_words.txt"))


@cache
def off_topic_questions() -> list[str]:
    """Questions that nothing here should answer, for calibration."""
    return _lines("off_topic.txt")


def _lines(name: str) -> list[str]:
    text = (files("knowledge") / "lexicon" / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def words(text: str) -> list[str]:
    """Cut ``text`` into searchable words, stop words and punctuation dropped."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return [
        word
        for word in _cutter().cut_for_search(folded)
        if word not in _stop_words() and any(char.isalnum() for char in word)
    ]


class LexicalIndex:
    """BM25 search over one immutable generation of passages."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise StoreError(
                "关键词索引缺失。请运行 lianwen ingest 重建，或 lianwen rollback 退回上一版。"
            )
        self._path = path
        self._local = threading.local()

    @staticmethod
    def create(path: Path, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Write the index file from rows of (passage id, title, headings, body)."""
        connection = sqlite3.connect(path)
        try:
            connection.execute(
                "CREATE VIRTUAL TABLE passages USING fts5("
                "id UNINDEXED, title, headings, body, tokenize='unicode61')"
            )
            connection.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?)",
                (
                    (passage_id, *(" ".join(words(field)) for field in fields))
                    for passage_id, *fields in rows
                ),
            )
            connection.execute("INSERT INTO passages(passages) VALUES ('optimize')")
            connection.commit()
        finally:
            connection.close()

    def search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The ``limit`` best passages holding any of ``terms``; scores are BM25, above 0."""
        distinct = list(dict.fromkeys(terms))[:MAX_TERMS]
        if not distinct:
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in distinct)
        weights = ", ".join(str(weight) for weight in (0.0, *FIELD_WEIGHTS))
        rows = self._connection().execute(
            f"SELECT id, -bm25(passages, {weights}) AS score FROM passages "  # noqa: S608  # constants
            "WHERE passages MATCH ? ORDER BY score DESC LIMIT ?",
            (query, limit),
        )
        return [Hit(row[0], float(row[1])) for row in rows]

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term, in nats; unknown terms weigh most."""
        connection = self._connection()
        (total,) = connection.execute("SELECT count(*) FROM passages").fetchone()
        weights = {}
        for term in terms:
            row = connection.execute("SELECT doc FROM terms WHERE term = ?", (term,)).fetchone()
            weights[term] = math.log((total + 1) / ((row[0] if row else 0) + 0.5))
        return weights

    def _connection(self) -> sqlite3.Connection:
        # One connection a thread: sqlite3 objects must not cross threads.
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True)
            connection.execute(
                "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'passages', 'row')"
            )
            self._local.connection = connection
        return connection
