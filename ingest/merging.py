"""Which documents a generation holds together: replacing, versions, stand-ins. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import yaml

from ingest.assembly import restate
from knowledge.errors import UnreadableError
from knowledge.library import has_begun
from knowledge.model import Document, Kind
from knowledge.naming import base_title, bracketed, plain_title, title_year
from knowledge.store import Held

_RULES = {Kind.RULE, Kind.LAW, Kind.NOTICE, Kind.MEASURE, Kind.REQUIREMENT}


def merge(before: Sequence[Held], given: Sequence[Held]) -> list[Held]:
    """What is held after ``given`` is added to ``before``, in a stable order.

    A given document replaces a held one of the same title and version; of two
    versions of one title the later supersedes the earlier; a digest drops out
    where the text that it stands in for is held.
    """
    held: dict[tuple[str, dt.date | None], Held] = {}
    undated: dict[str, tuple[str, dt.date | None]] = {}
    as_stated = [_as_stated(entry) for entry in _without_stale_shipped(before, given)]
    for entry in (*as_stated, *given):
        key = _key(entry.parsed.document)
        # A text that does not say when it took effect is the same version as
        # whatever is held under its title.
        same_title = [other for other in held if other[0] == key[0]]
        if key[1] is None or key[0] in undated:
            for other in same_title:
                del held[other]
        if key[1] is None:
            undated[key[0]] = key
        else:
            undated.pop(key[0], None)
        held[key] = entry
    return _mark_superseded(_without_stand_ins(list(held.values())))


def _as_stated(entry: Held) -> Held:
    """A held document without what an earlier merge found out of it, which may hold no more.

    Its id tells what its file states itself.
    """
    if not entry.parsed.document.superseded_by:
        return entry
    bare = restate(entry.parsed, {"superseded_by": "", "superseded_on": None})
    found_out = bare.document.id == entry.parsed.document.id
    return replace(entry, parsed=bare) if found_out else entry


def yielding(base: Sequence[Held], held: Sequence[Held]) -> list[Held]:
    """What comes along, without that of which the unit's own file is held in the same version.

    An office that has loaded its own measures must not get the samples back with the next file.
    """
    own = [_key(entry.parsed.document) for entry in held if entry.origin == "file"]
    return [
        entry
        for entry in base
        if not any(_is_same_version(_key(entry.parsed.document), other) for other in own)
    ]


def _is_same_version(one: tuple[str, dt.date | None], other: tuple[str, dt.date | None]) -> bool:
    return one[0] == other[0] and (one[1] is None or other[1] is None or one[1] == other[1])


def without(held: Sequence[Held], titles: Sequence[str]) -> list[Held]:
    """What is left of ``held`` without the documents so titled, in every version.

    :raises UnreadableError: nothing has such a title.
    """
    known = {plain_title(entry.parsed.document.title) for entry in held}
    known |= {base_title(entry.parsed.document.title) for entry in held}
    for title in titles:
        if plain_title(title) not in known:
            raise UnreadableError(
                f"知识库里没有{bracketed(title)}。请用 lianwen documents 查看已有的文件。"
            )
    gone = {plain_title(title) for title in titles}
    return [
        entry
        for entry in held
        if not {plain_title(entry.parsed.document.title), base_title(entry.parsed.document.title)}
        & gone
    ]


def _key(document: Document) -> tuple[str, dt.date | None]:
    # A text may say when it was issued and not from when on it holds.
    return plain_title(document.title), document.effective or document.issued


def _without_stale_shipped(before: Sequence[Held], given: Sequence[Held]) -> Iterable[Held]:
    """Drop shipped documents that this version of the program no longer ships."""
    if not any(entry.origin == "shipped" for entry in given):
        return before
    return [entry for entry in before if entry.origin != "shipped"]


def _without_stand_ins(held: list[Held]) -> list[Held]:
    official = {
        plain_title(entry.parsed.document.title)
        for entry in held
        if not entry.parsed.document.stands_in_for and has_begun(entry.parsed.document)
    }
    return [
        entry
        for entry in held
        if plain_title(entry.parsed.document.stands_in_for or "—") not in official
    ]


def _mark_superseded(held: list[Held]) -> list[Held]:
    families: dict[str, list[Document]] = {}
    for entry in held:
        if entry.parsed.document.kind in _RULES:
            families.setdefault(base_title(entry.parsed.document.title), []).append(
                entry.parsed.document
            )
    repealed = {
        plain_title(title): entry.parsed.document
        for entry in held
        if has_begun(entry.parsed.document)
        for title in entry.parsed.document.supersedes
    }
    return [_marked(entry, families, repealed) for entry in held]


def _marked(
    entry: Held, families: dict[str, list[Document]], repealed: dict[str, Document]
) -> Held:
    document = entry.parsed.document
    if document.superseded_by:
        return entry
    later = _successor(document, families.get(base_title(document.title), []))
    by_text = repealed.get(plain_title(document.title))
    if later is None and by_text is not None and by_text.id != document.id:
        # A repeal that names only a title means the version before it.
        later = by_text if _day(by_text) > _day(document) else None
    if later is not None:
        return _supersede(entry, later.title, later.effective or later.issued)
    known = _register().get(plain_title(document.title))
    return _supersede(entry, *known) if known else entry


def _successor(document: Document, family: Sequence[Document]) -> Document | None:
    """The newest other version of the same title, where it is later than this one."""
    others = [other for other in family if other.id != document.id and has_begun(other)]
    newest = max(others, key=_day, default=None)
    return newest if newest is not None and _day(newest) > _day(document) else None


def _day(document: Document) -> dt.date:
    year = title_year(document.title)
    if document.effective or document.issued:
        return document.effective or document.issued or dt.date.min
    # An unmarked title is the current text; one with a year, that year's.
    return dt.date(year, 1, 1) if year else dt.date.max


def _supersede(entry: Held, by: str, on: dt.date | None) -> Held:
    document = replace(entry.parsed.document, superseded_by=by, superseded_on=on)
    return replace(entry, parsed=replace(entry.parsed, document=document))


@cache
def _register() -> dict[str, tuple[str, dt.date | None]]:
    """Known successions whose later text may not be held: title → (by, on)."""
    text = (files("knowledge") / "lexicon" / "superseded.yaml").read_text(encoding="utf-8")
    rows: list[dict[str, object]] = yaml.safe_load(text)
    register = {}
    for row in rows:
        day = row.get("on")
        register[plain_title(str(row["title"]))] = (
            str(row["by"]),
            day if isinstance(day, dt.date) else None,
        )
    return register
