"""Questions and answers on a terminal or through a pipe, without Telegram.

Wording is shared with Telegram; this module only dresses it with Rich.
"""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.asking import TURNS_KEPT, Asker, opens_follow_up
from bot.reading_along import reading_along
from bot.wording import Block, Piece, Style, blocks, clean
from knowledge.errors import LianwenError
from knowledge.model import Answer, Question

PROMPT = "您的问题："
WELCOME = "廉问：直接输入问题，回车发送；/help 看用法，/quit 退出。"
HELP = (
    "用平常的话提问，例如：可以收管理服务对象送的购物卡吗？\n"
    "可以接着追问；/new 另起话题，/quit 退出。"
)
NEW_TOPIC = "已经另起话题，请输入问题。"
GOODBYE = "再见。"
UNKNOWN_COMMAND = "没有这个命令。可用：/help、/new、/quit；提问时直接输入文字即可。"

_QUOTE_INDENT = 4
_QUOTES = {Style.QUOTE, Style.WHOLE}
_STYLES = {Style.DECISIVE: "bold", Style.PLACE: "cyan"}


def chat(asker: Asker, *, lines: Iterable[str] | None, console: Console) -> None:
    """Answer one question a line until /quit, the end of input or Ctrl-C.

    ``lines`` of None reads standard input, with a prompt where a person types.
    An expected failure prints its sentence, and the next line is read.
    """
    turns: deque[str] = deque(maxlen=TURNS_KEPT)
    if console.is_terminal:
        _say(WELCOME, console)
    try:
        for line in _typed(console) if lines is None else lines:
            text = clean(line)
            if text in {"/quit", "/exit"}:
                break
            if text.startswith("/"):
                _command(text, turns, console)
            elif text:
                _answer(asker, text, turns, console)
    except KeyboardInterrupt:
        _say("", console)
    if console.is_terminal:
        _say(GOODBYE, console)


def ask(asker: Asker, question: Question, console: Console) -> Answer:
    """Ask; in a person's window what is being written shows meanwhile, and goes away again.

    :raises LianwenError: as the core does.
    """
    if not console.is_terminal:
        return asker.ask(question)
    with reading_along(console) as heard:
        return asker.ask(question, heard)


def show(answer: Answer, console: Console) -> None:
    """Print an answer with its sources."""
    show_blocks(blocks(answer), console)


def show_blocks(shown: Iterable[Block], console: Console) -> None:
    """Print blocks with a blank line between them; data never acts as markup."""
    for index, block in enumerate(shown):
        if index:
            _say("", console)
        for piece in block:
            _show_piece(piece, console)


def _command(text: str, turns: deque[str], console: Console) -> None:
    if text == "/new":
        turns.clear()
        _say(NEW_TOPIC, console)
    else:
        _say(HELP if text in {"/help", "/start"} else UNKNOWN_COMMAND, console)


def _answer(asker: Asker, text: str, turns: deque[str], console: Console) -> None:
    try:
        answer = ask(asker, Question(text=text, turns=tuple(turns)), console)
    except LianwenError as error:
        _say(clean(str(error)), console)
    else:
        if opens_follow_up(answer):
            turns.append(text)
        show(answer, console)
    # Sets one answer apart from the next, also in a file that a pipe fills.
    _say("", console)


def _typed(console: Console) -> Iterator[str]:
    if not sys.stdin.isatty():
        if isinstance(sys.stdin, io.TextIOWrapper):
            # One line in another encoding must not end a batch.
            sys.stdin.reconfigure(errors="replace")
        yield from sys.stdin
        return
    while True:
        try:
            yield console.input(Text(PROMPT) if console.is_terminal else "")
        except EOFError:
            _say("", console)
            return


def _show_piece(piece: Piece, console: Console) -> None:
    text = Text(piece.text, style=_STYLES.get(piece.style, ""))
    if piece.style not in _QUOTES:
        _print(text, console)
    elif console.is_terminal:
        console.print(Padding(text, (0, 0, 0, _QUOTE_INDENT), expand=False))
    else:
        for line in piece.text.split("\n"):
            _print(Text(" " * _QUOTE_INDENT + line), console)


def _say(text: str, console: Console) -> None:
    _print(Text(text), console)


def _print(text: Text, console: Console) -> None:
    """Wrap for a person's window only: a file's reader wants whole lines."""
    console.print(text, soft_wrap=not console.is_terminal)
