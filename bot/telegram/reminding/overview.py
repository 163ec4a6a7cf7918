"""/reminders as a list: what is ahead, what was sent, by which rules. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton

from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.screens import Screen, lines, titled
from bot.telegram.reminding import cards
from bot.telegram.reminding.ticking import PREVIEW
from knowledge.reminding.model import Moment
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.policy import Unapproved
from knowledge.reminding.schedule import CHINA, Timing
from knowledge.store.reminder_deliveries import Tally

PAST = "rm-past"
ADD, ADDED, IMPORT = "rm-add", "rm-added", "rm-import"

_LISTED = 8
_LATELY = 3
_HOURS = PREVIEW // dt.timedelta(hours=1)
_POLICY = {
    Unapproved.SEND: f"发送前 {_HOURS} 小时给管理员预览；没有人批准或跳过的，到时照发。",
    Unapproved.HOLD: f"发送前 {_HOURS} 小时给管理员预览；批准了才发，没有批准的不发。",
    Unapproved.OFF: (
        "本单位关闭了节日提醒（REMINDERS=off），不会发出。要看提醒的文字，"
        "请在服务器上运行 lianwen reminders preview；要开启，请把 REMINDERS 改为 send 或 hold。"
    ),
}
_OPEN = {Unapproved.SEND: "未批准", Unapproved.HOLD: "待批准", Unapproved.OFF: "已关闭"}
_AHEAD = {
    ReminderState.APPROVED: "已批准",
    ReminderState.SKIPPED: "不发",
    ReminderState.SENDING: "正在发",
}
_NOTHING = "还没有排出提醒。机器人启动后会自动排出今后一年的；也可以自己增加日子。"


@dataclass(frozen=True, slots=True)
class Ended:
    """A reminder that is over, and who got it."""

    planned: Planned
    tally: Tally


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the list shows; ``ended`` are the latest first."""

    ahead: Sequence[Planned]
    ended: Sequence[Ended]
    timing: Timing
    unapproved: Unapproved
    now: dt.datetime


def ahead(plan: Plan, page: int) -> Screen:
    """What is to come, page by page; the first also shows what was sent lately."""
    page, count = _paged(plan.ahead, page)
    shown = plan.ahead[page * _LISTED : (page + 1) * _LISTED]
    rows = [[_button(each, _stands(each, plan), plan.now)] for each in shown]
    turning = _turning(page, count, cards.LIST)
    past = [] if page else [_over(each, plan.now) for each in plan.ended[:_LATELY]]
    more = [button("更早的", PAST, 0)] if len(plan.ended) > _LATELY and not page else []
    days = [
        [button("增加日子", ADD), button("已加的日子", ADDED, 0)],
        [button("导入放假安排", IMPORT)],
    ]
    head = titled("节日廉政提醒", _POLICY[plan.unapproved], _times(plan.timing))
    told = f"接下来有 {len(plan.ahead)} 次，点开看文字、批准或跳过。" if plan.ahead else _NOTHING
    lately = "最近过去的列在后面。" if past else ""
    return Screen([head, lines(told, lately)], keyboard(*rows, turning, *past, more, *days))


def past(plan: Plan, page: int) -> Screen:
    """What is over, the latest first."""
    page, count = _paged(plan.ended, page)
    shown = plan.ended[page * _LISTED : (page + 1) * _LISTED]
    rows = [_over(each, plan.now) for each in shown]
    back = [button("返回列表", cards.LIST, 0)]
    head = titled("过去的廉政提醒", f"共 {len(plan.ended)} 次，点开看文字和送达情况。")
    return Screen([head], keyboard(*rows, _turning(page, count, PAST), back))


def _times(timing: Timing) -> str:
    said = {
        Moment.BEFORE: f"节前 {timing.days_before} 天",
        Moment.EVE: "放假前一天",
        Moment.BACK: "节后第一个工作日",
    }
    moments = "、".join(words for moment, words in said.items() if moment in timing.moments)
    quiet = f"{timing.quiet_from:%H:%M} 至 {timing.quiet_to:%H:%M} 不发"
    quiet = "没有不发的时段" if timing.quiet_from == timing.quiet_to else quiet
    return f"{moments}各发一次，{timing.at:%H:%M} 发；{quiet}。"


def _stands(planned: Planned, plan: Plan) -> str:
    if plan.unapproved is Unapproved.OFF:
        return _OPEN[plan.unapproved]
    return _AHEAD.get(planned.state, _OPEN[plan.unapproved])


def _over(ended: Ended, now: dt.datetime) -> list[InlineKeyboardButton]:
    tally, state = ended.tally, ended.planned.state
    reached = f"送达 {tally.sent}/{tally.people}"
    if state is ReminderState.SKIPPED:
        reached = "跳过了"
    elif state is not ReminderState.DONE:
        reached = f"没发完，{reached}" if tally.people else "没有发"
    return [_button(ended.planned, reached, now)]


def _button(planned: Planned, stands: str, now: dt.datetime) -> InlineKeyboardButton:
    local = planned.due_at.astimezone(CHINA)
    year = f"{local.year}年" if local.year != now.astimezone(CHINA).year else ""
    day = f"{year}{local.month}月{local.day}日 {local:%H:%M}"
    # A telephone shows some twenty characters of a button.
    name = cards.name_of(planned, short=True)
    return button(f"{day} {name} · {stands}", cards.SHOW, planned.key)


def _paged(items: Sequence[object], page: int) -> tuple[int, int]:
    """The page that is meant, and how many there are."""
    count = max(1, -(-len(items) // _LISTED))
    return min(page, count - 1), count


def _turning(page: int, count: int, word: str) -> list[InlineKeyboardButton]:
    row = []
    if page > 0:
        row.append(button("上一页", word, page - 1))
    if page + 1 < count:
        row.append(button(f"下一页（{page + 1}/{count}）", word, page + 1))
    return row
