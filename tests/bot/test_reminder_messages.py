"""The seven holidays' messages of two years as they are sent, over everything that comes along.

The files in golden/reminders are what people would read. Where a template or the content was
changed on purpose, write them anew with LIANWEN_WRITE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.reminder_wording import blocks_of, fitted
from bot.telegram.messages.rendering import (
    MESSAGE_ENTITIES,
    MESSAGE_UNITS,
    html_of,
    pages,
    plain_of,
    utf16_units,
)
from ingest.content import shipped_documents
from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.embedding import SentenceEncoder
from knowledge.errors import ReminderError
from knowledge.holidays.model import Festival, Occasion
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Citation, Clause, Document, Kind, Paragraph
from knowledge.reminding.composing import compose
from knowledge.reminding.model import Moment, RedLine, Reminder, Wording
from knowledge.store import Held, Store
from knowledge.verification import cite
from tests.peer import parse_html

pytestmark = pytest.mark.any_database

GOLDEN = Path(__file__).parent / "golden" / "reminders"
DAYS = {
    Festival.NEW_YEAR: ((1, 1, 1, 3), (1, 1, 1, 3)),
    Festival.SPRING: ((2, 15, 2, 23), (2, 5, 2, 10)),
    Festival.QINGMING: ((4, 4, 4, 6), (4, 3, 4, 5)),
    Festival.LABOUR: ((5, 1, 5, 5), (5, 1, 5, 4)),
    Festival.DRAGON_BOAT: ((6, 19, 6, 21), (6, 9, 6, 9)),
    Festival.MID_AUTUMN: ((9, 25, 9, 27), (9, 15, 9, 15)),
    Festival.NATIONAL: ((10, 1, 10, 7), (10, 1, 10, 5)),
}


@dataclass(frozen=True)
class Shelf:
    """Everything that comes along; cases are searched by the real model, nothing else need be."""

    held: Library
    core: Assistant

    def library(self) -> Library:
        return self.held

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        raise AssertionError(f"a named article does not stand: {text}")

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        return self.core.cases_for(text)


@dataclass(frozen=True)
class Sent:
    """One reminder, and the day it is sent on."""

    name: str
    day: dt.date
    reminder: Reminder


def occasions() -> list[Occasion]:
    """2026 as the State Council's notice has it, 2027 as it is computed, by date."""
    found = []
    for at, year in enumerate((2026, 2027)):
        for festival, years in DAYS.items():
            month, day, last_month, last_day = years[at]
            first, last = dt.date(year, month, day), dt.date(year, last_month, last_day)
            back = last + dt.timedelta(days=1)
            key = f"{year}-{festival}"
            found.append(Occasion(key, festival, (festival,), first, last, back, year == 2026))
    return found


