"""Follow-ups and stories → short searches in the words of rules, by one call to a model.

What it writes is only searched with and shown to nobody; how it is, is left to ``gathering``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from knowledge.errors import QuestionError
from knowledge.llm.limits import Breaker, ServerFailedError
from knowledge.llm.model import Message, Model, ModelUnavailableError, NotAskedError, Speaker
from knowledge.masking import mask
from knowledge.model import Question
from knowledge.numerals import canonical_article
from knowledge.query import clean
from knowledge.references import fold, read_references

log = logging.getLogger(__name__)

MAX_SEARCHES = 4
SEARCH_CHARS = 60
# A follow-up is read with as many turns as ``query`` reads it with.
_TURNS = 2
_TURN_CHARS = 300
# Of a reply: four short searches are far shorter.
_READ = 5_000
_REMEMBERED = 500
# A model that fails or dawdles so often in a row is left alone for ten minutes.
_SLOW = 3
_REST_SECONDS = 600.0
# Share of character pairs in common from which on two texts search for the same.
_ALIKE = 0.8
# Fewer characters say nothing that could be searched for.
_SHORTEST = 2
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"searches": {"type": "array", "items": {"type": "string"}}},
    "required": ["searches"],
    "additionalProperties": False,
}
_TITLE = re.compile(r"《([^《》]*)》|[《》]")
_NUMERAL = r"[0-9零〇一二三四五六七八九十百千两]+"
# 第97条 and 条例97条; 三条线索 and 两条烟 are counted things.
_PLACE = re.compile(
    rf"(?:第\s*|(?<=[法例定则])\s*)({_NUMERAL})\s*条(\s*之\s*[一二三四五六七八九十]+)?"
    rf"(?:\s*第?\s*{_NUMERAL}\s*[款项])*|第\s*{_NUMERAL}\s*[款项]"
)


class Rewriter:
    """Has a model say in the rules' words what is asked. Safe to call from several threads.

    :param seconds: how long a question may wait for it.
    """

    def __init__(self, model: Model, seconds: float = 4.0) -> None:
        self._model = model
        self._seconds = seconds
        # Its own: a server that is too slow for this may still write in its time.
        self._breaker = Breaker(_SLOW, _REST_SECONDS)
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def searches(self, question: Question, person: str = "") -> tuple[str, ...]:
        """What to search for, one text an act: at most four, of at most ``SEARCH_CHARS``.

        Empty where the model fails, or has nothing to say that the question does not.

        :param person: whose budget the call counts against, as a hash; "" for nobody's.
        :raises QuestionError: the question is empty or far too long.
        """
        material = _material(question)
        known = self._recalled(material)
        if known is not None:
            return known
        try:
            reply = self._asked(material, person)
        except ModelUnavailableError as error:
            log.info("没有改写成检索词，按原话检索：%s", error)
            return ()
        except Exception:  # the plain search is at hand: no bug of a library may withhold it
            log.exception("改写成检索词时出错，按原话检索")
            return ()
        written = _written(reply)
        if written is None:
            log.info("语言模型的回复里没有检索词，按原话检索")
            return ()
        found = _fit(written, question)
        self._remember(material, found)
        return found

    def recalled(self, question: Question) -> tuple[str, ...]:
        """What was searched for, if the model has said so before; nobody is asked."""
        return self._recalled(_material(question)) or ()

    def _asked(self, material: str, person: str) -> str:
        with self._breaker.guarded():
            try:
                return self._model.complete(
                    (Message(Speaker.SYSTEM, _prompt()), Message(Speaker.USER, material)),
                    schema=_SCHEMA,
                    seconds=self._seconds,
                    person=person,
                )
            except NotAskedError:
                raise
            except ModelUnavailableError as error:
                raise ServerFailedError(str(error)) from None

    def _recalled(self, material: str) -> tuple[str, ...] | None:
        key = _key(material)
        with self._lock:
            if key in self._remembered:
                self._remembered.move_to_end(key)
            return self._remembered.get(key)

    def _remember(self, material: str, searches: tuple[str, ...]) -> None:
        with self._lock:
            self._remembered[_key(material)] = searches
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)


def _material(question: Question) -> str:
    """The question and the turns before it as one JSON object, which no text can leave."""
    earlier = [mask(" ".join(each.split()))[:_TURN_CHARS] for each in question.turns[-_TURNS:]]
    asked = {"earlier": earlier, "question": mask(clean(question.text))}
    return json.dumps(asked, ensure_ascii=False)


def _key(material: str) -> str:
    """A hash: what was asked is kept nowhere but in the question log."""
    return hashlib.sha256(material.encode(errors="replace")).hexdigest()


def _written(reply: str) -> list[str] | None:
    """The searches of the first JSON object that has some; None where there is none."""
    text = reply[:_READ]
    at = text.find("{")
    while at >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            value = None
        searches = value.get("searches") if isinstance(value, dict) else None
        if isinstance(searches, list) and all(isinstance(each, str) for each in searches):
            return searches
        at = text.find("{", at + 1)
    return None


def _fit(written: list[str], question: Question) -> tuple[str, ...]:
    """Those that add something, without places that the question does not name."""
    asked = fold(" ".join((*question.turns[-_TURNS:], question.text)))
    taken = [question.text]
    for text in _cleaned(written, asked):
        if len(taken) <= MAX_SEARCHES and not any(_alike(text, other) for other in taken):
            taken.append(text)
    return tuple(taken[1:])


def _cleaned(written: list[str], asked: str) -> Iterator[str]:
    named = {each.article for each in read_references(asked, {})}
    for text in written:
        try:
            folded = fold(clean(text))
        except QuestionError:
            continue
        bare = _TITLE.sub(lambda title: title[1] if title[1] and title[1] in asked else " ", folded)
        bare = _PLACE.sub(lambda place: place[0] if _article(place) in named else " ", bare)
        cut = " ".join(bare.split())[:SEARCH_CHARS].strip()
        if sum(char.isalnum() for char in cut) >= _SHORTEST:
            yield cut


def _article(place: re.Match[str]) -> str | None:
    """The article's label as the rules write it; None for a lone 款 or 项."""
    if not place[1]:
        return None
    return canonical_article(f"第{place[1]}条{''.join((place[2] or '').split())}")


def _alike(first: str, second: str) -> bool:
    pairs, others = _pairs(first), _pairs(second)
    return len(pairs & others) >= _ALIKE * len(pairs | others)


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(pairwise(f" {''.join(filter(str.isalnum, text.lower()))} "))


@cache
def _prompt() -> str:
    return (files("knowledge") / "prompts" / "searching.md").read_text(encoding="utf-8")
