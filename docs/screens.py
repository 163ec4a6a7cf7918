"""Plays typical conversations against the Bot API peer and draws what it received.

The bot is the real one, over a built knowledge base:

    python -m docs.screens --data-dir DIR     # DIR as `lianwen ingest` left it; it is copied
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import io
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from docx import Document

from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.reminding import Reminding
from bot.wiring import key_of, make_assistant, open_records, open_store
from docs.playing import Chat, Watch
from knowledge.people import Member, Role
from knowledge.settings import Settings
from knowledge.store import Records
from tests.peer import TOKEN, Peer

OFFICER, REVIEWER, ADMIN, GROUP = 2001, 3001, 1001, -1001


# A day without reminders.
WATCH = Watch(dt.datetime(2026, 6, 10, 4, tzinfo=dt.UTC))


Open = Callable[[int, int], Chat]


async def asking(chat: Open) -> None:
    """A story from practice, the article behind the answer, a follow-up."""
    officer = chat(OFFICER, OFFICER)
    await officer.say("端午检查完，老板往车里塞了两箱粽子，我第二天才发现，怎么办？")
    await officer.press("原文")
    await officer.say("情节严重的呢？")
    officer.draw("asking")


async def referral(chat: Open) -> None:
    """Nothing fits: the question goes to the discipline office, and its answer comes back."""
    officer, reviewer = chat(OFFICER, OFFICER), chat(REVIEWER, REVIEWER)
    await officer.say("/new")
    await officer.say("我爱人的表弟想在辖区开药店，请我帮他看看选址，行不行？")
    await officer.press("转纪检部门")
    await officer.press("确认")
    await reviewer.reply(
        "表弟", "可以提供公开的政策信息，不要出面打招呼；涉及他的事项请主动申请回避。"
    )
    officer.draw("referral", last=5)
    reviewer.draw("review")


async def browsing(chat: Open) -> None:
    """The eight measures, the rules held, a quiz."""
    reader = chat(OFFICER + 1, OFFICER + 1)
    await reader.say("/measures")
    await reader.say("/rules")
    await reader.say("/quiz")
    reader.draw("browsing")


async def group(chat: Open) -> None:
    """In a group the bot answers members who address it."""
    admin, officer = chat(ADMIN, GROUP), chat(OFFICER, GROUP)
    await admin.say("/open@lianwen_test_bot")
    officer.said = admin.said
    await officer.say("@lianwen_test_bot 公车能顺路接孩子吗？")
    officer.draw("group")


async def admin(chat: Open) -> None:
    """Inviting, the week's figures, the questions that found no answer."""
    manager, asking = chat(ADMIN, ADMIN), chat(OFFICER + 1, OFFICER + 1)
    for question in ("食堂周末几点开饭？", "周末食堂几点开门吃饭？", "工会什么时候发电影票？"):
        await asking.say("/new")
        await asking.say(question)
    await manager.say("/invite 执法人员 执法一队")
    await manager.say("/stats")
    await manager.say("/gaps")
    manager.draw("admin")


async def refresh(chat: Open) -> None:
    """A rule's new version comes as a Word file; whoever asked before hears what changed."""
    manager, officer = chat(ADMIN, ADMIN), chat(OFFICER, OFFICER)
    first = len(manager._seen())
    await manager.hand_over("礼品登记上交办法.docx", _word(RULE))
    await manager.press("预览")
    await manager.until("生效")
    await manager.press("生效")
    await manager.until_said("已生效")
    await officer.say("/new")
    asked = len(officer._seen())
    await officer.say("本单位礼品登记上交办法第三条")
    await manager.hand_over("礼品登记上交办法（2026年）.docx", _word(AMENDED))
    await manager.press("预览")
    await manager.until("生效")
    manager.draw("refresh", last=2)
    await manager.press("生效")
    if any("确定生效" in " ".join(each.buttons) for each in manager._seen()):
        await manager.press("确定生效")
    await officer.until_said("已修订")
    officer.draw("amended", last=2)
    if len(manager._seen()) <= first or len(officer._seen()) <= asked:
        raise SystemExit("nothing was shown of the refresh")


