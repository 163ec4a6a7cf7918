"""A paragraph's words: runs, links, fields, breaks; what hangs on it is handed back apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.reading.word.package import Element, W, child, flattened, local, switched, value
from ingest.reading.word.styles import Styles
from ingest.reading.word.symbols import circled, symbol, visible

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_WRAPPERS = frozenset(
    {"ins", "moveTo", "hyperlink", "smartTag", "customXml", "dir", "bdo", "oMath", "oMathPara"}
)
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "ptab": " ", "noBreakHyphen": "-"}
_UNNUMBERED_FIELDS = ("LISTNUM", "AUTONUM")
_LISTING = "TOC"


@dataclass(slots=True)
class Met:
    """What was come across in a whole document and matters to an admin."""

    symbols: int = 0
    pictures: int = 0
    number_fields: int = 0
    inserted_files: int = 0


@dataclass(slots=True)
class Words:
    """One paragraph: its text, its notes as (kind, id) in order, its text boxes."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class _Field:
    """An open field; its instruction comes first, then the result that is printed."""

    instruction: str = ""
    in_result: bool = False

    @property
    def name(self) -> str:
        words = self.instruction.split(maxsplit=1)
        return words[0].upper() if words else ""


class TextReader:
    """Reads one story's paragraphs in order; a field may begin in one and end in another."""

    def __init__(self, styles: Styles, met: Met) -> None:
        self._styles = styles
        self._met = met
        self._fields: list[_Field] = []

    @property
    def in_contents(self) -> bool:
        """Whether a table of contents has begun and not ended."""
        return any(each.name == _LISTING for each in self._fields)

    def read(self, paragraph: Element, *, hidden: bool) -> Words:
        """Read one paragraph.

        :param hidden: whether its style hides what does not say otherwise.
        """
        words = Words()
        pieces = list(self._inline(paragraph, words, hidden=hidden))
        words.text = visible("".join(pieces)).strip()
        return words

    def _inline(self, parent: Element, words: Words, *, hidden: bool) -> Iterator[str]:
        for each in flattened(parent, _WRAPPERS):
            kind = local(each)
            if kind == "r" and each.tag == f"{W}r":
                yield from self._run(each, words, hidden=hidden)
            elif kind == "fldSimple":
                yield from self._simple_field(each, words, hidden=hidden)
            elif kind == "ruby":
                yield from self._ruby(each, words, hidden=hidden)
            elif kind == "subDoc":
                self._met.inserted_files += 1
            elif each.tag is not None and not str(each.tag).startswith(W):
                # A formula: its letters in the order written.
                yield from (str(text.text or "") for text in each.iter("{*}t"))

    def _simple_field(self, simple: Element, words: Words, *, hidden: bool) -> Iterator[str]:
        self._fields.append(_Field(value(simple, "instr"), in_result=True))
        yield from self._inline(simple, words, hidden=hidden)
        self._end_field()

    def _ruby(self, ruby: Element, words: Words, *, hidden: bool) -> Iterator[str]:
        """The characters without the pronunciation over them."""
        base = child(ruby, "rubyBase")
        if base is not None:
            yield from self._inline(base, words, hidden=hidden)

    def _run(self, run: Element, words: Words, *, hidden: bool) -> Iterator[str]:
        properties = child(run, "rPr")
        own = switched(properties, "vanish")
        if own is None and (style := value(child(properties, "rStyle"))):
            own = self._styles.hides(style) or None
        hidden = hidden if own is None else own
        custom_mark = False
        for each in run:
            kind = local(each)
            if kind == "fldChar":
                yield from self._field_mark(value(each, "fldCharType"))
            elif kind == "instrText":
                if self._fields and not self._fields[-1].in_result:
                    self._fields[-1].instruction += str(each.text or "")
            elif hidden or not self._printing:
                continue
            elif kind in ("footnoteReference", "endnoteReference"):
                words.notes.append((kind.removesuffix("Reference"), value(each, "id")))
                custom_mark = value(each, "customMarkFollows") in ("1", "true", "on")
            elif not (custom_mark and kind in ("t", "sym")):
                yield from self._content(each, kind, words)

    def _content(self, each: Element, kind: str, words: Words) -> Iterator[str]:
        if kind == "t":
            text = str(each.text or "")
            yield text if each.get(_SPACE) == "preserve" else text.strip(" \t\r\n")
        elif kind in _BREAKS:
            yield _BREAKS[kind]
        elif kind == "sym":
            found = symbol(value(each, "font"), value(each, "char"))
            self._met.symbols += not found
            yield found
        elif kind == "ruby":
            yield from self._ruby(each, words, hidden=False)
        elif kind in ("drawing", "pict", "object"):
            boxes = [box for box in each.iter(f"{W}txbxContent") if _outermost(box, each)]
            words.boxes += boxes
            self._met.pictures += not boxes

    @property
    def _printing(self) -> bool:
        return all(each.in_result and each.name != _LISTING for each in self._fields)

    def _field_mark(self, kind: str) -> Iterator[str]:
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].in_result = True
        elif kind == "end" and self._fields:
            ended = self._end_field()
            if self._printing and not ended.in_result:
                yield circled(ended.instruction)

    def _end_field(self) -> _Field:
        ended = self._fields.pop()
        self._met.number_fields += ended.name.startswith(_UNNUMBERED_FIELDS)
        return ended


def _outermost(box: Element, within: Element) -> bool:
    for above in box.iterancestors():
        if above is within:
            return True
        if above.tag == f"{W}txbxContent":
            return False
    return True
