"""Warning cases in order: of what kind of conduct each tells, and of which year it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from knowledge.library import Library
from knowledge.model import Clause, Document, Kind
from knowledge.naming import title_year

OTHER = "其他"
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})年")


@dataclass(frozen=True, slots=True)
class Case:
    """A case held. ``kinds`` is never empty; ``year`` is that of issue or of the source."""

    document: Document
    kinds: tuple[str, ...]
    year: int | None


@cache
def kinds_table() -> Mapping[str, tuple[str, ...]]:
    """Kind of conduct → the words that tell it, from knowledge/lexicon/case_kinds.yaml."""
    text = (files("knowledge") / "lexicon" / "case_kinds.yaml").read_text(encoding="utf-8")
    return {kind: tuple(words) for kind, words in yaml.safe_load(text).items()}


def cases(library: Library) -> list[Case]:
    """Every case held, the newest year first, those without a year last."""
    held = [
        Case(document, kinds_of(document, library.clauses_of(document.id)), year_of(document))
        for document in library.documents.values()
        if document.kind is Kind.CASE
    ]
    return sorted(held, key=lambda case: (-(case.year or 0), case.document.title))


def kinds_of(document: Document, clauses: Sequence[Clause]) -> tuple[str, ...]:
    """The kinds of conduct that the title names, else the one that the text names most."""
    table = kinds_table()
    named = [kind for kind, words in table.items() if any(word in document.title for word in words)]
    if named:
        return tuple(named)
    text = "\n".join(clause.text for clause in clauses)
    counts = {kind: sum(text.count(word) for word in words) for kind, words in table.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return (best,) if counts[best] else (OTHER,)


def year_of(document: Document) -> int | None:
    """The year in which a case was made known: of issue, else named in source or title."""
    day = document.issued or document.effective
    if day:
        return day.year
    named = _YEAR.search(document.source) or _YEAR.search(document.title)
    return int(named[1]) if named else title_year(document.title)


def by_kind(held: Sequence[Case]) -> dict[str, list[Case]]:
    """Kind → its cases, in the order of the table, 其他 last; empty kinds are left out."""
    listed = {
        kind: [case for case in held if kind in case.kinds] for kind in (*kinds_table(), OTHER)
    }
    return {kind: found for kind, found in listed.items() if found}


def by_year(held: Sequence[Case]) -> dict[int | None, list[Case]]:
    """Year → its cases, newest first; None holds those without one."""
    years: dict[int | None, list[Case]] = {}
    for case in held:
        years.setdefault(case.year, []).append(case)
    return years
