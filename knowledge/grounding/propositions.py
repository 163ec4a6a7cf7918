"""A clause, taken apart into the single things that it says, each with what it hangs on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from knowledge.grounding.folding import fold, phrases, sentences
from knowledge.grounding.sanctions import circumstances, sanctions
from knowledge.grounding.statements import Statement, read
from knowledge.model import Clause, Document, Paragraph

_PARTS = re.compile(r"[;。]")
_COLON = ":"
_SEMICOLON = "\x01"  # one that is to stay while sentences are cut
_SHORT_ITEM = 10
# 下列 and what is listed, between a verb and the 的 before what it has to do with.
_LISTED = re.compile(r"(?:下列|以下)[\u4e00-\u9fff]{1,10}?(?=的[\u4e00-\u9fff])")
_NOUN = re.compile(r"[\u4e00-\u9fff、]{2,20}")
_ITEM_LABEL = re.compile(r"^(?:\([^()]{1,4}\)|\d{1,2}[.、]|[一二三四五六七八九十]{1,3}、)")
_SAME_AS_BEFORE = re.compile(r"(?:同|依照|按照|按|依)前款(?:的?规定)?(?:处理|处罚|办理|执行)?")
_FIRST_PARAGRAPH = re.compile(r"(?:同|依照|按照|按|依)第一款(?:的?规定)?(?:处理|处罚|办理|执行)?")


@dataclass(frozen=True)
class Proposition:
    """One thing that a clause says.

    ``own`` says it; ``lead`` is what it hangs on: the case that a sanction is for, the opening
    of a list. ``context`` is the rest of the same 款, whose words may be used again, and nothing
    else of it. ``whole`` is a 款 taken together, for what is said of its heaviest sanction;
    ``derived`` is a sanction of the 款 before that holds for this one as well.
    """

    document: Document
    clause: Clause
    paragraph: int
    own: Statement
    lead: Statement
    context: str = ""
    item: int = 0
    whole: bool = False
    derived: bool = False

    @cached_property
    def text(self) -> str:
        """Everything whose words a sentence about it may use, heading and title left out."""
        return f"{self.lead.text};{self.own.text};{self.context}"

    @cached_property
    def said(self) -> Statement:
        """Lead and own words as one statement."""
        return read(f"{self.lead.text},{self.own.text}") if self.lead.text else self.own

    @cached_property
    def around(self) -> Statement:
        """What was said before in the same 款."""
        return read(self.context)

    @cached_property
    def paragraph_text(self) -> str:
        """The whole 款 without its items, folded."""
        return next(
            (fold(each.text) for each in self.clause.paragraphs if each.ordinal == self.paragraph),
            "",
        )

    @cached_property
    def headings(self) -> str:
        """The title and the headings that it stands under, folded."""
        names = [self.document.title, self.document.stands_in_for, *self.clause.path]
        return fold("".join(names))


@lru_cache(maxsize=512)
def propositions(document: Document, clause: Clause) -> tuple[Proposition, ...]:
    """What a clause says, 款 by 款, and each 款 once more as a whole."""
    found: list[Proposition] = []
    by_paragraph: dict[int, list[Proposition]] = {}
    for paragraph in clause.paragraphs:
        blank = Proposition(document, clause, paragraph.ordinal, read(""), read(""))
        own = list(_of_paragraph(paragraph, blank))
        own += _as_before(paragraph, by_paragraph)
        by_paragraph[paragraph.ordinal] = own
        found += own
    return tuple(found)


def _of_paragraph(paragraph: Paragraph, blank: Proposition) -> Iterator[Proposition]:
    text = fold(paragraph.text)
    items = [_ITEM_LABEL.sub("", fold(item.text)).rstrip(";。") for item in paragraph.items]
    told = sentences(text.replace(";", _SEMICOLON))
    before = ""
    for number, sentence in enumerate(told):
        for lead, own in _parts(sentence.replace(_SEMICOLON, ";")):
            base = replace(blank, own=read(own), lead=read(lead), context=before)
            if items and number == len(told) - 1:
                yield from _with_items(base, items)
            else:
                yield base
        before += sentence.replace(_SEMICOLON, ";") + "。"
    yield replace(blank, own=read(";".join([text.rstrip(":;。"), *items])), whole=True)


def _with_items(base: Proposition, items: Sequence[str]) -> Iterator[Proposition]:
    """An opening line with its items: each with the line, and all of them together."""
    opening = base.own.text.rstrip(_COLON)
    for number, item in enumerate(items, 1):
        yield from _inserted(base, opening, item, number)
        if base.own.decides:
            # 有下列行为之一的，予以警告…：（一）…: what follows is said of every item.
            lead = ",".join(filter(None, [base.lead.text, item]))
            yield replace(base, own=read(opening), lead=read(lead), item=number)
            continue
        lead = ",".join(filter(None, [base.lead.text, opening]))
        for part in _PARTS.split(item):
            if part:
                yield replace(base, own=read(part), lead=read(lead), item=number)
    if base.own.decides and not any(_is_tied(read(item)) for item in items):
        lead = ",".join(filter(None, [base.lead.text, *items]))
        yield replace(base, own=read(opening), lead=read(lead))
    elif not any(read(item).amounts or read(item).decides for item in items):
        yield replace(base, own=read(opening + "、".join(items)))
    elif not any(read(item).amounts or len(item) > _SHORT_ITEM for item in items):
        # 种类为：（一）警告；（二）记过…: together they are one list of grades.
        yield replace(base, own=read(opening + "、".join(items)))


def _inserted(base: Proposition, opening: str, item: str, number: int) -> Iterator[Proposition]:
    """不得接受下列单位的礼品：（一）甲；…: said of one, 不得接受甲的礼品."""
    place = _LISTED.search(opening)
    if place and _NOUN.fullmatch(item):
        said = f"{opening[: place.start()]}{item}{opening[place.end() :]}"
        yield replace(base, own=read(said), item=number)


def _parts(sentence: str) -> Iterator[tuple[str, str]]:
    """(lead, own) for what is said between semicolons."""
    head, colon, body = sentence.partition(_COLON)
    if not body:
        parts = [each for each in _PARTS.split(sentence) if each]
        first = _case_of(parts[0]) if len(parts) > 1 else ""
        for number, part in enumerate(parts):
            yield (first if number and not _has_its_own_case(part) else ""), part
        return
    parts = [each for each in _PARTS.split(body) if each]
    if ";" in head:
        *before, head = head.split(";")
        yield from (("", each) for each in before if each)
    if read(head).decides and not read(body).sanctions:
        # 有下列情形之一，可以从轻：主动交代…；…: the opening is said of each.
        for part in parts:
            yield part, head
            if _is_tied(read(part)):
                yield head, part
        if not any(_is_tied(read(each)) for each in parts):
            yield "", head + colon + body
        return
    for part in parts:
        yield head, part
    # A list may be told as one; what is tied to several circumstances may not.
    if len(parts) == 1 or not any(_is_tied(read(each)) for each in parts):
        yield "", head + colon + body


def _is_tied(part: Statement) -> bool:
    return bool(part.decides or part.circumstances or part.amounts)


def _case_of(part: str) -> str:
    """The case that the first of several sanctions is for: all before what follows from it."""
    kept: list[str] = []
    for phrase in phrases(part):
        ended = bool(kept) and kept[-1].endswith("的") and not phrase.endswith("的")
        # 凡…，一律不得: a case of that part alone.
        ended = ended or phrase.startswith("凡")
        if ended or circumstances(phrase) or sanctions(phrase) or read(phrase).decides:
            break
        kept.append(phrase)
    return ",".join(kept)


def _has_its_own_case(part: str) -> bool:
    """超过10人的，: a case beside the first, not under it."""
    opening = phrases(part)[:1]
    return any(each.endswith("的") and read(each).amounts for each in opening)


def _as_before(
    paragraph: Paragraph, earlier: dict[int, list[Proposition]]
) -> Iterator[Proposition]:
    """同前款处理: the sanctions of the 款 before, for the case of this one."""
    text = fold(paragraph.text).rstrip("。")
    source = 0
    if _SAME_AS_BEFORE.search(text):
        source = paragraph.ordinal - 1
    elif _FIRST_PARAGRAPH.search(text):
        source = 1
    case = _FIRST_PARAGRAPH.sub("", _SAME_AS_BEFORE.sub("", text)).rstrip(",")
    for told in earlier.get(source, []):
        if not told.own.sanctions or told.whole:
            continue
        # The case of the other 款 is not this one's.
        kept = [each for each in phrases(told.own.text) if circumstances(each) or sanctions(each)]
        yield replace(
            told,
            own=read(",".join([case, *kept])),
            lead=read(""),
            paragraph=paragraph.ordinal,
            derived=True,
        )
