"""Whether a sent answer says what its cited clauses do not. A check of its own: it shares no code
with the product's, reads the clauses straight from the database, and is coarse on purpose.

A number may stand in the question instead (「收了两万元」); what is right by these lights can
still be wrong. Faults are for a person to look at; none at all is what is hoped for.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from knowledge.model import Answer, Citation

_MARKS = re.compile(r"\[(\d+)\]")
# How the note opens that tells what the passages do not say, in the model's words.
_UNKNOWN = "所引条文里看不出的："
_HAN = "零〇一二两三四五六七八九十百千"
_ARTICLE = re.compile(rf"第([{_HAN}\d]+)条(?:之([{_HAN}\d]+))?")
_TITLE = re.compile(r"《([^《》]+)》")
_QUOTED = re.compile(r"[“「『]([^”」』]{6,})[”」』]")
_FRACTION = re.compile(rf"([{_HAN}\d]+)分之([{_HAN}\d.]+)")
_UNITS = "个工作日|个月|小时|年|月|日|天|周|元|倍|次|人|名|岁|级|档|条|款|项|%|分钟"
_NUMBER = re.compile(rf"(\d+(?:\.\d+)?|[{_HAN}]+)([万亿]*)余?({_UNITS})?")
# 一次、一人、一名、一项 are articles of speech as often as numbers.
_IDLE_ONE = frozenset({"次", "人", "名", "条", "款", "项", "级", "档"})
_SAME_UNIT = {"天": "日", "周": "星期"}
_GRADES = (
    *("严重警告", "警告", "撤销党内职务", "留党察看", "开除党籍", "记大过", "记过", "降级", "撤职"),
    *("开除公职", "开除", "诫勉", "批评教育", "责令检查", "通报", "停职", "免职", "政务处分"),
    *("有期徒刑", "无期徒刑", "拘役", "管制", "死刑", "罚金", "罚款", "没收财产", "没收"),
)
_GRADE = re.compile("|".join(sorted(_GRADES, key=len, reverse=True)))
_POWERS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


class Kind(StrEnum):
    """What is wrong with a sent sentence."""

    NO_CITATION = "[n] without a citation"
    PLACE = "no such document or article"
    QUOTE = "quote below not verbatim"
    MISQUOTED = "words in quotation marks not verbatim"
    UNCITED = "no [n]"
    UNKNOWN = "a claim among what is not known"
    ARTICLE = "article"
    TITLE = "title"
    NUMBER = "number"
    SANCTION = "sanction"


@dataclass(frozen=True, slots=True)
class Invented:
    """``words`` are what nothing backs, ``sentence`` is where they were sent."""

    kind: Kind
    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A clause as the database holds it."""

    title: str
    article: str
    text: str
    about: str
    """The document's title, number and days."""


@dataclass(slots=True)
class Shelf:
    """Every clause of the database, by its id; ``names`` are what documents are called."""

    clauses: dict[str, Stored] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def read_shelf(data_dir: Path) -> Shelf:
    """Straight from SQLite, past the product's own reading."""
    shelf, names = Shelf(), set()
    with sqlite3.connect(f"file:{data_dir / 'lianwen.sqlite3'}?mode=ro", uri=True) as database:
        rows = database.execute(
            "select clause.id, title, article, paragraphs, number, issued, effective"
            " from clause join document on document.id = document_id"
        )
        for key, title, article, paragraphs, *about in rows:
            lines = []
            for each in json.loads(paragraphs):
                lines += [each["text"], *(text for _, text in each.get("items", ()))]
            days = [f"{int(y)}年{int(m)}月{int(d)}日" for y, m, d in _days(about)]
            known = " ".join([title, about[0], *days])
            shelf.clauses[key] = Stored(title, article, "\n".join(lines), known)
            names |= {title, re.sub(r"[（(].*?[）)]|^中华人民共和国|^中国共产党", "", title)}
    shelf.names = frozenset(name for name in names if len(name) > 2)
    return shelf


def invented(
    answer: Answer, shelf: Shelf, question: str, given: Sequence[str]
) -> Iterator[Invented]:
    """What the answer's text says, line by line, that its citations do not.

    :param given: ids of the clauses that the model was given; what it cannot tell is about these.
    """
    for sentence in answer.text.split("\n"):
        numbers = [int(number) for number in _MARKS.findall(sentence)]
        if not numbers:
            yield Invented(Kind.UNCITED, sentence, sentence)
        clauses = []
        for number in numbers:
            behind = _checked(number, answer.citations, shelf)
            if isinstance(behind, Stored):
                clauses.append(behind)
            else:
                yield Invented(*behind, sentence)
        for kind, claim in _claims(_MARKS.sub("", sentence), clauses, shelf, question):
            yield Invented(kind, claim, sentence)
    everything = [shelf.clauses[key] for key in given if key in shelf.clauses]
    for note in answer.notes:
        if note.startswith(_UNKNOWN):
            for _, claim in _claims(note.removeprefix(_UNKNOWN), everything, shelf, question):
                yield Invented(Kind.UNKNOWN, claim, note)


