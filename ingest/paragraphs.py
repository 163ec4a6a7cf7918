"""Lines of one clause → its 款, each with its 项. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.lines import Line, join_wrapped
from ingest.marks import ItemMark, bullet, item_mark
from knowledge.model import Item, Paragraph

_BULLET = "-"
_ROW = "|"
_CONTINUED = "+"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line and what it is: ``kind`` is "" for a paragraph, else the item's kind."""

    text: str
    label: str = ""
    kind: str = ""
    page: int = 0


@dataclass(slots=True)
class _Open:
    """A paragraph still being read; ``kind`` is that of the entry it began with."""

    text: str
    kind: str
    page: int
    items: list[Item] = field(default_factory=list)


def to_paragraphs(lines: Sequence[Line], *, prose: bool = True) -> tuple[Paragraph, ...]:
    """Read the 款 and 项 of one clause.

    A line between two items of one enumeration belongs to the first of them; a
    line after the last item is a new 款. Table rows and list entries are items
    without a label. A list that nothing leads to is a row of paragraphs.

    :param prose: False for text that holds headings without a full stop, where
        a wrapped line is harder to tell.
    """
    paragraphs: list[_Open] = []
    for entry in _entries(join_wrapped(lines, _opens, prose=prose)):
        starts = not entry.kind or not paragraphs
        if not starts and entry.kind not in (_ROW, _CONTINUED):
            starts = entry.kind == paragraphs[-1].kind
        if starts:
            paragraphs.append(_Open(entry.text, entry.kind, entry.page))
        else:
            paragraphs[-1].items.append(Item(entry.label, entry.text))
    return tuple(
        Paragraph(ordinal, paragraph.text, tuple(paragraph.items), paragraph.page)
        for ordinal, paragraph in enumerate(paragraphs, start=1)
    )


def _entries(lines: Sequence[Line]) -> Iterator[_Entry]:
    marks = [item_mark(line) for line in lines]
    within: ItemMark | None = None
    for index, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        listed = bullet(line)
        if mark is not None:
            within = mark
            yield _Entry(line.text, mark.label, mark.kind, line.page)
        elif listed:
            yield _Entry(listed, kind=_BULLET, page=line.page)
        elif line.text.startswith("|"):
            yield _Entry(line.text, kind=_ROW, page=line.page)
        elif within is not None and _resumes(within, marks[index:]):
            yield _Entry(line.text, kind=_CONTINUED, page=line.page)
        else:
            within = None
            yield _Entry(line.text, page=line.page)


def _opens(line: Line) -> bool:
    return item_mark(line) is not None or bullet(line) is not None


def _resumes(within: ItemMark, later: Sequence[ItemMark | None]) -> bool:
    """Tell whether the enumeration of ``within`` goes on further down."""
    for mark in later:
        if mark is not None and mark.kind == within.kind:
            return mark.number == within.number + 1
    return False
