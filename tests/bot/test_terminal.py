"""Questions a line, answers with sources, on a terminal and through a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from bot import terminal
from knowledge.errors import NotBuiltError
from knowledge.model import Answer, Citation, Outcome, Question
from tests.bot.samples import ANSWER, CARDS, FIRST_PARAGRAPH, GUIDE, NO_BASIS, RULE, FakeAsker


def piped(width: int = 40) -> Console:
    return Console(file=io.StringIO(), width=width)


def window(width: int = 60) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_pipe_gets_whole_lines_without_colours_or_boxes() -> None:
    console = piped()
    terminal.show(ANSWER, console)
    lines = printed(console).split("\n")
    assert ANSWER.text in lines
    assert f"    {ANSWER.citations[0].quote}" in lines
    assert "【2】（二）怎么办" in lines
    assert "2. 《〈示例纪律处分条例〉要点》· 四、购物卡 › （二）怎么办，2025年3月2日发布" in lines
    assert "\x1b" not in printed(console)
    assert "│" not in printed(console)


def test_a_window_gets_emphasis_and_wrapped_indented_quotes() -> None:
    console = window(40)
    terminal.show(ANSWER, console)
    assert "\x1b[1m" in printed(console)
    assert f"    {ANSWER.citations[0].quote[:10]}" in printed(console)


@pytest.mark.parametrize("console", [piped(200), window(200)])
def test_text_never_acts_as_markup_or_drives_the_screen(console: Console) -> None:
    text = "[red]甲[/red] [link=x]乙 :smile: \x1b[2J\x1b]0;标题\x07丙\u202e丁\x9b"
    quote = Citation(replace(GUIDE, title=text), replace(CARDS, path=(text,)), text)
    terminal.show(Answer(Outcome.ANSWERED, text, (quote,), notes=(text,), contact=text), console)
    shown = printed(console)
    assert shown.count("[red]甲[/red] [link=x]乙 :smile: [2J]0;标题丙丁") >= 5
    assert "\x1b[2J" not in shown
    assert not set(shown) & set("\x07\u202e\x9b")


def test_without_a_basis_the_nearest_headings_are_shown() -> None:
    console = piped()
    terminal.show(NO_BASIS, console)
    assert "· 《示例办法》第三条\n· 《示例办法》第四条" in printed(console)


def test_questions_are_answered_until_quit_and_blank_lines_skipped() -> None:
    asker, console = FakeAsker(), piped()
    terminal.chat(asker, lines=["一\n", "\n", "  \n", "二", "/quit\n", "三"], console=console)
    assert [question.text for question in asker.asked] == ["一", "二"]
    assert printed(console) == "答：一\n\n答：二\n\n"


def test_follow_ups_carry_the_last_four_questions_until_a_new_topic() -> None:
    asker = FakeAsker()
    terminal.chat(asker, lines=[*"一二三四五六", "/new", "七"], console=piped())
    assert asker.asked[5].turns == ("二", "三", "四", "五")
    assert asker.asked[6].turns == ()


def test_commands_explain_themselves() -> None:
    asker, console = FakeAsker(), piped()
    terminal.chat(asker, lines=["/help", "/nosuch", "/new"], console=console)
    assert not asker.asked
    for text in (terminal.HELP, terminal.UNKNOWN_COMMAND, terminal.NEW_TOPIC):
        assert text in printed(console)


def test_an_expected_failure_prints_its_sentence_and_goes_on() -> None:
    def reply(question: Question) -> Answer:
        if question.text == "一":
            raise NotBuiltError("还没有知识库，请先运行 lianwen ingest。")
        return Answer(Outcome.ANSWERED, "好。")

    console = piped()
    terminal.chat(FakeAsker(reply), lines=["一", "二"], console=console)
    assert printed(console) == "还没有知识库，请先运行 lianwen ingest。\n\n好。\n\n"


def test_ctrl_c_ends_politely() -> None:
    def lines() -> Iterator[str]:
        yield "一"
        raise KeyboardInterrupt

    console = window()
    terminal.chat(FakeAsker(), lines=lines(), console=console)
    assert printed(console).endswith(f"{terminal.GOODBYE}\n")


def test_standard_input_is_read_without_a_prompt_from_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("一\n二"))
    console = piped()
    terminal.chat(FakeAsker(), lines=None, console=console)
    assert printed(console) == "答：一\n\n答：二\n\n"


def test_a_line_in_another_encoding_does_not_end_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO("\ufeff一\n".encode() + "二\n".encode("gbk") + "三\n".encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(raw, encoding="utf-8"))
    asker = FakeAsker()
    terminal.chat(asker, lines=None, console=piped())
    assert [question.text for question in asker.asked][::2] == ["一", "三"]


def test_a_person_is_prompted(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["一"])

    def read(*_: object) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", read)
    console = window()
    terminal.chat(FakeAsker(), lines=None, console=console)
    assert printed(console).count(terminal.PROMPT) == 2
    assert "答：一" in printed(console)


def test_a_quote_keeps_its_lines() -> None:
    console = piped()
    clause = FIRST_PARAGRAPH.clause
    terminal.show(
        Answer(Outcome.ANSWERED, "两款。", (Citation(RULE, clause, clause.text),)), console
    )
    first, second = clause.text.split("\n")
    assert f"    {first}\n    {second}\n" in printed(console)
