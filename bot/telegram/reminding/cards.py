"""What admins see of a reminder: when it goes out, how it stands, what they can do about it.

Pure.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from telegram import InlineKeyboardButton

from bot.reminder_wording import blocks_of
from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.wording import clean
from knowledge.reminding.model import Moment, Reminder
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.policy import Unapproved
from knowledge.reminding.schedule import CHINA
from knowledge.store.reminder_deliveries import Tally

APPROVE, SKIP, REOPEN = "rm-yes", "rm-skip", "rm-open"
REWORD, TRY, REPORT, LIST = "rm-word", "rm-try", "rm-report", "rm-list"
SHOW = "rm-show"

_KEY = re.compile(rf"[\w-]{{1,40}}:(?:{'|'.join(Moment)})")
_ADDED = "added-"
_SHORT = {Moment.BEFORE: "节前", Moment.EVE: "前夕", Moment.BACK: "节后"}
_WEEKDAYS = "一二三四五六日"
_SILENCE = {
    Unapproved.SEND: "还没有人批准；不作声也会按时发出。",
    Unapproved.HOLD: "还没有人批准；批准以后才会发出。",
    Unapproved.OFF: "本单位关闭了节日提醒（REMINDERS=off），不会发出。",
}
_STATES = {
    ReminderState.APPROVED: "已批准，按时发出。",
    ReminderState.SKIPPED: "已跳过，这次不发。",
    ReminderState.SENDING: "正在发。",
    ReminderState.DONE: "已发完。",
    ReminderState.MISSED: "错过了时间，没有发完。",
}
_REPORTED = {
    ReminderState.SENDING: "正在发",
    ReminderState.DONE: "已发完",
    ReminderState.MISSED: "没有发完",
}


def name_of(planned: Planned, *, short: bool = False) -> str:
    """端午节（节前）; of days that were added, which have one reminder only, just the name.

    :param short: for buttons.
    """
    name = " ".join(clean(planned.name).split())
    if planned.occasion.startswith(_ADDED):
        return name
    moment = Moment(planned.moment)
    return f"{name}（{_SHORT[moment] if short else moment.words}）"


def when(instant: dt.datetime) -> str:
    """6月16日（周二）09:30, in China."""
    local = instant.astimezone(CHINA)
    return f"{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def key_in(given: Sequence[str], place: int) -> str:
    """A reminder's key among the values of a button; "" where there is none of its form."""
    found = given[place] if place < len(given) else ""
    return found if _KEY.fullmatch(found) else ""


def state_of(planned: Planned, unapproved: Unapproved) -> str:
    """How it stands, in a sentence."""
    if unapproved is Unapproved.OFF and planned.state.is_ahead:
        return _SILENCE[unapproved]
    return _STATES.get(planned.state) or _SILENCE[unapproved]


def as_members_see_it(reminder: Reminder) -> Screen:
    """The message itself, without its buttons.

    :raises ReminderError: it does not fit one message.
    """
    return Screen(blocks_of(reminder))


def control(
    planned: Planned,
    reminder: Reminder | None,
    unapproved: Unapproved,
    notes: Sequence[str] = (),
    *,
    trouble: str = "",
) -> Screen:
    """The card under the message: how it stands, and what can be done about it.

    :param notes: what else the admin should know.
    :param trouble: why there is no message that could be approved.
    """
    own = "文字由管理员改过。" if planned.wording is not None else ""
    text = titled(
        f"廉政提醒：{name_of(planned)}",
        f"发送时间：{when(planned.due_at)}",
        state_of(planned, unapproved),
        own,
    )
    told = (*reminder.dropped, *reminder.changed) if reminder else ()
    marked = lines(*(f"※ {clean(each)}" for each in (trouble, *notes, *told) if each))
    blocks = [text, marked] if marked else [text]
    # However much there is to say of it: never without the buttons.
    return Screen(pages(blocks)[0], keyboard(*_buttons(planned, whole=not trouble)))


def report(planned: Planned, tally: Tally) -> Screen:
    """Who got it, as far as is known now."""
    head = f"廉政提醒“{name_of(planned)}”{_REPORTED.get(planned.state, '还没有发')}"
    told = (
        f"应发 {tally.people} 人，送达 {tally.sent} 人，其中 {tally.seen} 人点过按钮。",
        f"停用了机器人或已移出名单：{tally.blocked} 人。" if tally.blocked else "",
        f"发送失败：{tally.failed} 人，原因见日志。" if tally.failed else "",
        f"过了时间没有发：{tally.missed} 人。" if tally.missed else "",
        f"还在等：{tally.pending} 人。" if tally.pending else "",
        f"因中断可能收到两次：{tally.repeated} 人。" if tally.repeated else "",
    )
    again, back = button("刷新", REPORT, planned.key), button("返回列表", LIST, 0)
    return Screen([titled(head, *told)], keyboard([again, back]))


def _buttons(planned: Planned, *, whole: bool) -> Sequence[list[InlineKeyboardButton]]:
    """:param whole: there is a message to approve."""
    key, version = planned.key, planned.version
    back = [button("返回列表", LIST, 0)]
    if not planned.state.is_ahead:
        return [[button("送达情况", REPORT, key)], back]
    decide = []
    if whole and planned.state is ReminderState.OPEN:
        decide.append(button("批准", APPROVE, version, key))
    if planned.state is ReminderState.OPEN:
        decide.append(button("这次不发", SKIP, version, key))
    else:
        label = "撤回批准" if planned.state is ReminderState.APPROVED else "还是要发"
        decide.append(button(label, REOPEN, version, key))
    change = [button("改文字", REWORD, version, key)]
    if whole:
        change.append(button("发给自己看", TRY, version, key))
    return [decide, change, back]
