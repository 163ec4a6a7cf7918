"""The reminders' templates, one file a holiday: what each says, and the articles it names.

Whether those articles still stand is left to ``basis``, putting a message together to
``composing``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, combinations
from typing import Any

import yaml

from knowledge.errors import ReminderError
from knowledge.holidays.model import Festival, Occasion
from knowledge.lexical import segments
from knowledge.reminding.model import Wording

GENERAL, AFTER, GROUNDS = "通用", "节后", "依据"
# A reminder has three red lines at least.
FEWEST = 3

_ARTICLE = re.compile(r"第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PLACEHOLDERS = {"name", "gifts", "period"}


@dataclass(frozen=True, slots=True)
class Place:
    """An article by its document's title, with words that the cited 款 must hold."""

    document: str
    article: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a red line stands on: places by preference, and what to search for without them.

    ``written`` is the day on which the places were last checked against the texts.
    """

    name: str
    places: tuple[Place, ...]
    about: str
    written: dt.date


@dataclass(frozen=True, slots=True)
class Line:
    """A red line in words; nothing goes out without the ground of one that is ``required``."""

    words: str
    ground: Ground
    required: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """One file. ``names`` are words by which added days are known to be meant, unless they
    stand in one of ``unless``: 过年 does not mean the holiday in 过年审.

    Only holidays have an ``eve``, its shorter opening, and ``also``, the sentence where the
    holiday falls together with another. ``gifts`` is what is sent just then. ``cases`` are texts
    to find a warning case by, ``measure`` words to choose the unit's measure by.
    """

    name: str
    names: tuple[str, ...]
    unless: tuple[str, ...]
    opening: str
    watch: tuple[str, ...]
    lines: tuple[Line, ...]
    measure: str
    questions: tuple[str, ...]
    eve: str = ""
    also: str = ""
    gifts: str = ""
    cases: tuple[str, ...] = ()


@cache
def templates() -> Mapping[str, Template]:
    """Every template that comes along, by its file's name.

    :raises ReminderError: a file is not as it should be; the message names it.
    """
    folder = files("knowledge") / "reminding" / "templates"
    return load(
        {
            each.name.removesuffix(".yaml"): each.read_text(encoding="utf-8")
            for each in folder.iterdir()
            if each.name.endswith(".yaml")
        }
    )


def load(texts: Mapping[str, str]) -> Mapping[str, Template]:
    """Templates from YAML by name; the one named 依据 holds the grounds of all red lines.

    :raises ReminderError: something is missing, unknown or too long; the message names the file.
    """
    wanted = {GROUNDS, GENERAL, AFTER, *(each.value for each in Festival)}
    if missing := sorted(wanted - texts.keys()):
        raise ReminderError(f"缺少提醒模板：{'、'.join(missing)}。请重新安装本程序。")
    grounds = _grounds(_Sheet(GROUNDS, _mapping(GROUNDS, texts[GROUNDS])))
    return {
        name: _template(_Sheet(name, _mapping(name, text)), grounds)
        for name, text in texts.items()
        if name != GROUNDS
    }


def templates_for(occasion: Occasion) -> tuple[Template, ...]:
    """The template of each holiday, the main one first; of added days the one by their name."""
    held = templates()
    if occasion.festivals:
        return tuple(held[each.value] for each in occasion.festivals)
    named = [
        (len(word), template.name)
        for template in held.values()
        for word in _runs(occasion.name, template.unless).intersection(template.names)
    ]
    # The longest word says most exactly what is meant.
    return (held[max(named)[1] if named else GENERAL],)


def filled(text: str, given: Mapping[str, str]) -> str:
    """A template's text with {name} and the like replaced, once; what is put in stays as it is."""
    return _PLACEHOLDER.sub(lambda found: given.get(found[1], ""), text)


def _runs(name: str, unless: Sequence[str]) -> frozenset[str]:
    """Every run of whole words in a name: 中考 is one in 2027年中考, and none in 年中考核."""
    for other in unless:
        name = name.replace(other, " ")
    ends = list(accumulate(map(len, segments(name)), initial=0))
    return frozenset(name[first:last] for first, last in combinations(ends, 2))


