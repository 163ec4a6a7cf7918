"""`lianwen evaluate` as a person or a script sees it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from bot.evaluation import CUTOFFS, Mark, Score, read_exams, scores, sit
from knowledge.assistant import Assistant

MISSED_BEYOND = 5


def evaluate_file(path: Path, assistant: Assistant, *, as_json: bool, misses: bool) -> None:
    """Ask every question of a file and print the figures, by type of question."""
    exams = read_exams(path)
    assistant.retriever().warm_up()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("评测", total=len(exams))
        marks = sit(exams, assistant.ask, lambda: progress.advance(task))
    figures = scores(marks)
    console = Console()
    if as_json:
        console.out(json.dumps([dataclasses.asdict(each) for each in figures], ensure_ascii=False))
    else:
        console.print(_table(figures))
    if misses:
        for line in _misses(marks):
            console.print(Text(line))


def _table(figures: Sequence[Score]) -> Table:
    hits = [f"hit@{cutoff}" for cutoff in CUTOFFS]
    table = Table("类型", "题数", *hits, "MRR", "引用命中", "未作答", "p50 ms", "p95 ms")
    for each in figures:
        table.add_row(
            each.group,
            str(each.count),
            *(f"{share:.3f}" for share in each.hits),
            f"{each.reciprocal_rank:.3f}",
            f"{each.cited:.3f}",
            f"{each.declined:.3f}",
            f"{each.p50:.0f}",
            f"{each.p95:.0f}",
        )
    return table


def _misses(marks: Sequence[Mark]) -> list[str]:
    return [
        f"{each.exam.id}（{each.exam.type}）首个正解排在 {each.rank or '榜外'}："
        f"{each.exam.question.text}"
        for each in marks
        if each.exam.gold and (each.rank is None or each.rank > MISSED_BEYOND)
    ]
