"""Asks for articles that nobody has written any for, as a language model proposes them.

The article is data to the model, and what the model sends back is data to us: parsed with care,
cleaned, dropped where in doubt. Which clauses, and which asks are kept, is left to ``enriching``.
"""

from __future__ import annotations

import json
import logging
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ingest.proposals import bare
from knowledge.errors import LianwenError
from knowledge.llm.model import Message, Model, ModelUnavailableError, Speaker
from knowledge.masking import mask
from knowledge.model import Clause, Document

log = logging.getLogger(__name__)

# Articles a refresh: a whole new regulation, and not the whole law book.
CALLS = 150
# Seconds a refresh, all articles together: as long as an admin will wait for a preview.
SECONDS = 600.0
_SECONDS_AN_ARTICLE = 60.0
_FAILURES_IN_A_ROW = 3
SENT = 1500
"""Characters of an article that are sent: longer ones are lists, whose beginning says what of."""
# Characters of a reply that are looked at.
_READ = 20_000
MOST = 5
AGAIN = "lianwen ingest --asks"
"""Asks about what has no asks yet, and goes on where it ended."""
SHORTEST, LONGEST = 4, 40
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"asks": {"type": "array", "items": {"type": "string"}}},
    "required": ["asks"],
    "additionalProperties": False,
}

