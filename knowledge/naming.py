"""Titles: how they are compared, told apart by version, and shown. Pure."""

from __future__ import annotations

import re

_BRACKETS = re.compile(r"[《》〈〉\s]")
_YEAR_MARK = re.compile(r"[（(](\d{4})年?(?:修[订正])?[）)]$")
_SWAPPED = str.maketrans("《》〈〉", "〈〉《》")


def plain_title(title: str) -> str:
    """A title as it is compared: no 《》, no spaces, brackets in one width."""
    return _BRACKETS.sub("", title).replace("(", "（").replace(")", "）")


def base_title(title: str) -> str:
    """A title without the year of its version: 《X（2018年修订）》 → X."""
    return _YEAR_MARK.sub("", plain_title(title))


def title_year(title: str) -> int | None:
    """The year in a title's version mark, or None."""
    mark = _YEAR_MARK.search(plain_title(title))
    return int(mark.group(1)) if mark else None


def bracketed(title: str) -> str:
    """《title》, with 〈〉 for the titles inside it (GB/T 15834, 4.15).

    A title that is already wrapped whole is not wrapped twice.
    """
    inner = title[1:-1]
    if title.startswith("《") and title.endswith("》") and not set(inner) & set("《》"):
        return title
    return f"《{title.translate(_SWAPPED) if '《' in title else title}》"
