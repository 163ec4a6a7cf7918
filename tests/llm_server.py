"""A language model that says what a test scripts: an OpenAI-compatible server on 127.0.0.1.

::

    with Scripted() as server:                      # its loop runs in a thread of its own
        server.script("甲不得收受礼金。[1]")          # the next request is answered with this text
        server.script(Says(text, stalls=2), Fails(500), Says(text))      # and then with these
        server.answer = lambda body: '{"sentences": []}'  # or: by what is asked, always
        model = ChatModel(Server(NAME, server.url, SecretStr("")), …)
        assert "礼金" in server.prompt()             # what the last request said

A step is ``Says``, ``Whole``, ``Fails``, ``Raw``, ``Hangs`` or ``Drops``; a ``str``
is a ``Says``, a mapping or a list the ``Says`` of its JSON. Every request takes one;
where none is left the answer is 418, which nobody asks again after.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

NAME = "scripted"
"""A model name; the server takes any."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Says:
    """A streamed answer: headers at once, then the text in pieces of ``size`` characters.

    All times are in seconds, all counts in pieces; the reasoning's pieces count as well.
    """

    text: str
    size: int = 4
    reasoning: str = ""
    """Sent before the text, in a field of its own."""
    reasoning_field: str = "reasoning_content"
    first: float = 0.0
    """How long before the first piece."""
    role_first: bool = False
    """Whether the role comes before that wait, in a piece of its own that is not counted."""
    between: float = 0.0
    """How long before every other piece."""
    stalls: int | None = None
    """After so many pieces nothing more comes, and the connection stays open."""
    mid_line: bool = False
    """A stall comes in the middle of a line."""
    cut: int | None = None
    """After so many pieces the connection is broken off."""
    ends: int | None = None
    """After so many pieces the stream ends in good order, with no finish_reason and no [DONE]."""
    finish: str = "stop"
    """The finish_reason: ``length`` for an answer that was too long, ``content_filter``, …"""
    done: bool = True
    """Whether ``[DONE]`` comes last."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One JSON answer, as if no stream had been asked for."""

    text: str
    finish: str = "stop"
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Fails:
    """An HTTP error with a JSON body, as OpenAI's servers write it."""

    status: int = 500
    message: str = "the server said no"
    retry_after: str | float | None = None
    """The Retry-After header: seconds, or a date."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Any body: HTML where JSON is expected, a redirect, lines that are no JSON (see ``event``)."""

    body: str | bytes = ""
    content_type: str = "text/event-stream"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hangs:
    """No answer, not even headers, for so many seconds; then the connection is closed."""

    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Drops:
    """The connection is closed at once, without an answer."""


Step = Says | Whole | Fails | Raw | Hangs | Drops
Scriptable = Step | str | Mapping[str, Any] | list[Any]


def event(delta: Mapping[str, Any] | None = None, finish: str | None = None) -> str:
    """One line of a stream, for ``Raw``; a blank line follows it."""
    choice = {"index": 0, "delta": dict(delta or {}), "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": NAME}
    return f"data: {json.dumps(chunk | {'choices': [choice]}, ensure_ascii=False)}\n\n"


