"""What a refresh looks like in chat: its card in every state, and what opens from it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from telegram import InlineKeyboardButton

from bot.previewing import changed_places, counted, overview, said
from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.rendering import MESSAGE_UNITS, fitting, pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.wording import Block, clean
from ingest.comparing import Fate
from ingest.preview import PREVIEW, Incoming, Preview
from knowledge.model import Document
from knowledge.naming import bracketed
from knowledge.store import Refresh, RefreshState, Source

BUILD, CANCEL, CANCEL_SURE = "rf-build", "rf-drop", "rf-drop-yes"
LIVE, LIVE_SURE = "rf-live", "rf-live-yes"
CARD, PLACES, PLACE = "rf-card", "rf-docs", "rf-doc"
DOCUMENTS, DOCUMENT = "rf-files", "rf-file"
ROLL_BACK = "rb-ask"

HOW = (
    "把文件或扫描件的照片直接发给我，一次发几份都可以；Word、Excel、PDF、网页、压缩包都能读。"
    "收齐后按「预览」，看过再决定是否生效，在那之前答复不变。单个文件超过 20 MB 的，"
    "请压缩或拆分后再发，或请维护人员放进收件夹（KNOWLEDGE_INBOX），再发送 /refresh。"
)
MORE = "还可以继续发文件。收齐后按「预览」；生效之前答复不变。"
CHANGED = "预览之后有改动，请再按「预览」。"
MEANWHILE = "这期间照常答复提问。建好后这里显示预览。"
CANCELLED = "已取消，收到的文件已删除，知识库没有变化。要重新开始，直接发文件给我。"
NO_LONGER = "这次更新的情况已经变了，刚才的操作没有生效。请看最新的内容。"
GONE = "没有这次更新，或内容已经清理。发送 /refresh 查看正在进行的更新。"
NOTHING_NEW = "没有需要生效的内容。可以改文件信息后再预览，或者取消。"
TAKEN = "已经由另一位管理员处理了，请看最新的内容。"

_LISTED = 30
_NAME = 60
_LABEL = 30
_ROWS = 8
_KEY = 8
_PROMPT = re.compile(r"更新第 (\d{1,18}) 号 · 文件 ([0-9a-f]{8})\n")


def preview_of(refresh: Refresh) -> Preview | None:
    """What the last preview found, where it is still kept."""
    kept = refresh.outcome.get("preview")
    return PREVIEW.validate_python(kept) if kept else None


def doubts(preview: Preview) -> bool:
    """Whether something should be confirmed before it answers people."""
    found = (
        *preview.warnings,
        *preview.refused,
        *(w for i in preview.incoming for w in i.warnings),
    )
    return bool(found)


def card(refresh: Refresh, notes: Sequence[str] = (), status: str = "", page: int = 0) -> Screen:
    """The card as it stands now.

    :param notes: lines to add while files are collected and under a preview.
    :param status: how far a build is.
    """
    if refresh.state is RefreshState.COLLECTING:
        return _collecting(refresh, notes)
    if refresh.state is RefreshState.BUILDING:
        blocks = [titled(_name(refresh), status or "正在准备预览……", MEANWHILE)]
        return Screen(blocks, keyboard([button("取消", CANCEL, refresh.id)]))
    if refresh.state is RefreshState.READY:
        return _ready(refresh, notes, page)
    if refresh.state is RefreshState.LIVE:
        return _live(refresh, status)
    return Screen([titled(_name(refresh), CANCELLED)])


def cancelling(refresh: Refresh) -> Screen:
    """Before the files of a refresh are deleted."""
    text = f"取消后，收到的 {len(refresh.sources)} 份文件和预览都会删除，知识库不变。确定吗？"
    yes, no = button("确定取消", CANCEL_SURE, refresh.id), button("不取消", CARD, refresh.id, 0)
    return Screen([titled(_name(refresh), text)], keyboard([yes, no]))


def sure(refresh: Refresh, preview: Preview) -> Screen:
    """Before something with open doubts goes live."""
    count = len(preview.warnings)
    told = [f"没有读成的文件 {len(preview.refused)} 份"] if preview.refused else []
    told += [f"需要核对的地方 {count} 处"] if count else []
    text = f"还有{'、'.join(told) or '需要核对的地方'}，见预览。确定现在生效吗？"
    yes = button("确定生效", LIVE_SURE, refresh.id, refresh.staged_id or 0)
    return Screen(
        [titled(_name(refresh), text)], keyboard([yes, button("返回", CARD, refresh.id, 0)])
    )


def moved(refresh: Refresh) -> Screen:
    """In the place of a card that has been shown again below."""
    return Screen([lines(f"{_name(refresh)}：请看下面最新的卡片。")])


def places(refresh: Refresh, preview: Preview, page: int) -> Screen:
    """The documents whose articles changed, each behind a button."""
    changed = [(at, each) for at, each in enumerate(preview.documents) if each.places]
    rows = [
        [button(_short(f"{each.title}：{counted(each)}", _LABEL), PLACE, refresh.id, at, 0)]
        for at, each in changed
    ]
    head = titled(_name(refresh), f"有 {len(changed)} 份文件的条文变动，点开逐条看原文和新文。")
    return _listed(head, rows, PLACES, refresh, page)


def place(refresh: Refresh, preview: Preview, at: int, page: int) -> Screen | None:
    """One document's articles, old and new; None where there is no such document."""
    if at >= len(preview.documents):
        return None
    change = preview.documents[at]
    head = titled(bracketed(clean(change.title)), counted(change))
    sheets = pages(changed_places(change), head) if change.places else [[head]]
    page = min(page, len(sheets) - 1)
    turning = _turning(page, len(sheets), PLACE, refresh.id, at)
    back = [button("返回文件列表", PLACES, refresh.id, 0), button("返回预览", CARD, refresh.id, 0)]
    return Screen(sheets[page], keyboard(turning, back))


