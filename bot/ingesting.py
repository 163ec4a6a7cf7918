"""`lianwen ingest` as a person sees it: what is read, what would change, consent, the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bot.previewing import KINDS, UNCHANGED, changed_places, overview, read_statement
from bot.previewing_asks import proposals
from bot.terminal import show_blocks
from bot.wording import clean
from ingest.generation import discard, go_live
from ingest.laws import read_law
from ingest.preparing import Phase, Prepared, base_documents, prepare
from ingest.proposing import Proposer
from ingest.reading import FileRead, FileRefused, Readers, find_documents
from knowledge.embedding import Encoder
from knowledge.errors import BusyError, ConfigurationError, OvertakenError, UnreadableError
from knowledge.library import Library
from knowledge.rehearsal import Answering, kept_questions
from knowledge.settings import Settings
from knowledge.standing import standing
from knowledge.store import Generation, Held, Store

READING = "读取文件"
# Another refresh takes minutes at most; then it had better be looked after.
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    paths: Sequence[Path] = ()
    laws: Sequence[str] = ()
    removed: Sequence[str] = ()
    replace: bool = False
    rebuild: bool = False
    wait: bool = False
    dry_run: bool = False
    propose: bool = False
    """Have a model make asks for whatever has none, be it new or not."""
    details: bool = False
    """List every changed article, old and new."""
    consent: bool = True
    """Ask before anything goes live, where there is a person to ask."""
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def ingest(
    wanted: Wanted,
    *,
    store: Store,
    encoder: Encoder,
    answering: Callable[[Generation | None], Answering],
    console: Console,
    proposer: Proposer | None = None,
) -> Prepared:
    """Read everything asked for, show what it would change, and let it go live.

    A file that cannot be read is named and left out; the others go on.

    :param answering: makes what answers from a generation; None stands for the live one.
    :param proposer: makes asks for new clauses; None to hold no generated asks.
    :raises UnreadableError: nothing at all could be read.
    :raises ConfigurationError: asks are wanted, and there is no model to make them.
    :raises typer.Abort: the person does not consent; nothing has changed then.
    """
    _check(wanted, proposer)
    with _phases(console) as phase:
        read, refused = read_files(wanted.paths, phase)
    for each in refused:
        console.print(Text(f"跳过：{each.reason}", "yellow"))
    if refused and not read:
        raise UnreadableError("给出的文件一份也没有读成，知识库没有改动。原因见上面各行。")
    prepared = _prepared(wanted, read, refused, store, encoder, answering, console, proposer)
    _tell_of_duplicates(prepared, console)
    generation = prepared.generation
    if generation is None:
        show_blocks(filter(None, [proposals(prepared.preview.proposed)]), console)
        console.print(Text(f"{UNCHANGED}（仍是第 {prepared.report.generation.id} 版）"))
        return prepared
    try:
        if not _show_and_ask(wanted, prepared, store, console):
            discard(store, generation)
            if wanted.dry_run:
                console.print(Text("这是预览，知识库没有改动。去掉 --dry-run 再运行一次即可生效。"))
                return prepared
            console.print(Text("已取消，知识库没有改动。"))
            raise typer.Abort
        live = go_live(store, generation, patience=PATIENCE if wanted.wait else 60)
    except OvertakenError as error:
        raise OvertakenError("等待确认时知识库又更新过，这次没有生效。请再运行一次。") from error
    except BaseException:
        discard(store, generation)
        raise
    _tell(prepared, live, console)
    return prepared


def _check(wanted: Wanted, proposer: Proposer | None) -> None:
    if wanted.propose and (proposer is None or proposer.is_idle):
        raise ConfigurationError(
            "--asks 要请语言模型拟问法。请在 .env 里填 LLM_MODEL 和 LLM_BASE_URL，"
            "并把 LLM_ASKS 设为 1。"
        )


def read_files(paths: Sequence[Path], phase: Phase) -> tuple[list[FileRead], list[FileRefused]]:
    """Read files and folders, one after the other, in a process of their own."""
    read: list[FileRead] = []
    refused: list[FileRefused] = []
    found = find_documents(paths) if paths else []
    with Readers() as readers:
        for number, path in enumerate(found):
            phase(READING, number, len(found))
            for outcome in readers.read(path, _recognising(phase, path)):
                if isinstance(outcome, FileRead):
                    read.append(outcome)
                else:
                    refused.append(outcome)
        if found:
            phase(READING, len(found), len(found))
    return read, refused


def _recognising(phase: Phase, path: Path) -> Callable[[int, int], None]:
    return lambda done, total: phase(f"识别「{path.name}」", done, total)


def _prepared(
    wanted: Wanted,
    read: Sequence[FileRead],
    refused: Sequence[FileRefused],
    store: Store,
    encoder: Encoder,
    answering: Callable[[Generation | None], Answering],
    console: Console,
    proposer: Proposer | None,
) -> Prepared:
    base = [] if wanted.replace else base_documents()
    base += [Held(read_law(name), "law") for name in wanted.laws]
    # Without a person who reads it, a rehearsal would only take time.
    shown = wanted.dry_run or _asks(wanted, store)
    questions = kept_questions(store.data_dir) if shown else ()
    with _phases(console) as phase:
        try:
            return prepare(
                read,
                refused,
                store=store,
                encoder=encoder,
                answering=answering,
                questions=questions,
                said=wanted.said,
                base=base,
                replace_all=wanted.replace,
                removed=wanted.removed,
                rebuild=wanted.rebuild,
                patience=PATIENCE if wanted.wait else 0,
                proposer=proposer,
                propose_all=wanted.propose,
                phase=phase,
            )
        except BusyError as error:
            raise BusyError(f"{error}也可以加上 --wait 等它结束。") from error


def _asks(wanted: Wanted, store: Store) -> bool:
    """Whether to ask: a person is there, and something would be replaced."""
    person = sys.stdin.isatty() and sys.stderr.isatty()
    return wanted.consent and person and store.live_generation() is not None


def _show_and_ask(wanted: Wanted, prepared: Prepared, store: Store, console: Console) -> bool:
    if not (wanted.dry_run or _asks(wanted, store)):
        # What a model made is told even to those who want to know nothing else.
        show_blocks(filter(None, [proposals(prepared.preview.proposed)]), console)
        return True
    show_blocks(overview(prepared.preview), console)
    if wanted.details:
        for change in prepared.preview.documents:
            show_blocks(changed_places(change), console)
    if wanted.dry_run:
        return False
    return typer.confirm("生效吗？", default=False, err=True)


@contextmanager
def _phases(console: Console) -> Iterator[Phase]:
    """A bar a phase."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def phase(words: str, done: int, total: int) -> None:
            if words not in tasks:
                tasks[words] = progress.add_task(words, total=None)
            # Nothing to do is done.
            progress.update(tasks[words], completed=done if total else 1, total=total or 1)

        yield phase


