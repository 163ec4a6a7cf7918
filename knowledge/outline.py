"""A document as its 编, 章 and 节 divide it, for going down from headings to articles. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.model import Clause


@dataclass(frozen=True, slots=True)
class Part:
    """All clauses under one heading, in order, ``depth`` headings below the document's title."""

    depth: int
    clauses: tuple[Clause, ...]

    @property
    def first(self) -> int:
        """The ordinal of its first clause: with ``depth`` it names the part."""
        return self.clauses[0].ordinal

    @property
    def path(self) -> tuple[str, ...]:
        """The headings down to this one."""
        return self.clauses[0].path[: self.depth]

    @property
    def heading(self) -> str:
        """Its own heading; "" of the whole document."""
        return self.path[-1] if self.depth else ""

    @property
    def contents(self) -> tuple[Part | Clause, ...]:
        """What stands right under the heading, in order: lower parts, and clauses of its own."""
        found: list[Part | Clause] = []
        at = 0
        while at < len(self.clauses):
            clause = self.clauses[at]
            if len(clause.path) == self.depth:
                found.append(clause)
                at += 1
                continue
            end = at
            while end < len(self.clauses) and _same(self.clauses[end], clause, self.depth + 1):
                end += 1
            found.append(_lowest(Part(self.depth + 1, self.clauses[at:end])))
            at = end
        return tuple(found)


def whole(clauses: Sequence[Clause]) -> Part | None:
    """A document from the top; None where it holds nothing."""
    return Part(0, tuple(clauses)) if clauses else None


def part_at(clauses: Sequence[Clause], first: int, depth: int) -> Part | None:
    """The part that holds the clause numbered ``first`` at that depth, or None."""
    places = [place for place, clause in enumerate(clauses) if clause.ordinal == first]
    if not places or depth < 0 or depth > len(clauses[places[0]].path):
        return None
    start = end = places[0]
    here = clauses[start]
    while start > 0 and _same(clauses[start - 1], here, depth):
        start -= 1
    while end < len(clauses) and _same(clauses[end], here, depth):
        end += 1
    return Part(depth, tuple(clauses[start:end]))


def _same(clause: Clause, other: Clause, depth: int) -> bool:
    return clause.path[:depth] == other.path[:depth] and len(clause.path) >= depth


def _lowest(part: Part) -> Part | Clause:
    """A heading over one section that is no article is that section."""
    alone = part.clauses[0]
    if len(part.clauses) == 1 and not alone.article and len(alone.path) == part.depth:
        return alone
    return part