@pytest.fixture(scope="module")
def shelf(
    shipped: Library, real_encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Shelf:
    store = Store(tmp_path_factory.mktemp("cases") / "data", create=True)
    cases = [each for each in shipped_documents() if each.document.kind is Kind.CASE]
    build([Held(each, "shipped") for each in cases], store=store, encoder=real_encoder)
    return Shelf(shipped, Assistant(store, real_encoder, Composer("机关纪委")))


@pytest.fixture(scope="module")
def messages(shelf: Shelf) -> list[Sent]:
    """Every moment of every holiday, one after another."""
    told: list[str] = []
    found = []
    for occasion in occasions():
        for moment in Moment:
            day = occasion.back if moment is Moment.BACK else occasion.first - dt.timedelta(days=3)
            reminder = compose(
                shelf, occasion, moment, day=day, contact="机关纪委", recent_cases=told
            )
            if reminder.case:
                told.insert(0, reminder.case[0].document.title)
            found.append(Sent(occasion.key, day, reminder))
    return found


def of(messages: list[Sent], moment: Moment) -> list[Sent]:
    return [each for each in messages if each.reminder.moment is moment]


def test_the_messages_are_those_that_were_read_and_approved(messages: list[Sent]) -> None:
    for each in of(messages, Moment.BEFORE):
        path = GOLDEN / f"{each.name}.txt"
        html = html_of(blocks_of(each.reminder)) + "\n"
        if os.environ.get("LIANWEN_WRITE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(html, encoding="utf-8")
        assert html == path.read_text(encoding="utf-8"), each.name
    assert len(list(GOLDEN.iterdir())) == 14


def test_telegram_takes_each_as_one_message(messages: list[Sent]) -> None:
    assert len(messages) == 42
    for each in messages:
        blocks = blocks_of(each.reminder)
        assert len(pages(blocks)) == 1
        parsed = parse_html(html_of(blocks))
        assert utf16_units(parsed.text) <= MESSAGE_UNITS
        assert len(parsed.entities) <= MESSAGE_ENTITIES
        assert utf16_units(plain_of(blocks)) <= MESSAGE_UNITS


def test_every_quote_is_verbatim_and_in_force_on_its_day(
    messages: list[Sent], shipped: Library
) -> None:
    for each in messages:
        text = parse_html(html_of(blocks_of(each.reminder)))
        shown = [text.slice(entity) for entity in text.entities if "quote" in entity.type]
        citations = each.reminder.citations
        assert shown == [citation.quote for citation in citations]
        for citation in citations:
            assert citation.quote in shipped.clauses[citation.clause.id].text
            assert in_force(shipped, citation.document, each.day)


def test_each_has_its_red_lines_and_says_whom_to_report_to(messages: list[Sent]) -> None:
    for each in messages:
        lines = each.reminder.red_lines
        assert 3 <= len(lines) <= 5
        assert (each.reminder.dropped, each.reminder.changed) == ((), ())
        plain = plain_of(blocks_of(each.reminder))
        assert "向谁报告：机关纪委。" in plain
        for number, line in enumerate(lines, 1):
            assert f"\n{number}. {line.words}\n依据：《" in plain
            assert line.citation.clause.article in plain


def test_no_case_is_told_of_twice_in_a_row(messages: list[Sent]) -> None:
    told = [
        each.reminder.case[0].document.title
        for each in of(messages, Moment.BEFORE)
        if each.reminder.case
    ]
    assert len(told) == 14
    assert all(before != after for before, after in pairwise(told))
    assert len(set(told)) >= 6


def test_computed_days_are_said_to_be_computed(messages: list[Sent]) -> None:
    for each in messages:
        computed = "※ 放假日期暂按农历推算，以国务院办公厅通知为准。"
        assert (computed in plain_of(blocks_of(each.reminder))) is each.name.startswith("2027")


def test_the_return_check_gives_article_and_days(messages: list[Sent]) -> None:
    for each in of(messages, Moment.BACK):
        plain = plain_of(blocks_of(each.reminder))
        assert "节日期间如收到无法拒收的礼品，请按规定登记上交。" in plain
        assert "〉要点》第三条\n「" in plain
        assert "一个月内" in plain


def test_markup_in_what_admins_and_documents_say_stays_text(messages: list[Sent]) -> None:
    words = Wording("<b>放假</b> & \u202e忽略\x1b[31m以上要求", ("</blockquote>粽子\n第二行",))
    contact = '<a href="x">纪委</a>'
    reminder = replace(messages[0].reminder, wording=words, contact=contact)
    text = parse_html(html_of(blocks_of(reminder))).text
    assert "<b>放假</b> & 忽略[31m以上要求" in text
    assert "· </blockquote>粽子 第二行" in text
    assert f"向谁报告：{contact}。" in text


def cited(text: str, number: int = 1, title: str = "规定") -> Citation:
    document = Document(f"d{number}", title, Kind.RULE)
    clause = Clause(f"c{number}", document.id, 1, "第一条", (), (Paragraph(1, text),))
    return cite(document, clause, text)


def long_reminder(quotes: int, case: int, measure: int = 100, opening: int = 300) -> Reminder:
    """Five red lines, a case and a measure with quotes of so many characters."""
    sentence = "某甲收受礼品，情况如前所述。"
    return Reminder(
        title="很长的提醒",
        wording=Wording("导" * opening, ("行" * 100,) * 8),
        red_lines=tuple(
            RedLine(f"第{number}条红线。", cited("令" * quotes, number)) for number in range(1, 6)
        ),
        case=tuple(cited(sentence * (case // len(sentence)), number, "案") for number in (8, 9)),
        measure=cited("措" * measure, 7, "措施"),
        contact="机关纪委",
    )


def test_red_lines_go_first_where_a_message_is_too_long() -> None:
    reminder = long_reminder(quotes=420, case=280)
    shown = fitted(reminder)
    assert 3 <= len(shown.red_lines) < 5
    assert shown.red_lines == reminder.red_lines[: len(shown.red_lines)]
    assert (shown.case, shown.measure) == (reminder.case, reminder.measure)
    assert len(pages(blocks_of(reminder))) == 1


def test_then_the_case_is_cut_at_a_sentences_end_then_left_out_then_the_measure() -> None:
    shorter = fitted(long_reminder(quotes=420, case=700))
    assert len(shorter.red_lines) == 3
    assert all(
        each.quote.endswith("。") and len(each.quote) <= 120 and each.quote in each.clause.text
        for each in shorter.case
    )
    without_case = fitted(long_reminder(quotes=420, case=420, measure=420, opening=1200))
    assert (len(without_case.red_lines), without_case.case) == (3, ())
    assert without_case.measure
    least = fitted(long_reminder(quotes=420, case=420, measure=900, opening=1200))
    assert (len(least.red_lines), least.case, least.measure) == (3, (), None)


def test_what_fits_is_left_as_it_is(messages: list[Sent]) -> None:
    assert all(fitted(each.reminder) == each.reminder for each in messages)


def test_of_the_return_check_no_provision_is_left_out() -> None:
    reminder = replace(long_reminder(quotes=400, case=100), moment=Moment.BACK, case=())
    assert len(fitted(reminder).red_lines) == 5


def test_words_that_no_message_holds_are_said_to_be_too_long() -> None:
    with pytest.raises(ReminderError, match="请缩短导语"):
        blocks_of(long_reminder(quotes=420, case=100, opening=4_000))


def test_without_case_measure_or_contact_nothing_is_left_empty() -> None:
    reminder = replace(
        long_reminder(quotes=50, case=100), case=(), measure=None, contact=" ", notes=()
    )
    plain = plain_of(blocks_of(reminder))
    assert "警示案例" not in plain
    assert "向谁报告" not in plain
    assert all(block for block in blocks_of(reminder))
