"""A refresh killed, starved and cut off at a hundred points: does one whole version answer?

Processes and checks are those of tests/ingest/faults.py, with a tiny encoder: what happens to
files and rows is the matter. Runs on SQLite, and with LIANWEN_TEST_DATABASE_URL on PostgreSQL
as well. Ends with exit code 1 where anything is broken.

    python -m benchmarks.faults [--rounds 100] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.fault_report import report
from benchmarks.pages import RESULTS
from tests.databases import empty_database_url
from tests.ingest.faults import (
    BROKEN,
    NEW,
    Disturbed,
    Round,
    count_steps,
    disturb,
    examine,
    judge,
    prepare,
)
from tests.ingest.faulty import CHROMA, KILL, LIMIT, RAISE, Fault, Place
from tests.ingest.power_cut import cut_power, state_of

KINDS: dict[str, tuple[str, int]] = {
    "killed at a step": ("refresh", 16),
    "killed at the switch": ("refresh", 10),
    "killed at any time": ("refresh", 10),
    "rollback killed at a step": ("rollback", 8),
    "discard killed at a step": ("discard", 8),
    "first build killed at a step": ("refresh", 4),
    "disk or database fails at a step": ("refresh", 10),
    "Chroma fails at a step": ("refresh", 10),
    "no file may outgrow a size": ("refresh", 6),
    "disk full": ("refresh", 8),
    "power cut at a step": ("refresh", 6),
    "power cut at the switch": ("refresh", 4),
}
# Steps at which an error of the system is thinkable.
FAILING = ("fsync", "copytree", "savez", "LexicalIndex.create", "sql ")
# So many that Chroma keeps its graph in files.
ARTICLES = 1100
SWITCH = "Store.publish"
SMALLEST, LARGEST = 4096, 2_000_000
DISK = "64m"
# What a refresh needs in all; with so much room it succeeds.
NEEDED = 4_000_000


@dataclass(slots=True)
class Base:
    """A knowledge base on its way from version to version, and the steps of its operations."""

    place: Place
    steps: dict[str, Disturbed]
    version: int = 2
    previous: int = 1


class Run:
    """Rounds on one database; ``work`` is an empty folder."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._stack = ExitStack()
        self._bases: dict[str, Base] = {}
        self._number = 0

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def round(self, kind: str, share: float) -> Round:
        """One fault; ``share`` in [0, 1) says how far into the operation it comes."""
        self._number += 1
        operation, _ = KINDS[kind]
        base = self._base(kind)
        old, next_ = base.version, base.version + 1
        new = {"refresh": next_, "rollback": base.previous, "discard": old}[operation]
        before = state_of(base.place) if old else {}
        trace = self._work / f"trace-{self._number}"
        found, words = self._disturbed(kind, operation, base, share, trace)
        if kind.startswith("power cut"):
            lost = cut_power(base.place, before, trace, self._number)
            words += f", {len(lost)} files cut"
        done = judge(base.place, kind, found, operation, old, new, next_ + 1)
        # A kill's own words say the same as the fault's.
        told = done.outcome in ("refused", "raised")
        done.words = f"{words}: {done.words}" if told else words
        base.version, base.previous = next_ + 1, new if done.alive == NEW else old
        if done.alive == BROKEN:
            self._bases.pop("disk" if kind == "disk full" else "main", None)
        return done

    def _disturbed(
        self, kind: str, operation: str, base: Base, share: float, trace: Path
    ) -> tuple[Disturbed, str]:
        version = base.version + 1
        if kind == "killed at any time":
            wait = share * base.steps[operation].seconds
            found = disturb(base.place, operation, version, Fault(), trace=trace, kill_after=wait)
            last = found.passed[-1] if found.passed else "the first step"
            return found, f"after {wait:.2f} s, past {last}"
        if kind == "no file may outgrow a size":
            limit = int(SMALLEST * (LARGEST / SMALLEST) ** share)
            found = disturb(base.place, operation, version, Fault(LIMIT, limit=limit))
            return found, f"{limit} bytes"
        if kind == "disk full":
            return self._on_a_full_disk(base, operation, int(NEEDED * share))
        fault = self._fault(kind, base.steps[operation].steps, share)
        found = disturb(base.place, operation, version, fault, trace=trace)
        side = "after" if fault.after else "before"
        return found, f"{side} {fault.begins} {fault.at}"

    def _fault(self, kind: str, steps: list[str], share: float) -> Fault:
        way, chosen = KILL, list(range(len(steps)))
        if kind == "Chroma fails at a step":
            way, chosen = CHROMA, _where(steps, ("chroma",))
        elif kind == "disk or database fails at a step":
            way, chosen = RAISE, _where(steps, FAILING)
        elif kind.endswith("at the switch"):
            # Most of the steps come before those that matter most.
            chosen = list(range(steps.index(SWITCH), len(steps)))
        step = chosen[int(share * len(chosen))]
        # By name: how many others come before it depends on what changed.
        name = steps[step]
        nth = sum(each.startswith(name) for each in steps[: step + 1])
        # SQL tells of a statement, and of a commit, before it is done.
        after = way != RAISE and not name.startswith("sql") and self._number % 2 == 0
        return Fault(way, nth, after, name)

    def _on_a_full_disk(self, base: Base, operation: str, room: int) -> tuple[Disturbed, str]:
        """Leave ``room`` bytes on the disk; it stays full until an answer has been asked for."""
        ballast = base.place.folder.parent / "ballast"
        free = os.statvfs(ballast.parent)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
        found = disturb(base.place, operation, base.version + 1, Fault())
        words = f"{room} bytes left"
        with suppress(AssertionError):
            _, problems = examine(base.place, base.version, base.version + 1)
            words += ", answered while full" if not problems else f", while full: {problems[0]}"
        ballast.unlink()
        return found, words

    def _base(self, kind: str) -> Base:
        if kind == "first build killed at a step":
            if "first" not in self._bases:
                steps = {"refresh": count_steps(self._empty("first"), "refresh", 1)}
                self._bases["first"] = Base(Place(self._work), steps)
            place = self._empty(f"first-{self._number}")
            return Base(place, self._bases["first"].steps, version=0)
        name = "disk" if kind == "disk full" else "main"
        if name not in self._bases:
            folder = self._work / f"{name}-{self._number}"
            folder.mkdir()
            if name == "disk":
                self._stack.enter_context(_small_disk(folder))
            place = self._empty(folder.name)
            prepare(place)
            base = self._bases[name] = Base(place, {})
            # A refresh follows each, so that one lies behind the live one at the end.
            for operation in ("rollback", "refresh", "discard", "refresh", "refresh"):
                base.version += 1
                base.steps[operation] = count_steps(place, operation, base.version)
            base.previous = base.version - 1
        return self._bases[name]

    def _empty(self, name: str) -> Place:
        url = self._stack.enter_context(empty_database_url())
        return Place(self._work / name / "data", url, ARTICLES)


