"""What every handler works with, handed to each feature's constructor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from bot.asking import Asker
from knowledge.settings import Settings
from knowledge.store import Records

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """The core and the records behind the bot."""

    settings: Settings
    asker: Asker
    records: Records
    key: bytes
    """Keys the hashes that stand for people in what is logged."""


async def aside(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what blocks (the core, the database) beside the event loop. The only such door."""
    return await asyncio.to_thread(call, *args, **kwargs)
