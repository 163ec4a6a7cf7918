"""One reminder to ten thousand people at Telegram's thirty a second, while others ask.

The bot is a process of its own with the shipped knowledge base and the real model, and all that
it has; only its reminders go by clocks that this process moves. The Bot API peer and those who ask
are this process. How long it takes, how evenly the messages come, what memory the bot takes
meanwhile, and how long a question waits go into benchmarks/results.

    python -m benchmarks.reminder_load [--people 10000] [--enforce]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression, median

from benchmarks import machine
from benchmarks.pages import RESULTS, table, write
from benchmarks.reminding.broadcast import PER_SECOND, Broadcast, Heard
from benchmarks.reminding.place import leave_out_paths, prepared

WINDOW = 10.0
# Pools and caches fill with the first messages; memory is fitted from then on.
SETTLED_AFTER = 30.0
EXPLANATION = (
    "People, Bot API peer and bot on the same cores; the bot's own limit of 30 messages a second.",
    "*Minimum*: the messages divided by thirty. A second and ten seconds are any, not those of the",
    "clock. Memory of the bot in MiB; *a thousand*: what it grows by with each thousand messages,",
    "fitted from half a minute on. Waits are milliseconds from a question to its finished answer,",
    "*calm* before the reminder and *meanwhile* during it, one question at a time. *Enforced*: the",
    "peer refuses (429) the thirty-first message within a second.",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is written down, see ``EXPLANATION``."""

    people: int
    enforced: bool
    delivered: int
    twice: int
    refused_429: int
    minimum_s: float
    first_to_last_s: float
    most_in_a_second: int
    most_in_ten_seconds: int
    least_in_ten_seconds: int
    cores_kept_busy: float
    memory_before: float
    memory_settled: float
    memory_most: float
    memory_end: float
    memory_a_thousand: float | None
    calm_p50: float
    calm_p95: float
    questions_meanwhile: int
    meanwhile_p50: float
    meanwhile_p95: float
    meanwhile_longest: float


def figures_of(heard: Heard, *, enforced: bool) -> Figures:
    """A run in numbers."""
    first, last = heard.arrivals[0], heard.arrivals[-1]
    memory = [mib for _, mib in heard.memory]
    settled = [(at, mib) for at, mib in heard.memory if at >= SETTLED_AFTER]
    a_second = linear_regression(*zip(*settled, strict=True)).slope if len(settled) > 2 else None
    rate = len(heard.arrivals) / max(last - first, 1.0)
    return Figures(
        people=heard.people,
        enforced=enforced,
        delivered=len(heard.got.copies),
        twice=sum(len(each) - 1 for each in heard.got.copies.values()),
        refused_429=heard.refused,
        minimum_s=heard.people / PER_SECOND,
        first_to_last_s=last - first,
        most_in_a_second=max(_counts(heard.arrivals, 1.0)),
        most_in_ten_seconds=max(_counts(heard.arrivals, WINDOW)),
        least_in_ten_seconds=min(_whole(heard.arrivals), default=0),
        cores_kept_busy=heard.cores,
        memory_before=heard.memory_before,
        memory_settled=settled[0][1] if settled else memory[0],
        memory_most=max(memory),
        memory_end=memory[-1],
        memory_a_thousand=None if a_second is None else 1000 * a_second / rate,
        calm_p50=median(heard.calm),
        calm_p95=_p95(heard.calm),
        questions_meanwhile=len(heard.waits),
        meanwhile_p50=median(heard.waits or [0.0]),
        meanwhile_p95=_p95(heard.waits or [0.0]),
        meanwhile_longest=max(heard.waits, default=0.0),
    )


def _counts(arrivals: Sequence[float], seconds: float) -> Iterator[int]:
    """How many came within so many seconds, from each of them on."""
    end = 0
    for start, at in enumerate(arrivals):
        while end < len(arrivals) and arrivals[end] < at + seconds:
            end += 1
        yield end - start


def _whole(arrivals: Sequence[float]) -> list[int]:
    """How many came in each ten seconds one after the other, the last ones left out."""
    found = Counter(int((at - arrivals[0]) // WINDOW) for at in arrivals)
    return [found[number] for number in range(max(found))]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data-dir", type=Path, help="a built knowledge base (default: made anew)")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--enforce", action="store_true", help="429 for more than 30 in a second")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    load_before = machine.load()
    with (
        tempfile.TemporaryDirectory(prefix="lianwen-reminder-load-") as spare,
        prepared(given.data_dir, Path(spare), "") as settings,
    ):
        run = Broadcast(given.people, settings, Path(spare), enforce=given.enforce)
        asyncio.run(run.run())
    figures = figures_of(run.heard, enforced=given.enforce)
    rows = [(name.replace("_", " "), value) for name, value in asdict(figures).items()]
    body = [*EXPLANATION, "", *table(("figure", ""), rows)]
    kept = {**asdict(figures), "memory": run.heard.memory}
    leave_out_paths()
    name = "reminder_load-enforced" if given.enforce else "reminder_load"
    write(name, "One reminder to many", body, kept, machine.describe(load_before), given.out)
    sys.exit(figures.delivered != given.people or figures.twice > 0)


if __name__ == "__main__":
    main()
