"""The documents of one generation in memory: finding a document by any of its names,
a clause by its number, the version that governed on a day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml

from knowledge.model import Clause, Document, ParsedDocument
from knowledge.naming import base_title, plain_title, title_year
from knowledge.numerals import int_to_chinese

_POINT = re.compile(r"([0-9]+|[一二三四五六七八九十百]+)[.．、]")
_PREFIXES = ("中华人民共和国", "中国共产党", "关于", "中央和国家机关", "党政机关")
_SUFFIXES = re.compile(r"[（(](?:试行|暂行|一)[）)]?$")

# Of how many days the replaced versions are remembered.
_DAYS_KEPT = 64


@cache
def short_names() -> dict[str, str]:
    """Everyday short name → title, from knowledge/lexicon/short_names.yaml."""
    text = (files("knowledge") / "lexicon" / "short_names.yaml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = yaml.safe_load(text)
    return {name: title for title, names in table.items() for name in names}


class Library:
    """Every document and clause of one generation; immutable."""

    def __init__(self, parsed: Iterable[ParsedDocument]) -> None:
        self.documents: dict[str, Document] = {}
        self.clauses: dict[str, Clause] = {}
        self._of_document: dict[str, list[Clause]] = {}
        self._by_article: dict[tuple[str, str], Clause] = {}
        self._families: dict[str, list[Document]] = {}
        for entry in parsed:
            self._add(entry)
        self.names = self._name_table()
        self._outdated: dict[dt.date, frozenset[str]] = {}

    def _add(self, entry: ParsedDocument) -> None:
        document = entry.document
        self.documents[document.id] = document
        self._of_document[document.id] = list(entry.clauses)
        family = base_title(document.stands_in_for or document.title)
        self._families.setdefault(family, []).append(document)
        for clause in entry.clauses:
            self.clauses[clause.id] = clause
            if clause.article:
                # The first wins: a repeated number is a slip that ingest has reported.
                self._by_article.setdefault((document.id, clause.article), clause)

    def _name_table(self) -> dict[str, str]:
        """Every name a document may be called by → its family's base title."""
        table: dict[str, str] = {}
        for family, documents in self._families.items():
            names = {family} | {plain_title(document.title) for document in documents}
            for name in list(names):
                short = _SUFFIXES.sub("", name)
                names.add(short)
                for prefix in _PREFIXES:
                    if short.startswith(prefix) and len(short) - len(prefix) >= len("监察法"):
                        short = short.removeprefix(prefix)
                        names.add(short)
            for name in names:
                table.setdefault(name, family)
        for name, title in short_names().items():
            family = base_title(title)
            if family in self._families:
                table.setdefault(name, family)
        return table

    @property
    def families(self) -> list[str]:
        """Base titles of everything held."""
        return list(self._families)

    def clauses_of(self, document_id: str) -> list[Clause]:
        """A document's clauses in order."""
        return self._of_document.get(document_id, [])

    def article(self, document_id: str, article: str) -> Clause | None:
        """The clause with that number (第九十七条), or None."""
        return self._by_article.get((document_id, article))

    def point(self, document_id: str, number: int) -> tuple[Clause, str] | None:
        """The point so numbered in a document without articles, with its line (68.… or 八、…)."""
        marks = {str(number), int_to_chinese(number)}
        for clause in self.clauses_of(document_id):
            for line in clause.text.split("\n"):
                opening = _POINT.match(line)
                if opening and opening[1] in marks:
                    return clause, line
        return None

    def versions(self, family: str) -> list[Document]:
        """Every version held of a family, in force first, then newest first."""
        return sorted(
            self._families.get(family, []),
            key=lambda document: (not document.in_force, -_day(document).toordinal()),
        )

    def governing(self, family: str, day: dt.date | None) -> Document | None:
        """The version in force on ``day``, or the one in force now where it is None.

        Where no version's dates reach back to ``day``, the oldest held is meant.
        """
        versions = self.versions(family)
        if not versions:
            return None
        if day is None:
            now = [each for each in versions if each.in_force and _day(each) <= today()]
            return now[0] if now else versions[0]
        begun = [version for version in versions if _day(version) <= day]
        return max(begun, key=_day) if begun else min(versions, key=_day)

    def outdated(self, day: dt.date) -> frozenset[str]:
        """Ids of versions that a later one of the same title has followed by ``day``."""
        known = self._outdated
        if day in known:
            return known[day]
        found = frozenset(self._found_outdated(day))
        # A new table each time: others may be reading the one before.
        self._outdated = {**(known if len(known) < _DAYS_KEPT else {}), day: found}
        return found

    def _found_outdated(self, day: dt.date) -> set[str]:
        found: set[str] = set()
        for documents in self._families.values():
            dated = [each for each in documents if each.effective and each.effective <= day]
            newest = max(dated, key=_day, default=None)
            found |= {each.id for each in dated if newest and _day(each) < _day(newest)}
        return found

    def of_year(self, family: str, year: int) -> Document | None:
        """The version whose title or dates name ``year``, or None."""
        for version in self.versions(family):
            dates = {day.year for day in (version.issued, version.effective) if day}
            if title_year(version.title) == year or year in dates:
                return version
        return None


def today() -> dt.date:
    """The civil day in China."""
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def has_begun(document: Document, day: dt.date | None = None) -> bool:
    """Whether a text's day of effect, where it is known, has come by ``day`` (today)."""
    return document.effective is None or document.effective <= (day or today())


def _day(document: Document) -> dt.date:
    """When a version began to govern, as far as is known."""
    known = document.effective or document.issued
    year = title_year(document.title)
    if known:
        return known
    return dt.date(year, 1, 1) if year else dt.date.min
