"""What a paragraph's style says of it: heading or title, numbered by which list, hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.reading.word.package import Element, W, child, number, switched, value

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])")
_TITLES = {"title", "标题"}
_CONTENTS = re.compile(r"(?:toc|目录)(?:\s*(?:\d|heading|标题).*)?")
_BODY_LEVEL = 9
_DEEPEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """A style with what it inherits. ``ids`` are its own and those it is based on, nearest first.

    ``heading`` counts from 1, 0 for none. ``list_id`` is w:numId, "" for none; ``list_levels``
    is what each of ``ids`` says of the level, None for nothing.
    """

    ids: tuple[str, ...] = ()
    heading: int = 0
    title: bool = False
    contents: bool = False
    hidden: bool = False
    list_id: str = ""
    list_levels: tuple[int | None, ...] = ()


class Styles:
    """The styles part, or none: then every paragraph is plain."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else list(root.iter(f"{W}style"))
        self._styles = {value(style, "styleId"): style for style in styles}
        self._default = next(
            (
                value(style, "styleId")
                for style in styles
                if value(style, "type") == "paragraph" and value(style, "default") in ("1", "true")
            ),
            "",
        )
        self._known: dict[str, ParagraphStyle] = {}

    def paragraph(self, style_id: str) -> ParagraphStyle:
        """Return the style of a paragraph; ``style_id`` is "" where it names none."""
        wanted = style_id if style_id in self._styles else self._default
        if wanted not in self._known:
            self._known[wanted] = self._resolve(wanted)
        return self._known[wanted]

    def hides(self, style_id: str) -> bool:
        """Whether a character style hides its text."""
        return bool(self._first_switch(self._chain(style_id), "vanish"))

    def _chain(self, style_id: str) -> list[Element]:
        """A style and those it is based on, nearest first; a ring is broken off."""
        chain: list[Element] = []
        while style_id in self._styles and len(chain) < _DEEPEST_CHAIN:
            chain.append(self._styles[style_id])
            style_id = value(child(chain[-1], "basedOn"))
        return chain

    def _first_switch(self, chain: list[Element], name: str) -> bool | None:
        found = (switched(child(style, "rPr"), name) for style in chain)
        return next((each for each in found if each is not None), None)

    def _resolve(self, style_id: str) -> ParagraphStyle:
        chain = self._chain(style_id)
        names = [value(child(style, "name")).strip().lower() for style in chain]
        contents = bool(names) and _CONTENTS.fullmatch(names[0]) is not None
        lists = [child(style, "pPr", "numPr") for style in chain]
        return ParagraphStyle(
            ids=tuple(value(style, "styleId") for style in chain),
            heading=0 if contents else _heading(chain, names),
            title=not contents and bool(_TITLES & set(names)),
            contents=contents,
            hidden=bool(self._first_switch(chain, "vanish")),
            # List and level are inherited apart: a style may say its level alone.
            list_id=next((said for each in lists if (said := value(child(each, "numId")))), ""),
            list_levels=tuple(number(child(each, "ilvl")) for each in lists),
        )


def _heading(chain: list[Element], names: list[str]) -> int:
    for style, name in zip(chain, names, strict=True):
        level = number(child(style, "pPr", "outlineLvl"))
        if level is not None:
            return level + 1 if 0 <= level < _BODY_LEVEL else 0
        if match := _HEADING.fullmatch(name):
            return int(match[1])
    return 0


def heading_of(properties: Element | None, style: ParagraphStyle) -> int:
    """Return a paragraph's outline level from 1, 0 for body text; its own word comes first."""
    level = number(child(properties, "outlineLvl"))
    if level is None:
        return style.heading
    return level + 1 if 0 <= level < _BODY_LEVEL else 0
