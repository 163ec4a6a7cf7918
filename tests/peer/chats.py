"""The chats behind the peer: what the bot has sent, who waits for it.

What people do is left to ``people``, how requests come in to ``server``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from tests.peer.markup import Parsed
from tests.peer.reading import Params, Refusal, read_buttons

# Seconds that tests wait for what will come; a machine that does much else at once is slow.
PATIENCE = 20.0
BOT = {"id": 123456, "is_bot": True, "first_name": "廉问", "username": "lianwen_test_bot"}


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the bot, accepted or not; ``at`` is monotonic seconds."""

    method: str
    params: Params
    at: float


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as the person sees it."""

    message_id: int
    chat_id: int
    parsed: Parsed
    at: float
    parse_mode: str | None = None
    reply_markup: Any = None
    document: tuple[str, bytes] | None = None
    photo: bytes | None = None
    reply_to: int | None = None
    edits: int = 0
    changed_at: float = 0.0

    @property
    def text(self) -> str:
        return self.parsed.text

    @property
    def buttons(self) -> dict[str, str]:
        """Label → data of the buttons under the message."""
        rows = (self.reply_markup or {}).get("inline_keyboard", ())
        return {each["text"]: each.get("callback_data", "") for row in rows for each in row}


class Chats:
    """Everything public may be looked at by tests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.sent: list[Sent] = []
        self.refused: list[tuple[str, str]] = []
        self.blocked: set[int] = set()
        self.passing: tuple[str, ...] = ()
        """How texts end that the bot will replace."""
        self.answered_callbacks: list[Params] = []
        self.inline_answers: dict[str, list[Params]] = {}
        self._updates: deque[Params] = deque()
        self._next_update = 1
        self._next_message = 1
        self._known: set[int] = set()
        self._files: dict[str, tuple[str, bytes]] = {}
        self._callbacks: set[str] = set()
        self._posted: dict[tuple[int, int], Params] = {}
        self._news = asyncio.Condition()

    # What tests arrange and look at.

    def knows(self, chat_id: int) -> None:
        """Let the bot write first: the person has started it at some time."""
        self._known.add(chat_id)

    def messages(self, chat_id: int) -> list[Sent]:
        """What stands in a chat now, oldest first."""
        return [message for message in self.sent if message.chat_id == chat_id]

    def calls(self, method: str) -> list[Request]:
        """The calls of one method, in order, refused ones too."""
        return [request for request in self.requests if request.method == method]

    def settled(self, chat_id: int) -> list[Sent]:
        """What stands in a chat, apart from what the bot has yet to edit into an answer."""
        return [each for each in self.messages(chat_id) if not each.text.endswith(self.passing)]

    async def wait_for_messages(
        self,
        chat_id: int,
        count: int,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> list[Sent]:
        """Wait until a chat holds ``count`` messages that are no drafts; these."""
        await self.wait_until(lambda: len(self.settled(chat_id)) >= count, timeout)
        return self.settled(chat_id)

    async def wait_until(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Wait for anything that a request or a message can bring about."""
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            seen = [(message.chat_id, message.text[:60]) for message in self.sent]
            raise AssertionError(f"not within {timeout} s; sent so far: {seen}") from None

    async def drained(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Wait until the bot has fetched and acknowledged every update."""
        await self.wait_until(lambda: not self._updates, timeout)

    # What stands behind it.

    @asynccontextmanager
    async def _announcing(self) -> AsyncIterator[None]:
        async with self._news:
            yield
            self._news.notify_all()

    async def _enqueue(self, update: Params) -> None:
        async with self._announcing():
            self._updates.append({"update_id": self._next_update} | update)
            self._next_update += 1

    def _admit(self, chat_id: int) -> None:
        if chat_id in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat_id not in self._known:
            raise Refusal(400, "Bad Request: chat not found")

    async def _keep(
        self,
        params: Params,
        parsed: Parsed,
        document: tuple[str, bytes] | None = None,
        photo: bytes | None = None,
    ) -> Params:
        chat_id = int(params["chat_id"])
        self._admit(chat_id)
        self._next_message += 1
        message = Sent(
            self._next_message,
            chat_id,
            parsed,
            time.monotonic(),
            params.get("parse_mode"),
            read_buttons(params),
            document,
            photo,
            (params.get("reply_parameters") or {}).get("message_id"),
        )
        async with self._announcing():
            self.sent.append(message)
        return self._as_message(message)

    async def _change(self, params: Params, parsed: Parsed) -> Params:
        self._admit(int(params["chat_id"]))
        old = self._find(int(params["chat_id"]), int(params["message_id"]))
        new = replace(old, parsed=parsed, reply_markup=read_buttons(params))
        if new != old:
            mode = params.get("parse_mode")
            new = replace(new, parse_mode=mode, edits=old.edits + 1, changed_at=time.monotonic())
        else:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        async with self._announcing():
            self.sent[self.sent.index(old)] = new
        return self._as_message(new)

    async def _remove(self, params: Params) -> None:
        gone = self._find(int(params["chat_id"]), int(params["message_id"]))
        async with self._announcing():
            self.sent.remove(gone)

    def _find(self, chat_id: int, message_id: int) -> Sent:
        for message in self.messages(chat_id):
            if message.message_id == message_id:
                return message
        raise Refusal(400, "Bad Request: message to edit not found")

    def _as_message(self, message: Sent) -> Params:
        found: Params = {
            "message_id": message.message_id,
            "date": int(time.time()),
            "from": BOT,
            "chat": chat(message.chat_id),
        }
        answered = self._posted.get((message.chat_id, message.reply_to or 0))
        if answered:  # one that people wrote, without what it replied to itself
            found["reply_to_message"] = {
                name: value for name, value in answered.items() if name != "reply_to_message"
            }
        if message.reply_markup and "inline_keyboard" in message.reply_markup:
            found["reply_markup"] = message.reply_markup
        if message.photo is not None:
            size = {"width": 800, "height": 600}
            photo = {
                "file_id": f"p{message.message_id}",
                "file_unique_id": f"p{message.message_id}",
            }
            return found | {"photo": [photo | size], "caption": message.text}
        if message.document is None:
            return found | {"text": message.text} | _entities(message.parsed)
        name, data = message.document
        file_id = f"sent-{message.message_id}"
        self._files[file_id] = (name, data)
        document = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name}
        return found | {"document": document, "caption": message.text}


def _entities(parsed: Parsed) -> Params:
    """As Telegram lists them; those that need more than a place are of no use here."""
    needy = {"text_link", "custom_emoji"}
    listed = [
        {"type": each.type, "offset": each.offset, "length": each.length}
        for each in sorted(parsed.entities, key=lambda each: (each.offset, -each.length))
        if each.type not in needy
    ]
    return {"entities": listed} if listed else {}


def person(user_id: int) -> Params:
    return {"id": user_id, "is_bot": False, "first_name": f"用户{user_id}"}


def chat(chat_id: int) -> Params:
    if chat_id < 0:
        return {"id": chat_id, "type": "supergroup", "title": "群"}
    return {"id": chat_id, "type": "private", "first_name": f"用户{chat_id}"}
