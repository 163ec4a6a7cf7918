"""`lianwen doctor`: whether what is installed, configured and built can answer."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.wiring import make_assistant, make_encoder, make_planner, open_records, open_store
from ingest.enriching import IDLE
from ingest.laws import default_laws
from ingest.proposing import SENT
from ingest.reading import FileRefused, Readers, supported
from knowledge.errors import LianwenError
from knowledge.llm.addresses import check, is_private, where
from knowledge.llm.model import Message, ModelUnavailableError, Speaker
from knowledge.reminding.policy import Unapproved
from knowledge.reminding.schedule import CHINA
from knowledge.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, in a sentence."""

    well: bool
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at each part in turn; a part that fails does not hide the next."""
    yield from _model(settings)
    yield from _knowledge_base(settings)
    yield from _laws()
    yield from _readers()
    yield from _language_model(settings)
    yield from _telegram(settings)
    yield from _reminders(settings)


def _model(settings: Settings) -> Iterator[Finding]:
    try:
        encoder = make_encoder(settings)
        encoder.encode_queries(["试一试"])
    except LianwenError as error:
        yield Finding(False, str(error))
    else:
        yield Finding(True, f"向量模型可用：{encoder.name}")


def _knowledge_base(settings: Settings) -> Iterator[Finding]:
    try:
        live = open_store(settings).live_generation()
        # One real search: files that open may still be damaged inside.
        make_assistant(settings).retriever().warm_up()
    except LianwenError as error:
        yield Finding(False, str(error))
        return
    if live:
        yield Finding(
            True, f"知识库第 {live.id} 版：{live.documents} 份文件，{live.passages} 个段落"
        )


def _laws() -> Iterator[Finding]:
    try:
        laws = default_laws()
    except LianwenError as error:
        yield Finding(False, str(error))
    else:
        yield Finding(True, f"国家法律数据可读：默认收入 {len(laws)} 部")


def _readers() -> Iterator[Finding]:
    """Whether files can be read in a process of their own."""
    with tempfile.TemporaryDirectory() as folder, Readers(patience=30) as readers:
        tried = Path(folder) / "试读.txt"
        tried.write_text("第一条 试读。\n第二条 试读。\n", encoding="utf-8")
        try:
            outcome = readers.read(tried)[0]
        except LianwenError as error:
            yield Finding(False, str(error))
            return
    if isinstance(outcome, FileRefused):
        yield Finding(False, outcome.reason)
    else:
        yield Finding(True, f"可以读：{supported()}")


def _language_model(settings: Settings) -> Iterator[Finding]:
    """Which server sees what, and whether it answers the smallest of requests."""
    server = where(settings.llm_base_url)
    try:
        check(settings)
        if not settings.llm_model:
            yield Finding(True, "没有配置语言模型，问题不出本机")
            if settings.llm_asks:
                yield Finding(False, f"{IDLE}改过以后要重启机器人。")
            return
        from knowledge.llm.opening import open_model

        model = open_model(settings)
        if model is not None:
            model.complete([Message(Speaker.USER, "只回复一个字：好")])
    except ModelUnavailableError as error:
        yield Finding(
            False,
            f"语言模型 {settings.llm_model}（{server}）没有答成：{str(error).rstrip('。')}。"
            f"答复会直接引用原文；{_advice(str(error))}",
        )
    except LianwenError as error:
        yield Finding(False, str(error))
        return
    else:
        yield Finding(
            True, f"语言模型 {settings.llm_model} 可用：问题和条文会发给 {server}，先遮住个人信息"
        )
    yield from _what_leaves(settings, server)


def _what_leaves(settings: Settings, server: str) -> Iterator[Finding]:
    if settings.llm_asks:
        yield Finding(
            True,
            f"LLM_ASKS=1：更新知识库时，新条文的原文（每条至多前 {SENT} 字）也会发给 {server}"
            "拟问法；不宜外传的内部文件，请改用内网的模型，或先把 LLM_ASKS 设为 0",
        )
    url = settings.llm_base_url
    if url.lower().startswith("http://") and not is_private(url):
        yield Finding(
            False,
            f"LLM_BASE_URL 是公网地址，却没有加密：问题、条文和密钥会明文发给 {server}。"
            "请改用 https:// 开头的地址，或改用内网的模型。",
        )


def _advice(reason: str) -> str:
    """What to do about a model that does not answer: settings are at fault in some cases only."""
    from knowledge.llm.failing import GARBLED, OUTSIDE, TOO_LONG, UNREACHABLE, refused

    of_settings = {refused(status, "").reason for status in (401, 403, 404)}
    if reason in {UNREACHABLE, GARBLED, *of_settings}:
        return "请检查 LLM_MODEL、LLM_BASE_URL 和 LLM_API_KEY，并确认模型服务已经启动。"
    if reason == OUTSIDE:
        return "请让主机名只解析到内网，或在 LLM_BASE_URL 里改填内网 IP。"
    if reason == TOO_LONG:
        return "请把 LLM_TOKENS 调大（会先思考再作答的模型要得多）。"
    return (
        "请稍后再试；若总是这样，请查看模型服务的日志，"
        "服务较慢时把 LLM_FIRST_SECONDS 和 LLM_TOTAL_SECONDS 调大。"
    )


def _telegram(settings: Settings) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding(True, "没有设置 TELEGRAM_BOT_TOKEN：make run 会打开终端问答")
    elif not settings.admin_ids:
        yield Finding(False, "没有管理员，谁也不能邀请成员。请在 .env 里设置 ADMIN_IDS。")
    else:
        yield Finding(True, f"Telegram 令牌已设置，管理员 {len(settings.admin_ids)} 人")


def _reminders(settings: Settings) -> Iterator[Finding]:
    """Which reminder is next, and whether its days are official."""
    if settings.reminders is Unapproved.OFF:
        yield Finding(True, "节日提醒已关闭（REMINDERS=off）")
        return
    now = dt.datetime.now(CHINA)
    try:
        store = open_store(settings)
        if not store.database.has_table("holiday_year"):
            yield Finding(True, "节日提醒：机器人第一次启动后开始安排")
            return
        planner = make_planner(settings, open_records(settings, store), make_assistant(settings))
        around = dt.timedelta(days=60)
        dues = planner.dues(now.date() - around, now.date() + 4 * around)
    except LianwenError as error:
        yield Finding(False, str(error))
        return
    due = next((each for each in dues if each.at > now), None)
    if due is None:
        yield Finding(True, "节日提醒：REMINDER_MOMENTS 没有选任何一次，不会发")
        return
    days = "" if due.occasion.official else "（放假日期是推算的，请导入官方的放假安排）"
    at = due.at.astimezone(CHINA)
    yield Finding(
        True, f"节日提醒：下一条是{due.occasion.name}{due.moment.words}，{at:%Y-%m-%d %H:%M}{days}"
    )
