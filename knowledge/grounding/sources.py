"""The documents that a sentence may name: what they are called, and how they stand on a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from knowledge.grounding.folding import blanked, fold
from knowledge.grounding.places import Named
from knowledge.library import Library, has_begun, short_names, today
from knowledge.marks import in_force
from knowledge.model import Document
from knowledge.naming import base_title, plain_title, title_year
from knowledge.writing.model import Given

_YEAR = re.compile(r"(?:19|20)\d{2}")
_PREFIXES = ("中华人民共和国", "中国共产党", "中央和国家机关", "党政机关", "关于")
_SUFFIX = re.compile(r"(?:[（(](?:试行|暂行|一)[）)]|要点)$")
_GENERIC = {"条例", "准则"}
_SHORTEST = 3
# How a sentence says that what it cites no longer applies, or does not yet.
_PAST = "旧|当时|原(?:条例|规定|办法|准则|法|规则|《|〈)|废止|失效|不再适用|修[订改]前|此前的"
_SAYS_PAST = re.compile(f"已被.{{0,40}}取代|{_PAST}")
# Between 已被 and 取代 nothing stands but a name, which is blank by then.
_BLANKED_PAST = re.compile(f"已被[\0新的版本条例规定办法更]*取代|{_PAST}")
_SAYS_FUTURE = re.compile("尚未施行|还没有施行|还未施行|起施行|将于|未施行")
_SAYS_PRESENT = re.compile("现行|有效|目前适用|仍然适用|最新")


def family_of(document: Document) -> str:
    """The base title of the text that a document is, or stands in for."""
    return base_title(document.stands_in_for or document.title)


def names_for(given: Iterable[Given], library: Library | None) -> dict[str, str]:
    """Every name that a document is known by → its base title; those given are always known."""
    names = dict(library.names) if library else {}
    for name, title in short_names().items():
        names.setdefault(name, base_title(title))
    for title in short_names().values():
        names.setdefault(base_title(title), base_title(title))
    for each in given:
        family = family_of(each.document)
        for title in (family, plain_title(each.document.title), base_title(each.document.title)):
            names[title] = family
            short = _SUFFIX.sub("", title)
            names.setdefault(short, family)
            for prefix in _PREFIXES:
                if short.startswith(prefix) and len(short) - len(prefix) >= _SHORTEST:
                    short = short.removeprefix(prefix)
                    names.setdefault(short, family)
    return names


def is_named_rightly(named: Named, cited: Iterable[Given]) -> bool:
    """Whether a name is that of a document cited, in its version, or stands in a clause cited."""
    for each in cited:
        clause = fold(each.clause.text)
        if _is_successor(named, each.document):
            return True
        if not named.years <= _years(each.document, clause):
            continue
        if named.name in clause:
            return True
        if named.family == family_of(each.document):
            return True
        if named.name in _GENERIC and named.name in each.document.title:
            return True
    return False


def _is_successor(named: Named, document: Document) -> bool:
    """Whether it is the text that has taken the document's place."""
    by = document.superseded_by
    return (
        bool(by) and base_title(named.name) == base_title(by) and (named.years <= {title_year(by)})
    )


def documents_of(named: Iterable[Named], cited: Iterable[Given]) -> set[str]:
    """The ids of the documents cited that are named."""
    families = {each.family for each in named}
    return {each.document.id for each in cited if family_of(each.document) in families}


def _years(document: Document, clause: str) -> set[int]:
    dated = {day.year for day in (document.issued, document.effective) if day}
    written = _YEAR.findall(f"{document.title}{document.stands_in_for}{document.number}{clause}")
    marked = title_year(document.title)
    return dated | {int(year) for year in written} | ({marked} if marked else set())


def is_past(document: Document, library: Library | None, day: dt.date | None) -> bool:
    """Whether another text has taken a document's place by ``day`` (today)."""
    day = day or today()
    if library:
        return has_begun(document, day) and not in_force(library, document, day)
    on = document.superseded_on
    return not document.in_force and (on is None or on <= day)


def hides_standing(
    text: str, cited: Sequence[Given], replaced: AbstractSet[str], day: dt.date | None
) -> bool:
    """Whether folded ``text`` cites what is not in force on ``day`` (today) as if it were, or
    calls replaced what is in force.

    :param replaced: the ids of the documents whose place another has taken by then.
    """
    day = day or today()
    documents = [each.document for each in cited]
    past = [each for each in documents if each.id in replaced]
    future = [each for each in documents if not has_begun(each, day)]
    if past and (not _SAYS_PAST.search(text) or _SAYS_PRESENT.search(text)):
        return True
    if future and (not _SAYS_FUTURE.search(text) or _SAYS_PRESENT.search(text)):
        return True
    clauses = "".join(fold(each.clause.text) for each in cited)
    claimed = [match[0] for match in _SAYS_PAST.finditer(text) if match[0] not in clauses]
    return bool(claimed) and not past


def without_standing(text: str) -> str:
    """Folded text (names blank) without what it says of a standing, which has been read."""
    for pattern in (_BLANKED_PAST, _SAYS_FUTURE, _SAYS_PRESENT):
        text = blanked(text, [match.span() for match in pattern.finditer(text)])
    return text
