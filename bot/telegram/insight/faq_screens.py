"""What a written answer looks like while it is written, reviewed, listed, and when it is told."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup

from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.wording import Block, Piece, Style, clean, place
from knowledge.faq import FaqEntry, State
from knowledge.model import Citation

SUBMIT, DROP = "faq-submit", "faq-drop"
APPROVE, RETURN = "faq-yes", "faq-no"
LIST, SHOW, RETIRE, RETIRE_SURE = "faq-list", "faq-show", "faq-retire", "faq-sure"

WRITE_HOW = (
    "请用“回复”功能回复本条消息：先写答复，最后单独一行写依据，例如\n"
    "依据：公务员法第五十九条\n"
    "上面的问题会和答复一起给其他人看；里面有人名、单位的，请另写一行换个问法，例如\n"
    "问：亲属可以在辖区里开药店吗\n"
    "我会核对条文、给您看样子，再送审核；审核通过后，问过的人会收到。"
)
NO_BASIS_LINE = "没有找到“依据：”这一行，答复没有保存。请再回复一次那条消息，最后一行写明依据。"
NO_SUCH_PLACE = (
    "知识库里找不到这条依据，答复没有保存。请写明文件名和条号，例如：依据：监察法第十五条。"
)
NOT_IN_FORCE = "这条依据不是现行有效的，答复没有保存。请改引现行条文，再回复一次那条消息。"
NO_ANSWER = "只有依据，没有答复内容。请再回复一次那条消息，先写答复，再写依据。"
TOO_LONG = "答复太长了，请控制在1500字以内，再回复一次那条消息。"
QUESTION_TOO_LONG = "“问：”这一行太长了，请控制在200字以内，再回复一次那条消息。"
CHANGED = "您看到的不是最新内容，刚才的操作没有生效。请看新的内容，再决定。"
UNFOUNDED = "所引条文已经变动，不能通过。请退回重写。"
NO_LONGER = "这份答复已经处理过了。"
NOT_OWN = "自己写的答复要由别人审核。"
DROPPED = "已作废，没有送出。这组问题会重新出现在 /gaps 里。"
RETIRED = "已停用，今后不再用它作答。"
NOTHING = "还没有书面答复。管理员可以在 /gaps 里给没答上来的问题写一份。"
REASONS = ("依据不对", "表述不清", "不宜这样答")

_LISTED = 8
_SNIPPET = 20
# What else the answer is given to, as far as a card shows it.
_MATCHED, _WORDING = 20, 60

_STATES = {
    State.REVIEW: "待审核",
    State.APPROVED: "在用",
    State.RETIRED: "已停用",
}


def body(entry: FaqEntry, citation: Citation | None) -> list[Block]:
    """The question, the answer and its basis, as whoever asks will see them."""
    first, _, rest = clean(entry.answer).partition("\n")
    blocks: list[Block] = [
        lines(f"问：{clean(entry.question)}"),
        titled(first, *rest.split("\n")) if rest else titled(first),
    ]
    if citation is None:
        blocks.append(lines("※ 所引条文已经变动或不再有效，目前不用它作答。请停用后重写。"))
    else:
        blocks.append((Piece(Style.PLACE, place(citation)), Piece(Style.QUOTE, citation.quote)))
    return blocks


def preview(entry: FaqEntry, citation: Citation | None) -> list[Screen]:
    """For the author: this will be reviewed."""
    head = lines(f"书面答复第 {entry.id} 号，请核对。要改，就再回复一次当初那条消息。")
    submit = button("提交审核", SUBMIT, entry.id, entry.edition)
    buttons = keyboard([submit, button("作废", DROP, entry.id)])
    return _paged([head, *body(entry, citation), *_matched(entry)], buttons)


def for_review(
    entry: FaqEntry, citation: Citation | None, author: str, *, own: bool
) -> list[Screen]:
    """For a reviewer: approve, or return with a reason."""
    note = "没有其他审核人，请您再核对一遍后自己审核（会记入审计记录）。" if own else ""
    head = lines(f"待审核的书面答复第 {entry.id} 号，{clean(author) or '管理员'}拟写。", note)
    asked = lines(f"审核通过后，{len(entry.question_ids)} 次提问的提问人会收到。")
    blocks = [head, *body(entry, citation), *_matched(entry), asked]
    return _paged(blocks, _review_buttons(entry, citation))


def _review_buttons(entry: FaqEntry, citation: Citation | None) -> InlineKeyboardMarkup | None:
    back = [
        button(f"退回：{reason}", RETURN, entry.id, entry.edition, place)
        for place, reason in enumerate(REASONS)
    ]
    # A basis that cannot be shown cannot be approved, even should it be found again later.
    yes = [button("通过", APPROVE, entry.id, entry.edition)] if citation else []
    return keyboard(yes, *([each] for each in back))


def _matched(entry: FaqEntry) -> list[Block]:
    """The members' own wordings, which nobody else is shown."""
    others = entry.matched[1:]
    if not others:
        return []
    listed = [f"· {_short(text, _WORDING)}" for text in others[:_MATCHED]]
    more = f"……还有 {len(others) - _MATCHED} 种问法" if len(others) > _MATCHED else ""
    return [lines("也按这些问法匹配（不会给提问人看）：", *listed, more)]


