"""People ask while the knowledge base is refreshed ten times: errors, waits, whole answers.

The reader is this process: the assistant as the bot has it (real model, ``patient=False``), asked
by so many threads at a steady rate, first in calm, then while processes of their own refresh the
knowledge base one after the other (`lianwen ingest … --yes`, niced as the bot does it). Every
answer must be wholly of a generation that was live when it was asked, or of the one before that.

    python -m benchmarks.refresh_load [--rates 20 8] [--refreshes 10] [--data-dir COPY]
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.changing import TITLE, changed, mark_of, text_of
from benchmarks.corpus import NEARBY_CORPUS, ROOT, require
from benchmarks.pages import RESULTS, Cell, table, write
from benchmarks.witness import Answered, Witness
from bot.preparing_refresh import NICENESS
from bot.telegram.application import SWITCH_SECONDS
from bot.wiring import make_assistant, open_store
from ingest.asks import ask_bank
from knowledge.assistant import Assistant
from knowledge.model import Question
from knowledge.numerals import int_to_chinese
from knowledge.settings import Settings

# Every so many questions one names an article that the refreshes change.
LOOKUP_EVERY, ARTICLES = 4, 150
WARMING, BETWEEN, AFTERWARDS = 60, 3.0, 10.0
EXTRA_MS = 300.0
CHANGED_AT_ONCE = 10


@dataclass(slots=True)
class Figures:
    """One rate. Waits in milliseconds from when a question was due; memory in MiB."""

    rate: float
    workers: int
    calm_asked: int = 0
    calm_p50: float = 0.0
    calm_p95: float = 0.0
    calm_max: float = 0.0
    sustained: bool = True
    refreshes: int = 0
    refresh_seconds_median: float = 0.0
    asked: int = 0
    p50: float = 0.0
    p95: float = 0.0
    max: float = 0.0
    extra_over_calm_p95: float = 0.0
    extra_over_calm_max: float = 0.0
    waits_over_calm_max_and_300_ms: int = 0
    errors: list[str] = field(default_factory=list)
    of_no_generation: list[str] = field(default_factory=list)
    """Answers that are of no one generation, or of one that was neither live nor just replaced."""
    tell_generations_apart: int = 0
    """Answers that quote the document changed, so that their generation shows."""
    from_the_one_before: int = 0
    latest_from_the_one_before_ms: float = 0.0
    switches_seen: int = 0
    memory_before: float = 0.0
    memory_after: float = 0.0
    memory_highest: float = 0.0


class Asking:
    """Asks at a steady rate, whether or not the answers keep up, as people do."""

    def __init__(self, assistant: Assistant, rate: float, workers: int) -> None:
        self._assistant = assistant
        self._rate = rate
        self._threads = ThreadPoolExecutor(workers)
        self._bank = [
            ask for entries in ask_bank().values() for entry in entries for ask in entry.asks
        ]
        self._number = 0

    def during(self, over: threading.Event) -> list[Answered]:
        """Ask until ``over``, and wait for the answers."""
        asked: list[Future[Answered]] = []
        begun = time.monotonic()
        while not over.is_set():
            due = begun + len(asked) / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            asked.append(self._threads.submit(self._ask, self._next(), due))
        return [each.result() for each in asked]

    def _next(self) -> str:
        self._number += 1
        if self._number % LOOKUP_EVERY == 0:
            article = int_to_chinese(self._number // LOOKUP_EVERY * 7 % ARTICLES + 1)
            return f"{TITLE}第{article}条"
        # A step that is prime to their number comes by all of them, and each time elsewhere.
        return self._bank[self._number * 7919 % len(self._bank)]

    def _ask(self, text: str, due: float) -> Answered:
        try:
            answer = self._assistant.ask(Question(text))
        except Exception as error:  # noqa: BLE001  # each is counted
            return Answered(text, due, time.monotonic(), error=f"{text}: {error!r}")
        cited = tuple(
            (each.clause.id, each.quote, each.clause.text)
            for each in (*answer.citations, *answer.cases)
        )
        return Answered(text, due, time.monotonic(), cited)


def run(folder: Path, text: str, rate: float, given: argparse.Namespace) -> Figures:
    """Ask in calm, then while it is refreshed with other versions of ``text``."""
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    assistant = make_assistant(settings, patient=False)
    for number in range(WARMING):
        assistant.ask(Question(f"{TITLE}第{int_to_chinese(number + 1)}条"))
    asking, figures = Asking(assistant, rate, given.workers), Figures(rate, given.workers)
    with Witness(open_store(settings)) as witness:
        over = threading.Event()
        threading.Timer(given.calm, over.set).start()
        quiet = asking.during(over)
        figures.memory_before = _memory("VmRSS")
        over = threading.Event()
        refreshing = _Refreshing(folder, text, given.refreshes, given.nice, over)
        refreshing.start()
        busy = asking.during(over)
        refreshing.join()
        figures.memory_after = _memory("VmRSS")
        figures.memory_highest = _memory("VmHWM")
    _count(figures, quiet, busy)
    figures.refreshes = len(refreshing.seconds)
    figures.refresh_seconds_median = statistics.median(refreshing.seconds or [0.0])
    figures.errors += refreshing.failed
    _judge(figures, witness, [*quiet, *busy])
    return figures


class _Refreshing(threading.Thread):
    """Refreshes one after the other, each a process with a version that is new."""

    def __init__(
        self, folder: Path, text: str, count: int, nice: int, over: threading.Event
    ) -> None:
        super().__init__()
        self._folder, self._text, self._count, self._over = folder, text, count, over
        self._nice = nice
        self.seconds: list[float] = []
        self.failed: list[str] = []

    def run(self) -> None:
        try:
            for number in range(1, self._count + 1):
                time.sleep(BETWEEN)
                self._refresh(number)
            time.sleep(AFTERWARDS)
        finally:
            self._over.set()

    def _refresh(self, number: int) -> None:
        # Other numbers at each rate, so that none of them finds its version held already.
        version = int(time.time()) % 1_000_000 + number
        first = number * 13 % ARTICLES
        articles = range(first, first + CHANGED_AT_ONCE)
        with tempfile.TemporaryDirectory(prefix="lianwen-version-") as spare:
            path = Path(spare) / f"{TITLE}.md"
            path.write_text(changed(self._text, version, articles)[0], encoding="utf-8")
            start = time.monotonic()
            done = ingest(self._folder, path, self._nice)
        self.seconds.append(time.monotonic() - start)
        print(f"refresh {number}: {self.seconds[-1]:.1f} s, {mark_of(version)}", flush=True)
        if done.returncode:
            self.failed.append(done.stderr[-500:])


def ingest(folder: Path, path: Path, nice: int = 0) -> subprocess.CompletedProcess[str]:
    """`lianwen ingest PATH --yes` in a process of its own."""
    command = [sys.executable, "-m", "bot", "ingest", str(path), "--yes"]
    command += ["--data-dir", str(folder)]
    return subprocess.run(
        ["nice", "-n", str(nice), *command],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        # Half of the processor, as the bot has it prepared.
        env=os.environ
        | {
            "PYTHONUTF8": "1",
            "DATABASE_URL": "",
            "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // 2)),
        },
    )


def _count(figures: Figures, quiet: list[Answered], busy: list[Answered]) -> None:
    calm, during = (sorted(each.wait_ms for each in asked) for asked in (quiet, busy))
    figures.calm_asked, figures.asked = len(calm), len(during)
    figures.calm_p50, figures.p50 = statistics.median(calm), statistics.median(during)
    figures.calm_p95, figures.p95 = (_percentile(each, 0.95) for each in (calm, during))
    figures.calm_max, figures.max = calm[-1], during[-1]
    figures.extra_over_calm_p95 = figures.max - figures.calm_p95
    figures.extra_over_calm_max = figures.max - figures.calm_max
    limit = figures.calm_max + EXTRA_MS
    figures.waits_over_calm_max_and_300_ms = sum(each > limit for each in during)
    # A queue that only grows: the last quarter waits much longer than the first.
    quarter = max(1, len(quiet) // 4)
    first, last = (
        statistics.median(each.wait_ms for each in part)
        for part in (quiet[:quarter], quiet[-quarter:])
    )
    figures.sustained = last < 2 * first + 100
    figures.errors = [each.error for each in (*quiet, *busy) if each.error]


def _judge(figures: Figures, witness: Witness, answered: list[Answered]) -> None:
    figures.switches_seen = len(witness.switches) - 1
    for each in answered:
        verdict = witness.judge(each)
        figures.of_no_generation += [verdict.problem] if verdict.problem else []
        figures.tell_generations_apart += verdict.telling
        if verdict.late_ms is not None:
            figures.from_the_one_before += 1
            figures.latest_from_the_one_before_ms = max(
                figures.latest_from_the_one_before_ms, verdict.late_ms
            )


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[math.ceil(share * len(ordered)) - 1]


def _memory(name: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return (
        int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024
    )


def page(found: list[Figures]) -> list[str]:
    """A column a rate."""
    shown: list[dict[str, Any]] = [asdict(each) for each in found]
    for each in shown:
        each |= {name: len(each[name]) for name in ("errors", "of_no_generation")}
        each["sustained"] = "yes" if each["sustained"] else "no"
    rows: list[list[Cell]] = [
        [name.replace("_", " "), *(each[name] for each in shown)]
        for name in shown[0]
        if name != "rate"
    ]
    return [
        "Waits in milliseconds from when a question was due; memory of the reader in MiB.",
        "*Sustained*: in calm the queue did not grow; where it grows, waits say how long it was,",
        "not what a refresh costs. *From the one before*: answers from the generation before the",
        "live one, while that was being opened.",
        "",
        *table(("questions a second", *(f"{each.rate:g}" for each in found)), rows),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=NEARBY_CORPUS)
    parser.add_argument("--data-dir", type=Path, help="a copy of a built one (default: made anew)")
    parser.add_argument("--rates", type=float, nargs="+", default=[20.0, 8.0])
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--refreshes", type=int, default=10)
    parser.add_argument("--nice", type=int, default=NICENESS, help="of the refreshes")
    parser.add_argument("--calm", type=float, default=60.0, help="seconds of asking in calm")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    require(parser, given, "corpus")
    load_before = machine.load()
    sys.setswitchinterval(SWITCH_SECONDS)  # as the bot does
    with tempfile.TemporaryDirectory(prefix="lianwen-refresh-load-") as spare:
        folder = given.data_dir or Path(spare)
        if given.data_dir is None:
            done = ingest(folder, given.corpus)
            if done.returncode:
                raise SystemExit(done.stderr)
        text = text_of(given.corpus)
        found = [run(folder, text, rate, given) for rate in given.rates]
    figures = {f"{each.rate:g} a second": asdict(each) for each in found}
    described = machine.describe(load_before)
    write("refresh_load", "Refreshed while people ask", page(found), figures, described, given.out)
    sys.exit(any(each.errors or each.of_no_generation for each in found))


if __name__ == "__main__":
    main()
