"""`lianwen evaluate` as a person or a script sees it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.evaluation import CUTOFFS, Mark, Score, read_exams, scores, sit
from knowledge.assistant import Assistant
from knowledge.errors import StoreError, UnreadableError

MISSED_BEYOND = 5


def evaluate_file(
    path: Path,
    assistant: Assistant,
    *,
    as_json: bool = False,
    misses: Path | None = None,
    against: Path | None = None,
) -> None:
    """Ask every question of a file and print the figures, by type of question.

    :param misses: where to write what was ranked instead, for every question whose
        answer is not among the first five.
    :param against: an earlier run's ``--json`` output to compare with.
    :raises UnreadableError: a file cannot be read, or is not of that form.
    :raises StoreError: ``misses`` cannot be written.
    """
    exams = read_exams(path)
    earlier = _read_figures(against) if against else {}
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
        if earlier:
            console.print(_comparison(figures, earlier))
    if misses:
        _write_misses(misses, marks)


def _read_figures(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return {each["group"]: each for each in json.loads(path.read_text(encoding="utf-8"))}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"以前的结果读不了：{path}。请给 lianwen evaluate --json 存下的文件。"
        ) from error


def _comparison(figures: Sequence[Score], earlier: Mapping[str, Mapping[str, Any]]) -> Table:
    """Now minus then, by group; groups that one run lacks are left out."""
    hits = [f"hit@{cutoff}" for cutoff in CUTOFFS]
    table = Table("与以前相比", *hits, "MRR", "引用命中", "未作答", "p50 ms")
    for each in figures:
        then = earlier.get(each.group)
        if not then:
            continue
        changes = [now - before for now, before in zip(each.hits, then["hits"], strict=True)]
        changes += [
            each.reciprocal_rank - then["reciprocal_rank"],
            each.cited - then["cited"],
            each.declined - then["declined"],
        ]
        table.add_row(
            each.group,
            *(f"{change:+.3f}" for change in changes),
            f"{each.p50 - then['p50']:+.0f}",
        )
    return table


def _write_misses(path: Path, marks: Sequence[Mark]) -> None:
    lines = [
        json.dumps(
            {
                "id": each.exam.id,
                "type": each.exam.type,
                "question": each.exam.question.text,
                "gold": sorted(each.exam.gold),
                "rank": each.rank,
                "outcome": each.outcome.value,
                "ranked": each.ranked,
            },
            ensure_ascii=False,
        )
        for each in marks
        if each.exam.gold and (each.rank is None or each.rank > MISSED_BEYOND)
    ]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"写不了 {path}（{error.strerror}）。请换一个可写的位置。") from error


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
