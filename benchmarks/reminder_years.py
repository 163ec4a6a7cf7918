"""Two years of reminders in minutes: does everybody get each of them once, whatever happens?

One or two processes that remind (the bot's own plan, texts, knowledge base, database and requests
over HTTP, but for Telegram's thirty messages a second) run by clocks that this process moves. It
is the Bot API, it kills them, sets their clocks wrong, refuses, cuts connections off, and lets
people join, leave, block the bot and choose. Who must get what is worked out apart from the bot.
Ends with exit code 1 where a reminder is missing, too many, or at the wrong time.

    python -m benchmarks.reminder_years [--people 500] [--kills 60] [--processes 1] [--calm]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.pages import RESULTS
from benchmarks.reminding.days import QUIET_FROM, at, wanted
from benchmarks.reminding.place import SERVER, leave_out_paths, prepared
from benchmarks.reminding.report import Conditions, examine, kinds_of, report
from benchmarks.reminding.years import DAY, Years


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data-dir", type=Path, help="a built knowledge base (default: made anew)")
    parser.add_argument("--people", type=int, default=500)
    day = dt.date.fromisoformat
    parser.add_argument("--from", dest="first", type=day, default=dt.date(2025, 12, 1))
    parser.add_argument("--to", dest="last", type=day, default=dt.date(2028, 1, 31))
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong at all")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", default=os.environ.get(SERVER, ""), help="PostgreSQL")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    open_then = [
        each.key
        for each in wanted(given.first - dt.timedelta(days=14), given.first - dt.timedelta(days=1))
        if each.closes > at(given.first, QUIET_FROM) - DAY
    ]
    if open_then or not wanted(given.first, given.last):
        parser.error(f"choose other days: at the beginning there are {open_then or 'none'}")
    return given


def _conditions(given: argparse.Namespace, years: Years, seconds: float) -> Conditions:
    errors = [line for worker in years.workers for line in worker.errors()]
    return Conditions(
        first=str(given.first),
        last=str(given.last),
        people=given.people,
        processes=given.processes,
        database="PostgreSQL" if given.database_url else "SQLite",
        kills=0 if given.calm else given.kills,
        calm=given.calm,
        seed=given.seed,
        ticks=years.ticks,
        requests=years.peer.requested,
        seconds=round(seconds, 1),
        happened=dict(years.mischief.happened),
        history=years.mischief.history,
        errors=kinds_of(errors),
    )


def main() -> None:
    given = _parsed()
    load_before, begun = machine.load(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="lianwen-years-") as spare,
        prepared(given.data_dir, Path(spare), given.database_url) as settings,
    ):
        years = Years(given, settings, Path(spare))
        asyncio.run(years.run())
        deaths = years.mischief.deaths
        rows = examine(years.course, years.peer, years.workers, deaths, years.database)
        conditions = _conditions(given, years, time.monotonic() - begun)
        years.database.close()
    leave_out_paths()
    faults = report(rows, conditions, machine.describe(load_before), given.out)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
