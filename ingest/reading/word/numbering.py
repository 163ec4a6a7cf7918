"""Word's automatic numbers, counted again from numbering.xml (ECMA-376 part 1, 17.9).

The file says only which list and level a paragraph belongs to; 第三条 stands nowhere in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.reading.word.numerals import is_known, written
from ingest.reading.word.package import Element, W, child, local, number, switched, value
from ingest.reading.word.styles import ParagraphStyle, Styles

BULLET = "-"
"""The label of a point that has a picture or a dot before it."""

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_NO_LIST = "0"


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts. ``restart`` is as in w:lvlRestart, None for the usual."""

    start: int = 1
    style: str = "decimal"
    text: str = ""
    spaced: bool = True
    restart: int | None = None
    legal: bool = False
    paragraph_style: str = ""
    hidden: bool = False
    digits: int = 0


@dataclass(frozen=True, slots=True)
class _List:
    """A w:num: the counts it shares with others of its definition, and what it changes."""

    counts: str
    levels: dict[int, _Level]
    restarts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """A number as printed; ``spaced`` where Word leaves room between it and the text."""

    text: str
    spaced: bool = True


class Numbering:
    """Counts as paragraphs go by, in the order of the document."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._lists = {} if root is None else _read_lists(root)
        self._counts: dict[str, list[int | None]] = {}
        self._restarted: set[tuple[str, int]] = set()
        self.unknown: set[str] = set()
        """Formats met that are written as plain digits for want of better."""
        self.lost = 0
        """Paragraphs of lists that are defined nowhere, so that their numbers are unknown."""

    def label(self, properties: Element | None, style: ParagraphStyle) -> Label | None:
        """Count one paragraph and return its number; None where it has none."""
        list_id, level = self._place(properties, style)
        found = self._lists.get(list_id)
        if found is None or not 0 <= level < _LEVELS:
            self.lost += list_id not in ("", _NO_LIST)
            return None
        self._count(list_id, found, level)
        return self._written(found, level)

    def _place(self, properties: Element | None, style: ParagraphStyle) -> tuple[str, int]:
        own = child(properties, "numPr")
        own_id, own_level = value(child(own, "numId")), number(child(own, "ilvl"))
        list_id = own_id or style.list_id
        if own_level is not None:
            return list_id, own_level
        tied: dict[str, int] = {}
        if not own_id and list_id in self._lists:
            levels = self._lists[list_id].levels
            tied = {level.paragraph_style: index for index, level in levels.items()}
        for style_id, said in zip(style.ids, style.list_levels, strict=True):
            # A style is tied to a level by the level, whatever the style itself says.
            found = tied.get(style_id, said)
            if found is not None:
                return list_id, found
        return list_id, 0

    def _count(self, list_id: str, found: _List, level: int) -> None:
        # Lists of one definition count on from each other, as in Word, until one restarts.
        counts = self._counts.setdefault(found.counts, [None] * _LEVELS)
        before = counts[level]
        override = found.restarts.get(level)
        if override is not None and (list_id, level) not in self._restarted:
            self._restarted.add((list_id, level))
            counts[level] = override
        elif before is None:
            counts[level] = found.levels[level].start if override is None else override
        else:
            counts[level] = before + 1
        for below in range(level + 1, _LEVELS):
            restart = found.levels[below].restart
            if restart is None or level < restart:
                counts[below] = None

    def _written(self, found: _List, level: int) -> Label | None:
        shown = found.levels[level]
        if shown.hidden:
            return None
        if shown.style == "bullet":
            return Label(BULLET)
        counts = self._counts[found.counts]

        def number_at(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            of = found.levels[index]
            count = counts[index]
            if of.style == "bullet" or index > level:
                return ""
            style = "decimal" if shown.legal and of.style != "none" else of.style
            if not is_known(style):
                self.unknown.add(style)
            return written(of.start if count is None else count, style).zfill(of.digits)

        text = _PLACE.sub(number_at, shown.text).strip()
        return Label(text, shown.spaced) if text else None


def _read_lists(root: Element) -> dict[str, _List]:
    definitions = {value(each, "abstractNumId"): each for each in root.iter(f"{W}abstractNum")}
    linked = {
        value(child(each, "styleLink")): key
        for key, each in definitions.items()
        if child(each, "styleLink") is not None
    }
    lists: dict[str, _List] = {}
    for each in root.iter(f"{W}num"):
        key = value(child(each, "abstractNumId"))
        if key not in definitions:
            continue
        link = value(child(definitions[key], "numStyleLink"))
        key = linked.get(link, key)
        lists[value(each, "numId")] = _read_list(each, key, definitions[key])
    return lists


def _read_list(num: Element, key: str, definition: Element) -> _List:
    levels = {index: _Level() for index in range(_LEVELS)}
    for each in definition.findall(f"{W}lvl"):
        levels[number(each, "ilvl") or 0] = _read_level(each)
    restarts: dict[int, int] = {}
    for override in num.findall(f"{W}lvlOverride"):
        index = number(override, "ilvl") or 0
        start = number(child(override, "startOverride"))
        if start is not None:
            restarts[index] = start
        changed = child(override, "lvl")
        if changed is not None:
            levels[index] = _read_level(changed)
    return _List(key, levels, restarts)


def _read_level(level: Element) -> _Level:
    # A format of one's own stands beside a plain one for older programs.
    formats = [each for each in level.iter(f"{W}numFmt") if local(each.getparent()) != "Fallback"]
    chosen = formats[0] if formats else child(level, "numFmt")
    style = value(chosen) or "decimal"
    digits = 0
    if style == "custom":
        sample = value(chosen, "format").split(",")[0].strip()
        style, digits = "decimal", len(sample) if sample.isdigit() else 0
    start = number(child(level, "start"))
    picture = child(level, "lvlPicBulletId") is not None
    return _Level(
        # ECMA-376 17.9.25: counting starts at 0 where nothing is said.
        start=0 if start is None else start,
        style="bullet" if picture else style,
        text=value(child(level, "lvlText")),
        spaced=value(child(level, "suff")) != "nothing",
        restart=number(child(level, "lvlRestart")),
        legal=bool(switched(level, "isLgl")),
        paragraph_style=value(child(level, "pStyle")),
        hidden=bool(switched(child(level, "rPr"), "vanish")),
        digits=digits,
    )
