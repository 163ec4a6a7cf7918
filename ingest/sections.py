"""Text without articles → headed sections of a readable length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.lines import Line, is_open, join_wrapped
from ingest.marks import (
    HeadingMark,
    Rank,
    annex_mark,
    article_mark,
    bullet,
    heading_mark,
    is_date,
    item_mark,
    tidy,
)
from ingest.paragraphs import to_paragraphs
from knowledge.model import Item, Paragraph
from knowledge.numerals import NUMERAL

SECTION_LENGTH = 600
"""Characters; a longer section is cut at the borders of its paragraphs."""

_HEADING_LENGTH = 45
_PLAIN_LENGTH = 20
_BODY_LENGTH = 30
_RUN_IN_LENGTH = 30
_BRACKET = re.compile(r"【([^】]+)】$")
_CITED_TITLE = re.compile(r"[^，。；]{0,20}《.+》(?P<dated>[（(]\d{4}年[^）)]*[）)])?$")
_QUOTED_LABEL = re.compile(rf"第{NUMERAL}+条(?:之{NUMERAL}+)?(?:第{NUMERAL}+款)?(?:第.{{1,12}}项)?")
_PUNCTUATION = re.compile(r"[，。；：、！？,;:!?|…]|\.{3}|\d+$")
_CHINESE_WORD = re.compile(r"[\u4e00-\u9fff]{2}")
_SENTENCE_PART = re.compile(r"[，。；：,;:]")
_SIGNATORY = re.compile(r"(?:部|委|院|室|署|局|会|组|办公厅|纪委|中央)$")
_ITEM_RANKS = {
    "一": Rank.CHINESE,
    "（一）": Rank.BRACKETED_CHINESE,
    "1": Rank.ARABIC,
    "（1）": Rank.ARABIC,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A clause without its identity: article (or ""), headings, paragraphs."""

    article: str
    path: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]


@dataclass(slots=True)
class _Section:
    path: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)


def read_sections(lines: Sequence[Line], *, within: tuple[str, ...] = ()) -> list[Draft]:
    """Clauses of text without articles, one or more to a headed section.

    :param within: headings that stand above the whole text.
    """
    whole = join_wrapped(_with_lone_labels_joined(lines), _begins, prose=False)
    return [draft for section in _cut(whole, within) for draft in _drafts(section)]


def _begins(line: Line) -> bool:
    return (
        item_mark(line) is not None
        or bullet(line) is not None
        or heading_mark(line) is not None
        or article_mark(line) is not None
        or annex_mark(line) is not None
        or line.text.startswith("【")
    )


