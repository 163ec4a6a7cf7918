"""The `lianwen` command: reads arguments, calls the layers below, prints what they give."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot import knowledge_commands, reminder_commands, terminal
from bot.command_line import Command, DataDir, Group, settings_for
from bot.explaining import explain, explain_drafts
from bot.json_lines import Asked, answer_line, describe, read_questions
from bot.wiring import (
    key_of,
    make_assistant,
    make_scribe,
    open_records,
    open_store,
)
from knowledge.errors import ConfigurationError, LianwenError
from knowledge.model import Question
from knowledge.running import serving
from knowledge.settings import Settings

if TYPE_CHECKING:
    from knowledge.writing.drafts import Draft

log = logging.getLogger(__name__)

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="廉问：按纪律和廉政规定的原文回答问题，每条都附出处。",
)
# Without a name, its commands stand beside these.
app.add_typer(knowledge_commands.app)
app.add_typer(reminder_commands.app, name="reminders")


@app.command(cls=Command, help="问一个问题，打印答案和出处。")
def ask(
    question: Annotated[
        str | None, typer.Argument(metavar="[问题]", help="要问的话，用引号括起来。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象。")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="从标准输入逐行读 JSON 问题，逐行输出 JSON。")
    ] = False,
    why: Annotated[
        bool, typer.Option("--explain", help="再列出各通道给每条的分数，说明为什么这样答。")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    settings = settings_for(data_dir)
    if jsonl == (question is not None):
        raise typer.BadParameter("给一个问题，或用 --jsonl 从标准输入读，二者取一。")
    drafts: list[Draft] = []
    scribe = make_scribe(settings, drafts.append if why else None)
    assistant = make_assistant(settings, scribe)
    if jsonl:
        for asked in read_questions(sys.stdin):
            print(answer_line(assistant, asked), flush=True)  # noqa: T201  # the contract's output
    elif as_json:
        print(answer_line(assistant, Asked("", Question(question or ""))))  # noqa: T201  # as above
    else:
        _hush(settings)
        console = Console()
        terminal.show(terminal.ask(assistant, Question(question or ""), console), console)
        if why:
            console.print()
            explain(assistant, Question(question or ""), console, scribe.reader if scribe else None)
            if scribe:
                explain_drafts(drafts, console)


def _hush(settings: Settings) -> None:
    """Leave out of a person's window how each answer was written; the answer's notes tell."""
    if settings.log_level == "INFO":
        for handler in logging.getLogger().handlers:
            handler.addFilter(_tells_people)


def _tells_people(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or not record.name.startswith("knowledge.writing")


@app.command(cls=Command, help="在终端里一问一答；也可以从管道读问题，每行一个。")
def chat(data_dir: DataDir = None) -> None:
    settings = settings_for(data_dir)
    _hush(settings)
    assistant = make_assistant(settings, make_scribe(settings))
    assistant.retriever()
    terminal.chat(assistant, lines=None, console=Console())


@app.command(cls=Command, help="启动 Telegram 机器人（需要 TELEGRAM_BOT_TOKEN）。")
def bot(data_dir: DataDir = None) -> None:
    from bot.telegram import application
    from bot.telegram.desk import Desk

    settings = settings_for(data_dir)
    if settings.telegram_bot_token is None:
        raise ConfigurationError(
            "没有设置 TELEGRAM_BOT_TOKEN。请在 .env 里填入向 @BotFather 申请的令牌，"
            "或改用 lianwen chat 在终端里提问。"
        )
    with serving(settings.data_dir.expanduser()):
        # A refresh must not make anyone wait for the new indexes to be opened.
        scribe = make_scribe(settings)
        assistant = make_assistant(settings, scribe, patient=False)
        assistant.retriever()
        records = open_records(settings, open_store(settings, create=True))
        verdicts = scribe.writer.counts if scribe else None
        application.run(Desk(settings, assistant, records, key_of(settings), verdicts))


@app.command(cls=Command, help="没有知识库就先建立，然后启动机器人；没有令牌则打开终端问答。")
def start(data_dir: DataDir = None) -> None:
    settings = settings_for(data_dir)
    if open_store(settings).live_generation() is None:
        knowledge_commands.ingest(yes=True, data_dir=data_dir)
    if settings.telegram_bot_token is not None:
        bot(data_dir)
    else:
        chat(data_dir)


@app.command(cls=Command, help="用带答案的问题集评测检索和引用（JSON 行文件）。")
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="文件", help="每行一个问题的 JSON 行文件。")],
    as_json: Annotated[
        bool, typer.Option("--json", help="输出 JSON；存成文件可供以后 --against 比较。")
    ] = False,
    misses: Annotated[
        Path | None,
        typer.Option("--misses", help="把没有排进前五的问题和实际排名写进这个文件（JSON 行）。"),
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="与以前 --json 存下的结果比较。")
    ] = None,
    llm: Annotated[
        bool,
        typer.Option("--llm", help="同样的题，比较用和不用语言模型的结果（要先配置模型）。"),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    settings = settings_for(data_dir)
    if llm:
        from bot.evaluating_writing import evaluate_writing

        if misses or against:
            raise typer.BadParameter("--llm 不与 --misses、--against 同用，请分两次运行。")
        evaluate_writing(file, settings, as_json=as_json)
        return
    from bot.evaluating import evaluate_file

    evaluate_file(file, make_assistant(settings), as_json=as_json, misses=misses, against=against)


@app.command(cls=Command, help="检查安装、模型和知识库是否就绪。")
def doctor(data_dir: DataDir = None) -> None:
    from bot.doctor import examine

    settings = settings_for(data_dir)
    findings = list(examine(settings))
    console = Console()
    for finding in findings:
        mark = Text("✓ ", "green") if finding.well else Text("✗ ", "red")
        console.print(mark + Text(finding.text))
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


audit = typer.Typer(cls=Group, no_args_is_help=True, help="审计记录：核对是否完整，查看最近的。")
app.add_typer(audit, name="audit")


@audit.command("verify", cls=Command, help="核对审计记录有没有被改动、增删。")
def verify_audit(
    expect: Annotated[
        str, typer.Option("--expect", metavar="校验值", help="以前抄存的校验值，用来发现截尾。")
    ] = "",
    data_dir: DataDir = None,
) -> None:
    from bot import auditing

    auditing.verify(auditing.open_audit(settings_for(data_dir)), expect, Console())


@audit.command("list", cls=Command, help="列出最近的审计记录。")
def list_audit(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="列几条。")] = 50,
    data_dir: DataDir = None,
) -> None:
    from bot import auditing

    auditing.show(auditing.open_audit(settings_for(data_dir)), count, Console())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    :returns: 0 on success, 1 on an expected failure (one line on standard
        error), 2 on wrong usage.
    """
    try:
        code = app(args=list(argv) if argv is not None else None, standalone_mode=False)
    except LianwenError as error:
        log.debug("expected failure", exc_info=True)
        print(describe(error), file=sys.stderr)  # noqa: T201  # the contract's one line
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001  # Typer's usage errors have no public base
        return _usage_or_bug(error)
    return int(code or 0)


def _usage_or_bug(error: Exception) -> int:
    explain = getattr(error, "format_message", None)
    if explain is not None:
        # Our own complaints are whole sentences; Typer's name the argument at fault.
        ours = isinstance(error, typer.BadParameter) and error.param is None
        message = getattr(error, "message", "") if ours else explain()
        print(f"用法有误：{message} 用 lianwen --help 查看用法。", file=sys.stderr)  # noqa: T201
        return 2
    log.error("unexpected failure", exc_info=error)
    print("程序出错了，详情见上面的日志；请把日志交给维护人员。", file=sys.stderr)  # noqa: T201
    return 1


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    run()
