"""`lianwen ingest` as a person sees it: what is read, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ingest.content import shipped_documents
from ingest.generation import BuildReport, build
from ingest.laws import default_laws, read_law
from ingest.reading import find_documents, read_document
from knowledge.embedding import Encoder
from knowledge.errors import UnreadableError
from knowledge.model import ParsedDocument
from knowledge.store import Held, Store

SHOWN_WARNINGS = 20


def ingest_with_progress(
    paths: Sequence[Path],
    laws: Sequence[str],
    *,
    replace: bool,
    store: Store,
    encoder: Encoder,
    console: Console,
) -> BuildReport:
    """Read everything asked for and build a generation of it, with a bar.

    A file that cannot be read is named and left out; the others go on.

    :raises UnreadableError: nothing at all could be read.
    """
    given = [] if replace else _base()
    given += [Held(read_law(name), "law") for name in laws]
    given += [Held(parsed, "file") for parsed in _files(paths, console)]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("建立索引", total=None)
        report = build(
            given,
            store=store,
            encoder=encoder,
            replace_all=replace,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        progress.update(task, completed=report.embedded, total=report.embedded or 1)
    _tell(report, console)
    return report


def _base() -> list[Held]:
    shipped = [Held(parsed, "shipped") for parsed in shipped_documents()]
    return [*(Held(parsed, "law") for parsed in default_laws()), *shipped]


def _files(paths: Sequence[Path], console: Console) -> list[ParsedDocument]:
    read: list[ParsedDocument] = []
    found = find_documents(paths) if paths else []
    for path in found:
        try:
            read.append(read_document(path))
        except UnreadableError as error:
            console.print(Text(f"跳过：{error}", "yellow"))
    if found and not read:
        raise UnreadableError("给出的文件一份也没有读成，知识库没有改动。原因见上面各行。")
    return read


def _tell(report: BuildReport, console: Console) -> None:
    for warning in report.warnings[:SHOWN_WARNINGS]:
        console.print(Text(f"请核对：{warning}", "yellow"))
    if len(report.warnings) > SHOWN_WARNINGS:
        console.print(Text(f"……另有 {len(report.warnings) - SHOWN_WARNINGS} 处需要核对。"))
    console.print(
        Text(
            f"知识库已更新（第 {report.generation.id} 版）：{report.documents} 份文件，"
            f"{report.clauses} 条，新建向量 {report.embedded} 个，沿用 {report.reused} 个。"
        )
    )
