"""Where the figures of one run go: a JSON file for programs, a Markdown page for people."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.corpus import ROOT
from benchmarks.machine import Machine

RESULTS = ROOT / "benchmarks" / "results"
Cell = str | int | float | None


def command_line() -> str:
    """How this run was started."""
    name = Path(sys.argv[0]).stem
    return shlex.join(["python", "-m", f"benchmarks.{name}", *sys.argv[1:]])


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Lines of a Markdown table, the first column to the left, the others to the right."""
    rule = ["---"] + ["--:"] * (len(header) - 1)
    return [
        f"| {' | '.join(header)} |",
        f"|{'|'.join(rule)}|",
        *(f"| {' | '.join(map(shown, row))} |" for row in rows),
    ]


def shown(value: Cell) -> str:
    """A figure with as many digits as say something."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def write(
    name: str,
    title: str,
    body: Sequence[str],
    figures: Mapping[str, Any],
    machine: Machine,
    folder: Path,
) -> None:
    """Write ``<name>-<date>.json`` and ``.md`` to ``folder``, and print the body."""
    stem = f"{name}-{dt.datetime.now(dt.UTC).date()}"
    folder.mkdir(parents=True, exist_ok=True)
    data = {"command": command_line(), "figures": figures, "machine": asdict(machine)}
    (folder / f"{stem}.json").write_text(
        json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    page = [
        f"# {title}",
        "",
        f"`{command_line()}`",
        "",
        *body,
        "",
        "## Machine",
        "",
        *machine.lines(),
        "",
    ]
    (folder / f"{stem}.md").write_text("\n".join(page), encoding="utf-8")
    print("\n".join(body))