def documents(refresh: Refresh, preview: Preview, page: int) -> Screen:
    """The documents whose particulars may be corrected, each behind a button."""
    rows = [
        [button(_short(each.file, _LABEL), DOCUMENT, refresh.id, key_of(each.file))]
        for each in preview.incoming
    ]
    head = titled(_name(refresh), "要改哪一份的标题、文号、日期？点一下，按提示回复。")
    return _listed(head, rows, DOCUMENTS, refresh, page)


def statement(refresh: Refresh, file: str, document: Document) -> str:
    """What a document says of itself, to be corrected in a reply; ``stated_in`` knows it again."""
    text = "\n".join(
        [
            f"更新第 {refresh.id} 号 · 文件 {key_of(file)}",
            f"「{_short(file, _NAME)}」现在的信息：",
            *said(document),
            "",
            "要改哪一行，就用“回复”功能回复本条消息，照样子写那一行，例如",
            "施行日期：2024年1月1日",
            "不写的不变。改完请再按「预览」。",
        ]
    )
    return text[: fitting(text, MESSAGE_UNITS)]


def stated_in(prompt: str) -> tuple[int, str] | None:
    """Which refresh and which file (its key) a prompt is about."""
    found = _PROMPT.match(prompt)
    return (int(found[1]), found[2]) if found else None


def key_of(file: str) -> str:
    """What stands for a file's name in buttons and prompts."""
    return hashlib.sha256(file.encode()).hexdigest()[:_KEY]


def source_of(refresh: Refresh, incoming: Incoming) -> Source | None:
    """The file that a document came in: itself, or the archive that it lay in."""
    outer = incoming.file.split(" › ")[0]
    same = (each for each in refresh.sources if each.sha256 == incoming.sha256)
    return next(same, next((each for each in refresh.sources if each.name == outer), None))


def size(count: int) -> str:
    """Bytes for people: 12 KB, 3.4 MB."""
    if count < 1 << 20:
        return f"{max(1, count >> 10)} KB"
    return f"{count / (1 << 20):.1f} MB"


def summary(preview: Preview) -> str:
    """What a refresh does, in a line: 新增《…》，修订《…》."""
    words = {Fate.ADDED: "新增", Fate.CHANGED: "修订", Fate.REMOVED: "移出"}
    told = [
        f"{words[each.fate]}{bracketed(clean(each.title))}"
        for each in preview.documents
        if each.fate in words
    ]
    shown, rest = told[:5], len(told) - 5
    return "，".join(shown) + (f"等 {len(told)} 份" if rest > 0 else "") or "更新了文件信息"