def _with_lone_labels_joined(lines: Sequence[Line]) -> list[Line]:
    """「二、」 alone on its line belongs to the words after it."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        mark = item_mark(before) if before else None
        alone = before is not None and mark is not None and mark.label == before.text
        if alone and before is not None and not line.level and not _begins(line):
            joined[-1] = replace(before, text=before.text + line.text)
        else:
            joined.append(line)
    return joined


def _cut(lines: Sequence[Line], within: tuple[str, ...]) -> Iterator[_Section]:
    """Sections in order; a heading that heads nothing is kept as text."""
    stack: list[HeadingMark] = []
    section, printed = _Section(within), Line("")
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        after = lines[index + 1] if index + 1 < len(lines) else None
        if annex_mark(line) is not None and _only_names_annex(line, lines[index + 1 :]):
            section.lines.append(line)
            continue
        heading = _heading(line, before, after)
        if heading is None:
            section.lines.append(line)
            continue
        if section.lines:
            yield section
        elif stack and heading.rank <= stack[-1].rank:
            yield _headless(section, stack[-1], printed)
        stack = [above for above in stack if above.rank < heading.rank] + [heading]
        section, printed = _Section((*within, *(above.text for above in stack))), line
        if not heading.complete:
            section.lines.append(line)
    if section.lines:
        yield section
    elif stack:
        yield _headless(section, stack[-1], printed)


def _headless(section: _Section, heading: HeadingMark, printed: Line) -> _Section:
    """Make text of a heading with nothing under it; an annex (略) keeps its name."""
    path = section.path if heading.rank == Rank.ANNEX else section.path[:-1]
    return _Section(path, [replace(printed, level=0)])


def _only_names_annex(line: Line, later: Sequence[Line]) -> bool:
    """Tell a line that names an annex, where the annex itself stands further down."""
    mark = annex_mark(line)
    if mark is None or not mark.rest:
        return False
    others = [other for line in later if (other := annex_mark(line)) is not None]
    return any(not mark.number or other.number == mark.number for other in others)


def _heading(line: Line, before: Line | None, after: Line | None) -> HeadingMark | None:
    """Find the heading on ``line``; not ``complete`` where its text runs on as body."""
    if line.level:
        return HeadingMark(line.level, tidy(line.text))
    if match := _BRACKET.match(line.text):
        return HeadingMark(Rank.BRACKET, tidy(match[1]))
    return (
        _annex_heading(line)
        or heading_mark(line)
        or _numbered_heading(line, after)
        or _unnumbered_heading(line, before, after)
    )


def _annex_heading(line: Line) -> HeadingMark | None:
    mark = annex_mark(line)
    if mark is None:
        return None
    # 「附：1.甲表」 begins a list of annexes; the list is text.
    listed = item_mark(Line(mark.rest)) is not None
    name = f"附件{mark.number}" if listed or not mark.rest else line.text
    return HeadingMark(Rank.ANNEX, name, complete=not listed)


def _unnumbered_heading(line: Line, before: Line | None, after: Line | None) -> HeadingMark | None:
    if item_mark(line):
        return None
    if _is_cited_title(line, after):
        return HeadingMark(Rank.CITED_TITLE, tidy(line.text))
    if _is_plain_heading(line, before, after):
        return HeadingMark(Rank.PLAIN, tidy(line.text))
    return None


def _numbered_heading(line: Line, after: Line | None) -> HeadingMark | None:
    mark = item_mark(line)
    rank = _ITEM_RANKS.get(mark.kind) if mark else None
    if mark is None or rank is None:
        return None
    asks = line.text.endswith(("？", "?"))
    following = item_mark(after) if after else None
    heads = after is not None and (following is None or following.kind != mark.kind)
    if heads and len(line.text) <= _HEADING_LENGTH and (asks or is_open(_unquoted(line.text))):
        return HeadingMark(rank, tidy(line.text))
    if rank is not Rank.CHINESE:
        return None
    # 「一、加强领导。各级……」: the words up to the first stop name the section.
    name = _SENTENCE_PART.split(line.text, maxsplit=1)[0]
    label = mark.label.rstrip("、 ")
    return HeadingMark(rank, name if len(name) <= _RUN_IN_LENGTH else label, complete=False)


def _unquoted(text: str) -> str:
    return text.rstrip('”"）)》')


def _is_cited_title(line: Line, after: Line | None) -> bool:
    """《某条例》（某年） above the articles that a case quotes from it."""
    match = _CITED_TITLE.match(line.text)
    if match is None or after is None:
        return False
    return match["dated"] is not None or _quotes_article(after)


def _quotes_article(line: Line) -> bool:
    return _QUOTED_LABEL.match(line.text) is not None


def _is_plain_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    """Tell a short line without punctuation that stands above a full one."""
    if after is None or len(line.text) > _PLAIN_LENGTH or _PUNCTUATION.search(line.text):
        return False
    if not _CHINESE_WORD.search(line.text):
        return False
    if before is not None and is_open(_unquoted(before.text)) and len(before.text) > _PLAIN_LENGTH:
        return False
    if _quotes_article(line) or is_date(line.text) or _SIGNATORY.search(line.text):
        return False
    return (len(after.text) >= _BODY_LENGTH or item_mark(after) is not None) and not is_date(
        after.text
    )


def _drafts(section: _Section) -> Iterator[Draft]:
    """Cut a section into clauses, each within the length as far as paragraphs allow."""
    gathered: list[Paragraph] = []
    length = 0
    for paragraph in _short_enough(to_paragraphs(section.lines, prose=False)):
        size = len(paragraph.full_text)
        if gathered and length + size > SECTION_LENGTH:
            # The label of a quoted article goes with its words.
            bare = len(gathered) > 1 and _QUOTED_LABEL.fullmatch(gathered[-1].text)
            kept = [gathered.pop()] if bare else []
            yield _draft(section.path, gathered)
            gathered, length = kept, sum(len(label.text) + 1 for label in kept)
        gathered.append(paragraph)
        length += size + 1
    if gathered:
        yield _draft(section.path, gathered)


def _draft(path: tuple[str, ...], paragraphs: Sequence[Paragraph]) -> Draft:
    renumbered = tuple(
        replace(paragraph, ordinal=ordinal) for ordinal, paragraph in enumerate(paragraphs, start=1)
    )
    return Draft("", path, renumbered)


def _short_enough(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs, one with a long enumeration cut between its items."""
    for paragraph in paragraphs:
        text, items = paragraph.text, list[Item]()
        length = len(text)
        for item in paragraph.items:
            if length + len(item.text) > SECTION_LENGTH:
                yield replace(paragraph, text=text, items=tuple(items))
                text, items, length = item.text, [], len(item.text)
            else:
                items.append(item)
                length += len(item.text) + 1
        yield replace(paragraph, text=text, items=tuple(items))
