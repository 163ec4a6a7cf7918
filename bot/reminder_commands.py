"""`lianwen reminders`: looking at holiday reminders ahead, and the days that they follow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.command_line import Command, DataDir, Group, settings_for
from knowledge.reminding.model import Moment

app = typer.Typer(
    cls=Group, no_args_is_help=True, help="节日廉政提醒：预览、放假安排、自己加的日子、日历文件。"
)

Year = Annotated[int | None, typer.Argument(metavar="[年份]", help="哪一年，默认今年。")]


@app.command(cls=Command, help="预览一年的提醒：日期、发送时间和文字；不保存，也不发送。")
def preview(
    year: Year = None,
    *,
    holiday: Annotated[
        str, typer.Option("--holiday", metavar="节日", help="只看这个节日，如 端午。")
    ] = "",
    moment: Annotated[
        Moment | None,
        typer.Option("--moment", help="只看一次：before 节前，eve 放假前一天，back 节后。"),
    ] = None,
    brief: Annotated[bool, typer.Option("--brief", help="只列日期和发送时间。")] = False,
    data_dir: DataDir = None,
) -> None:
    from bot import previewing_reminders

    wanted = previewing_reminders.Wanted(year, holiday, moment, brief=brief)
    previewing_reminders.preview(settings_for(data_dir), wanted, Console())


@app.command(cls=Command, help="导入一年的放假安排（holiday-cn 格式的 JSON 文件）。")
def holidays(
    file: Annotated[Path, typer.Argument(metavar="文件", help="JSON 文件，如 2027.json。")],
    data_dir: DataDir = None,
) -> None:
    from bot import keeping_days

    keeping_days.bring_in(settings_for(data_dir), file, Console())


@app.command(cls=Command, help="增加一段要提醒的日子，如 升学季 2027-06-20 2027-07-10。")
def add(
    name: Annotated[str, typer.Argument(metavar="名称", help="如 升学季。")],
    first: Annotated[str, typer.Argument(metavar="第一天", help="如 2027-06-20。")],
    last: Annotated[str, typer.Argument(metavar="最后一天", help="如 2027-07-10。")],
    data_dir: DataDir = None,
) -> None:
    from bot import keeping_days

    keeping_days.add(settings_for(data_dir), (name, first, last), Console())


@app.command(cls=Command, help="列出自己加的日子。")
def days(data_dir: DataDir = None) -> None:
    from bot import keeping_days

    keeping_days.show(settings_for(data_dir), Console())


@app.command(cls=Command, help="删去一段自己加的日子。")
def remove(
    number: Annotated[int, typer.Argument(metavar="编号", help="见 lianwen reminders days。")],
    data_dir: DataDir = None,
) -> None:
    from bot import keeping_days

    keeping_days.remove(settings_for(data_dir), number, Console())


@app.command(cls=Command, help="把一年的放假安排和提醒写成日历文件（.ics）。")
def ics(
    year: Annotated[int, typer.Argument(metavar="年份", help="如 2027。")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="文件", help="写到哪里；默认当前文件夹。"),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    from bot import keeping_days

    keeping_days.write_file(settings_for(data_dir), year, output, Console())
