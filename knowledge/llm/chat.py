"""A language model behind an OpenAI-compatible server; the only importer of LangChain.

What the libraries make of a server's answers stops at ``_Line``; what of them is told,
and what is a whole reply, is ``listening``'s.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import warnings
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from knowledge.llm.addresses import is_private, where
from knowledge.llm.failing import (
    BROKEN,
    FAILED,
    GARBLED,
    SILENT,
    UNREACHABLE,
    TryFailedError,
    refused,
)
from knowledge.llm.forms import FORMS, Form, Forms
from knowledge.llm.limits import Breaker, Budget, Patience, Places, ServerFailedError
from knowledge.llm.listening import Asked, Reply, pass_on
from knowledge.llm.model import Message, Speaker
from knowledge.llm.pinning import pin
from knowledge.llm.retrying import pause
from knowledge.masking import mask

if TYPE_CHECKING:
    from langchain_core.outputs import ChatGenerationChunk

log = logging.getLogger(__name__)

# No token is longer; a server that heeds no limit ends here.
_CHARACTERS_A_TOKEN = 12
_TRIES = 3
# The caller's own wait, past the limit that the loop keeps.
_GRACE = 0.5
# The headers that a request needs. The client's others tell about this machine and its Python,
# or come from OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS.
_NEEDED = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-type", "content-length"}
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a model is asked, and by what name.

    ``base_url`` ends before /chat/completions; ``api_key`` is empty where none is needed;
    ``private_only`` lets no request go to an address outside.
    """

    model: str
    base_url: str
    api_key: SecretStr
    private_only: bool = False


class ChatModel:
    """A :class:`~knowledge.llm.model.Model` over HTTP.

    :param tokens: the longest reply that is asked for.
    :raises ImportError: the extra ``llm`` is not installed. Importing it takes seconds.
    """

    def __init__(
        self,
        server: Server,
        patience: Patience,
        breaker: Breaker,
        places: Places,
        budget: Budget,
        *,
        tokens: int,
    ) -> None:
        self._server = server
        self._patience = patience
        self._breaker = breaker
        self._places = places
        self._budget = budget
        self._most = tokens * _CHARACTERS_A_TOKEN
        self._line = _Line(server, tokens)
        # Learnt from its answers.
        self._forms = Forms()
        self._begins_inside = False
        self._loop = asyncio.new_event_loop()
        listening = (self._loop, self._line.aclose)
        threading.Thread(target=_run, args=listening, name="llm", daemon=True).start()
        weakref.finalize(self, self._loop.call_soon_threadsafe, self._loop.stop)

    @property
    def name(self) -> str:
        """The model and where it runs."""
        return f"{self._server.model}@{where(self._server.base_url)}"

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        heard: Callable[[str], None] | None = None,
        seconds: float | None = None,
        person: str = "",
    ) -> str:
        """As :meth:`knowledge.llm.model.Model.complete`; ``heard`` is called in this thread."""
        masked = [Message(each.speaker, mask(each.text)) for each in messages]
        with self._breaker.guarded(), self._places.taken():
            self._budget.spend(person)
            return self._spoken(Asked.now(masked, schema, self._patience, seconds), heard)

    def _spoken(self, asked: Asked, heard: Callable[[str], None] | None) -> str:
        """Ask in the loop's thread and listen in this one: a slow listener holds up nobody."""
        said: SimpleQueue[str | None] = SimpleQueue()
        replying = asyncio.run_coroutine_threadsafe(self._ask(asked, said.put), self._loop)
        replying.add_done_callback(lambda _: said.put(None))
        try:
            pass_on(said, heard, asked.end + _GRACE)
            return replying.result()
        except Empty:
            raise ServerFailedError(SILENT) from None
        finally:
            replying.cancel()

    async def _ask(self, asked: Asked, tell: Callable[[str], None]) -> str:
        """The reply; asked for again where that may help, and only before its first token."""
        forms = FORMS[-1:] if asked.schema is None else self._forms.now()
        stumbled = False
        tried = 1
        while True:
            try:
                said = await self._listen(asked, forms[0], tell)
            except TryFailedError as failed:
                if len(forms) > 1 and failed.may_be_the_format:
                    forms = forms[1:]
                    stumbled |= failed.may_pass
                    continue
                wait = pause(tried, failed.retry_after)
                late = time.monotonic() + wait >= asked.first_by
                if not failed.again or tried == _TRIES or late:
                    log.warning("%s（%s，第 %d 次）", failed.reason, failed.detail, tried)
                    raise failed.final() from None
                tried += 1
                await asyncio.sleep(wait)
            else:
                if asked.schema is not None:
                    self._forms.took(forms, stumbled=stumbled)
                return said

    async def _listen(self, asked: Asked, form: Form | None, tell: Callable[[str], None]) -> str:
        reply = Reply(asked, self._most, inside=self._begins_inside)
        chunks = self._line.chunks(asked.messages, form(asked.schema or {}) if form else None)
        try:
            # Closing the chunks closes the connection, wherever in a line the server is.
            async with asyncio.timeout_at(asked.first_by) as patience, aclosing(chunks):
                async for text, finish in chunks:
                    reply.add(text, finish)
                    patience.reschedule(reply.next_by(self._patience.between))
                    if news := reply.news():
                        tell(news)
        except TimeoutError:
            if not reply.finish:
                raise asked.overdue(reply.begun) from None
        except TryFailedError:
            if not reply.begun:
                raise
            if not reply.finish:
                raise ServerFailedError(BROKEN) from None
        self._begins_inside = reply.inside
        return reply.whole()


