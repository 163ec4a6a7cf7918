"""`python -m bot` is the `lianwen` command."""

from bot.cli import run

run()
