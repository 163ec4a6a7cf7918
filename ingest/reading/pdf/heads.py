"""Page numbers and running heads and feet, found over all pages and taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ingest.reading.pdf.page import Page, Piece, em_of, merged, rows_of

_EDGE_ROWS = 3
_MARGIN = 0.14
"""Share of the page's height, at the top and at the bottom, where heads and feet stand."""
_REPEATED = 0.5
_ALTERNATING = 0.3
_FEWEST = 3
_ALIKE = 0.8
_NEAR = 1.2
_SIDES = 2
_GAP = 1.2
_TOP = 0.08
_SMALL = 0.9

_N = r"(?:\d{1,4}|[〇零一二三四五六七八九十百]{1,6})"
_DECORATED = re.compile(
    rf"[-—–－―─_~·•.\s]+{_N}[-—–－―─_~·•.\s]+|"
    rf"第\s*{_N}\s*页(?:[\s,，/／（(]*共\s*{_N}\s*页[)）]?)?|共\s*{_N}\s*页[\s,，/／]*第\s*{_N}\s*页|"
    # Recognition takes a dash for 一.
    r"[-—–－一]+\s*\d{1,4}\s*[-—–－一]+|"
    r"\d{1,4}\s*[/／]\s*\d{1,4}|(?:page|p\.)\s*\d+(?:\s*of\s*\d+)?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[。；：，、]$|^[（(]")
_BARE = re.compile(r"\d{1,4}|[ivxlc]{1,7}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A row near the top or bottom: of which page, how high in ems, and whether it stands apart."""

    page: int
    row: tuple[Piece, ...]
    height: float
    text: str
    apart: bool
    small: bool


def without_heads(pages: Sequence[Page]) -> list[Page]:
    """The pages without what is printed on each of them and no part of the text."""
    edges = [edge for index, page in enumerate(pages) for edge in _edges(index, page)]
    gone: dict[int, set[Piece]] = {}
    numbered = _running_numbers(edges)
    for edge in edges:
        if (
            _DECORATED.fullmatch(edge.text)
            or (_BARE.fullmatch(edge.text) and (edge.apart or edge.page in numbered))
            or edge.small
            or _is_repeated(edge, edges, len(pages))
        ):
            gone.setdefault(edge.page, set()).update(edge.row)
    return [
        replace(page, pieces=tuple(p for p in page.pieces if p not in gone.get(index, ())))
        for index, page in enumerate(pages)
    ]


def _edges(index: int, page: Page) -> Iterator[_Edge]:
    em = em_of(page.pieces)
    rows = rows_of(page.pieces)
    for position, row in enumerate(rows):
        line = merged(row)
        from_top, from_bottom = line.middle, page.height - line.middle
        at_top = position < _EDGE_ROWS and from_top < _MARGIN * page.height
        at_bottom = position >= len(rows) - _EDGE_ROWS and from_bottom < _MARGIN * page.height
        if not (at_top or at_bottom) or line.cells:
            continue
        beside = (
            rows[position + 1 : position + 2] if at_top else rows[max(position - 1, 0) : position]
        )
        other = merged(beside[0]) if beside else None
        gap = em if other is None else max(other.top - line.bottom, line.top - other.bottom)
        height = (from_top if at_top else -from_bottom) / em
        apart = gap > _GAP * em or other is None
        # A head is known by its small print even on the only page.
        small = apart and from_top < _TOP * page.height and line.size < _SMALL * em and bool(other)
        small = small and not _SENTENCE.search(line.text)
        yield _Edge(index, tuple(row), height, line.text.strip(), apart, small)


def _running_numbers(edges: Sequence[_Edge]) -> set[int]:
    """Pages whose bare number counts on from other pages' numbers."""
    offsets: dict[int, set[int]] = {}
    for edge in edges:
        if edge.text.isdecimal():
            offsets.setdefault(int(edge.text) - edge.page, set()).add(edge.page)
    return {page for found in offsets.values() if len(found) > 1 for page in found}


def _is_repeated(edge: _Edge, edges: Sequence[_Edge], pages: int) -> bool:
    """Whether most pages, or most of the odd or the even ones, show this at the same height."""
    text = _shape(edge.text)
    found = {
        other.page
        for other in edges
        if abs(other.height - edge.height) < _NEAR and _alike(text, _shape(other.text))
    }
    if len(found) >= _FEWEST and len(found) >= _REPEATED * pages:
        return True
    side = {page for page in found if (page - edge.page) % _SIDES == 0}
    if len(side) >= _FEWEST and len(side) >= _ALTERNATING * pages:
        return True
    return len(found) == pages > 1 and edge.apart


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", "".join(text.split()))


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < _FEWEST or abs(len(one) - len(other)) >= _FEWEST:
        return False
    return SequenceMatcher(None, one, other).ratio() >= _ALIKE
