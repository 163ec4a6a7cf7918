"""What is said to a language model, and the one door through which it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from knowledge.errors import LianwenError


class Speaker(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    speaker: Speaker
    text: str


Heard = Callable[[str], None]
"""Told the text so far, again and again, as it comes in."""


class ModelUnavailableError(LianwenError):
    """The model gave no whole answer in its time: refused, stalled, cut off, too busy, off."""


class NotAskedError(ModelUnavailableError):
    """The server was left alone: a limit of our own stood in the way."""


class Model(Protocol):
    """Anything that completes a prompt. Blocks; safe to call from several threads."""

    @property
    def name(self) -> str:
        """What is configured, for caches and reports."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        heard: Heard | None = None,
        seconds: float | None = None,
        person: str = "",
    ) -> str:
        """The model's reply, reasoning left out.

        :param schema: a JSON schema that the reply should follow, where the server can.
        :param heard: told the text so far, again and again, as it comes in.
        :param seconds: less time than is configured, for what must be quick.
        :param person: whose budget it counts against, as a hash; "" for nobody's.
        :raises ModelUnavailableError: there is no whole reply.
        """
        ...
