"""Typer in Chinese: help, usage and errors of the `lianwen` command. No commands here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import typer.rich_utils
from typer.core import TyperCommand, TyperGroup

from bot.wiring import set_up_logging
from knowledge.settings import Settings, load_settings

typer.rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
typer.rich_utils.OPTIONS_PANEL_TITLE = "选项"
typer.rich_utils.COMMANDS_PANEL_TITLE = "命令"
typer.rich_utils.DEFAULT_STRING = "[默认：{}]"
typer.rich_utils.REQUIRED_LONG_STRING = "[必填]"

HELP = "显示这份说明后退出。"


class Command(TyperCommand):
    """A command whose help speaks Chinese."""

    def get_help_option(self, ctx):  # type: ignore[no-untyped-def]  # Typer's click types are private
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def get_usage(self, ctx):  # type: ignore[no-untyped-def]  # as above
        return _usage(super().get_usage(ctx))


class Group(TyperGroup):
    """The command that holds the others, likewise."""

    def get_help_option(self, ctx):  # type: ignore[no-untyped-def]  # as above
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def get_usage(self, ctx):  # type: ignore[no-untyped-def]  # as above
        return _usage(super().get_usage(ctx))


def _usage(text: str) -> str:
    return text.replace("Usage:", "用法：").replace("[OPTIONS]", "[选项]")


DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="数据目录（默认 LIANWEN_DATA_DIR，再默认 ./data）。"),
]


def settings_for(data_dir: Path | None) -> Settings:
    """The settings of one command, with logging set up by them.

    :raises ConfigurationError: one has a value of the wrong form.
    """
    settings = load_settings(data_dir=data_dir)
    set_up_logging(settings)
    return settings
