"""Two hundred damaged and hostile files: how many are read, refused, or bring the reader down.

The files are those of tests/ingest/reading/making_malformed.py, the same every time. Ends with
exit code 1 where a file gets no outcome, or a refusal that is no sentence.

    python -m benchmarks.malformed [--files 200]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import machine
from benchmarks.pages import RESULTS, table, write
from ingest.reading import FileRead, Readers
from tests.ingest.reading.making_malformed import COUNT, Malformed, malformed

SLOW = 3.0


@dataclass(slots=True)
class Figures:
    """What became of the files. A file read in part counts as read."""

    files: int = 0
    read: int = 0
    refused: int = 0
    crashed: list[str] = field(default_factory=list)
    """The worker died or was given up over these; the others did not notice."""
    raised: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """No outcome at all, or one that is no sentence."""
    seconds: float = 0.0
    median_ms: float = 0.0
    longest_ms: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)


def measure(files: list[Malformed], folder: Path) -> tuple[Figures, Counter[str]]:
    """Read them one after the other, as an import does; also the outcomes by what is wrong."""
    figures, ways, times = Figures(len(files)), Counter[str](), []
    begun = time.monotonic()
    with Readers() as readers:
        for file in files:
            path = folder / file.name
            path.write_bytes(file.raw)
            start = time.monotonic()
            outcome = _one(readers, path, figures)
            times.append(time.monotonic() - start)
            ways[f"{file.way}: {outcome}"] += 1
            if times[-1] > SLOW:
                figures.slow[file.name] = round(times[-1], 1)
    figures.seconds = time.monotonic() - begun
    figures.median_ms, figures.longest_ms = 1000 * median(times), 1000 * max(times)
    return figures, ways


def _one(readers: Readers, path: Path, figures: Figures) -> str:
    try:
        outcomes = readers.read(path)
    except Exception as error:  # noqa: BLE001  # nothing may be raised, so everything is noted
        figures.raised.append(f"{path.name}: {error!r}")
        return "raised"
    reasons = [each.reason for each in outcomes if not isinstance(each, FileRead)]
    if not outcomes or not all(reason.endswith("。") for reason in reasons):
        figures.lost.append(path.name)
    if any("退出" in reason or "太久" in reason for reason in reasons):
        figures.crashed.append(path.name)
    if len(reasons) < len(outcomes):
        figures.read += 1
        return "read"
    figures.refused += 1
    return "refused"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=COUNT, help="only the first so many")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-malformed-") as folder:
        figures, ways = measure(malformed()[: given.files], Path(folder))
    rows = [
        ["files", figures.files],
        ["read", figures.read],
        ["refused in a sentence", figures.refused],
        ["worker died or gave up", len(figures.crashed)],
        ["raised", len(figures.raised)],
        ["lost", len(figures.lost)],
        ["seconds", figures.seconds],
        ["median, ms", figures.median_ms],
        ["longest, ms", figures.longest_ms],
        [f"longer than {SLOW:.0f} s", len(figures.slow)],
    ]
    body = [
        "Damaged, hostile and misnamed files through `Readers`, one after the other. *Read*: at",
        "least one document came out of it.",
        "",
        *table(("figure", ""), rows),
    ]
    found = asdict(figures) | {"ways": dict(sorted(ways.items()))}
    write("malformed", "Malformed files", body, found, machine.describe(load_before), given.out)
    sys.exit(bool(figures.lost or figures.raised))


if __name__ == "__main__":
    main()