class Scripted:
    """The server; ``with`` and ``async with`` both start it. Any thread may ask."""

    def __init__(self) -> None:
        self.url = ""
        """Its address, ending in /v1; what LLM_BASE_URL is set to."""
        self.answer: Callable[[Body], Scriptable] | None = None
        """Where set, called with a request's body for its step; the script is left alone."""
        # A form's type → the status that it is declined with.
        self.declines: dict[str, int] = {}
        """A status (400, 404 or 422) that requests with a response_format get, out of script."""
        self.requests: list[Body] = []
        """Every request's body, as it came in."""
        self.headers: list[dict[str, str]] = []
        """Every request's headers, by lower-case name."""
        self.arrived: list[float] = []
        """When each request came, monotonic seconds."""
        self.ports: list[int] = []
        self.hosts: list[str] = []
        """The client's port of each request: the same one where a connection is used again."""
        self.hung_up = 0
        """How many answers were left by the client before they were over."""
        self.running = 0
        """How many answers are being given now; ``most`` is the most that ever were."""
        self.most = 0
        self._steps: deque[Step] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None

    def script(self, *steps: Scriptable) -> None:
        """Add what the next requests are answered with, one step each."""
        self._steps.extend(map(_step, steps))

    def prompt(self, index: int = -1) -> str:
        """The text of a request's messages, all in one; of the last one by default."""
        return "\n".join(str(each.get("content")) for each in self.requests[index]["messages"])

    def wait_until(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait for something of the server's, such as ``hung_up``; whether it came true."""
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            time.sleep(0.01)
        return true()

    # Starting and stopping.

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    async def _start(self) -> None:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(
            application, handler_cancellation=True, shutdown_timeout=0.2, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"

    # Answering.

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body: Body = await request.json()
        assert request.transport
        self.arrived.append(time.monotonic())
        self.headers.append({name.lower(): text for name, text in request.headers.items()})
        self.hosts.append(request.headers["Host"])
        self.ports.append(request.transport.get_extra_info("peername")[1])
        self.requests.append(body)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._give(request, self._next(body))
        except (ConnectionResetError, asyncio.CancelledError):
            self.hung_up += 1
            raise
        finally:
            self.running -= 1

    def _next(self, body: Body) -> Step:
        form = body.get("response_format", {}).get("type", "")
        if form in self.declines:
            return Fails(self.declines[form], "response_format is not supported")
        if self.answer is not None:
            return _step(self.answer(body))
        return self._steps.popleft() if self._steps else Fails(418, "the script is at its end")

    async def _give(self, request: web.Request, step: Step) -> web.StreamResponse:
        match step:
            case Says():
                return await self._stream(request, step)
            case Whole():
                return web.json_response(_whole(step))
            case Fails():
                later = step.retry_after
                headers = {} if later is None else {"Retry-After": str(later)}
                error = {"error": {"message": step.message, "type": "error", "code": step.status}}
                return web.json_response(error, status=step.status, headers=headers)
            case Raw():
                body = step.body.encode() if isinstance(step.body, str) else step.body
                headers = {"Content-Type": step.content_type, **step.headers}
                return web.Response(body=body, status=step.status, headers=headers)
            case Hangs():
                await asyncio.sleep(step.seconds)
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def _stream(self, request: web.Request, step: Says) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if step.role_first:
            await response.write(event({"role": "assistant", "content": ""}).encode())
        for index, line in enumerate(_lines(step)):
            if index == step.ends:
                return response
            if index == step.cut:
                assert request.transport
                request.transport.abort()
                return response
            if index == step.stalls:
                if step.mid_line:
                    await response.write(line[: len(line) // 2])
                await asyncio.sleep(60)
            await asyncio.sleep(step.between if index else step.first)
            await response.write(line)
        return response


def _step(given: Scriptable) -> Step:
    if isinstance(given, str):
        return Says(given)
    if isinstance(given, Mapping | list):
        return Says(json.dumps(given, ensure_ascii=False))
    return given


def _lines(step: Says) -> Iterator[bytes]:
    """A stream's lines; the first comes with its role, as everybody's does."""
    pieces: list[Mapping[str, Any]] = [
        *({step.reasoning_field: each} for each in _pieces(step.reasoning, step.size)),
        *({"content": each} for each in _pieces(step.text, step.size)),
    ]
    for index, piece in enumerate(pieces):
        yield event({**({} if index else {"role": "assistant"}), **piece}).encode()
    yield (event(finish=step.finish) + ("data: [DONE]\n\n" if step.done else "")).encode()


def _pieces(text: str, size: int) -> Sequence[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _whole(step: Whole) -> Body:
    message = {"role": "assistant", "content": step.text, "reasoning_content": step.reasoning}
    choice = {"index": 0, "message": message, "finish_reason": step.finish}
    head = {"id": "c", "object": "chat.completion", "created": 0, "model": NAME}
    return head | {"choices": [choice]}
