"""What stands around the articles: preamble and notes before, signatures and comment after."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.lines import Line, is_open, join_wrapped
from ingest.marks import annex_mark, is_date, item_mark
from knowledge.numerals import NUMERAL

_NUMBER = re.compile(
    rf"[（(]?[\u4e00-\u9fff]{{0,12}}\s*[〔\[（(【]\s*\d{{4}}\s*[〕\]）)】]\s*第?\s*{NUMERAL}+\s*号.{{0,20}}$"
    rf"|.{{0,12}}第?\s*{NUMERAL}+\s*号(?:令)?$"
)
_ISSUED = re.compile(r"\d{4}年|\d{4}\.\d")
_LABELLED = re.compile(r"【[^】]{2,8}】\s*\S")
_ADDRESS = re.compile(r"(?:https?|ftp)://")
_SOURCE = re.compile(r"[（(]?\s*(?:信息|稿件|文章)?(?:来源|责任编辑|编辑)\s*[：:]")
_EFFECT = re.compile(r"自.{1,20}[日起].{0,8}(?:施行|执行|实施|生效)")
_OF_THE_TEXT = re.compile(
    r"本(?:条例|规定|办法|法|规则|解释|细则|准则|意见|制度|规范|决定)|施行|此前|以前|废止|"
    r"有关规定|抵触|不一致"
)
_SIGNATORY = re.compile(r"(?:部|委|院|室|署|局|会|组|厅|中央|政府|纪委|总支|支部)$")
_SIGNATORY_LENGTH = 30
_HEADING_LENGTH = 24
_COMMENT_LENGTH = 40
_SUBSTANCE = 20


def preamble(lines: Sequence[Line], title: str) -> list[Line]:
    """Keep what is said before the first article, if it says anything.

    Left out: the title repeated, the note of when it was passed and issued,
    its number, a signature with its date, addresses of web pages.
    """
    whole = join_wrapped(lines, lambda line: item_mark(line) is not None, prose=False)
    kept = [
        line
        for line in whole
        if not is_apparatus(line, title)
        and not is_signature(line.text)
        and annex_mark(line) is None
    ]
    said = sum(len(line.text) for line in kept if not is_open(line.text))
    return kept if said >= _SUBSTANCE else []


def is_apparatus(line: Line, title: str) -> bool:
    """Tell a line of the header that isn't text: title, number, note of issue, source."""
    text = line.text
    compact = "".join(text.split())
    bare = "".join(title.split())
    return bool(
        line.level == 1
        or compact.strip("《》") == bare
        or (is_open(text) and compact.endswith(bare))
        or (is_open(text) and bare in compact and len(compact) <= len(bare) + _HEADING_LENGTH)
        or (text.startswith(("（", "(")) and _ISSUED.search(text))
        or _NUMBER.match(text)
        or _LABELLED.match(text)
        or _ADDRESS.search(text)
        or _SOURCE.match(text)
    )


def is_signature(text: str) -> bool:
    """Tell a signatory's name, a date, or both on a line of their own."""
    if is_date(text):
        return True
    words = text.split()
    if words and is_date(words[-1]):
        words = words[:-1]
    name = "".join(words)
    return bool(len(name) <= _SIGNATORY_LENGTH and _SIGNATORY.search(name) and is_open(name))


def end_of_text(lines: Sequence[Line]) -> int:
    """Say how many of the last article's ``lines`` are its own."""
    effective = False
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        if index and (_ends_before(line, after) or (effective and _is_comment(line))):
            return index
        effective = effective or _EFFECT.search(line.text) is not None
    return len(lines)


def _ends_before(line: Line, after: Line | None) -> bool:
    if line.level or _SOURCE.match(line.text) or _LABELLED.match(line.text):
        return True
    if is_signature(line.text):
        return True
    # A short heading above a long paragraph, with no article to follow.
    return bool(
        after
        and len(line.text) <= _HEADING_LENGTH
        and len(after.text) > _COMMENT_LENGTH
        and is_open(line.text)
        and not item_mark(line)
        and not line.text.startswith("|")
    )


def _is_comment(line: Line) -> bool:
    """Tell text after the clause on entry into force that doesn't speak of the rule."""
    return not item_mark(line) and not _OF_THE_TEXT.search(line.text)
