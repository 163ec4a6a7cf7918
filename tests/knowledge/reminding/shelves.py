"""Libraries as they were or will be, and a shelf whose searches find what a test lays there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.holidays.model import Festival, Occasion
from knowledge.library import Library
from knowledge.model import Citation, Clause, Document, Kind, ParsedDocument
from knowledge.verification import cite
from tests.fakes import parsed

DAY = dt.date(2027, 6, 6)
LATER = dt.date(2028, 6, 1)
RULES = "中国共产党纪律处分条例"
LAW = "中华人民共和国公职人员政务处分法"
GIFTS = "关于对党和国家机关工作人员在国内交往中收受的礼品实行登记制度的规定"

Change = Callable[[ParsedDocument], ParsedDocument]


@dataclass
class Lying:
    """A shelf: a library, what each search for articles finds, cases by what they are sought by."""

    held: Library
    found: Sequence[Clause] = ()
    cases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sought: list[str] = field(default_factory=list)

    def library(self) -> Library:
        return self.held

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        self.sought.append(text)
        return self.found[:limit]

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        return tuple(
            citation
            for words in self.cases.get(text, self.cases.get("", ()))
            for citation in told_of(self.held, words)
        )


def told_of(library: Library, words: str) -> Iterator[Citation]:
    """The deed and the sanction of the case whose title holds these words."""
    document = named(library, words)
    for clause in library.clauses_of(document.id):
        if clause.path and clause.path[-1] in {"基本事实", "处分"}:
            yield cite(document, clause, clause.text)


def occasion(
    *festivals: Festival, name: str = "", official: bool = True, first: dt.date = DAY
) -> Occasion:
    """Three days off from ``first`` on."""
    name = name or "、".join(festivals)
    last = first + dt.timedelta(days=2)
    back = last + dt.timedelta(days=1)
    return Occasion(f"{first.year}-{name}", name, festivals, first, last, back, official)


def named(library: Library, words: str) -> Document:
    """The one document whose title holds these words."""
    (found,) = (each for each in library.documents.values() if words in each.title)
    return found


def entries(library: Library) -> list[ParsedDocument]:
    """A library's documents, to make another one of."""
    return [
        ParsedDocument(document, tuple(library.clauses_of(document.id)))
        for document in library.documents.values()
    ]


def changed(library: Library, words: str, change: Change) -> Library:
    """The same library with one document changed."""
    document = named(library, words)
    return Library(
        [change(each) if each.document is document else each for each in entries(library)]
    )


def without(library: Library, *words: str) -> Library:
    """The same library without the documents whose titles hold one of these words."""
    return Library(
        [
            each
            for each in entries(library)
            if not any(part in each.document.title for part in words)
        ]
    )


def said(**facts: object) -> Change:
    """Something else is said of the document."""

    def change(entry: ParsedDocument) -> ParsedDocument:
        return replace(entry, document=replace(entry.document, **facts))  # type: ignore[arg-type]

    return change


def reworded(old: str, new: str) -> Change:
    """The document's text says ``new`` wherever it said ``old``."""

    def reword(clause: Clause) -> Clause:
        return replace(
            clause,
            paragraphs=tuple(
                replace(
                    part,
                    text=part.text.replace(old, new),
                    items=tuple(
                        replace(item, text=item.text.replace(old, new)) for item in part.items
                    ),
                )
                for part in clause.paragraphs
            ),
        )

    return lambda entry: replace(entry, clauses=tuple(map(reword, entry.clauses)))


def renumbered(old: str, new: str) -> Change:
    """The article has another number, and what had that number has none."""

    def renumber(clause: Clause) -> Clause:
        number = {old: new, new: ""}.get(clause.article, clause.article)
        return replace(clause, article=number)

    return lambda entry: replace(entry, clauses=tuple(map(renumber, entry.clauses)))


def rule(text: str, **facts: object) -> ParsedDocument:
    """A rule read from text."""
    entry = parsed(text)
    return said(**({"kind": Kind.RULE} | facts))(entry)


def revised(library: Library, change: Change, effective: dt.date) -> Library:
    """A library in which the 条例 was revised, as its digest with a change; both are held."""
    title = f"{RULES}（{effective.year}年修订）"
    old = next(each for each in entries(library) if each.document.stands_in_for == RULES)
    made = change(said(id="revised", title=title, kind=Kind.RULE, stands_in_for="")(old))
    new = replace(
        made,
        document=replace(made.document, effective=effective),
        clauses=tuple(
            replace(each, id=f"revised-{each.ordinal}", document_id="revised")
            for each in made.clauses
        ),
    )
    replaced = said(superseded_by=title, superseded_on=effective)(old)
    return Library([*(each for each in entries(library) if each != old), replaced, new])
