"""How the peer hands updates to a webhook: posted chat by chat in order, again until taken.

As in Telegram's own server, one chat's updates go one at a time, those of several chats side by
side, and whatever is not answered with 200 is posted again. http will do, as for a local server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.peer.reading import Params, Refusal

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PAUSE = 0.1
LONGEST_PAUSE = 2.0

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


@dataclass(slots=True)
class Webhook:
    """Where updates go. ``posts`` are the numbers of updates with the status each try met."""

    url: str
    secret: str
    wanted: frozenset[str]
    connections: int
    posts: list[tuple[int, int]] = field(default_factory=list)


def read_webhook(params: Params) -> Webhook | None:
    """What setWebhook asks for; None for an empty URL, which removes the webhook."""
    url, secret = str(params.get("url") or ""), str(params.get("secret_token") or "")
    if not url:
        return None
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    wanted = frozenset(params.get("allowed_updates") or ())
    return Webhook(url, secret, wanted, int(params.get("max_connections", 40)))


class Courier:
    """Carries what ``due`` lists to one webhook until cancelled; ``taken`` hears of success."""

    def __init__(
        self, webhook: Webhook, due: Callable[[], list[Params]], taken: Callable[[int], Any]
    ) -> None:
        self._webhook = webhook
        self._due = due
        self._taken = taken
        self._places = asyncio.Semaphore(webhook.connections)

    async def run(self) -> None:
        """Look for updates; one task a chat is at work at any time."""
        busy: dict[int, asyncio.Task[None]] = {}
        async with aiohttp.ClientSession() as session:
            try:
                while True:
                    for update in self._due():
                        task = busy.get(_queue(update))
                        if task is None or task.done():
                            busy[_queue(update)] = asyncio.create_task(self._carry(session, update))
                    await asyncio.sleep(0.005)
            finally:
                for task in busy.values():
                    task.cancel()
                await asyncio.gather(*busy.values(), return_exceptions=True)

    async def _carry(self, session: aiohttp.ClientSession, update: Params) -> None:
        pause = PAUSE
        while not await self._post(session, update):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        await self._taken(update["update_id"])

    async def _post(self, session: aiohttp.ClientSession, update: Params) -> bool:
        headers = {SECRET_HEADER: self._webhook.secret} if self._webhook.secret else {}
        try:
            async with (
                self._places,
                session.post(self._webhook.url, json=update, headers=headers) as response,
            ):
                status = response.status
        except aiohttp.ClientError:
            status = 0
        self._webhook.posts.append((update["update_id"], status))
        return status == 200


def _queue(update: Params) -> int:
    """Updates of one chat wait for each other; without a chat, those of one person."""
    content = next(value for name, value in update.items() if name != "update_id")
    message = content.get("message", content)
    return int((message.get("chat") or content["from"])["id"])
