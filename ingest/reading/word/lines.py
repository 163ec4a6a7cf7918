"""What a Word document prints → lines in the notation of ``ingest.lines``. Pure.

When in doubt a line stays plain: ``ingest.structure`` knows 第三章, 第三条 and 一、 by
themselves, while a mark that is wrong would tear an article apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.articles import has_articles
from ingest.lines import Line
from ingest.marks import annex_mark, article_mark, heading_mark, is_date, item_mark
from ingest.reading.contents import escaped
from ingest.reading.word.body import Printed

_NOTES = "注释"
_BOXES = "文本框"
_CONTENTS_TITLE = re.compile(r"目\s*[录次]")
_HEADING_LENGTH = 45
_TITLE_LENGTH = 60
_TITLE_WITHIN = 6
_ENDS_SENTENCE = ("。", "；", "：", "，", "、", ";", ":", ",", "！", "？")
_NO_TITLE = re.compile(r"[〔\[]\d{4}[〕\]]|^[（(].*[）)]$|^\d")
_DEEPEST = 6


def to_lines(printed: Sequence[Printed], notes: Sequence[str]) -> list[str]:
    """Return a document's lines: its text, then its text boxes and notes under headings.

    :param notes: each as 「注1：…」.
    """
    body = _with_title(_without_contents(printed))
    body, boxes = _boxes_apart(body)
    lines = _with_headings(body)
    if boxes:
        lines += [f"## {_BOXES}", *(_line(each) for each in boxes)]
    if notes:
        lines += [f"## {_NOTES}", *(escaped(note) for note in notes)]
    return lines


def _line(printed: Printed, mark: str = "") -> str:
    if printed.cells:
        cells = (escaped(cell).replace("|", "｜") for cell in printed.cells)
        return f"| {' | '.join(cells)} |"
    if printed.bullet:
        return f"- {printed.text}"
    return mark + escaped(printed.text)


def _plain(printed: Printed) -> Line:
    return Line("|" if printed.cells else printed.text)


def _without_contents(printed: Sequence[Printed]) -> list[Printed]:
    """Take out the marks of a table of contents, and 「目录」 above it."""
    kept: list[Printed] = []
    for each in printed:
        if not each.gap:
            kept.append(each)
        elif kept and _CONTENTS_TITLE.fullmatch(kept[-1].text):
            kept.pop()
    return kept


def _with_title(printed: list[Printed]) -> list[Printed]:
    """Let at most one line be the title: the one in the style for it, else a lone first heading."""
    titles = [index for index, each in enumerate(printed) if each.title and _may_be_title(each)]
    if not titles:
        first = [index for index, each in enumerate(printed) if each.heading == 1]
        if len(first) == 1 and first[0] < _TITLE_WITHIN and _may_be_title(printed[first[0]]):
            titles = first
    if not titles or any(article_mark(_plain(each)) for each in printed[: titles[0]]):
        return [replace(each, title=False) for each in printed]
    start = end = titles[0]
    # A title of two lines may be two paragraphs.
    while end + 1 in titles and len(printed[start].text + printed[end + 1].text) <= _TITLE_LENGTH:
        end += 1
    whole = replace(
        printed[start], text="".join(each.text for each in printed[start : end + 1]), title=True
    )
    rest = [replace(each, title=False) for each in printed[end + 1 :]]
    return [*(replace(each, title=False) for each in printed[:start]), whole, *rest]


def _may_be_title(printed: Printed) -> bool:
    line = _plain(printed)
    return not (
        printed.boxed
        or len(printed.text) > _TITLE_LENGTH
        or printed.text.endswith(_ENDS_SENTENCE)
        or _NO_TITLE.search(printed.text)
        or article_mark(line)
        or heading_mark(line)
        or item_mark(line)
        or annex_mark(line)
        or is_date(printed.text)
    )


def _boxes_apart(printed: Sequence[Printed]) -> tuple[list[Printed], list[Printed]]:
    """Take text boxes out of the articles, where they hang but do not belong."""
    body = [each for each in printed if not each.boxed]
    if not has_articles([_plain(each) for each in body]):
        return list(printed), []
    first = next(index for index, each in enumerate(printed) if _is_article(each))
    boxes = [each for each in printed[first:] if each.boxed]
    return [*printed[:first], *(each for each in printed[first:] if not each.boxed)], boxes


def _is_article(printed: Printed) -> bool:
    return not printed.boxed and article_mark(_plain(printed)) is not None


def _with_headings(body: Sequence[Printed]) -> list[str]:
    plain = [_plain(each) for each in body]
    articles = [index for index, line in enumerate(plain) if article_mark(line)]
    if not has_articles(plain):
        articles = []
    chapters = any(heading_mark(line) for line in plain)
    lines: list[str] = []
    for index, each in enumerate(body):
        after = plain[index + 1] if index + 1 < len(plain) else None
        if each.title:
            mark = "# "
        elif not _may_be_heading(each):
            mark = ""
        elif not articles or index > articles[-1]:
            mark = _mark(each)
        elif index < articles[0] or chapters or (after and article_mark(after)):
            # The lines of a title block, and what ``ingest.articles`` sees for itself:
            # a marked line would rank above the chapter that it stands in.
            mark = ""
        else:
            mark = _mark(each)
        lines.append(_line(each, mark))
    return lines


def _mark(printed: Printed) -> str:
    return "#" * min(printed.heading + 1, _DEEPEST) + " "


def _may_be_heading(printed: Printed) -> bool:
    line = _plain(printed)
    return bool(
        printed.heading
        and not printed.bullet
        and len(printed.text) <= _HEADING_LENGTH
        and not printed.text.endswith(_ENDS_SENTENCE)
        and not _NO_TITLE.search(printed.text)
        and not article_mark(line)
        and not heading_mark(line)
        and not item_mark(line)
        and not annex_mark(line)
        and not is_date(printed.text)
    )
