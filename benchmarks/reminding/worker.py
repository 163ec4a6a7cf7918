"""A process that reminds, and nothing else of the bot: ticks when told, by the benchmark's clocks.

The plan, the texts, the knowledge base, the database and the requests are the bot's own. Each
line on standard input is a tick, answered with a line when it is over; the end of input is a stop.

    python -m benchmarks.reminding.worker CLOCK NUMBER
"""

from __future__ import annotations

import asyncio
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from benchmarks.reminding.clock import Page
from bot.telegram.application import THREADS
from bot.telegram.desk import Desk, aside
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.informing import Informing
from bot.telegram.reminding.ticking import Ticking
from bot.telegram.traffic.limiting import RETRIES, Pacing
from bot.wiring import key_of, make_assistant, make_planner, open_records, open_store
from knowledge.reminding.policy import Policy
from knowledge.settings import load_settings
from knowledge.store import Members

LOGGER = logging.getLogger(__name__)

READY, DONE = "ready", "done"
# Tells the peer which process a request comes from.
PROCESS_HEADER = "X-Process"
CONNECTIONS = 256


class Unpaced(Pacing):
    """The bot's own way with refusals and floods, without the thirty messages a second."""

    def __init__(self, members: Members) -> None:
        super().__init__(members)
        AIORateLimiter.__init__(self, overall_max_rate=0, max_retries=RETRIES)


class _Stamped(logging.Formatter):
    """Lines bear the benchmark's time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._clock = clock

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return self._clock.now().isoformat()


def log_by(clock: Clock) -> None:
    """Log to standard error, by these clocks."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Stamped(clock))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot.telegram.reminding").setLevel(logging.INFO)


async def serve(clock: Clock, number: int) -> None:
    """Tick until the input ends."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    settings = load_settings(_env_file=None)
    records = open_records(settings, open_store(settings, create=True))
    assistant = make_assistant(settings)
    records.roster.fix_admins(settings.admin_ids)
    planner = make_planner(settings, records, assistant)
    informing = Informing(Desk(settings, assistant, records, key_of(settings)), planner, clock)
    policy = Policy(settings.reminders, settings.reminder_choice)
    ticking = Ticking(records, planner, informing, policy, clock)
    headers = {PROCESS_HEADER: str(number)}
    assert settings.telegram_bot_token
    bot: ExtBot[Any] = ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        request=HTTPXRequest(CONNECTIONS, httpx_kwargs={"headers": headers}),
        rate_limiter=Unpaced(records.members),
    )
    async with bot:
        print(READY, flush=True)
        while await aside(sys.stdin.readline):
            try:
                await ticking.tick(bot)
            except Exception:  # as the bot has it: the next tick goes on
                LOGGER.exception("this round went wrong")
            print(DONE, flush=True)
        await ticking.end()


def main() -> None:
    clock = Page(Path(sys.argv[1])).clock(number := int(sys.argv[2]))
    log_by(clock)
    asyncio.run(serve(clock, number))


if __name__ == "__main__":
    main()