def _tell_of_duplicates(prepared: Prepared, console: Console) -> None:
    twins = [f"「{each.file}」" for each in prepared.preview.incoming if each.duplicate]
    if twins:
        named = "、".join(twins[:3])
        rest = f"等 {len(twins)} 份" if len(twins) > 3 else ""  # noqa: PLR2004  # as many as are named
        console.print(Text(f"跳过：{named}{rest}，内容已经收录。", "yellow"))


def _tell(prepared: Prepared, live: Generation, console: Console) -> None:
    report = prepared.report
    shown = 20
    for warning in report.warnings[:shown]:
        console.print(Text(f"请核对：{warning}", "yellow"))
    if len(report.warnings) > shown:
        console.print(Text(f"……另有 {len(report.warnings) - shown} 处需要核对。"))
    console.print(
        Text(
            f"知识库已更新（第 {live.id} 版）：{report.documents} 份文件，"
            f"{report.clauses} 条，新建向量 {report.embedded} 个，沿用 {report.reused} 个。"
        )
    )


def statements(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """「文件名:项目=内容」 → file's name → what is said of its document.

    :raises UnreadableError: one is not of this form.
    """
    said: dict[str, dict[str, Any]] = {}
    for each in given:
        name, colon, statement = each.partition(":")
        label, equals, value = statement.partition("=")
        if not (colon and equals and name.strip()):
            raise UnreadableError(f"「{each}」写得不对，应当像 a.docx:施行日期=2024年1月1日。")
        said.setdefault(name.strip(), {}).update(read_statement(f"{label}：{value}"))
    return said


def inbox_of(settings: Settings) -> Path:
    """The folder that admins put files into.

    :raises ConfigurationError: none is set.
    """
    if settings.knowledge_inbox is None:
        raise ConfigurationError("没有设置收件夹。请在 .env 里把 KNOWLEDGE_INBOX 设为一个文件夹。")
    return settings.knowledge_inbox


def list_documents(library: Library, console: Console) -> None:
    """Print every document held, by kind, with how it stands today."""
    table = Table("类别", "标题", "文号", "条", "状态")
    for document in sorted(
        library.documents.values(), key=lambda each: list(KINDS).index(each.kind)
    ):
        table.add_row(
            KINDS[document.kind],
            Text(clean(document.title)),
            Text(clean(document.number)),
            str(len(library.clauses_of(document.id))),
            Text(standing(library, document)),
        )
    console.print(table)