def approved(entry: FaqEntry, told: int, missed: int) -> Screen:
    """For whoever approved: how many know; the button tells the others."""
    if not missed:
        return Screen([lines(f"已通过，即刻生效；已告知 {told} 位提问人。")])
    line = f"已通过，即刻生效；已告知 {told} 位提问人，还有 {missed} 位没有送达。"
    again = button("再告知一次", APPROVE, entry.id, entry.edition)
    return Screen([lines(line)], keyboard([again]))


def told(entry: FaqEntry, citation: Citation) -> list[Screen]:
    """For those who asked."""
    head = lines("您问过的问题有了书面答复（人工答复，经审核）：")
    return _paged([head, *body(entry, citation)], None)


def listed(entries: Sequence[FaqEntry], page: int) -> Screen:
    """Written answers, newest first, each behind a button."""
    if not entries:
        return Screen([lines(NOTHING)])
    last = (len(entries) - 1) // _LISTED
    page = min(page, last)
    shown = entries[page * _LISTED : (page + 1) * _LISTED]
    rows = [
        [button(f"{_STATES[each.state]} · {_short(each.question, _SNIPPET)}", SHOW, each.id)]
        for each in shown
    ]
    turning = []
    if page > 0:
        turning.append(button("上一页", LIST, page - 1))
    if page < last:
        turning.append(button("下一页", LIST, page + 1))
    return Screen([titled(f"书面答复，共 {len(entries)} 份")], keyboard(*rows, turning))


def shown(entry: FaqEntry, citation: Citation | None) -> list[Screen]:
    """One written answer, with what can be done about it."""
    head = lines(f"书面答复第 {entry.id} 号 · {_STATES.get(entry.state, entry.state)}")
    buttons = [button("返回列表", LIST, 0)]
    if entry.state is State.APPROVED:
        buttons.insert(0, button("停用", RETIRE, entry.id))
    if entry.state is State.REVIEW:
        blocks = [head, *body(entry, citation), *_matched(entry)]
        return _paged(blocks, _review_buttons(entry, citation))
    return _paged([head, *body(entry, citation)], keyboard(buttons))


def sure(entry: FaqEntry, citation: Citation | None) -> list[Screen]:
    """Before an answer is retired."""
    buttons = [button("确认停用", RETIRE_SURE, entry.id), button("不停用", SHOW, entry.id)]
    head = lines("停用后，今后不再用它作答。确认吗？")
    return _paged([head, *body(entry, citation)], keyboard(buttons))


def _paged(blocks: Sequence[Block], buttons: InlineKeyboardMarkup | None) -> list[Screen]:
    """As many messages as it takes, the buttons under the last."""
    screens = [Screen(page) for page in pages(blocks)]
    screens[-1] = Screen(screens[-1].blocks, buttons)
    return screens


def _short(text: str, characters: int) -> str:
    text = clean(text).replace("\n", " ")
    return text if len(text) <= characters else f"{text[:characters]}…"
