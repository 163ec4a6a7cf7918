"""`lianwen doctor`: whether what is installed, configured and built can answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.wiring import make_assistant, make_encoder, open_store
from ingest.laws import default_laws
from ingest.reading import FileRefused, Readers, supported
from knowledge.errors import LianwenError
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
    yield from _telegram(settings)


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


def _telegram(settings: Settings) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding(True, "没有设置 TELEGRAM_BOT_TOKEN：make run 会打开终端问答")
    elif not settings.admin_ids:
        yield Finding(False, "没有管理员，谁也不能邀请成员。请在 .env 里设置 ADMIN_IDS。")
    else:
        yield Finding(True, f"Telegram 令牌已设置，管理员 {len(settings.admin_ids)} 人")