def _where(steps: list[str], begins: tuple[str, ...]) -> list[int]:
    return [number for number, step in enumerate(steps) if step.startswith(begins)]


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own that can fill up (Linux, as root)."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def plan(rounds: int, *, disks: bool) -> list[str]:
    """Kinds of faults, in proportion; few rounds are of many kinds."""
    weights = {kind: w for kind, (_, w) in KINDS.items() if disks or kind != "disk full"}
    total = sum(weights.values())
    given = dict.fromkeys(weights, 0)
    for done in range(1, rounds + 1):
        given[max(weights, key=lambda kind: weights[kind] / total * done - given[kind])] += 1
    return [kind for kind, count in given.items() for _ in range(count)]


def measure(rounds: int, seed: int, work: Path) -> list[Round]:
    """Every round on the database that the environment names."""
    kinds = plan(rounds, disks=_can_mount(work))
    seen: dict[str, int] = dict.fromkeys(kinds, 0)
    mixed = random.Random(seed).sample(kinds, len(kinds))
    done = []
    with Run(work) as run:
        for number, kind in enumerate(mixed, 1):
            # Evenly over the operation, in the middle of each of so many parts.
            share = (seen[kind] + 0.5) / kinds.count(kind)
            seen[kind] += 1
            done.append(run.round(kind, share))
            last = done[-1]
            print(f"{number}/{rounds} {kind}, {last.words}: {last.outcome}, {last.alive}")
            for problem in last.problems:
                print(f"    {problem}", flush=True)
    return done


def _can_mount(work: Path) -> bool:
    folder = work / "probe"
    folder.mkdir()
    try:
        with _small_disk(folder):
            return True
    except (OSError, subprocess.CalledProcessError):
        print("no disk can be mounted here: none is filled up")
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    load_before, begun = machine.load(), time.monotonic()
    found: dict[str, list[Round]] = {}
    server = os.environ.get("LIANWEN_TEST_DATABASE_URL", "")
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if name == "SQLite" or url:
            os.environ["LIANWEN_TEST_DATABASE_URL"] = url
            with tempfile.TemporaryDirectory(prefix="lianwen-faults-") as work:
                found[name] = measure(given.rounds, given.seed, Path(work))
    sys.exit(bool(report(found, given.out, load_before, time.monotonic() - begun)))


if __name__ == "__main__":
    main()