def _checked(number: int, citations: Sequence[Citation], shelf: Shelf) -> Stored | tuple[Kind, str]:
    """The stored clause behind [n], or what is wrong with that number."""
    if not 1 <= number <= len(citations):
        return Kind.NO_CITATION, f"[{number}]"
    citation = citations[number - 1]
    stored = shelf.clauses.get(citation.clause.id)
    if stored is None or not _is_there(citation, stored):
        return Kind.PLACE, f"{citation.document.title}{citation.clause.article}"
    if not citation.quote or citation.quote not in stored.text:
        return Kind.QUOTE, citation.quote
    return stored


def _is_there(citation: Citation, stored: Stored) -> bool:
    return (stored.title, stored.article) == (citation.document.title, citation.clause.article)


def _claims(
    words: str, clauses: Sequence[Stored], shelf: Shelf, question: str
) -> Iterator[tuple[Kind, str]]:
    """Articles, titles, numbers and sanctions of a sentence that no cited clause holds."""
    words = _plain(words)
    text = _plain("\n".join(each.text for each in clauses))
    about = _plain("\n".join(each.about for each in clauses))
    places = _articles(text) | {label for each in clauses for label in _articles(each.article)}
    yield from ((Kind.ARTICLE, label) for label in sorted(_articles(words) - places))
    told = f"{about}\n{text}"
    for title in {found[1] for found in _TITLE.finditer(words)}:
        if title not in told:
            yield Kind.TITLE, title
    for said in _QUOTED.findall(words):
        if said not in text.replace("\n", "") and said not in _plain(question):
            yield Kind.MISQUOTED, said
    bare = _TITLE.sub("", words)
    yield from ((Kind.TITLE, name) for name in shelf.names if name in bare and name not in told)
    known = _numbers(told) | _numbers(_plain(question))
    known |= {(value, "") for value, _ in known}
    rest = _ARTICLE.sub("", bare)
    yield from ((Kind.NUMBER, "".join(each)) for each in sorted(_numbers(rest) - known))
    grades = set(_GRADE.findall(bare)) - set(_GRADE.findall(text)) - set(_GRADE.findall(about))
    yield from ((Kind.SANCTION, grade) for grade in sorted(grades))


def _articles(text: str) -> set[str]:
    """(97, 0) for 第九十七条, (388, 1) for 第三百八十八条之一, as text."""
    return {
        f"第{_value(number):g}条" + (f"之{_value(more):g}" if more else "")
        for number, more in _ARTICLE.findall(text)
    }


def _numbers(text: str) -> set[tuple[str, str]]:
    """(value, unit) of every number; a Chinese one counts only where a unit follows."""
    found = {(f"{_value(part):g}/{_value(whole):g}", "") for whole, part in _FRACTION.findall(text)}
    found |= {(f"{float(share):g}/100", "") for share in re.findall(r"(\d+(?:\.\d+)?)%", text)}
    for number, large, unit in _NUMBER.findall(_FRACTION.sub("", text)):
        idle = unit in _IDLE_ONE and number in {"一", "两"} and not large
        if unit == "%" or idle or not (unit or number[0].isascii()):
            continue
        value = _value(number) * 10 ** (4 * large.count("万") + 8 * large.count("亿"))
        found.add((f"{value:.12g}", _SAME_UNIT.get(unit, unit)))
    return found


def _value(number: str) -> float:
    if number[0].isascii():
        # 3十 is no number; it then matches nothing.
        return float(re.match(r"\d+(?:\.\d+)?", number)[0])
    if not set(number) & set(_POWERS):
        return float("".join(str(_DIGITS[char]) for char in number))
    total, digit = 0, None
    for char in number:
        if char in _POWERS:
            total += (1 if digit is None else digit) * _POWERS[char]
            digit = None
        else:
            digit = _DIGITS[char]
    return float(total + (digit or 0))


def _plain(text: str) -> str:
    """One width, no blanks, no commas inside numbers."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"(?<=\d),(?=\d{3})|[ \t　]", "", text)


def _days(about: Sequence[str | None]) -> Iterator[list[str]]:
    yield from (day.split("-") for day in about[1:] if day)
