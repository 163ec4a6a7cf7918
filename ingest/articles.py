"""Text with articles → its 条 under their 编, 章 and 节, in order. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.lines import Line, is_open
from ingest.marks import (
    ArticleMark,
    HeadingMark,
    Rank,
    annex_mark,
    article_mark,
    heading_mark,
    is_citing,
    is_date,
    item_mark,
    tidy,
)

_PLAIN_LENGTH = 24
_NOT_IN_A_HEADING = re.compile(r"[，、：,|\d]")
_CONTENTS = re.compile(r"目\s*[录次]")


@dataclass(slots=True)
class Block:
    """An article with its lines, or (``mark`` None) text that stands under a heading."""

    mark: ArticleMark | None
    path: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """A text cut up: what comes first, articles under headings, annexes."""

    preamble: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    annexes: list[Line] = field(default_factory=list)


def has_articles(lines: Sequence[Line]) -> bool:
    """Tell whether the text is made of articles: two, or one set off by a space."""
    marks = [mark for index in range(len(lines)) if (mark := article_at(lines, index, 0))]
    return len(marks) > 1 or any(mark.spaced for mark in marks)


def article_at(lines: Sequence[Line], index: int, last: int) -> ArticleMark | None:
    """Find the article that opens at ``index``; None where the line only cites one.

    :param last: the number of the article before it, 0 for none.
    """
    mark = article_mark(lines[index])
    if mark is None or index == 0:
        return mark
    before = lines[index - 1]
    label = article_mark(before)
    alone = label is not None and not label.rest
    if before.level or alone or not is_open(before.text) or heading_mark(before):
        return mark
    # The line before may break off in the middle of a sentence that cites.
    if is_citing(before.text):
        return None
    follows = mark.number == last + 1
    return mark if follows or (mark.spaced and mark.number > last) else None


def outline(lines: Sequence[Line]) -> Outline:
    """Cut ``lines`` up; a table of contents is left out."""
    reader = _Reader(_without_contents(lines))
    reader.read()
    return reader.outline


def _without_contents(lines: Sequence[Line]) -> list[Line]:
    """Leave out headings that are listed before the text and come again in it."""
    headings = [
        (index, heading.text)
        for index, line in enumerate(lines)
        if (heading := heading_mark(line)) is not None
    ]
    for position, (start, text) in enumerate(headings):
        again = next((index for index, other in headings[position + 1 :] if other == text), None)
        listed = lines[start:again]
        if again is None or any(article_mark(line) for line in listed):
            return list(lines)
        # 「目录」 itself, where it stands just above its entries.
        titled = start > 0 and _CONTENTS.fullmatch(lines[start - 1].text)
        return [*lines[: start - 1 if titled else start], *lines[again:]]
    return list(lines)


@dataclass(slots=True)
class _Reader:
    """Walks the lines once, knowing the headings and the article it is in."""

    lines: Sequence[Line]
    outline: Outline = field(default_factory=Outline)
    stack: list[HeadingMark] = field(default_factory=list)
    block: Block | None = None
    last: int = 0

    def read(self) -> None:
        for index, line in enumerate(self.lines):
            if self.outline.annexes:
                self.outline.annexes.append(line)
            elif mark := article_at(self.lines, index, self.last):
                self._open(mark, line)
            elif self._names_bare_heading(line):
                bare = self.stack.pop()
                self.stack.append(HeadingMark(bare.rank, f"{bare.text} {tidy(line.text)}"))
            elif heading := self._heading(index):
                self._enter(heading)
            elif self.last and annex_mark(line) is not None and not self._resumes(index):
                self.outline.annexes.append(line)
            else:
                self._add(line)

    def _open(self, mark: ArticleMark, line: Line) -> None:
        self.last = mark.number
        rest = [Line(mark.rest, page=line.page)] if mark.rest else []
        self.block = Block(mark, self._path(), rest)
        self.outline.blocks.append(self.block)

    def _enter(self, heading: HeadingMark) -> None:
        self.stack = [above for above in self.stack if above.rank < heading.rank]
        self.stack.append(heading)
        self.block = None

    def _names_bare_heading(self, line: Line) -> bool:
        """Tell whether 「第一章」 stood alone and ``line`` is its title."""
        waiting = self.block is None and bool(self.stack) and not self.stack[-1].complete
        short = len(line.text) <= _PLAIN_LENGTH and is_open(line.text)
        return waiting and short and not line.text.startswith("第") and not item_mark(line)

    def _add(self, line: Line) -> None:
        if self.block is None and not self.stack:
            self.outline.preamble.append(line)
            return
        if self.block is None:
            self.block = Block(None, self._path())
            self.outline.blocks.append(self.block)
        self.block.lines.append(line)

    def _path(self) -> tuple[str, ...]:
        return tuple(heading.text for heading in self.stack)

    def _heading(self, index: int) -> HeadingMark | None:
        line = self.lines[index]
        if heading := heading_mark(line):
            return heading
        if line.level > 1 and annex_mark(line) is None:
            return HeadingMark(line.level, tidy(line.text))
        return self._plain_heading(index)

    def _plain_heading(self, index: int) -> HeadingMark | None:
        """Find a short line without a stop that names the articles after it."""
        line = self.lines[index]
        names = index + 1 < len(self.lines) and article_mark(self.lines[index + 1]) is not None
        before = self.lines[index - 1].text if index else ""
        if (
            not names
            or len(line.text) > _PLAIN_LENGTH
            or not is_open(line.text)
            or is_open(before)
            or item_mark(line)
            or is_date(line.text)
            or _NOT_IN_A_HEADING.search(line.text)
        ):
            return None
        return HeadingMark(Rank.BRACKET, tidy(line.text))

    def _resumes(self, index: int) -> bool:
        """Tell whether the numbering goes on after an apparent annex marker."""
        later = (article_mark(line) for line in self.lines[index + 1 :])
        first = next((mark for mark in later if mark), None)
        return first is not None and first.number == self.last + 1