class _Sheet:
    """One file's fields, taken out one by one, with errors that name file and field."""

    def __init__(self, name: str, fields: Mapping[str, Any]) -> None:
        self.name = name
        self._fields = dict(fields)

    def text(self, field: str, *, optional: bool = False) -> str:
        value = self._fields.pop(field, "" if optional else None)
        if not isinstance(value, str) or not (optional or value.strip()):
            raise self.fault(f"{field} 要写一段文字")
        if unknown := set(_PLACEHOLDER.findall(value)) - _PLACEHOLDERS:
            raise self.fault(f"{field} 里的 {{{unknown.pop()}}} 没有这样的填空")
        return value.strip()

    def texts(self, field: str, *, optional: bool = False) -> tuple[str, ...]:
        value = self._fields.pop(field, [] if optional else None)
        if not isinstance(value, list) or not (optional or value):
            raise self.fault(f"{field} 要写一列文字")
        return tuple(_Sheet(self.name, {field: each}).text(field) for each in value)

    def day(self, field: str) -> dt.date:
        value = self._fields.pop(field, None)
        if not isinstance(value, dt.date):
            raise self.fault(f"{field} 要写日期")
        return value

    def flag(self, field: str) -> bool:
        return bool(self._fields.pop(field, False))

    def sheets(self, field: str) -> list[_Sheet]:
        value = self._fields.pop(field, None)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.fault(f"{field} 要写一列条目")
        return [_Sheet(self.name, each) for each in value]

    def rest(self) -> dict[str, Any]:
        """What is left; taking it empties the sheet."""
        left, self._fields = self._fields, {}
        return left

    def done(self) -> None:
        """:raises ReminderError: a field is left that nobody asked for."""
        if self._fields:
            raise self.fault(f"不认识 {next(iter(self._fields))}")

    def fault(self, what: str) -> ReminderError:
        return ReminderError(f"提醒模板 {self.name}.yaml 有误：{what}。请改正后重试。")


def _mapping(name: str, text: str) -> Mapping[str, Any]:
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ReminderError(f"提醒模板 {name}.yaml 不是正确的 YAML：{error}") from error
    if not isinstance(read, dict):
        raise ReminderError(f"提醒模板 {name}.yaml 是空的或者不成条目。")
    return read


def _grounds(sheet: _Sheet) -> dict[str, Ground]:
    written = sheet.day("written")
    found = {}
    for name, fields in sheet.rest().items():
        if not isinstance(fields, dict):
            raise sheet.fault(f"{name} 要写 about 和 places")
        of_ground = _Sheet(sheet.name, fields)
        places = tuple(map(_place, of_ground.sheets("places")))
        if not places:
            raise sheet.fault(f"{name} 没有 places")
        found[name] = Ground(name, places, of_ground.text("about"), written)
        of_ground.done()
    return found


def _place(sheet: _Sheet) -> Place:
    place = Place(sheet.text("document"), sheet.text("article"), sheet.texts("holds"))
    sheet.done()
    if not _ARTICLE.fullmatch(place.article):
        raise sheet.fault(f"条号 {place.article} 不像“第九十七条”")
    return place


def _template(sheet: _Sheet, grounds: Mapping[str, Ground]) -> Template:
    # What is sent before days has what goes with it, the return check has not; and days that
    # somebody added are spoken of only once, ahead of them.
    after, holiday = sheet.name == AFTER, sheet.name in set(Festival)
    template = Template(
        name=sheet.name,
        names=sheet.texts("names", optional=True),
        unless=sheet.texts("unless", optional=True),
        opening=sheet.text("opening"),
        watch=sheet.texts("watch"),
        lines=_lines(sheet, grounds),
        measure=sheet.text("measure"),
        questions=sheet.texts("questions"),
        eve=sheet.text("eve") if holiday else "",
        also=sheet.text("also", optional=True) if holiday else "",
        gifts=sheet.text("gifts", optional=after),
        cases=sheet.texts("case", optional=after),
    )
    sheet.done()
    for opening in (template.opening + template.also, template.eve or template.opening):
        if faults := Wording(opening, template.watch).faults():
            raise sheet.fault(faults[0].rstrip("。"))
    return template


def _lines(sheet: _Sheet, grounds: Mapping[str, Ground]) -> tuple[Line, ...]:
    found = []
    for line in sheet.sheets("red_lines"):
        name = line.text("ground")
        if name not in grounds:
            raise sheet.fault(f"依据.yaml 里没有 {name}")
        found.append(Line(line.text("words"), grounds[name], line.flag("required")))
        line.done()
    if len(found) < FEWEST:
        raise sheet.fault(f"红线至少{FEWEST}条")
    return tuple(found)


def names_of(lines: Sequence[Line]) -> tuple[str, ...]:
    """The documents that these lines name first, each once."""
    return tuple(dict.fromkeys(line.ground.places[0].document for line in lines))
