"""The ask bank: questions in officers' own words, tied to the clauses that answer them.

Reads knowledge/asks and finds each entry's clause among what is held. How asks
are searched is left to ``knowledge.retrieval``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from knowledge.lexical import words
from knowledge.model import Ask, Clause, ParsedDocument
from knowledge.naming import plain_title


@dataclass(frozen=True, slots=True)
class BankEntry:
    """What is asked about one article, or about one headed section."""

    article: str
    section: str
    asks: tuple[str, ...]


@cache
def ask_bank() -> Mapping[str, tuple[BankEntry, ...]]:
    """The shipped bank: plain title of a document → its entries."""
    folder = sorted((files("knowledge") / "asks").iterdir(), key=lambda each: each.name)
    shipped = (each for each in folder if each.name.endswith(".jsonl"))
    return read_bank(
        line for each in shipped for line in each.read_text(encoding="utf-8").splitlines()
    )


def read_bank(lines: Iterable[str]) -> Mapping[str, tuple[BankEntry, ...]]:
    """JSON lines {"document", "article", "section" (optional), "asks"} → plain title of a
    document → its entries.
    """
    bank: dict[str, list[BankEntry]] = {}
    for line in lines:
        entry = json.loads(line)
        bank.setdefault(plain_title(entry["document"]), []).append(
            BankEntry(entry["article"], entry.get("section", ""), tuple(entry["asks"]))
        )
    return {title: tuple(entries) for title, entries in bank.items()}


def asks_of(
    held: Iterable[ParsedDocument], bank: Mapping[str, Sequence[BankEntry]]
) -> Iterator[Ask]:
    """The asks of every document in force that the bank knows, tied to its clauses.

    A digest takes the asks of the text that it stands in for. Entries whose
    article is not there are passed over: the bank may know a longer version.
    """
    for parsed in held:
        document = parsed.document
        if not document.in_force:
            continue
        entries = bank.get(plain_title(document.stands_in_for or document.title), ())
        asked = ((entry, text) for entry in entries for text in entry.asks)
        for position, (entry, text) in enumerate(asked):
            clause = _clause(parsed.clauses, entry, text)
            if clause:
                yield Ask(f"{clause.id}@{position}", clause.id, text)


def _clause(clauses: Sequence[Clause], entry: BankEntry, text: str) -> Clause | None:
    """The clause meant; of several under one heading, the one sharing most of the words."""
    if entry.article:
        return next((each for each in clauses if each.article == entry.article), None)
    under = [each for each in clauses if (each.path or ("",))[-1] == entry.section]
    if len(under) < 2:  # noqa: PLR2004  # nothing to choose between
        return under[0] if under else None
    asked = frozenset(words(text))
    return max(under, key=lambda each: len(asked & frozenset(words(each.text))))
