"""`lianwen backup` and `restore` as a person sees them: how far, what came of it, what to mind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from bot.wiring import key_of, open_store
from knowledge import backup, restoring
from knowledge.archive import Manifest
from knowledge.keys import FILE as KEY_FILE
from knowledge.restoring import KeyState
from knowledge.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")

_KEY = f"密钥（LIANWEN_KEY，或数据目录里的 {KEY_FILE}）"
_ABOUT_KEY = {
    KeyState.SAME: "密钥与备份时相同。",
    KeyState.OTHER: (
        f"注意：{_KEY}与备份时的不同。请换回备份时的密钥再启动，"
        "否则审计记录验不过，提问记录也对不上人。"
    ),
    KeyState.MISSING: (
        f"注意：还没有{_KEY}。启动前请把另外保管的密钥放回来；"
        "先启动会生成新的，审计记录就验不过，提问记录也对不上人。"
    ),
    KeyState.NONE_NEEDED: "备份时还没有密钥。",
    KeyState.UNSEALED: (
        "这份备份没有用密钥封过，而本机有密钥：要么它在有密钥之前所做，要么被人改过。"
        "请确认它的来历；拿不准就换一份备份再恢复。"
    ),
}


def back_up(settings: Settings, file: Path, *, force: bool, console: Console) -> None:
    """Write a backup and say what is in it, and what is not; raises as ``backup.back_up`` does."""
    store = open_store(settings)
    try:
        with _bar("备份", console) as progress:
            done = backup.back_up(
                store,
                file,
                key=_key(settings),
                settings=settings_without_secrets(settings),
                force=force,
                progress=progress,
            )
    finally:
        store.close()
    _say(console, f"已备份到 {done.file}（{_megabytes(done.size)}），并已读回核对。")
    _say(console, "里面有数据库、知识库索引、自写的词表等文件和不含密码的设置，只有您本人可读。")
    if done.manifest.key_check:
        _say(console, f"{_KEY}没有放进去，请另外保管：没有它，恢复后审计记录验不过。", "yellow")
    _say(console, "令牌和数据库密码也没有放进去；向量模型会在恢复后自动解开。")


def restore(settings: Settings, file: Path, *, force: bool, console: Console) -> None:
    """Restore a backup and say what to mind before starting; raises as ``restoring.restore``."""
    with _bar("恢复", console) as progress:
        done = restoring.restore(
            file,
            _data_dir(settings),
            settings.database_url.get_secret_value(),
            key=_key(settings),
            force=force,
            progress=progress,
        )
    _say(console, f"已恢复到 {_when(done.manifest)}（北京时间）备份时的状态，校验无误。")
    well = done.key in {KeyState.SAME, KeyState.NONE_NEEDED}
    _say(console, _ABOUT_KEY[done.key], "" if well else "yellow")
    _say(
        console,
        f"备份时的设置（不含密码）在 {_data_dir(settings) / backup.SETTINGS}，请对照 .env。",
    )
    if done.passed_over:
        _say(console, f"备份那一刻正在处理的 {done.passed_over} 条消息不再重答。")
    _say(console, "备份之后的提问、成员变动和“删除我的记录”都不在其中，请视情况重做。")


def settings_without_secrets(settings: Settings) -> str:
    """What was set, as lines of a .env; secrets by name only, and no name or password in a URL."""
    lines = ["# 备份时的设置。令牌、密码和密钥不在其中，请另外填写。"]
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name not in settings.model_fields_set or value is None or name == "data_dir":
            continue
        if isinstance(value, SecretStr):
            lines.append(f"# {field.alias}=")
        elif isinstance(value, frozenset):
            lines.append(f"{field.alias}={','.join(map(str, sorted(value)))}")
        elif isinstance(value, bool):
            lines.append(f"{field.alias}={int(value)}")
        else:
            lines.append(f"{field.alias}={_bare(str(value))}")
    return "\n".join(lines) + "\n"


def _bare(value: str) -> str:
    if "://" not in value:
        return value
    parts = urlsplit(value)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _key(settings: Settings) -> bytes | None:
    """The installation's key; unlike ``key_of``, makes none where there is none."""
    there = settings.key.get_secret_value() or (_data_dir(settings) / KEY_FILE).is_file()
    return key_of(settings) if there else None


def _data_dir(settings: Settings) -> Path:
    return settings.data_dir.expanduser()


@contextmanager
def _bar(title: str, console: Console) -> Iterator[backup.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bar(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _when(manifest: Manifest) -> str:
    taken = dt.datetime.fromisoformat(manifest.created_at).astimezone(SHANGHAI)
    return f"{taken:%Y-%m-%d %H:%M}"
