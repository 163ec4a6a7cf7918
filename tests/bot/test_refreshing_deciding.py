"""One admin puts a refresh live, or takes it back; everyone who should know is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.telegram.refreshing import cards as screens
from ingest.generation import build
from knowledge.store import Refreshes, RefreshState
from tests.bot.refreshing import QUESTION, SECOND, UNREADABLE, Office, eventually, opened
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.fakes import CARS, GIFTS_REVISED, TinyEncoder, held
from tests.peer import Peer

NEW = ("礼品管理办法.md", GIFTS_REVISED)
MEMBER = MEMBERS[0]


@pytest.fixture
async def office(peer: Peer, tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with opened(peer, tmp_path, database_url) as made:
        yield made


async def answer(office: Office, person: int = MEMBER) -> str:
    count = len(office.peer.settled(person))
    await office.say(person, QUESTION)
    await office.peer.wait_for_messages(person, count + 1)
    return office.texts(person)[-1]


async def test_put_live_it_answers_the_next_question(peer: Peer, office: Office) -> None:
    await office.start()
    assert "十日内" in await answer(office)
    await office.previewed(NEW)
    assert "十日内" in await answer(office)
    await office.press("生效")
    card = await office.shows("已生效（第 2 版）")
    assert set(card.buttons) == {"逐条看改动", "退回上一版"}
    assert "五日内" in await answer(office)
    refresh = office.refresh()
    assert refresh.state is RefreshState.LIVE
    noted = next(each for each in office.records.audit.recent() if each.action == "refresh.live")
    assert (noted.actor, noted.details["refresh"]) == (ADMIN, refresh.id)
    # The other admin hears of it once, nobody else does.
    told = await office.shows("更新了知识库", SECOND)
    assert "修订《礼品管理办法》" in told.text
    assert "/rollback" in told.text
    assert not any("更新了知识库" in text for text in office.texts(REVIEWER))


async def test_where_something_is_doubtful_it_is_asked_again(peer: Peer, office: Office) -> None:
    await office.start()
    await peer.hand_over(ADMIN, "坏.pdf", UNREADABLE)
    await office.previewed(NEW)
    await office.press("生效")
    assert "没有读成的文件 1 份" in office.card().text
    assert office.refresh().state is RefreshState.READY
    await office.press("返回")
    await office.press("生效")
    await office.press("确定生效")
    await office.shows("已生效（")


async def test_overtaken_the_preview_is_made_anew(peer: Peer, office: Office) -> None:
    await office.start()
    await office.previewed(NEW)
    build(held(CARS.replace("封存停驶", "封存")), store=office.store, encoder=TinyEncoder())
    await office.press("生效")
    await office.shows("已自动重新预览")
    await peer.wait_until(lambda: "还没有生效" in office.card().text)
    assert len(office.prepare.begun) == 2
    live = office.store.live_generation()
    assert live
    assert live.id != office.refresh().staged_id
    await office.press("生效")
    await office.shows("已生效（")
    texts = [
        c.text for e in office.store.held(office.refresh().staged_id or 0) for c in e.parsed.clauses
    ]
    assert any("五日内" in text for text in texts)
    assert not any("封存停驶" in text for text in texts)


async def test_of_two_admins_one_puts_it_live_and_the_other_is_told(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.previewed(NEW)
    await office.say(SECOND, "/refresh")
    for person in (ADMIN, SECOND):
        await peer.press(person, office.card(person).message_id, "生效")
    await office.handled()
    await office.shows("已生效（")
    await office.shows("已生效（", SECOND)
    assert screens.TAKEN in office.alerts()
    assert office.actions().count("refresh.live") == 1
    notices = [t for p in (ADMIN, SECOND) for t in office.texts(p) if "更新了知识库" in t]
    assert len(notices) == 1


async def test_a_button_of_an_earlier_preview_puts_nothing_live(peer: Peer, office: Office) -> None:
    await office.start()
    old = await office.previewed(NEW)
    await office.send(("通知.md", "# 通知\n\n第一条 按时上班。"))
    await office.press("预览")
    await office.shows("还没有生效")
    await peer.press(ADMIN, old.message_id, old.buttons["生效"])
    await office.handled()
    assert office.refresh().state is not RefreshState.LIVE
    assert screens.NO_LONGER in office.alerts()


async def test_what_a_crash_cut_off_right_after_the_switch_is_ended(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.start()
    await office.previewed(NEW)
    with monkeypatch.context() as crashing:

        def die(*_: object, **__: object) -> None:
            raise asyncio.CancelledError

        crashing.setattr(Refreshes, "move", die)
        await peer.press(ADMIN, office.card().message_id, "生效")
        await peer.drained()
        live = office.store.live_generation
        await eventually(lambda: bool((now := live()) and now.id == 2))
        await office.stop()
    assert office.refresh().state is RefreshState.READY
    await office.start()
    await office.shows("已生效（第 2 版）")
    assert office.actions().count("refresh.live") == 1


async def test_only_admins_have_a_say(peer: Peer, office: Office) -> None:
    await office.start()
    card = await office.previewed(NEW)
    await office.say(MEMBER, "/start")
    own = peer.messages(MEMBER)[-1]
    for data in (*card.buttons.values(), "rb-ask", "rb-yes|2|1"):
        await peer.press(MEMBER, own.message_id, data)
    await office.handled()
    assert office.refresh().state is RefreshState.READY
    assert len(peer.messages(MEMBER)) == 1
    assert all("不对您的角色开放" in each for each in office.alerts()[-len(card.buttons) :])


async def test_taken_back_the_old_text_answers_again(peer: Peer, office: Office) -> None:
    await office.start()
    await office.say(ADMIN, "/rollback")
    assert "没有可以退回的版本" in office.texts(ADMIN)[-1]
    await office.live(NEW)
    await office.press("退回上一版")
    asked = await office.shows("退回上一版知识库")
    assert "第 2 版" in asked.text
    assert "第 1 版" in asked.text
    assert "恢复为现行《礼品管理办法》（2020年施行）" in asked.text
    assert "不再收录《礼品管理办法》（2024年施行）" in asked.text
    await office.press("不退回")
    assert (now := office.store.live_generation())
    assert now.id == 2
    await office.say(ADMIN, "/rollback")
    await office.press("退回第 1 版")
    assert "已退回第 1 版" in office.texts(ADMIN)[-1]
    assert "十日内" in await answer(office)
    noted = office.records.audit.recent()[-1]
    assert (noted.action, noted.actor) == ("generation.rolled_back", ADMIN)
    assert noted.details == {"before": 2, "after": 1}
    await office.shows("退回到第 1 版", SECOND)
    # The same button once more: it is done already, and noted once.
    await peer.press(ADMIN, asked.message_id, "rb-yes|2|1")
    await office.handled()
    assert office.actions().count("generation.rolled_back") == 1


async def test_a_rollback_of_what_is_no_longer_live_is_refused(peer: Peer, office: Office) -> None:
    await office.start()
    await office.live(NEW)
    await office.say(ADMIN, "/rollback")
    build(held(CARS.replace("封存停驶", "封存")), store=office.store, encoder=TinyEncoder())
    await office.press("退回第 1 版")
    assert (now := office.store.live_generation())
    assert now.id == 3
    assert "刚才的操作没有生效" in office.alerts()[-1]
    assert "现用：第 3 版" in office.texts(ADMIN)[-1]
