"""Commands that make the knowledge base what it is, keep it, and bring it back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.command_line import Command, DataDir, Group, settings_for
from bot.wiring import (
    make_answering,
    make_assistant,
    make_encoder,
    make_proposer,
    open_records,
    open_store,
)

app = typer.Typer(cls=Group)

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="路径", help="要收进知识库的文件或文件夹。")
]


@app.command(
    cls=Command,
    help="建立或更新知识库：自带内容、国家法律，以及给出的文件和文件夹。在终端里会先列出改动，再问是否生效。",
)
def ingest(
    paths: Paths = None,
    *,
    law: Annotated[
        list[str] | None, typer.Option("--law", help="另外收进一部国家法律，可多次使用。")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="知识库只保留这次给出的文件。")
    ] = False,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="标题", help="移出一份文件（各个版本），可多次使用。"),
    ] = None,
    say: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="文件名:项目=内容",
            help="改正读出的文件信息，如 a.docx:施行日期=2024年1月1日，可多次使用。",
        ),
    ] = None,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="也收进 KNOWLEDGE_INBOX 文件夹里的文件。")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只预览：列出改动和答复会变的问题，不生效。")
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", help="预览时逐条列出改动前后的原文。")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不问，直接生效。")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="不沿用旧索引，全部重建（索引损坏时用）。")
    ] = False,
    asks: Annotated[
        bool,
        typer.Option("--asks", help="也为以前收录、还没有问法的条文请模型拟（要 LLM_ASKS=1）。"),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="有别的进程正在更新时，等它结束。")] = False,
    data_dir: DataDir = None,
) -> None:
    from bot import ingesting

    settings = settings_for(data_dir)
    found = list(paths or [])
    if inbox:
        found.append(ingesting.inbox_of(settings))
    if replace and not (found or law):
        raise typer.BadParameter("--replace 要和文件、文件夹或 --law 一起用。")
    store, encoder = open_store(settings, create=True), make_encoder(settings)
    wanted = ingesting.Wanted(
        paths=found,
        laws=law or [],
        removed=remove or [],
        replace=replace,
        rebuild=rebuild,
        propose=asks,
        wait=wait,
        dry_run=dry_run,
        details=details,
        consent=not yes,
        said=ingesting.statements(say or []),
    )
    ingesting.ingest(
        wanted,
        store=store,
        encoder=encoder,
        answering=make_answering(settings, store, encoder),
        console=Console(stderr=True),
        proposer=make_proposer(settings),
    )


@app.command(
    "prepare-refresh", cls=Command, hidden=True, help="建立一次更新的预览（由机器人调用）。"
)
def prepare_refresh(number: int, data_dir: DataDir = None) -> None:
    from bot.preparing_refresh import prepare_refresh as prepare

    settings = settings_for(data_dir)
    # Half of the processor is left to those who ask meanwhile.
    encoder = make_encoder(settings, threads=max(1, (os.cpu_count() or 1) // 2))
    store = open_store(settings, create=True)
    records = open_records(settings, store)
    answering, proposer = make_answering(settings, store, encoder), make_proposer(settings)
    prepare(number, store, records.refreshes, encoder, answering, proposer)


@app.command(cls=Command, help="列出知识库里的文件，各从什么时候起施行。")
def documents(data_dir: DataDir = None) -> None:
    from bot.ingesting import list_documents

    list_documents(make_assistant(settings_for(data_dir)).library(), Console())


@app.command(cls=Command, help="列出保留的知识库版本。")
def generations(data_dir: DataDir = None) -> None:
    table = Table("编号", "建立时间（UTC）", "文件", "段落", "向量模型", "状态")
    for each in open_store(settings_for(data_dir)).generations():
        table.add_row(
            str(each.id),
            f"{each.created_at:%Y-%m-%d %H:%M:%S}",
            str(each.documents),
            str(each.passages),
            each.model,
            "使用中" if each.live else "可退回",
        )
    Console().print(table)


@app.command(cls=Command, help="退回上一版知识库。")
def rollback(data_dir: DataDir = None) -> None:
    from ingest.generation import roll_back

    settings = settings_for(data_dir)
    live = roll_back(open_store(settings))
    Console().print(Text(f"已退回第 {live.id} 版（{live.documents} 份文件）。"))


BackupFile = Annotated[Path, typer.Argument(metavar="文件", help="备份文件，如 备份.zip。")]


@app.command(cls=Command, help="把数据库、知识库和自写的词表备份成一个文件；不必停下机器人。")
def backup(
    file: BackupFile,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件。")] = False,
    data_dir: DataDir = None,
) -> None:
    from bot import backing_up

    backing_up.back_up(settings_for(data_dir), file, force=force, console=Console(stderr=True))


@app.command(cls=Command, help="从备份恢复；先停下机器人。")
def restore(
    file: BackupFile,
    force: Annotated[bool, typer.Option("--force", help="替换已有的数据。")] = False,
    data_dir: DataDir = None,
) -> None:
    from bot import backing_up

    backing_up.restore(settings_for(data_dir), file, force=force, console=Console(stderr=True))
