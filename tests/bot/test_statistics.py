"""/stats: the figures of the question log, with a chart, for admins alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.charts import usage_chart
from knowledge.model import Outcome
from knowledge.store import Database, Records
from knowledge.store.asked import AskedRow
from knowledge.usage import counted
from knowledge.writing.verdicts import Verdicts
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, FakeAsker
from tests.knowledge.writing.matter import ASKED, DEADLINE, FIRST, LIE, LIES, opened
from tests.peer import Peer
from tests.peer.server import PNG


def log(records: Records) -> None:
    """Two answered (one liked, one not), one without basis, one greeting; by two people."""
    first, other = MEMBERS
    liked = records.asked.add(first, "一", Outcome.ANSWERED, 200, [], False)
    disliked = records.asked.add(first, "二", Outcome.ANSWERED, 400, [], False)
    records.asked.add(other, "三", Outcome.NO_BASIS, 600, [], False)
    records.asked.add(other, "您好", Outcome.SMALL_TALK, 5, [], False)
    records.asked.vote(liked, first, True)
    records.asked.vote(disliked, first, False, "看不懂")


async def test_an_admin_sees_figures_and_a_chart(
    peer: Peer, serve: Serve, records: Records, tmp_path: Path
) -> None:
    log(records)
    await serve(FakeAsker(), data_dir=tmp_path)
    await peer.say(ADMIN, "/stats")
    await all_handled(peer, records)
    (told,) = peer.messages(ADMIN)
    assert told.photo is not None
    assert told.photo.startswith(PNG)
    assert "提问 3 次，2 人" in told.text
    assert "有依据 2 次（67%），没有依据 1 次（33%）" in told.text
    assert "评为有用 1 次，评为没用 1 次" in told.text
    assert "一半的提问不超过 0.4 秒" in told.text
    assert "/gaps" in told.text


async def test_an_admin_sees_what_became_of_a_models_answers(
    peer: Peer, serve: Serve, records: Records, tmp_path: Path
) -> None:
    log(records)
    with opened() as office:
        office.server.script(
            {"sentences": [FIRST, LIE]}, {"sentences": [DEADLINE]}, LIES, LIES, " "
        )
        for asked in (ASKED, f"{ASKED}？", f"{ASKED}！"):
            office.write(asked)
        await serve(FakeAsker(), office.counts, data_dir=tmp_path)
        await peer.say(ADMIN, "/stats")
        await all_handled(peer, records)
    (told,) = peer.messages(ADMIN)
    assert "写成 1 次，改为直接引用 2 次（" in told.text
    assert "语言模型所写未通过核对 1" in told.text
    assert "所写 4 句：通过 2 句（其中改写后 1 句），弃用 2 句（" in told.text


async def test_where_a_model_has_written_nothing_yet_that_is_said(
    peer: Peer, serve: Serve, records: Records, tmp_path: Path
) -> None:
    await serve(FakeAsker(), Verdicts(), data_dir=tmp_path)
    await peer.say(ADMIN, "/stats")
    await all_handled(peer, records)
    assert "还没有执笔" in peer.messages(ADMIN)[0].text


async def test_another_period_holds_what_the_week_does_not(
    peer: Peer, serve: Serve, records: Records, database: Database, tmp_path: Path
) -> None:
    log(records)
    ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=20)
    with database.writing() as session:
        session.execute(sa.update(AskedRow).values(at=ago))
    await serve(FakeAsker(), data_dir=tmp_path)
    await peer.say(ADMIN, "/stats")
    await all_handled(peer, records)
    (week,) = peer.messages(ADMIN)
    assert week.photo is None
    assert "没有人提问" in week.text
    await peer.press(ADMIN, week.message_id, "近30天")
    await all_handled(peer, records)
    month = peer.messages(ADMIN)[-1]
    assert month.photo is not None
    assert "近30天" in month.text
    assert "提问 3 次" in month.text
    assert set(month.buttons) == {"近7天", "近90天"}


async def test_figures_are_told_even_where_the_chart_cannot_be_drawn(
    peer: Peer, serve: Serve, records: Records, tmp_path: Path
) -> None:
    log(records)
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    await serve(FakeAsker(), data_dir=blocked)
    await peer.say(ADMIN, "/stats")
    await all_handled(peer, records)
    (told,) = peer.messages(ADMIN)
    assert told.photo is None
    assert "提问 3 次，2 人" in told.text
    assert "图没能画出来" in told.text


@pytest.mark.parametrize("person", [MEMBERS[0], REVIEWER])
async def test_nobody_else_sees_them(
    peer: Peer, serve: Serve, records: Records, person: int
) -> None:
    log(records)
    await serve(FakeAsker())
    await peer.say(person, "/stats")
    await all_handled(peer, records)
    (told,) = peer.messages(person)
    assert "不对您的角色开放" in told.text


def test_the_chart_is_drawn_of_nothing_too(tmp_path: Path) -> None:
    today = dt.date(2026, 3, 10)
    assert usage_chart(counted([], 90, today), tmp_path).startswith(PNG)
