"""What a question passed on to the discipline office looks like, to the asker and to reviewers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from telegram import InlineKeyboardMarkup

from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.rendering import Page, pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.wording import Block, Piece, Style, clean
from knowledge.store.referrals import Referral

# The words in the buttons' data.
CONFIRM, CANCEL = "refer-yes", "refer-no"
TAKE, SHOW, LIST = "refer-take", "refer-show", "refer-list"

SENT = "已转给纪检部门。有人答复后，我会发给您，并标明“人工答复”。"
ALREADY_SENT = "这个问题已经转给纪检部门，正在等人答复，不用再转。"
ALREADY_ANSWERED = "这个问题已经有了人工答复，请看上面的消息；还有疑问请直接联系纪检部门。"
CANCELLED = "已取消，没有发送任何内容。"
OUTDATED = "这份预览已经过期，没有发送。请在答复下面再按一次“转纪检部门”。"
GONE = "这条提问的记录已经删除，不能再转了。请重新问一次。"
NO_LONGER = "这件转来的问题已经删除。"
NOTHING_WAITING = "没有等待答复的问题。"
DELIVERED = "已送达提问人，并标明是人工答复。要更正或补充，再回复一次原消息即可。"
TEXT_PLEASE = "请用文字答复：对转来的问题用“回复”功能写下答复，提问人会收到。"
NO_EDITS = "改动不会再发给提问人。要更正，请再回复一次转来的问题。"
NOT_REVIEWER = "您已不是纪检审阅人，这条回复没有转给提问人。"
ASKER_GONE = "没有送达：提问人的联系方式已经删除（答复满 30 天或本人要求删除）。"
ASKER_LEFT = "没有送达：提问人已不在名单上，或停用了机器人。需要时请另行联系。"
NOT_DELIVERED = "没有送达：网络或 Telegram 出了问题。请过一会儿对原消息再回复一次。"

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LISTED = 8
_SNIPPET = 24


def nobody(contact: str) -> str:
    """There is no reviewer who can be written to."""
    return f"机器人上还没有能收到消息的纪检审阅人，没有发送。请直接联系{clean(contact)}。"


def taken(name: str) -> str:
    """To the other reviewers, once one will answer."""
    return f"{clean(name) or '另一位审阅人'}正在答复这个问题。"


def done(name: str) -> str:
    """To the other reviewers, once one has answered."""
    return f"{clean(name) or '另一位审阅人'}已经答复了这个问题。"


def preview(referral: Referral, reviewers: int) -> list[Screen]:
    """For the asker: exactly what will be sent, and two buttons."""
    head = titled(f"将把下面这些内容发给纪检部门（{reviewers} 人），请核对：")
    buttons = keyboard(
        [
            button("确认转交", CONFIRM, referral.id, referral.edition),
            button("取消", CANCEL, referral.id),
        ]
    )
    return _screens(pages([head, *matter(referral)]), buttons)


def copy(referral: Referral) -> list[Screen]:
    """For a reviewer: the same, and how to answer."""
    head = titled(f"转来的问题（第 {referral.id} 件）")
    how = lines("用“回复”功能回复这条消息即可答复；提问人会收到，并标明是人工答复。")
    buttons = keyboard([button("我来答复", TAKE, referral.id)])
    return _screens(pages([head, *matter(referral), how]), buttons)


def matter(referral: Referral) -> list[Block]:
    """What is passed on, the same for both: who asks, when, what, and what the bot said."""
    told = referral.matter
    who = clean(referral.name) or "（未署名）"
    department = clean(referral.department)
    return [
        lines(
            f"提问人：{who}（{department}）" if department else f"提问人：{who}",
            f"提问时间：{shanghai(told.asked_at)}",
        ),
        (Piece(Style.PLAIN, "问题："), Piece(Style.WHOLE, clean(told.text) or "（空）")),
        lines("机器人的答复：", clean(told.line)),
        *([lines("依据：", *told.sources)] if told.sources else []),
    ]


def reply(referral: Referral, text: str, *, again: bool) -> list[Screen]:
    """For the asker: a reviewer's answer, and the question it belongs to."""
    head = titled("【人工答复】纪检部门" + ("补充或更正如下：" if again else "答复如下："))
    question = (
        Piece(Style.PLAIN, f"您在 {shanghai(referral.matter.asked_at)} 提的问题："),
        Piece(Style.QUOTE, clean(referral.matter.text) or "（空）"),
    )
    return _screens(pages([head, lines(clean(text)), question]), None)


def waiting(referrals: Sequence[Referral], page: int) -> Screen:
    """For reviewers: what waits for an answer, oldest first, with a button for each."""
    if not referrals:
        return Screen([lines(NOTHING_WAITING)])
    last = (len(referrals) - 1) // _LISTED
    page = min(max(page, 0), last)
    shown = referrals[page * _LISTED : (page + 1) * _LISTED]
    texts = [
        f"第 {each.id} 件　{shanghai(each.matter.asked_at)}　"
        f"{_snippet(each.matter.text)}{'（有人在答复）' if each.taken_by else ''}"
        for each in shown
    ]
    each_one = [button(f"第 {each.id} 件", SHOW, each.id) for each in shown]
    turns = []
    if page:
        turns.append(button("上一页", LIST, page - 1))
    if page < last:
        turns.append(button("下一页", LIST, page + 1))
    rows = [each_one[at : at + 4] for at in range(0, len(each_one), 4)]
    return Screen(
        [titled(f"等待答复的问题：{len(referrals)} 件"), lines(*texts)], keyboard(*rows, turns)
    )


def shanghai(instant: dt.datetime) -> str:
    """2024年1月1日 08:05, on the clock of those who read it."""
    local = instant.astimezone(_SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _snippet(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= _SNIPPET else f"{line[:_SNIPPET]}…"


def _screens(sheets: Sequence[Page], buttons: InlineKeyboardMarkup | None) -> list[Screen]:
    """The buttons stand under the last."""
    *earlier, last = sheets
    return [*(Screen(sheet) for sheet in earlier), Screen(last, buttons)]
