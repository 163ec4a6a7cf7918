"""One reply as it comes in: how long it may still take, what may be told, whether it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from knowledge.llm.failing import BROKEN, SILENT, TOO_LONG
from knowledge.llm.limits import Patience, ServerFailedError
from knowledge.llm.model import Message, ModelUnavailableError
from knowledge.llm.reasoning import begins_inside, without_reasoning

# What may come after finish_reason: [DONE], counts of tokens. A connection read to its end is kept.
_AFTERWARDS = 0.25
_WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence"})
_CUT = frozenset({"length", "max_tokens", "model_length"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One prompt and its limits, by the monotonic clock.

    ``hurried``: the caller gave it less time than is configured.
    """

    messages: Sequence[Message]
    schema: Mapping[str, Any] | None
    first_by: float
    end: float
    hurried: bool

    @classmethod
    def now(
        cls,
        messages: Sequence[Message],
        schema: Mapping[str, Any] | None,
        patience: Patience,
        seconds: float | None,
    ) -> Asked:
        """What is asked at this moment.

        :param seconds: less time than ``patience`` has, or None.
        """
        began = time.monotonic()
        total = min(patience.total, patience.total if seconds is None else seconds)
        first_by = began + min(patience.first, total)
        return cls(messages, schema, first_by, began + total, total < patience.total)

    def overdue(self, begun: bool) -> ModelUnavailableError:
        """What it means that time ran out; nobody's fault where too little was given."""
        if time.monotonic() < self.end:
            return ServerFailedError("模型服务中途停住了" if begun else SILENT)
        reason = "模型没有在限定时间内答完" if begun else SILENT
        return ModelUnavailableError(reason) if self.hurried else ServerFailedError(reason)


class Reply:
    """What has come in of one reply.

    :param most: characters, reasoning included, past which it is not listened to.
    :param inside: the server is known to begin with reasoning that it does not announce.
    """

    def __init__(self, asked: Asked, most: int, *, inside: bool) -> None:
        self._asked = asked
        self._most = most
        self._inside = inside
        self._raw = ""
        self._shown = ""
        self._pieces = 0
        self.finish = ""

    @property
    def begun(self) -> bool:
        """Whether there was a token: many say whose turn it is long before they say anything."""
        return bool(self._raw) or self._pieces > 1

    @property
    def inside(self) -> bool:
        """Whether it began with reasoning that was not announced."""
        return self._inside or begins_inside(self._raw)

    def add(self, text: str, finish: str) -> None:
        """Take the next piece; both may be empty.

        :raises ModelUnavailableError: it goes on and on.
        """
        self._pieces += 1
        self._raw += text
        self.finish = finish or self.finish
        if len(self._raw) > self._most:
            raise ModelUnavailableError(TOO_LONG)

    def next_by(self, between: float) -> float:
        """When the next piece must be there, by the monotonic clock."""
        if not self.begun and not self.finish:
            return self._asked.first_by
        wait = _AFTERWARDS if self.finish else between
        return min(time.monotonic() + wait, self._asked.end)

    def news(self) -> str:
        """What may be told by now, reasoning left out; "" where it has been told already."""
        text = without_reasoning(self._raw, over=False, begins_inside=self._inside)
        # Where JSON is due, anything else before it is as good as thinking aloud.
        due = self._asked.schema is None or text.startswith(("{", "[", "`"))
        if not due or text == self._shown:
            return ""
        self._shown = text
        return text

    def whole(self) -> str:
        """All of it, reasoning left out.

        :raises ModelUnavailableError: it is not all.
        """
        if not self.finish:
            raise ServerFailedError(BROKEN)
        if self.finish in _CUT:
            raise ModelUnavailableError(TOO_LONG)
        if self.finish not in _WHOLE:
            raise ModelUnavailableError("模型没有作答")
        text = without_reasoning(self._raw, over=True)
        if not text:
            raise ModelUnavailableError("模型没有写出内容")
        return text


def pass_on(
    said: SimpleQueue[str | None], heard: Callable[[str], None] | None, until: float
) -> None:
    """Tell the newest of what was said, again and again, until None comes.

    :raises queue.Empty: it did not by then.
    """
    over = False
    while not over:
        text = said.get(timeout=max(until - time.monotonic(), 0))
        over = text is None
        while not over and not said.empty():
            later = said.get_nowait()
            over, text = later is None, later or text
        if text and heard:
            heard(text)
