"""Tracked changes accepted and duplicates left out, before anything is read."""

from __future__ import annotations

from ingest.reading.word.package import MC, Element, W, child, local

_REMOVED = ("del", "moveFrom")
# Inside these, the same names are marks on a paragraph or a row, not text that went.
_MARKED = {"rPr", "trPr", "tcPr", "numPr"}


def accept_changes(root: Element) -> None:
    """Take out what was deleted or moved away, and one of each pair of alternatives."""
    _choose_alternatives(root)
    for row in list(root.iter(f"{W}tr")):
        if _is_marked(child(row, "trPr")):
            _take_out(row)
    for cell in list(root.iter(f"{W}tc")):
        if child(cell, "tcPr", "cellDel") is not None:
            _take_out(cell)
    for name in _REMOVED:
        for gone in list(root.iter(f"{W}{name}")):
            parent = gone.getparent()
            if parent is not None and local(parent) not in _MARKED:
                _take_out(gone)
    _ignore_broken_fields(root)


def goes_on(properties: Element | None) -> bool:
    """Whether a paragraph's end was deleted, or is none: its text goes on in the next."""
    mark = child(properties, "rPr")
    if _is_marked(mark) or child(mark, "specVanish") is not None:
        return True
    # A large first letter is a paragraph of its own to Word alone.
    frame = child(properties, "framePr")
    return frame is not None and frame.get(f"{W}dropCap") in ("drop", "margin")


def _is_marked(properties: Element | None) -> bool:
    return any(child(properties, name) is not None for name in _REMOVED)


def _take_out(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _choose_alternatives(root: Element) -> None:
    """Put the first alternative in the place of both; a text box is in each of them."""
    for alternatives in reversed(list(root.iter(f"{MC}AlternateContent"))):
        choices = [each for each in alternatives if local(each) in ("Choice", "Fallback")]
        speaking = [each for each in choices if each.find(f".//{W}t") is not None]
        parent = alternatives.getparent()
        if parent is None:
            continue
        at = parent.index(alternatives)
        for each in (speaking or choices)[:1]:
            for offset, kept in enumerate(list(each)):
                parent.insert(at + offset, kept)
        parent.remove(alternatives)


def _ignore_broken_fields(root: Element) -> None:
    """Blank the begin of a field without an end, which would swallow all that follows."""
    for story in [root, *root.iter(f"{W}txbxContent")]:
        begun: list[Element] = []
        for mark in story.iter(f"{W}fldChar"):
            if _story(mark, root) is not story:
                continue
            kind = mark.get(f"{W}fldCharType")
            if kind == "begin":
                begun.append(mark)
            elif kind == "end" and begun:
                begun.pop()
        for mark in begun:
            mark.set(f"{W}fldCharType", "")


def _story(element: Element, root: Element) -> Element:
    return next(element.iterancestors(f"{W}txbxContent"), root)
