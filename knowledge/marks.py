"""How binding a document is on a day, in the fewest words, for lists. Pure.

The whole sentence is left to ``standing``.
"""

from __future__ import annotations

import datetime as dt

from knowledge.library import Library, has_begun, today
from knowledge.model import Document, Kind
from knowledge.naming import bracketed

_BINDING = {Kind.RULE, Kind.LAW, Kind.MEASURE, Kind.NOTICE}
_NAMES = {Kind.GUIDE: "要点归纳", Kind.REQUIREMENT: "工作要求", Kind.CASE: "案例"}


def mark(library: Library, document: Document, day: dt.date | None = None) -> str:
    """现行有效, or what there is to know before relying on it, joined by 、.

    :param day: the civil day asked about; today where it is None.
    """
    day = day or today()
    marks = []
    if document.sample:
        marks.append("示范文本")
    elif document.kind in _NAMES:
        marks.append(_NAMES[document.kind])
    if _replaced(document, day):
        marks.append(f"已被{bracketed(document.superseded_by)}取代")
    elif not has_begun(document, day):
        marks.append("尚未施行")
    elif document.id in library.outdated(day):
        marks.append("已有新版本")
    elif document.kind in _BINDING and not document.sample:
        # A text known to lag behind its amendments is not to be called in force as it stands.
        marks.append("须核对现行文本" if document.caveat else "现行有效")
    return "、".join(marks)


def in_force(library: Library, document: Document, day: dt.date | None = None) -> bool:
    """Whether its own day has come by then, and nothing has followed it."""
    day = day or today()
    return (
        not _replaced(document, day)
        and has_begun(document, day)
        and document.id not in library.outdated(day)
    )


def _replaced(document: Document, day: dt.date) -> bool:
    on = document.superseded_on
    return not document.in_force and (on is None or on <= day)