class _Line:
    """LangChain's client, with nothing that the environment would add to it."""

    def __init__(self, server: Server, tokens: int) -> None:
        import openai
        from langchain.chat_models import init_chat_model
        from langchain_core.messages import HumanMessage, SystemMessage

        # These tell of every request what only their developers need, and earlier ones wrote
        # prompts down. OPENAI_LOG switches it on whatever LOG_LEVEL says.
        for talkative in ("openai", "httpx2", "httpcore2"):
            logging.getLogger(talkative).setLevel(logging.WARNING)
        # And this quotes what a server said, where it was not what it should be.
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        self._openai = openai
        self._kinds = {Speaker.SYSTEM: SystemMessage, Speaker.USER: HumanMessage}
        self._tokens = tokens
        # No proxy has any business between us and a machine next door.
        schemes = ("all://", "http://", "https://") if is_private(server.base_url) else ()
        pinned = [pin] if server.private_only else []
        self._client = openai.DefaultAsyncHttpxClient(
            timeout=None,
            follow_redirects=False,
            mounts=dict.fromkeys(schemes),
            event_hooks={"request": [*pinned, _dressing(server.api_key)]},
        )
        self._chat = init_chat_model(
            server.model,
            model_provider="openai",
            base_url=server.base_url,
            api_key="-",  # the true one is put in on the way out, and so in no log and no repr
            http_async_client=self._client,
            http_socket_options=(),
            temperature=0,
            max_retries=0,
            timeout=None,
            stream_chunk_timeout=None,
            stream_usage=False,
            use_responses_api=False,
            output_version="v0",
        )

    async def chunks(
        self, messages: Sequence[Message], form: Mapping[str, Any] | None
    ) -> AsyncGenerator[tuple[str, str], None]:
        """Text and finish_reason as they come in; either may be empty.

        Reasoning that comes in a field of its own is not among it.

        :raises TryFailedError: whatever goes wrong.
        """
        # In the body as it is: LangChain would use a newer name, that many servers do not know,
        # and take a response_format for a wish to have the reply parsed.
        extra: dict[str, Any] = {"max_tokens": self._tokens}
        if form is not None:
            extra["response_format"] = form
        prompt = [self._kinds[each.speaker](each.text) for each in messages]
        # Not ``astream``: callbacks hang there, and LangSmith's by what the environment says.
        stream = cast(
            "AsyncGenerator[ChatGenerationChunk, None]",
            self._chat._astream(prompt, extra_body=extra),
        )
        try:
            async with aclosing(stream):
                async for chunk in stream:
                    told = chunk.generation_info or {}
                    yield str(chunk.message.text), str(told.get("finish_reason") or "")
        except TryFailedError:
            raise
        except self._openai.APIStatusError as error:
            later = error.response.headers.get("retry-after", "")
            raise refused(error.status_code, later) from None
        except self._openai.APIConnectionError as error:
            raise TryFailedError(UNREACHABLE, _kind(error)) from None
        except self._openai.APIError as error:
            raise TryFailedError(FAILED, _kind(error)) from None
        except Exception as error:  # noqa: BLE001  # a server may say anything at all
            raise TryFailedError(GARBLED, _kind(error), again=False) from None

    async def aclose(self) -> None:
        """Close the connections that are kept for the next request."""
        await self._client.aclose()


def _kind(error: Exception) -> str:
    """What sort of error it is; its text may hold anything that was sent."""
    return type(error).__name__


def _dressing(key: SecretStr) -> Callable[[Any], Awaitable[None]]:
    """What gives a request its key, and takes away what it does not need."""

    async def dress(request: Any) -> None:
        for name in set(request.headers) - _NEEDED:
            del request.headers[name]
        request.headers["User-Agent"] = "lianwen"
        if key.get_secret_value():
            request.headers["Authorization"] = f"Bearer {key.get_secret_value()}"

    return dress


def _run(loop: asyncio.AbstractEventLoop, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a loop until it is told to stop, and then what closes its connections."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(close())
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