def _collecting(refresh: Refresh, notes: Sequence[str]) -> Screen:
    cancel = button("取消", CANCEL, refresh.id)
    if not refresh.sources:
        return Screen([titled(_name(refresh), "还没有文件。", HOW)], keyboard([cancel]))
    total = size(sum(each.size for each in refresh.sources))
    listed = [_file(each) for each in refresh.sources[-_LISTED:]]
    more = len(refresh.sources) - len(listed)
    head = f"{_name(refresh)}：已收 {len(refresh.sources)} 份，共 {total}"
    blocks = [titled(head, f"……前面还有 {more} 份" if more else "", *listed)]
    error = refresh.outcome.get("error")
    if error:
        blocks.append(lines(f"※ 上次预览没有完成：{clean(str(error))}"))
    seen = "preview" in refresh.outcome
    blocks.append(lines(*(f"※ {clean(note)}" for note in notes), CHANGED if seen else MORE))
    buttons = [button("再试一次预览" if error else "预览", BUILD, refresh.id)]
    if seen:
        buttons.append(button("改文件信息", DOCUMENTS, refresh.id, 0))
    # Endless names may push the last lines out; never the buttons.
    return Screen(pages(blocks)[0], keyboard(buttons, [cancel]))


def _ready(refresh: Refresh, notes: Sequence[str], page: int) -> Screen:
    preview = preview_of(refresh) or Preview(unchanged=True)
    told = lines(*(f"※ {clean(note)}" for note in notes))
    blocks: list[Block] = [*([told] if told else []), *overview(preview)]
    if preview.unchanged:
        blocks.append(lines(NOTHING_NEW))
    sheets = pages(blocks, titled(f"{_name(refresh)} · 预览（还没有生效）"))
    page = min(page, len(sheets) - 1)
    looking = []
    if any(each.places for each in preview.documents):
        looking.append(button("逐条看改动", PLACES, refresh.id, 0))
    if preview.incoming:
        looking.append(button("改文件信息", DOCUMENTS, refresh.id, 0))
    ending = [button("取消", CANCEL, refresh.id)]
    if not preview.unchanged:
        ending.insert(0, button("生效", LIVE, refresh.id, refresh.staged_id or 0))
    turning = _turning(page, len(sheets), CARD, refresh.id)
    return Screen(sheets[page], keyboard(turning, looking, ending))


def _live(refresh: Refresh, status: str) -> Screen:
    preview = preview_of(refresh)
    head = f"已生效（第 {refresh.staged_id} 版）。"
    did = f"{summary(preview)}。" if preview else ""
    seen = button("逐条看改动", PLACES, refresh.id, 0)
    looking = [seen] if preview and any(each.places for each in preview.documents) else []
    buttons = keyboard(looking, [button("退回上一版", ROLL_BACK)])
    return Screen([titled(_name(refresh), head, did, status)], buttons)


def _listed(
    head: Block, rows: list[list[InlineKeyboardButton]], word: str, refresh: Refresh, page: int
) -> Screen:
    count = max(1, -(-len(rows) // _ROWS))
    page = min(page, count - 1)
    shown = rows[page * _ROWS : (page + 1) * _ROWS]
    back = [button("返回", CARD, refresh.id, 0)]
    return Screen([head], keyboard(*shown, _turning(page, count, word, refresh.id), back))


def _turning(page: int, count: int, word: str, *before: object) -> list[InlineKeyboardButton]:
    row = []
    if page > 0:
        row.append(button("上一页", word, *before, page - 1))
    if page + 1 < count:
        row.append(button(f"下一页（{page + 1}/{count}）", word, *before, page + 1))
    return row


def _name(refresh: Refresh) -> str:
    return f"更新知识库（第 {refresh.id} 号）"


def _file(source: Source) -> str:
    changed = "，已改文件信息" if source.stated else ""
    return f"· {_short(source.name, _NAME)}（{size(source.size)}{changed}）"


def _short(text: str, characters: int) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= characters else f"{text[:characters]}…"
