"""A web page's tree → lines, each with the element it stands in and how much of it is links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree, html

from ingest.reading.contents import escaped
from ingest.reading.web.particulars import particulars

Element: TypeAlias = html.HtmlElement
"""An element of a page."""

BLOCKS = frozenset(
    str.split(
        "address article aside blockquote body br caption center dd details div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option "
        "p pre section summary table tbody td tfoot th thead tr ul"
    )
)
_SKIPPED = frozenset(
    str.split(
        "script style noscript template iframe svg math object embed applet button select input "
        "textarea nav footer head link meta audio video canvas map"
    )
)
_BOILERPLATE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|crumbs?|position|share|bdsharebuttonbox|bshare|"
    r"tools?|toolbar|print|pagination|pager|relate[ds]?|foot|footer|copyright|sidebar|qrcode|ewm|"
    r"comments?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BOILERPLATE_LENGTH = 200
# Not what is only invisible: WeChat keeps its texts so until a script shows them.
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CHINESE = "\u2014-\u2026\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e"
_WRAPPED = re.compile(rf"(?<=[{_CHINESE}])[ \t]*\r?\n\s*(?=[{_CHINESE}“‘])")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NUMBERED = re.compile(
    r"[（(]?[一二三四五六七八九十\d]+[、.．)）]|第[一二三四五六七八九十百\d]+[条章节]|[①-⑳]"
)
_CELL_LENGTH = 600
_SPAN = 100
"""Rows or columns that a cell may be said to span, and columns of a table at all."""


@dataclass(frozen=True, slots=True)
class WebLine:
    """A line in the notation of ``ingest.lines``.

    ``text`` is without its heading's mark; ``level`` that heading's level, else 0. ``linked``
    are how many of its characters are links. ``element`` is the block it stands in.
    """

    text: str
    element: Element
    level: int = 0
    linked: int = 0
    row: bool = False

    @property
    def marked(self) -> str:
        """The line as it is handed on."""
        if self.row:
            return self.text
        return f"{'#' * self.level} {self.text}" if self.level else escaped(self.text)


def lines_of(root: Element, *, everything: bool = False) -> list[WebLine]:
    """Return what a browser would show as lines, menus and the like left out.

    :param everything: keep hidden elements and what is marked as menus and footers.
    """
    walk = _Walk(everything)
    walk.through(root)
    return walk.lines


class _Walk:
    def __init__(self, everything: bool) -> None:
        self.lines: list[WebLine] = []
        self._everything = everything
        self._pieces: list[str] = []
        self._linked = 0
        self._links = 0
        self._typeset = 0
        self._numbers: dict[Element, int] = {}

    def through(self, root: Element) -> None:
        # lxml walks in C: a tree nested however deep needs no stack of ours.
        walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walker:
            if event == "start":
                if self._is_passed_over(element):
                    self._flush(element) if element.tag in BLOCKS else None
                    walker.skip_subtree()
                elif element.tag == "table" and not is_layout(element):
                    self._flush(element)
                    self._table(element)
                    walker.skip_subtree()
                else:
                    self._open(element)
            elif event == "end":
                self._close(element)
            # A comment's tail, too, is text of the page.
            if event != "start" and element is not root and element.tail:
                self._add(element.tail, element)
        self._flush(root)

    def _open(self, element: Element) -> None:
        if element.tag in BLOCKS:
            self._flush(element)
        self._links += element.tag == "a"
        self._typeset += element.tag == "pre"
        if element.text:
            self._add(element.text, element)

    def _close(self, element: Element) -> None:
        if self._is_passed_over(element) or (element.tag == "table" and not is_layout(element)):
            return
        self._links -= element.tag == "a"
        if element.tag in BLOCKS:
            self._flush(element)
        self._typeset -= element.tag == "pre"

    def _is_passed_over(self, element: Element) -> bool:
        if element.tag in ("head", "script", "style"):
            return True
        if self._everything:
            return False
        if element.tag in _SKIPPED or "hidden" in element.attrib:
            return True
        if _HIDDEN.search(element.get("style", "")):
            return True
        named = f"{element.get('class', '')} {element.get('id', '')}"
        if element.tag not in BLOCKS or not _BOILERPLATE.search(named):
            return False
        # Names lie, too: a whole text may stand in what is called 「print」.
        text = _unlinked(element)
        return len(text) < _BOILERPLATE_LENGTH and "。" not in text

    def _add(self, text: str, element: Element) -> None:
        first, *others = text.split("\n") if self._typeset else [text]
        self._pieces.append(first)
        for line in others:
            self._flush(element)
            self._pieces.append(line)
        if self._links > 0:
            self._linked += len(text.strip())

    def _flush(self, element: Element) -> None:
        text = flat("".join(self._pieces))
        linked, self._pieces, self._linked = self._linked, [], 0
        if not text:
            return
        block = _block(element)
        level = int(block.tag[1]) if re.fullmatch("h[1-6]", str(block.tag)) else 0
        if block.tag == "li" and not _NUMBERED.match(text):
            text = self._label(block) + text
        self.lines.append(WebLine(text, block, level, linked))

    def _label(self, entry: Element) -> str:
        """Number an entry as a browser would: that number is nowhere in its text."""
        above = entry.getparent()
        if above is None or above.tag != "ol":
            return ""
        if entry in self._numbers:
            return ""
        given = entry.get("value") or ""
        before = self._numbers.get(above, _number(above.get("start"), 1) - 1)
        self._numbers[above] = self._numbers[entry] = _number(given, before + 1)
        return f"{self._numbers[entry]}. "

    def _table(self, table: Element) -> None:
        whole = len(flat(str(table.text_content())))
        linked = whole - len(_unlinked(table)) if whole else 0
        rows = list(rows_of(table))
        stated = particulars(rows)
        if stated is not None:
            self.lines += [WebLine(line, table, row=True) for line in stated]
            return
        for row in rows:
            filled = [cell for cell in row if cell]
            if filled:
                text = "| " + " | ".join(row) + " |"
                # Whether it is a menu shows in the table as a whole.
                share = len(text) * linked // whole if whole else 0
                self.lines.append(WebLine(text, table, linked=share, row=True))


def flat(text: str) -> str:
    """One line of ``text`` as browsers show it, without the spaces of a wrapped source."""
    return _SPACES.sub(" ", _WRAPPED.sub("", text.replace("\xa0", " "))).strip(
        " \u3000\u2003\u2002"
    )


def is_layout(table: Element) -> bool:
    """Tell a table that only places what is in it from one that lists values."""
    if next(table.iterdescendants("table"), None) is not None:
        return True
    widest = 0
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        widest = max(widest, len(cells))
        if any(len(flat(str(cell.text_content()))) > _CELL_LENGTH for cell in cells):
            return True
    return widest < 2  # noqa: PLR2004  # a single column is a frame


def rows_of(table: Element) -> Iterator[list[str]]:
    """Yield the rows of a table, a cell that spans several standing in each of them."""
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            _fill(cells, hanging)
            text = " ".join(line.text for line in lines_of(cell)).replace("|", "｜")
            down = _number(cell.get("rowspan"), 1)
            for _ in range(min(_number(cell.get("colspan"), 1), _SPAN - len(cells))):
                if down > 1:
                    hanging[len(cells)] = (down - 1, text)
                cells.append(text)
        _fill(cells, hanging)
        yield cells


def _fill(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Add what hangs down from rows above into the next columns."""
    while len(cells) in hanging:
        at = len(cells)
        left, text = hanging.pop(at)
        cells.append(text)
        if left > 1:
            # Looked at again in the next row: this one is past it.
            hanging[at] = (left - 1, text)


def _number(stated: str | None, default: int) -> int:
    digits = (stated or "").strip()
    if not digits.isascii() or not digits.isdigit():
        return default
    return max(1, min(int(digits[:6]), _SPAN))


def _block(element: Element) -> Element:
    while element.tag not in BLOCKS or element.tag == "br":
        above = element.getparent()
        if above is None:
            break
        element = above
    return element


def _unlinked(element: Element) -> str:
    linked = sum(len(str(link.text_content())) for link in element.iter("a"))
    text = flat(str(element.text_content()))
    return text[: max(0, len(text) - linked)]
