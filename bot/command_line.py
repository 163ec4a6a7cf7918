"""Typer in Chinese: help, usage and errors of the `lianwen` command. No commands here."""

from __future__ import annotations

import typer
import typer.rich_utils
from typer.core import TyperCommand, TyperGroup

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
