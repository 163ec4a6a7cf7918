"""What every handler works with, handed to each feature's constructor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.asking import Asker
from knowledge.settings import Settings
from knowledge.store import Records

if TYPE_CHECKING:
    # Without a language model nothing of it is loaded.
    from knowledge.writing.verdicts import Verdicts

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
    verdicts: Verdicts | None = None
    """Counts what became of a model's sentences; None where no model writes."""


async def aside(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what blocks (the core, the database) beside the event loop. The only such door."""
    return await asyncio.to_thread(call, *args, **kwargs)
