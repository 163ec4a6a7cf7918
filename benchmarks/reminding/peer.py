"""The Bot API peer, as far as reminders go: who got which when, by the benchmark's clocks.

No reminder is kept, for ten thousand people get a great deal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from benchmarks.reminding.clock import Page
from benchmarks.reminding.worker import PROCESS_HEADER
from bot.telegram.reminding import cards
from bot.telegram.reminding.message import SEEN
from tests.peer import Peer
from tests.peer.reading import Params

# What one message takes where Telegram takes thirty a second.
EACH = 1 / 30
# So many of the last requests are kept.
REQUESTS = 100


@dataclass(slots=True)
class Coming:
    """One request on its way: which process sends what to whom.

    ``then`` is what is to happen once it is taken; a ``lost`` one gets no answer.
    """

    process: int
    key: str = ""
    person: int = 0
    then: str = ""
    lost: bool = False


Meddle = Callable[[Coming], Awaitable[None]]
_COMING: ContextVar[Coming] = ContextVar("coming")


async def _leave_alone(_: Coming) -> None:
    """Nothing goes wrong."""


@dataclass(slots=True)
class Copy:
    """One copy of a reminder in somebody's chat, by both clocks; ``lost``: nobody was told."""

    at: float
    count: float
    process: int
    lost: bool = False


@dataclass(slots=True)
class Got:
    """One reminder: each person's copies, and when the very first of all came.

    ``begun`` need not be the earliest time, for clocks are set back.
    """

    begun: float | None = None
    copies: dict[int, list[Copy]] = field(default_factory=lambda: defaultdict(list))

    @property
    def people(self) -> set[int]:
        return set(self.copies)

    def take(self, person: int, copy: Copy) -> None:
        """Another copy."""
        self.begun = copy.at if self.begun is None else self.begun
        self.copies[person].append(copy)


class Telegram(Peer):
    """Notes reminders; ``before`` and ``after`` may do mischief as a message is taken, and
    ``showing`` as an admin is asked about one.
    """

    def __init__(self, page: Page, each: float = EACH) -> None:
        """A peer by these clocks.

        :param each: seconds by which a reminder's message moves them.
        """
        super().__init__()
        self._page = page
        self._each = each
        self.got: dict[str, Got] = defaultdict(Got)
        self.shown: dict[str, float] = {}
        """When an admin was first asked about a reminder."""
        self.tried: dict[str, set[int]] = defaultdict(set)
        """Whom a request for a reminder has come for, taken or not."""
        self.requested = 0
        self.showing: Meddle = _leave_alone
        self.before: Meddle = _leave_alone
        self.after: Meddle = _leave_alone

    async def _call(self, request: web.Request) -> web.Response:
        coming = Coming(int(request.headers.get(PROCESS_HEADER, 0)))
        _COMING.set(coming)
        response = await super()._call(request)
        del self.requests[:-REQUESTS]
        if coming.lost and request.transport is not None:
            request.transport.abort()
        return response

    async def _show(self, params: Params, coming: Coming) -> Params:
        """Something for admins; the card under a preview names its reminder."""
        key = _value(params, cards.TRY).partition("|")[2]
        if key:
            await self.showing(replace(coming, key=key))
        sent = await super()._on_sendmessage(params)
        if key:
            self.shown.setdefault(key, self._page.time)
        return sent

    async def _on_sendmessage(self, params: Params) -> Params:
        coming = _COMING.get()
        coming.person, coming.key = int(params["chat_id"]), _value(params, SEEN)
        if not coming.key:
            return await self._show(params, coming)
        self.requested += 1
        self.tried[coming.key].add(coming.person)
        self._page.go_on(self._each)
        await self.before(coming)
        sent = await super()._on_sendmessage(params)
        await self._remove({"chat_id": coming.person, "message_id": sent["message_id"]})
        copy = Copy(self._page.time, self._page.count, coming.process)
        self.got[coming.key].take(coming.person, copy)
        await self.after(coming)
        copy.lost = coming.lost
        return sent


def _value(params: Params, word: str) -> str:
    """What a button with that word would bring back; "" where there is none."""
    markup: Any = params.get("reply_markup") or {}
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            first, _, rest = str(button.get("callback_data", "")).partition("|")
            if first == word:
                return rest
    return ""
