"""A preview is built beside the bot, shows how far it is, and what would change."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from filelock import FileLock

from bot.telegram.refreshing import building
from bot.telegram.refreshing.process import Process, Step
from knowledge.store import RefreshState
from tests.bot.refreshing import QUESTION, SECOND, UNREADABLE, Office, eventually, opened
from tests.bot.samples import ADMIN
from tests.fakes import CARS, GIFTS_REVISED
from tests.peer import Peer

NEW = ("礼品管理办法.md", GIFTS_REVISED)


@pytest.fixture
async def office(peer: Peer, tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with opened(peer, tmp_path, database_url) as made:
        yield made


async def test_a_preview_says_what_would_change_and_changes_nothing(
    peer: Peer, office: Office
) -> None:
    live = office.store.live_generation()
    await office.start()
    card = await office.send(NEW)
    office.prepare.gate.clear()
    await office.press("预览")
    await office.shows("读取文件：0/1")
    assert office.refresh().state is RefreshState.BUILDING
    assert set(office.card().buttons) == {"取消"}
    office.prepare.gate.set()
    ready = await office.shows("还没有生效")
    assert ready.message_id == card.message_id  # one card, edited
    assert "礼品管理办法" in ready.text
    assert "修改" in ready.text
    assert {"生效", "取消", "逐条看改动", "改文件信息"} <= set(ready.buttons)
    assert office.store.live_generation() == live
    assert "refresh.building" in office.actions()


async def test_old_and_new_stand_side_by_side_document_by_document(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.previewed(NEW)
    await office.press("逐条看改动")
    listed = peer.messages(ADMIN)[-1]
    (label,) = (each for each in listed.buttons if each.startswith("礼品管理办法"))
    await office.press(label)
    shown = peer.messages(ADMIN)[-1]
    assert "第三条" in shown.text
    assert "十日内登记上交" in shown.text
    assert "五日内登记上交" in shown.text
    await office.press("返回预览")
    assert "还没有生效" in peer.messages(ADMIN)[-1].text


async def test_a_process_that_dies_leaves_everything_to_be_tried_again(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.send(NEW)
    office.prepare.status = 1
    await office.press("预览")
    await office.shows("意外中断")
    assert office.refresh().state is RefreshState.COLLECTING
    office.prepare.status = 0
    await office.press("再试一次预览")
    await office.shows("还没有生效")


async def test_previews_are_built_one_at_a_time(peer: Peer, office: Office) -> None:
    await office.start()
    await office.send(NEW)
    await office.send(("通知.md", "# 通知\n\n第一条 按时上班。"), person=SECOND)
    office.prepare.gate.clear()
    await office.press("预览")
    await office.press("预览", SECOND)
    await office.shows("排队中，前面还有 1 项", SECOND)
    assert len(office.prepare.begun) == 1
    office.prepare.gate.set()
    await office.shows("还没有生效")
    await office.shows("还没有生效", SECOND)
    assert len(office.prepare.begun) == 2


async def test_another_process_that_builds_is_waited_for(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "LOOK_AGAIN", 0.05)
    await office.start()
    await office.send(NEW)
    with FileLock(office.store.data_dir / "ingest.lock"):
        await office.press("预览")
        await office.shows("另一个进程正在更新知识库")
        assert not office.prepare.begun
    await office.shows("还没有生效")


async def test_a_preview_that_a_restart_cut_off_says_so(peer: Peer, office: Office) -> None:
    await office.start()
    await office.send(NEW)
    office.prepare.gate.clear()
    await office.press("预览")
    await eventually(lambda: bool(office.prepare.begun))
    await office.stop()
    assert office.refresh().state is RefreshState.BUILDING
    office.prepare.gate.set()
    await office.start()
    await office.shows("机器人重新启动，预览中断了")
    assert len([m for m in peer.messages(ADMIN) if "更新知识库" in m.text]) == 1
    await office.press("再试一次预览")
    await office.shows("还没有生效")


async def test_cancelled_while_it_is_built_nothing_is_at_work_any_more(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.send(NEW)
    office.prepare.gate.clear()
    await office.press("预览")
    await eventually(lambda: bool(office.prepare.begun))
    await office.press("取消")
    for done in range(1, 4):  # the question must outlive the progress
        office.prepare.heard(Step("建立索引", done, 9))
        await asyncio.sleep(0.1)
    assert "确定吗" in office.card().text
    await office.press("不取消")
    office.prepare.heard(Step("建立索引", 5, 9))
    await office.shows("建立索引：5/9")
    await office.press("取消")
    await office.press("确定取消")
    await office.shows("已取消")
    assert office.refresh().state is RefreshState.CANCELLED
    office.prepare.gate.set()
    await office.previewed(("车.md", CARS.replace("封存停驶", "封存")))
    assert not (office.store.data_dir / "refreshes" / "1").exists()


async def test_what_would_change_nothing_cannot_be_put_live(peer: Peer, office: Office) -> None:
    await office.start()
    await office.send(("车.md", CARS))
    await office.press("预览")
    card = await office.shows("没有需要生效的内容")
    assert "生效" not in card.buttons
    assert "取消" in card.buttons


async def test_files_that_cannot_be_read_are_named_with_the_reason(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await peer.hand_over(ADMIN, "坏.pdf", UNREADABLE)
    await peer.wait_until(lambda: "坏.pdf" in office.card().text)
    await office.press("预览")
    card = await office.shows("还没有生效")
    assert "「坏.pdf」读不出来，请换一份。" in card.text
    assert "生效" not in card.buttons


async def test_a_long_preview_has_pages(peer: Peer, office: Office) -> None:
    await office.start()
    text = "\n\n".join(f"第{n}条 内容{n}。" for n in ("一", "二"))
    await office.send(*((f"办法{n}.md", f"# 第{n}号办法{'长' * 60}\n\n{text}") for n in range(30)))
    await office.press("预览")
    first = await office.shows("还没有生效")
    (label,) = (each for each in first.buttons if each.startswith("下一页"))
    await office.press(label)
    second = office.card()
    assert second.message_id == first.message_id
    assert second.text != first.text
    assert "上一页" in second.buttons
    assert "生效" in second.buttons


async def test_what_was_read_is_corrected_in_a_reply_and_previewed_again(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.previewed(NEW)
    await office.press("改文件信息")
    await office.press("礼品管理办法.md")
    prompt = await office.shows("要改哪一行")
    assert "标题：礼品管理办法" in prompt.text
    assert "施行日期：2024年1月1日" in prompt.text
    await office.say(ADMIN, "施行：昨天", reply_to=prompt.message_id)
    assert "没有改动" in office.texts(ADMIN)[-1]
    assert office.refresh().state is RefreshState.READY
    reply = "标题：礼品登记办法\n施行日期：2025年2月3日"
    await office.say(ADMIN, reply, reply_to=prompt.message_id)
    assert "已记下" in office.texts(ADMIN)[-1]
    await office.shows("预览之后有改动")
    assert office.refresh().state is RefreshState.COLLECTING
    # What has been said stands there when one asks again, before it is read again.
    await office.press("改文件信息")
    await office.press("礼品管理办法.md")
    assert "标题：礼品登记办法" in (await office.shows("要改哪一行")).text
    await office.press("返回")
    await office.press("预览")
    card = await office.shows("还没有生效")
    assert "《礼品登记办法》" in card.text
    assert "2025年2月3日施行" in card.text


async def test_a_reply_like_a_correction_by_somebody_else_is_a_question(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.previewed(NEW)
    await office.press("改文件信息")
    await office.press("礼品管理办法.md")
    prompt = await office.shows("要改哪一行")
    own = await peer.post(ADMIN, {"text": prompt.text})  # forged: written by the admin
    answered = {"message_id": own, "date": 1, "text": prompt.text}
    answered |= {"from": {"id": ADMIN, "is_bot": False, "first_name": "甲"}}
    answered |= {"chat": {"id": ADMIN, "type": "private"}}
    await peer.post(ADMIN, {"text": "标题：假", "reply_to_message": answered})
    await office.handled()
    assert office.refresh().sources[0].stated == {}


SCRIPT = """
import json, sys, time
assert sys.argv[1] == "prepare-refresh" and sys.argv[3] == "--data-dir", sys.argv
print(json.dumps({"phase": "读取文件", "done": 0, "of": int(sys.argv[2])}), flush=True)
print("noise", flush=True)
mode = sys.argv[4]
if mode.endswith("hang"):
    time.sleep(60)
