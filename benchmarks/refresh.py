"""Seconds that a refresh takes: nothing changed, one article, a document of 150 articles.

Beside them, in the same run: the first build, and building everything anew (--rebuild), which is
the plain way. Each is measured as a person meets it, `lianwen ingest … --yes` as a process with
its imports, and again inside one process that has loaded its model.

    python -m benchmarks.refresh [--corpus DIR] [--repeats 5] [--builds 3]
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console

from benchmarks import machine
from benchmarks.changing import TITLE, changed, copy_corpus, text_of
from benchmarks.corpus import NEARBY_CORPUS, ROOT, require
from benchmarks.pages import RESULTS, Cell, table, write
from bot import ingesting
from bot.wiring import make_answering, make_encoder, open_store
from knowledge.settings import Settings

FIRST, NOTHING, MANY, ONE, ANEW = (
    "first build",
    "nothing changed",
    "one document changed",
    "one article changed",
    "one document changed, all built anew",
)
TARGETS = {NOTHING: 3.0, MANY: 15.0}
_TOLD = re.compile(r"(\d+) 条，新建向量 (\d+) 个，沿用 (\d+) 个")


@dataclass(slots=True)
class Timed:
    """One way to refresh, repeated. Vectors are those of passages."""

    seconds: list[float] = field(default_factory=list)
    embedded: list[int] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(slots=True)
class Figures:
    """Both sides: as a process of its own, and inside one."""

    documents: int = 0
    clauses: int = 0
    articles_changed: int = 0
    process: dict[str, Timed] = field(default_factory=lambda: defaultdict(Timed))
    inside: dict[str, Timed] = field(default_factory=lambda: defaultdict(Timed))


Ingest = Callable[[list[Path], bool], tuple[float, int, int, int]]
"""Paths, whether to build anew → seconds, clauses (0: unchanged), embedded, reused."""


class Files:
    """The corpus as files, and versions of one of them; each is another."""

    def __init__(self, corpus: Path, work: Path, limit: int | None) -> None:
        self.corpus = work / "corpus"
        self.count = len(copy_corpus(corpus, self.corpus, limit))
        self._text = text_of(corpus)
        self._path = work / f"{TITLE}.md"
        self._number = 0
        self._many = self._text

    def many(self) -> tuple[Path, int]:
        """Words changed in every article."""
        self._number += 1
        self._many, count = changed(self._text, self._number)
        self._path.write_text(self._many, encoding="utf-8")
        return self._path, count

    def one(self) -> Path:
        """Words changed in one article of what ``many`` gave last."""
        self._number += 1
        at = self._number % 100
        text, _ = changed(self._many, self._number, range(at, at + 1))
        self._path.write_text(text, encoding="utf-8")
        return self._path


def as_process(folder: Path) -> Ingest:
    """`lianwen ingest`, from its start to its end."""

    def ingest(paths: list[Path], anew: bool) -> tuple[float, int, int, int]:
        command = [sys.executable, "-m", "bot", "ingest", *map(str, paths), "--yes"]
        command += ["--data-dir", str(folder), *(["--rebuild"] if anew else [])]
        start = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONUTF8": "1", "COLUMNS": "200", "DATABASE_URL": ""},
        )
        seconds = time.perf_counter() - start
        if done.returncode:
            raise SystemExit(done.stderr)
        return seconds, *_told(done.stderr)

    return ingest


def inside(folder: Path) -> Ingest:
    """The same in this process, whose model is loaded."""
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    store, encoder = open_store(settings, create=True), make_encoder(settings)
    encoder.encode_queries(["预热"])

    def ingest(paths: list[Path], anew: bool) -> tuple[float, int, int, int]:
        told = io.StringIO()
        start = time.perf_counter()
        ingesting.ingest(
            ingesting.Wanted(paths=paths, rebuild=anew, consent=False),
            store=store,
            encoder=encoder,
            answering=make_answering(settings, store, encoder),
            console=Console(file=told, width=200),
        )
        return time.perf_counter() - start, *_told(told.getvalue())

    return ingest


def _told(words: str) -> tuple[int, int, int]:
    found = _TOLD.search(words)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def measure(
    files: Files, work: Path, repeats: int, builds: int, built: Path | None = None
) -> Figures:
    """Every way of refreshing, as processes first.

    :param built: a knowledge base of the corpus to begin with a copy of, instead of building one.
    """
    figures = Figures(documents=files.count)
    folder = work / "data"
    if built is not None:
        shutil.copytree(built, folder)
    for number in range(0 if built else builds):
        # Unpacking the model is part of an installation, not of a build.
        folder = work / f"data-{number}"
        _unpack(folder)
        _time(figures, figures.process, FIRST, as_process(folder), [files.corpus])
    _refreshes(figures, figures.process, as_process(folder), files, repeats, builds)
    within = inside(folder)
    within([files.corpus], False)
    _refreshes(figures, figures.inside, within, files, repeats, 0)
    return figures


def _unpack(folder: Path) -> None:
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    make_encoder(settings).encode_queries(["预热"])


def _refreshes(
    figures: Figures,
    into: dict[str, Timed],
    ingest: Ingest,
    files: Files,
    repeats: int,
    builds: int,
) -> None:
    for _ in range(repeats):
        _time(figures, into, NOTHING, ingest, [files.corpus])
    for _ in range(repeats):
        path, figures.articles_changed = files.many()
        _time(figures, into, MANY, ingest, [path])
    for _ in range(repeats):
        _time(figures, into, ONE, ingest, [files.one()])
    for _ in range(builds):
        _time(figures, into, ANEW, ingest, [files.many()[0]], anew=True)


def _time(
    figures: Figures,
    into: dict[str, Timed],
    name: str,
    ingest: Ingest,
    paths: list[Path],
    *,
    anew: bool = False,
) -> None:
    seconds, clauses, embedded, reused = ingest(paths, anew)
    if (name == NOTHING) != (clauses == 0):
        raise SystemExit(f"{name}: something else was measured")
    figures.clauses = clauses or figures.clauses
    into[name].seconds.append(seconds)
    into[name].embedded.append(embedded)
    into[name].reused.append(reused)
    print(f"{name}: {seconds:.2f} s, {embedded} embedded, {reused} reused", flush=True)


def page(figures: Figures) -> list[str]:
    """The table: medians, the slowest, and how much faster than building everything anew."""
    rows: list[list[Cell]] = []
    built_anew = figures.process[ANEW]
    anew = built_anew.median if built_anew.seconds else 0.0
    for where, timed in (("a process", figures.process), ("inside one", figures.inside)):
        for name, each in timed.items():
            if not each.seconds:
                continue
            target = TARGETS.get(name)
            rows.append(
                [
                    f"{name}, {where}",
                    len(each.seconds),
                    each.median,
                    max(each.seconds),
                    f"≤ {target:.0f}" if target else None,
                    round(statistics.median(each.embedded)),
                    round(statistics.median(each.reused)),
                    f"{anew / each.median:.1f}×" if anew and name != ANEW else None,
                ]
            )
    header = ("refresh", "times", "median, s", "slowest, s", "target, s")
    header += ("passages embedded", "vectors reused", "anew takes")
    return [
        f"{figures.documents} files of the corpus and what every knowledge base holds, "
        f"{figures.clauses:,} clauses. The document changed is the {TITLE}, in "
        f"{figures.articles_changed} articles. *A process*: `lianwen ingest … --yes` from start to",
        "end, imports, reading and loading the model included; *inside one*: the same without",
        "imports and loading. *Anew*: `--rebuild`, which takes nothing over: the plain way.",
        "",
        *table(header, rows),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=NEARBY_CORPUS)
    parser.add_argument("--documents", type=int, help="only the first so many")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--builds", type=int, default=3, help="how often everything is built")
    parser.add_argument("--data-dir", type=Path, help="built of the corpus: begin with a copy")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    require(parser, given, "corpus")
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-refresh-") as work:
        files = Files(given.corpus, Path(work), given.documents)
        figures = measure(files, Path(work), given.repeats, given.builds, given.data_dir)
    described = machine.describe(load_before)
    told = page(figures)
    # dataclasses.asdict cannot make a defaultdict again.
    figures.process, figures.inside = dict(figures.process), dict(figures.inside)
    write("refresh", "Refreshes", told, asdict(figures), described, given.out)


if __name__ == "__main__":
    main()
