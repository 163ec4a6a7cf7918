"""/privacy: what is kept of a member and for how long; /forget: deleting it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, pattern, pressed
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.upkeep import DELIVERIES_KEPT, REMINDERS_KEPT, SCORES_KEPT
from bot.telegram.visiting import Visit, only
from knowledge.llm.addresses import where
from knowledge.people import Member
from knowledge.store.muted import AMENDMENTS

FORGET, KEEP = "forget", "forget-not"
MUTE, HEAR = "privacy-mute", "privacy-hear"

_WHAT = (
    "您的提问、评价和追问的上文、小测的答题记录、"
    "收到节日提醒的记录、转纪检部门的问题（还没答复的随之撤回，不再有答复）。"
)
ASK = (
    f"将删除：{_WHAT}\n"
    "删不掉的：聊天窗口里的消息（可在 Telegram 里自己删）、纪检人员已收到的副本、"
    "已改写成书面答复的问法（其中没有您的姓名）、审计记录。\n"
    "删除后不能恢复。确定吗？"
)
KEPT = "没有删除任何记录。"


class Privacy:
    """Tells members what is kept of them, and deletes it when they say so."""

    def __init__(self, desk: Desk) -> None:
        self._records = desk.records
        self._days = desk.settings.question_days
        self._server = where(desk.settings.llm_base_url) if desk.settings.llm_model else ""

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The two commands, and the answer to 「确定吗」."""
        message = filters.UpdateType.MESSAGE
        yield CommandHandler("privacy", self.tell, filters=message)
        yield CommandHandler("forget", self.ask, filters=message)
        yield CallbackQueryHandler(self.forget, pattern(FORGET))
        yield CallbackQueryHandler(self.keep, pattern(KEEP))
        yield CallbackQueryHandler(self.choose, pattern(MUTE, HEAR))

    @only()
    async def tell(self, update: Update, visit: Visit) -> None:
        """Answer /privacy."""
        person = visit.member.telegram_id
        await show(visit.bot, person, await aside(self._told, person))

    @only()
    async def choose(self, update: Update, visit: Visit) -> None:
        """Keep whether this member wants to hear of amended articles."""
        query, person = pressed(update), visit.member.telegram_id
        muted = (query.data or "").startswith(MUTE)
        await aside(self._records.muted.set, person, AMENDMENTS, muted=muted)
        await turn(query, await aside(self._told, person))

    @only()
    async def ask(self, update: Update, visit: Visit) -> None:
        """Answer /forget: say what goes and what stays, and ask."""
        buttons = keyboard([button("确定删除", FORGET), button("不删", KEEP)])
        await show(visit.bot, visit.member.telegram_id, Screen([lines(ASK)], buttons))

    @only()
    async def forget(self, update: Update, visit: Visit) -> None:
        """Delete, and say how much it was."""
        count = await aside(self._forget, visit.member)
        done = f"已删除您的 {count} 条提问，以及追问的上文、小测、节日提醒和转办记录。"
        await turn(pressed(update), Screen([lines(done)]))

    @only()
    async def keep(self, update: Update, visit: Visit) -> None:
        """Leave everything as it is."""
        await turn(pressed(update), Screen([lines(KEPT)]))

    def _told(self, person: int) -> Screen:
        """Blocks."""
        muted = self._records.muted.is_muted(person, AMENDMENTS)
        choice = button("恢复条文变动通知", HEAR) if muted else button("不要条文变动通知", MUTE)
        text = titled("关于您的记录", *notice(self._days, muted=muted, server=self._server))
        return Screen([text], keyboard([choice]))

    def _forget(self, member: Member) -> int:
        """Blocks. Whatever breaks in between, pressing again deletes the rest."""
        person, records = member.telegram_id, self._records
        records.turns.forget(person)
        records.scores.forget(person)
        records.reminder_deliveries.forget(person)
        records.referrals.forget(person)
        # Their own chat with the bot has their number; elsewhere the log tells what is theirs,
        # for as long as it is there.
        records.deliveries.forget(person)
        records.deliveries.forget_questions(
            [each for each in records.deliveries.questions() if records.asked.is_by(each, person)]
        )
        count = records.asked.forget(person)
        records.audit.append(person, "member.forgot", questions=count)
        return count


def notice(days: int, *, muted: bool = False, server: str = "") -> tuple[str, ...]:
    """What is kept, as its paragraphs.

    :param days: how long the question log keeps a question.
    :param muted: whether this member is not told of amended articles.
    :param server: host and port of the language model's server; "" where there is none.
    """
    if server:
        model = (
            f"· 语言模型：问题、追问的上文和有关条文会发给 {server} 的语言模型执笔，"
            "最后给您的每一句都与条文核对过。发出前先遮住证件号、电话和卡号，不带您的姓名和编号；"
            "别人的姓名遮不住，请不要写进问题。消息往来经过 Telegram。"
        )
    else:
        model = "· 问题只在本单位的机器上处理，不发给任何语言模型；消息往来经过 Telegram。"
    return (
        f"· 提问：记下问题、答复的依据和您的评价，保存 {days} 天。里面没有您的姓名和编号，"
        "只有一串推不回去的代号；身份证号、电话和银行卡号先遮住再存。",
        "· 条文变动通知：您问过的问题所依据的条文修订后，给您发一次消息，只有您看得到；"
        f"现在是{'关着的' if muted else '开着的'}，可用下面的按钮改。",
        "· 谁能看到：管理员在统计和“没答上来的问题”里看到问题的文字，看不到是谁问的。",
        "· 追问的上文：半小时不说话就删除，发送 /new 立即删除。",
        "· 答复的位置：聊天的编号、您的问题和它下面的答复各是哪条消息，"
        f"保存 {DELIVERIES_KEPT // dt.timedelta(hours=1)} 小时，您改了问题就在原处改答复；"
        "私聊的编号就是您的 Telegram 编号。",
        f"· 小测的答题记录：保存 {SCORES_KEPT.days} 天，用代号。",
        "· 节日廉政提醒：记下哪一次什么时候发给了您、您有没有点过下面的按钮，"
        f"管理员只看到各有多少人，保存 {REMINDERS_KEPT.days} 天；收哪些提醒，发送 /holidays 选。",
        "· 转纪检部门：只有您确认后才转，带上您的姓名和部门，只给纪检人员；答复三十天后去掉姓名。",
        "· 成员名单：您的 Telegram 编号、显示的名字、角色和部门，移出名单即删除。",
        "· 审计记录：邀请、改角色、转办、审核等操作，只增不改，不含问题的文字。",
        model,
        "发送 /forget 删除您自己的提问和其他记录。",
    )