print(json.dumps({"phase": "试问", "done": 3, "of": 3}), flush=True)
sys.exit(3 if mode.endswith("die") else 0)
"""


@pytest.mark.parametrize(("mode", "status"), [("well", 0), ("die", 3), ("hang", -1)])
async def test_a_process_tells_its_steps_and_is_ended_if_it_hangs(
    tmp_path: Path, mode: str, status: int
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    run = Process(tmp_path / mode, [sys.executable, str(script)], silence=1.0)
    steps: list[Step] = []
    assert await run(7, steps.append) == status
    assert steps[0] == Step("读取文件", 0, 7)
    assert (Step("试问", 3, 3) in steps) == (mode != "hang")


async def test_a_cancelled_process_is_gone_when_its_caller_is(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, time\n"
        'print(json.dumps({"phase": "", "done": os.getpid(), "of": 0}), flush=True)\n'
        "time.sleep(60)\n"
    )
    steps: list[Step] = []
    run = Process(tmp_path, [sys.executable, str(script)])
    task = asyncio.create_task(run(7, steps.append))
    await eventually(lambda: bool(steps))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(steps[0].done, 0)


# The bot's own command, except that it need not embed every national law with the real model.
COMMAND = """
import os, sys
sys.path.insert(0, {root!r})
os.environ["DATABASE_URL"] = {url!r}
import bot.knowledge_commands, bot.preparing_refresh
from bot.cli import run
from tests.fakes import TinyEncoder
bot.knowledge_commands.make_encoder = lambda settings, **_: TinyEncoder()
bot.preparing_refresh.base_documents = list
run()
"""


async def test_the_real_command_prepares_what_was_sent(
    peer: Peer, office: Office, tmp_path: Path, database_url: str
) -> None:
    (office.store.data_dir / "questions.txt").write_text(QUESTION, encoding="utf-8")
    script = tmp_path / "command.py"
    root = str(Path(__file__).parents[2])
    script.write_text(COMMAND.format(root=root, url=database_url), encoding="utf-8")
    await office.start(prepare=Process(office.store.data_dir, [sys.executable, str(script)]))
    await office.send(NEW)
    await office.press("预览")
    await peer.wait_until(lambda: "还没有生效" in office.card().text, 60)
    assert "试问 1 个常用问题，1 个的答复会变" in office.card().text
    assert office.refresh().state is RefreshState.READY
    await office.press("生效")
    if "确定生效" in office.card().buttons:
        await office.press("确定生效")
    await office.shows("已生效（第 2 版）")