async def reminders(chat: Open) -> None:
    """Before a holiday: what admins see ahead of it, what officers get, a question about it."""
    manager, officer = chat(ADMIN, ADMIN), chat(OFFICER, OFFICER)
    WATCH.set("2026-06-14 10:00")
    await manager.until_said("不作声也会按时发出")
    await manager.say("/reminders")
    manager.draw("reminders", last=3)
    first = len(officer._seen())
    WATCH.set("2026-06-16 09:30")
    await officer.until_said("端午节廉洁提醒")
    await officer.press("我有疑问")
    officer.draw("reminder", last=len(officer._seen()) - first)


RULE = """本单位礼品登记上交办法
（2023年3月1日印发）
第一条 为了规范礼品的登记和上交，制定本办法。
第二条 工作人员不得收受管理服务对象的礼品、礼金和消费卡。
第三条 因故未能拒收的，应当自收到之日起十日内填写登记表，连同礼品交党建办公室。
第四条 党建办公室每季度公示登记和处置情况。
第五条 本办法自2023年3月1日起施行。"""
AMENDED = (
    RULE.replace("十日内", "五个工作日内")
    .replace("第五条", "第六条")
    .replace("第四条", "第五条")
    .replace("2023年3月1日", "2026年9月1日")
    .replace("第五条 党建", "第四条 电子红包当日截图登记，原路退回。\n第五条 党建")
)


def _word(text: str) -> bytes:
    document, file = Document(), io.BytesIO()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.save(file)
    return file.getvalue()


SCENES: tuple[Callable[[Open], Awaitable[None]], ...] = (
    asking,
    referral,
    browsing,
    group,
    admin,
    refresh,
    reminders,
)


@asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[tuple[Peer, Records]]:
    store = open_store(settings, create=True)
    records = open_records(settings, store)
    for number, name in ((OFFICER, "李明"), (OFFICER + 1, "王芳")):
        records.members.add(Member(number, Role.OFFICER, name, "执法一队"))
    records.members.add(Member(REVIEWER, Role.REVIEWER, "赵静", "派驻纪检组"))
    async with Peer() as peer:
        for person in (OFFICER, OFFICER + 1, REVIEWER, ADMIN):
            peer.knows(person)
        given = settings.model_copy(update={"telegram_api_url": peer.url})
        desk = Desk(given, make_assistant(given), records, key_of(given))
        reminding = Reminding(desk, clock=WATCH.clock(), every=0.5)
        application = build_application(desk, reminding=reminding)
        await application.initialize()
        assert application.post_init
        assert application.updater
        await application.post_init(application)
        await application.updater.start_polling(allowed_updates=FETCHED)
        await application.start()
        try:
            yield peer, records
        finally:
            await application.updater.stop()
            await application.stop()
            assert application.post_stop
            await application.post_stop(application)
            await application.shutdown()


async def _play(folder: Path) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        telegram_bot_token=TOKEN,  # type: ignore[arg-type]
        admin_ids=frozenset({ADMIN}),
    )
    async with _served(settings) as (peer, records):
        for scene in SCENES:
            await scene(lambda person, chat: Chat(peer, records, person, chat))
        # An edit that changes nothing is refused as well, and is no fault.
        refused = [each for each in peer.refused if "not modified" not in each[1]]
        if refused:
            raise SystemExit(f"Telegram would have refused: {refused}")


def main() -> None:
    """Play every scene."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="a built knowledge base")
    given = parser.parse_args()
    if not (given.data_dir / "generations").is_dir():
        parser.error(f"no knowledge base in {given.data_dir}: run `lianwen ingest` first")
    os.environ["NO_PROXY"] = "*"
    with tempfile.TemporaryDirectory(prefix="lianwen-screens-") as spare:
        folder = Path(spare) / "data"
        shutil.copytree(given.data_dir, folder)
        asyncio.run(_play(folder))


if __name__ == "__main__":
    main()
