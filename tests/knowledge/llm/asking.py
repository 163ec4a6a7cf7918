"""Models that ask a scripted server, with little patience."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pydantic import SecretStr

from knowledge.llm.chat import ChatModel, Server
from knowledge.llm.limits import Breaker, Budget, Patience, Places
from knowledge.llm.model import Message, Speaker
from tests.llm_server import NAME, Scripted

KEY = "sk-secret-of-the-tests"
PROMPT = (Message(Speaker.SYSTEM, "只依据条文作答。"), Message(Speaker.USER, "礼金能收吗"))
SCHEMA = {
    "type": "object",
    "properties": {"sentences": {"type": "array", "items": {"type": "string"}}},
}


def model_at(
    server: Scripted | str,
    *,
    first: float = 5.0,
    between: float = 5.0,
    total: float = 20.0,
    failures: int = 1000,
    places: int = 4,
    daily: int = 0,
    tokens: int = 2000,
    today: Callable[[], dt.date] = lambda: dt.date(2026, 3, 2),
) -> ChatModel:
    """A model at a server's address; its breaker never opens unless asked to."""
    url = server if isinstance(server, str) else server.url
    return ChatModel(
        Server(NAME, url, SecretStr(KEY)),
        Patience(first, between, total),
        Breaker(failures),
        Places(places, 0.05),
        Budget(daily, today),
        tokens=tokens,
    )
