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
from knowledge.model import Ask
from knowledge.vectors import Hit

# Title and headings say what a clause is about, but in few words: they count
# less than the clause's own words, and still break ties between documents.
FIELD_WEIGHTS = (0.6, 0.6, 1.0)
# More distinct words than this in one question add time, not sense.
MAX_TERMS = 64


_DAMAGED = (
    "关键词索引读不了。请运行 lianwen ingest --rebuild 重建，或 lianwen rollback 退回上一版。"
)


@cache
def _cutter() -> Any:
    import rjieba

    cutter = rjieba.Jieba()
    for word in _lines("words.txt"):
        cutter.add_word(word, 100000, "n")
    return cutter


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing of what is asked."""
    return frozenset(_lines("stop_words.txt"))


def _lines(name: str) -> list[str]:
    text = (files("knowledge") / "lexicon" / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def segments(text: str) -> list[str]:
    """Cut ``text`` into words without loss or overlap."""
    # Without guessing at unknown words: a slip would pass for one.
    return list(_cutter().cut(text, False))


def words(text: str) -> list[str]:
    """Cut ``text`` into searchable words, stop words and punctuation dropped."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return [
        word
        for word in _cutter().cut_for_search(folded)
        if word not in stop_words() and any(char.isalnum() for char in word)
    ]


class LexicalIndex:
    """BM25 search over one immutable generation of passages."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise StoreError(
                "关键词索引缺失。请运行 lianwen ingest --rebuild 重建，"
                "或 lianwen rollback 退回上一版。"
            )
        self._path = path
        self._local = threading.local()
        self._rows: dict[str, dict[str, int]] = {}

    @staticmethod
    def create(
        path: Path, rows: Iterable[tuple[str, str, str, str, str]], asks: Iterable[Ask] = ()
    ) -> None:
        """Write the index file from rows of (passage id, text, title, headings, body), and asks.

        ``text`` is only kept; the other fields are searched.
        """
        connection = sqlite3.connect(path)
        try:
            connection.execute(
                "CREATE VIRTUAL TABLE passages USING fts5("
                "id UNINDEXED, text UNINDEXED, title, headings, body, tokenize='unicode61')"
            )
            connection.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
                (
                    (passage_id, text, *(" ".join(words(field)) for field in fields))
                    for passage_id, text, *fields in rows
                ),
            )
            connection.execute("INSERT INTO passages(passages) VALUES ('optimize')")
            connection.execute(
                "CREATE VIRTUAL TABLE asks USING fts5("
                "id UNINDEXED, text UNINDEXED, body, tokenize='unicode61')"
            )
            connection.executemany(
                "INSERT INTO asks VALUES (?, ?, ?)",
                ((ask.id, ask.text, " ".join(words(ask.text))) for ask in asks),
            )
            connection.execute("INSERT INTO asks(asks) VALUES ('optimize')")
            connection.commit()
        finally:
            connection.close()

    def search(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The ``limit`` best passages holding any of ``terms``; scores are BM25, above 0."""
        return self._search("passages", (0.0, 0.0, *FIELD_WEIGHTS), terms, limit)

    def search_asks(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The ``limit`` best asks holding any of ``terms``; scores are BM25, above 0."""
        return self._search("asks", (0.0, 0.0, 1.0), terms, limit)

    def _search(
        self, table: str, field_weights: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Hit]:
        distinct = list(dict.fromkeys(terms))[:MAX_TERMS]
        if not distinct:
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in distinct)
        weights = ", ".join(str(weight) for weight in field_weights)
        try:
            rows = self._connection().execute(
                f"SELECT id, -bm25({table}, {weights}) AS score FROM {table} "  # noqa: S608  # constants
                f"WHERE {table} MATCH ? ORDER BY score DESC LIMIT ?",
                (query, limit),
            )
            return [Hit(row[0], float(row[1])) for row in rows]
        except sqlite3.DatabaseError as error:
            raise StoreError(_DAMAGED) from error

    def ask_ids(self) -> Iterable[str]:
        """The ids of all asks held."""
        return self._numbers("asks").keys()

    def passage_ids(self) -> Iterable[str]:
        """The ids of all passages held."""
        return self._numbers("passages").keys()

    def ask_texts(self, ids: Iterable[str]) -> list[str]:
        """The asks of those ids, in their order; unknown ids are left out."""
        return self._texts("asks", ids)

    def passage_texts(self, ids: Iterable[str]) -> list[str]:
        """The passages of those ids, as they were embedded; unknown ids are left out."""
        return self._texts("passages", ids)

    def _texts(self, table: str, ids: Iterable[str]) -> list[str]:
        # An unindexed column of FTS5 is found by scanning; the row numbers spare that.
        numbers = self._numbers(table)
        connection = self._connection()
        statement = f"SELECT text FROM {table} WHERE rowid = ?"  # noqa: S608  # constants
        return [
            connection.execute(statement, (numbers[each],)).fetchone()[0]
            for each in ids
            if each in numbers
        ]

    def _numbers(self, table: str) -> dict[str, int]:
        """Row number of each id; the file never changes, so it is read once."""
        if table not in self._rows:
            try:
                found = self._connection().execute(f"SELECT id, rowid FROM {table}")  # noqa: S608
                self._rows[table] = dict(found.fetchall())
            except sqlite3.DatabaseError as error:
                raise StoreError(_DAMAGED) from error
        return self._rows[table]

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of each term, in nats; unknown terms weigh most."""
        connection = self._connection()
        (total,) = connection.execute("SELECT count(*) FROM passages").fetchone()
        weights = {}
        for term in terms:
            row = connection.execute("SELECT doc FROM terms WHERE term = ?", (term,)).fetchone()
            weights[term] = math.log((total + 1) / ((row[0] if row else 0) + 0.5))
        return weights

    def vocabulary(self) -> dict[str, int]:
        """Every word → in how many passages and asks it occurs."""
        rows = self._connection().execute(
            "SELECT term, sum(doc) FROM (SELECT term, doc FROM terms "
            "UNION ALL SELECT term, doc FROM asked_terms) GROUP BY term"
        )
        return dict(rows.fetchall())

    def _connection(self) -> sqlite3.Connection:
        # One connection a thread: sqlite3 objects must not cross threads.
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True)
            for table, indexed in (("terms", "passages"), ("asked_terms", "asks")):
                connection.execute(
                    f"CREATE VIRTUAL TABLE temp.{table} USING fts5vocab('main', '{indexed}', 'row')"
                )
            self._local.connection = connection
        return connection