_OPENING = re.compile(r"[{\[]")
_BULLET = re.compile(r"^(?:[-*·•]|\d{1,2}\s*[.、．)）])\s*")
_QUOTES = "\"'“”‘’「」『』 \u3000"
_HAN = re.compile("[\u4e00-\u9fff]")
# Titles and numbers would find their article by name, and be wrong after the next revision.
_PLACE = re.compile(r"《|第\s*[一二三四五六七八九十百千零〇两\d０-９]+\s*[编章节条款项]")
_LINK = re.compile(r"://|www\.|[a-z0-9-]+\.(?:[a-z]{2,})\b|@", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]`\\#|]")
_COMMAND = re.compile(
    r"(?:忽略|无视|忘记|忘掉|抛开|不要?理会|不用管).{0,10}(?:以上|上面|上述|之前|前面|指令|提示|要求|设定)"
    r"|提示词|系统(?:指令|提示)|(?:以[上下]|上面|下面|新的?|我的|这条)指令|扮演|角色设定|从现在起"
    r"|你现在是|你是一[个名]|你必须|重复以"
    # On their own these are words of officers too: may a licence be given back 原样?
    r"|(?:请|直接|只|仅|必须|一律)(?:你|要|能|都|再|原样|逐字){0,2}(?:输出|复述|照抄)"
    r"|(?:输出|返回|回复)[^，。？]{0,6}json|system\s*[:：]|prompt|assistant|ignore|instruction",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A clause with its document."""

    document: Document
    clause: Clause


@dataclass(frozen=True, slots=True)
class Proposal:
    """What came for one clause: ``made`` asks, of which ``asks`` are fit to be tried.

    There is none of a clause that the model failed at.
    """

    place: Place
    made: int
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of all; ``note`` tells an admin why there is not more, "" where all is well."""

    proposals: tuple[Proposal, ...] = ()
    note: str = ""


class UnfitReplyError(LianwenError):
    """The model's reply holds no list of asks."""


@dataclass(slots=True)
class _Failures:
    """Articles that the model failed at, and why it did at the last one."""

    count: int = 0
    in_a_row: int = 0
    reason: str = ""

    def add(self, error: LianwenError) -> None:
        self.count += 1
        self.in_a_row += 1
        self.reason = str(error).rstrip("。")


class Proposer:
    """Asks a language model for asks, one article after another: those who ask go first."""

    def __init__(
        self,
        model: Model | None,
        *,
        calls: int = CALLS,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask ``model``; None for nobody: then earlier asks are kept, and none are made.

        :param calls: articles that are asked about, at most.
        :param seconds: how long it may take, all together.
        """
        self._model = model
        self._calls = calls
        self._seconds = seconds
        self._clock = clock

    @property
    def is_idle(self) -> bool:
        """Whether there is no model to ask."""
        return self._model is None

    @property
    def name(self) -> str:
        """The model and where it runs, for those whose articles go there; "" without one."""
        return self._model.name if self._model else ""

    def propose(
        self,
        wanted: Sequence[Place],
        known: Iterable[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Proposed:
        """Ask about each clause, as far as calls and time go. Blocks for minutes.

        An article that the model fails at has no asks; three in a row, and no more are tried.

        :param known: asks that there are already.
        :param progress: called with (articles done, in all).
        """
        if self._model is None:
            return Proposed()
        taken = {bare(each) for each in known}
        chosen = wanted[: self._calls]
        end = self._clock() + self._seconds
        found: list[Proposal] = []
        failed = _Failures()
        for done, place in enumerate(chosen):
            left = end - self._clock()
            if left <= 0:
                return Proposed(tuple(found), _told(failed, len(wanted) - done))
            try:
                found.append(self._proposal(place, min(left, _SECONDS_AN_ARTICLE), taken))
                failed.in_a_row = 0
            except (ModelUnavailableError, UnfitReplyError) as error:
                log.warning("no asks for %s", place.clause.id, exc_info=True)
                failed.add(error)
                if failed.in_a_row == _FAILURES_IN_A_ROW:
                    return Proposed(tuple(found), _given_up(failed, len(wanted) - len(found)))
            if progress:
                progress(done + 1, len(chosen))
        return Proposed(tuple(found), _told(failed, len(wanted) - len(chosen)))

    def _proposal(self, place: Place, seconds: float, taken: set[str]) -> Proposal:
        """Raises as ``Model.complete``, and ``UnfitReplyError``; adds to ``taken``."""
        assert self._model is not None  # noqa: S101  # nothing is chosen without
        reply = self._model.complete(messages_of(place), schema=SCHEMA, seconds=seconds)
        made = asks_in(reply)
        fit: list[str] = []
        for text in filter(is_fit, map(_cleaned, made)):
            if bare(text) not in taken and len(fit) < MOST:
                taken.add(bare(text))
                fit.append(text)
        return Proposal(place, len(made), tuple(fit))


def messages_of(place: Place) -> list[Message]:
    """The prompt: what is wanted, and the article as one JSON object, which no text can leave."""
    clause = place.clause
    article = {
        "document": place.document.title,
        "place": " ".join((*clause.path, clause.article)).strip(),
        "text": clause.text[:SENT],
    }
    return [
        Message(Speaker.SYSTEM, _prompt()),
        Message(Speaker.USER, json.dumps(article, ensure_ascii=False)),
    ]


def asks_in(reply: str) -> list[str]:
    """The asks of a reply, whatever stands around them: those of an object with "asks" in it
    before any list on its own, and some before none.

    :raises UnfitReplyError: there is no list of them.
    """
    given = list(_values(reply[:_READ]))
    named = [each["asks"] for each in given if isinstance(each, dict) and "asks" in each]
    for lists in (named, given):
        usable = [each for each in lists if _is_list_of_texts(each)]
        if usable:
            return next(filter(None, usable), [])
    raise UnfitReplyError("模型的回复里没有问法列表。请换一个能输出 JSON 的模型。")


def is_fit(text: str) -> bool:
    """Whether it may be an ask: short, Chinese, and nothing but a question."""
    return (
        SHORTEST <= len(text) <= LONGEST
        and len(_HAN.findall(text)) >= SHORTEST
        and not any(unicodedata.category(each)[0] == "C" for each in text)
        and not any(each.search(text) for each in (_PLACE, _LINK, _MARKUP, _COMMAND))
        and mask(text) == text
    )


def _is_list_of_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


def _cleaned(text: str) -> str:
    return _BULLET.sub("", " ".join(text.split())).strip(_QUOTES)


def _values(text: str) -> Iterator[Any]:
    """Every JSON object or list in a text, outermost only, whatever stands around it."""
    decoder = json.JSONDecoder()
    at = 0
    while opening := _OPENING.search(text, at):
        try:
            value, at = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            at = opening.end()
        else:
            yield value


@cache
def _prompt() -> str:
    return (files("knowledge") / "prompts" / "asks.md").read_text(encoding="utf-8")


def _given_up(failed: _Failures, left: int) -> str:
    return (
        f"模型连续 {failed.in_a_row} 次没有给出问法（最后一次：{failed.reason}），"
        f"有 {left} 条没有拟，其余更新不受影响。"
        f"请运行 lianwen doctor 检查语言模型，恢复后可运行 {AGAIN} 补拟。"
    )


def _told(failed: _Failures, late: int) -> str:
    """Of the articles that the model failed at here and there, and those it never came to."""
    told = ""
    if failed.count:
        told += f"有 {failed.count} 条没有拟成（最后一次：{failed.reason}）。"
    if late:
        told += f"一次拟问法的条数和时间有限，还有 {late} 条没有拟。"
    return told and f"{told}其余更新不受影响，可运行 {AGAIN} 接着拟。"
