"""The Bot API over HTTP: what the bot sends is kept, what people do is queued.

Start it with ``async with Peer() as peer``; point TELEGRAM_API_URL at
``peer.url``. The methods are here, the chats in ``chats``.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict, deque
from collections.abc import Collection
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.peer.chats import BOT, Request
from tests.peer.cutting import cut_short
from tests.peer.face import Face
from tests.peer.reading import (
    CALLBACK_BYTES,
    CAPTION_UNITS,
    MESSAGE_UNITS,
    Params,
    Refusal,
    read_params,
    read_text,
)
from tests.peer.webhook import Courier, Webhook, read_webhook

TOKEN = "123456:PEER-secret_token_of_the_tests"  # opens nothing

PNG = b"\x89PNG\r\n\x1a\n"
INLINE_RESULTS = 50
# Bot API, getFile: "bots can download files of up to 20MB in size".
DOWNLOAD_BYTES = 20 << 20
START = re.compile("[A-Za-z0-9_-]{1,64}")

# Methods that only need a yes.
ACCEPTED = frozenset(
    {
        "setMyName",
        "setChatMenuButton",
        "logOut",
        "close",
    }
)


class Peer(Face):
    """A Bot API server with one bot."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.webhook: Webhook | None = None
        self._carrying: asyncio.Task[None] | None = None
        self.cut_downloads = 0
        """How many of the next downloads end halfway."""
        self._polls = 0
        self._refusals: dict[str, deque[Refusal]] = defaultdict(deque)
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=0.2, access_log=None
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._carry_to(None)
        await self._runner.cleanup()

    def refuse(
        self, method: str, status: int, description: str, *, times: int = 1, **parameters: int
    ) -> None:
        """Answer the next calls of a method with an error."""
        self._refusals[method].extend([Refusal(status, description, **parameters)] * times)

    def flood(self, method: str = "sendMessage", retry_after: int = 1, times: int = 1) -> None:
        """Answer the next calls with 429."""
        words = f"Too Many Requests: retry after {retry_after}"
        self.refuse(method, 429, words, times=times, retry_after=retry_after)

    # The server.

    async def _call(self, request: web.Request) -> web.Response:
        method, params = request.match_info["method"], await read_params(request)
        answering = asyncio.create_task(self._answer(method, params, request.match_info["token"]))
        if method == "getUpdates":  # a poll that nobody listens to any more ends
            return await answering
        # A request that has come in whole counts, even if the bot is gone before the answer.
        return await asyncio.shield(answering)

    async def _answer(self, method: str, params: Params, token: str) -> web.Response:
        async with self._announcing():
            self.requests.append(Request(method, params, time.monotonic()))
        try:
            if token != TOKEN:
                raise Refusal(401, "Unauthorized")
            if self._refusals[method]:
                raise self._refusals[method].popleft()
            handle = getattr(self, f"_on_{method.lower()}", None)
            if handle is None and method not in ACCEPTED:
                raise Refusal(404, "Not Found")
            result = await handle(params) if handle else True
        except Refusal as refusal:
            self.refused.append((method, refusal.description))
            return web.json_response(refusal.body(), status=refusal.status)
        return web.json_response({"ok": True, "result": result})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        held = self._files.get(request.match_info["path"].partition("/")[2])
        if request.match_info["token"] != TOKEN or held is None:
            raise web.HTTPNotFound
        if self.cut_downloads:
            self.cut_downloads -= 1
            # Cut by whoever stands between, it may even look whole.
            whole = web.Response(body=held[1][: len(held[1]) // 2])
            return await cut_short(request, held[1]) if self.cut_downloads % 2 else whole
        return web.Response(body=held[1])

    async def _on_getme(self, _: Params) -> Params:
        return (
            BOT
            | {"can_join_groups": True, "can_read_all_group_messages": False}
            | {"supports_inline_queries": True}
        )

    async def _on_setwebhook(self, params: Params) -> bool:
        await self._carry_to(read_webhook(params))
        return True

    async def _on_deletewebhook(self, _: Params) -> bool:
        await self._carry_to(None)
        return True

    async def _on_getwebhookinfo(self, _: Params) -> Params:
        url = self.webhook.url if self.webhook else ""
        found: Params = {"url": url, "has_custom_certificate": False}
        return found | {"pending_update_count": len(self._updates)}

    async def _carry_to(self, webhook: Webhook | None) -> None:
        if self._carrying is not None:
            self._carrying.cancel()
            await asyncio.gather(self._carrying, return_exceptions=True)
        self.webhook, self._carrying = webhook, None
        if webhook is None:
            return

        async def taken(update_id: int) -> None:
            async with self._announcing():
                gone = [each for each in self._updates if each["update_id"] == update_id]
                for each in gone:
                    self._updates.remove(each)

        courier = Courier(webhook, lambda: self._wanted(webhook.wanted), taken)
        self._carrying = asyncio.create_task(courier.run())

    def _wanted(self, kinds: Collection[str]) -> list[Params]:
        if kinds:  # kinds that the bot did not ask for are never kept for it
            self._updates = deque(each for each in self._updates if set(kinds) & each.keys())
        return list(self._updates)

    async def _on_getupdates(self, params: Params) -> list[Params]:
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._polls += 1
        poll = self._polls
        offset, wanted = int(params.get("offset", 0)), params.get("allowed_updates") or []
        async with self._announcing():
            while self._updates and self._updates[0]["update_id"] < offset:
                self._updates.popleft()

        def due() -> list[Params]:
            return self._wanted(wanted)[: int(params.get("limit", 100))]

        try:
            async with asyncio.timeout(float(params.get("timeout", 0))), self._news:
                await self._news.wait_for(lambda: due() or poll != self._polls)
        except TimeoutError:
            return due()
        if poll != self._polls:
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return due()

    async def _on_sendmessage(self, params: Params) -> Params:
        parsed = read_text(params, "text", MESSAGE_UNITS, "message is too long")
        if not parsed.text:
            raise Refusal(400, "Bad Request: message text is empty")
        return await self._keep(params, parsed)

    async def _on_senddocument(self, params: Params) -> Params:
        parsed = read_text(params, "caption", CAPTION_UNITS, "message caption is too long")
        document = params.get("document")
        if isinstance(document, str) and document in self._files:
            document = self._files[document]
        if not isinstance(document, tuple):
            raise Refusal(400, "Bad Request: there is no document in the request")
        return await self._keep(params, parsed, document)

    async def _on_sendphoto(self, params: Params) -> Params:
        parsed = read_text(params, "caption", CAPTION_UNITS, "message caption is too long")
        photo = params.get("photo")
        if not isinstance(photo, tuple) or photo[1][:8] != PNG:
            raise Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        return await self._keep(params, parsed, photo=photo[1])

    async def _on_deletemessage(self, params: Params) -> bool:
        await self._remove(params)
        return True

    async def _on_answerinlinequery(self, params: Params) -> bool:
        results = params.get("results") or []
        if len(results) > INLINE_RESULTS or len({each["id"] for each in results}) < len(results):
            raise Refusal(400, "Bad Request: RESULT_ID_DUPLICATE or too many results")
        start = str((params.get("button") or {}).get("start_parameter", "start"))
        if not START.fullmatch(start):
            raise Refusal(400, "Bad Request: START_PARAM_INVALID")
        for each in results:
            if each["type"] != "article" or not each.get("title"):
                raise Refusal(400, "Bad Request: peer: only articles with titles are known")
            if not 1 <= len(str(each["id"]).encode()) <= CALLBACK_BYTES:
                raise Refusal(400, "Bad Request: RESULT_ID_INVALID")
            content = each.get("input_message_content") or {}
            shown = {"text": content.get("message_text", "")} | content
            if not read_text(shown, "text", MESSAGE_UNITS, "message is too long").text:
                raise Refusal(400, "Bad Request: message text is empty")
        async with self._announcing():
            self.inline_answers[str(params["inline_query_id"])] = results
        return True

    async def _on_editmessagetext(self, params: Params) -> Params:
        parsed = read_text(params, "text", MESSAGE_UNITS, "message is too long")
        if not parsed.text:
            raise Refusal(400, "Bad Request: message text is empty")
        return await self._change(params, parsed)

    async def _on_editmessagereplymarkup(self, params: Params) -> Params:
        old = self._find(int(params["chat_id"]), int(params["message_id"]))
        return await self._change(params, old.parsed)

    async def _on_answercallbackquery(self, params: Params) -> bool:
        if params.get("callback_query_id") not in self._callbacks:
            raise Refusal(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self._callbacks.discard(params["callback_query_id"])
        async with self._announcing():
            self.answered_callbacks.append(params)
        return True

    async def _on_sendchataction(self, params: Params) -> bool:
        self._admit(int(params["chat_id"]))
        return True

    async def _on_getfile(self, params: Params) -> Params:
        file_id = str(params.get("file_id"))
        if file_id not in self._files:
            raise Refusal(400, "Bad Request: invalid file_id")
        size = len(self._files[file_id][1])
        if size > DOWNLOAD_BYTES:
            raise Refusal(400, "Bad Request: file is too big")
        path = f"documents/{file_id}"
        return {"file_id": file_id, "file_unique_id": f"u{file_id}"} | {
            "file_size": size,
            "file_path": path,
        }
