"""Rounds of faults → the table of what was alive after them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from benchmarks.pages import table, write
from tests.ingest.faults import BROKEN, NEW, OLD, Round

OUTCOMES = ("killed", "refused", "done", "raised")
EXPLANATION = (
    "A process refreshes a small knowledge base, takes a refresh back or gives one up, and is",
    "disturbed, each kind of fault evenly over its steps (fsyncs, SQL statements, calls of Chroma,",
    "copies, deletions). *Refused*: it ended with a sentence; *done*: the fault did not matter.",
    "Then a fresh process looks: one generation live; rows, Chroma, its graph and FTS hold the",
    "same passages; three answers and all rows are of one version, *old* or *new*; the next",
    "refresh works and leaves no folder and no document too many. Anything else is *broken*.",
    "",
    "*Power cut*: killed; then what the process had not fsynced itself is cut to nothing, a half",
    "or nearly all, names in folders that were not fsynced go, and so does SQLite's log since its",
    "last settling. It shows that nothing is published before it is on disk; it doesn't show torn",
    "pages, disks that lie about a sync, or databases torn between syncs of their own.",
)


def rows_of(database: str, rounds: list[Round]) -> list[list[str | int]]:
    """One row a kind: how many rounds, how they ended, and what was alive."""
    rows = []
    for kind in dict.fromkeys(each.kind for each in rounds):
        own = [each for each in rounds if each.kind == kind]
        ended = [sum(each.outcome == name for each in own) for name in OUTCOMES]
        alive = [sum(each.alive == name for each in own) for name in (OLD, NEW, BROKEN)]
        rows.append([database, kind, len(own), *ended, *alive])
    return rows


def report(
    found: dict[str, list[Round]], out: Path, load_before: float, seconds: float
) -> list[Round]:
    """Write the results; returns the rounds that went wrong."""
    rounds = [each for own in found.values() for each in own]
    broken = [each for each in rounds if each.alive == BROKEN]
    full = [each.words for each in rounds if each.kind == "disk full"]
    header = ("database", "fault", "rounds", *OUTCOMES, "old alive", "new alive", "broken")
    rows = [row for name, own in found.items() for row in rows_of(name, own)]
    body = [
        *EXPLANATION,
        "",
        *table(header, rows),
        "",
        f"{len(rounds)} rounds, {len(broken)} broken, {seconds:.0f} s. With the disk still full, "
        f"{sum('answered' in each for each in full)} of {len(full)} were answered.",
        *(f"- {each.kind}, {each.words}: {'; '.join(each.problems)}" for each in broken[:10]),
    ]
    figures = {name: [asdict(each) for each in own] for name, own in found.items()}
    described = machine.describe(load_before)
    write("faults", "Refreshes disturbed", body, figures, described, out)
    return broken
