"""Raw text → clean lines, and hard-wrapped lines made whole again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~\"'])")
_BOLD = re.compile(r"\*\*|__(?=\S)|(?<=\S)__")
_RULE = re.compile(r"([-*_=])(?:\s*\1){2,}$")
_FOOTNOTE = re.compile(r"(?:\[\d+(?:[-,，]\d+)*\])+$")
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufffe]")
_WRAPPED_FROM = 18
"""Printed lines are rarely shorter than this many characters."""

_TERMINAL = tuple('。；：！？…”』」）)】》.;:!?"|>')
_LEADING_PUNCTUATION = tuple("，。；、）,;)”》")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its marks; ``level`` is its Markdown heading level, else 0.

    ``page`` is where it stands, counted from 1; 0 where there are no pages.
    """

    text: str
    level: int = 0
    page: int = 0


def clean_lines(text: str, pages: Sequence[int] = ()) -> list[Line]:
    r"""Return the lines that say something: stripped, bold marks and escapes undone.

    :param pages: the page of each line, lines being parted by "\n" alone; empty for none.
    """
    if not pages:
        return [line for raw in text.splitlines() if (line := _clean(raw)).text]
    numbered = zip(text.split("\n"), pages, strict=True)
    return [replace(line, page=page) for raw, page in numbered if (line := _clean(raw)).text]


def _clean(raw: str) -> Line:
    text = _INVISIBLE.sub("", raw).replace("\0", "").strip()
    if _RULE.match(text):
        return Line("")
    text = text.lstrip("> ") if text.startswith(">") else text
    level = 0
    if match := _MARKDOWN_HEADING.match(text):
        level, text = len(match[1]), match[2]
    text = _ESCAPE.sub(r"\1", _BOLD.sub("", text)).strip()
    return Line("" if _FOOTNOTE.match(text) else text, level)


def is_open(text: str) -> bool:
    """Whether the sentence may go on in the next line."""
    return bool(text) and not text.endswith(_TERMINAL)


def _unclosed(text: str) -> bool:
    return text.count("（") + text.count("(") > text.count("）") + text.count(")")


def _goes_on(before: str, after: str, *, prose: bool) -> bool:
    """Whether ``after`` continues the sentence of ``before``.

    Sections without articles (``prose`` False) hold headings without a full
    stop, so more is asked there of a line before it counts as cut short.
    """
    if before.endswith(("，", ",", "、")) or after.startswith(_LEADING_PUNCTUATION):
        return True
    if _unclosed(before) and re.match(r"[^（(]*[）)]", after):
        return True
    if not is_open(before) or len(before) < _WRAPPED_FROM:
        return False
    if is_open(after) and len(after) < _WRAPPED_FROM:
        return False
    if before[-1].isdigit() and re.match(r"[\d年月日号]", after):
        return True
    return prose or "。" in before


def join_wrapped(
    lines: Sequence[Line], opens: Callable[[Line], bool], *, prose: bool
) -> list[Line]:
    """Lines cut by a page's width, joined; ``opens`` tells the lines that begin anew."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before and not before.level and not line.level and not opens(line):
            # A table row that breaks off is closed by a lone bar.
            row = before.text.startswith("|") and line.text == "|"
            if row or (
                not before.text.startswith("|")
                and not line.text.startswith("|")
                and _goes_on(before.text, line.text, prose=prose)
            ):
                joined[-1] = replace(before, text=before.text + line.text)
                continue
        joined.append(line)
    return joined
