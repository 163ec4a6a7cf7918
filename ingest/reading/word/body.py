"""A document's blocks in order → what is printed: paragraphs, rows of tables, text boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.reading.word.changes import goes_on
from ingest.reading.word.numbering import BULLET, Label, Numbering
from ingest.reading.word.package import Element, W, child, local, switched, value
from ingest.reading.word.styles import ParagraphStyle, Styles, heading_of
from ingest.reading.word.tables import Cell, rows
from ingest.reading.word.text import Met, TextReader

_WRAPPERS = frozenset({"ins", "moveTo", "customXml", "smartTag"})
_CONTENTS_GALLERY = "table of contents"
_ROOM_IN_ITSELF = ("）", ")", "、", "．", "：", "〕", "】")


@dataclass(frozen=True, slots=True)
class Printed:
    """A paragraph or a row as printed, its number in front.

    ``heading`` is its outline level from 1, 0 for body text. ``cells`` are those of a row,
    else empty. ``gap`` marks where a table of contents was left out.
    """

    text: str = ""
    heading: int = 0
    title: bool = False
    bullet: bool = False
    boxed: bool = False
    gap: bool = False
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class _Carried:
    """Text whose paragraph mark is gone, waiting for the paragraph it runs into."""

    text: str = ""


@dataclass(slots=True)
class Body:
    """Walks one document; ``notes`` gathers what its paragraphs refer to, in order."""

    styles: Styles
    numbering: Numbering
    met: Met = field(default_factory=Met)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def read(self, story: Element, *, boxed: bool = False) -> Iterator[Printed]:
        """Yield what one story prints: the body, a text box, a footnote."""
        text = TextReader(self.styles, self.met)
        for printed in self._blocks(story, text):
            yield replace(printed, boxed=True) if boxed else printed

    def _blocks(self, parent: Element, text: TextReader) -> Iterator[Printed]:
        carried = _Carried()
        for each in _flattened(parent):
            kind = local(each)
            if kind == "p":
                yield from self._paragraph(each, text, carried)
            elif kind == "tbl":
                yield from self._table(each, text)
            elif kind == "altChunk":
                self.met.inserted_files += 1
            elif kind == "sdt":
                yield Printed(gap=True)
        if carried.text:
            yield Printed(carried.text)

    def _paragraph(
        self, paragraph: Element, text: TextReader, carried: _Carried
    ) -> Iterator[Printed]:
        properties = child(paragraph, "pPr")
        style = self.styles.paragraph(value(child(properties, "pStyle")))
        listing = text.in_contents
        words = text.read(paragraph, hidden=style.hidden)
        listing = listing or text.in_contents
        self.notes += words.notes
        if style.contents or (listing and not words.text):
            yield Printed(gap=True)
        elif goes_on(properties):
            # A number counts where its paragraph still prints one: before a style separator.
            kept = child(properties, "rPr", "specVanish") is not None
            label = self.numbering.label(properties, style) if kept else None
            carried.text += _labelled(label, words.text)
        elif words.text or not _is_hidden(properties, style):
            label = self.numbering.label(properties, style)
            words.text, carried.text = carried.text + words.text, ""
            yield from _printed(words.text, label, heading_of(properties, style), style)
        for box in words.boxes:
            yield from self.read(box, boxed=True)

    def _table(self, table: Element, text: TextReader) -> Iterator[Printed]:
        """Rows; a table of one column is but a frame around its paragraphs."""

        def read_cell(cell: Element) -> Cell:
            return tuple(self._blocks(cell, text))

        found = rows(table, read_cell)
        if all(len(row) == 1 for row in found):
            last: Cell | None = None
            for (cell,) in found:
                if cell is not last:
                    yield from cell
                last = cell
            return
        for row in found:
            boxes = [printed for cell in row for printed in cell if printed.boxed]
            cells = tuple(_flat(cell) for cell in row)
            if any(cells):
                yield Printed(cells=cells)
            yield from boxes


def _flattened(parent: Element) -> Iterator[Element]:
    """Blocks in order; the content control of a table of contents comes out as it is."""
    for each in parent:
        if local(each) == "sdt" and _is_contents(each):
            yield each
        elif local(each) == "sdt":
            content = child(each, "sdtContent")
            if content is not None:
                yield from _flattened(content)
        elif local(each) in _WRAPPERS:
            yield from _flattened(each)
        else:
            yield each


def _is_contents(control: Element) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return value(gallery).strip().lower() == _CONTENTS_GALLERY


def _is_hidden(properties: Element | None, style: ParagraphStyle) -> bool:
    own = switched(child(properties, "rPr"), "vanish")
    return style.hidden if own is None else own


def _printed(
    text: str, label: Label | None, heading: int, style: ParagraphStyle
) -> Iterator[Printed]:
    if heading or style.title:
        # A break in a heading only balances its lines.
        text = re.sub(r"\s*\n\s*", "", text)
    first, *others = text.split("\n")
    bullet = label is not None and label.text == BULLET
    first = first.strip() if bullet else _labelled(label, first.strip())
    if first:
        yield Printed(first, heading=heading, title=style.title, bullet=bullet)
    yield from (Printed(line.strip()) for line in others if line.strip())


def _labelled(label: Label | None, text: str) -> str:
    if label is None or label.text == BULLET:
        return text
    text = text.lstrip(" \t\u3000")
    # （一） and 一、 bring their own room; 第一条 must be told from 第一条规定.
    close = label.text.endswith(_ROOM_IN_ITSELF) or (
        not label.spaced and not label.text.startswith("第")
    )
    return f"{label.text}{'' if close or not text else ' '}{text}"


def _flat(cell: Sequence[Printed]) -> str:
    """A cell as one line; a table within it is read through."""
    parts = [
        " ".join(part for part in printed.cells if part) if printed.cells else printed.text
        for printed in cell
        if not printed.boxed and not printed.gap
    ]
    return " ".join(part for part in parts if part)
