"""`lianwen audit`: reads the audit log through, and shows its last entries."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.roles import role_name
from bot.wiring import open_records, open_store
from bot.wording import clean
from knowledge.errors import AuditError, NotBuiltError
from knowledge.settings import Settings
from knowledge.store.audit import Audit

SHANGHAI = ZoneInfo("Asia/Shanghai")

_ACTIONS = {
    "stranger": "未登记的人来访",
    "invite.made": "发出邀请",
    "invite.wrong": "邀请码不对",
    "member.joined": "凭邀请登记",
    "member.promoted": "凭邀请改角色",
    "member.role": "改角色",
    "member.department": "改部门",
    "member.removed": "移出名单",
    "member.forgot": "删除自己的记录",
    "admin.named": "配置里加了管理员",
    "admin.unnamed": "配置里去掉管理员",
    "referral.sent": "转纪检部门",
    "referral.answered": "纪检部门答复",
    "faq.review": "书面答复送审",
    "faq.approved": "书面答复通过",
    "faq.returned": "书面答复退回",
    "faq.retired": "书面答复停用",
    "group.added": "被非管理员加进群",
    "group.opened": "开放群",
    "group.closed": "关闭群",
    "group.moved": "群升级换号",
    "refresh.building": "建立知识库更新的预览",
    "refresh.live": "知识库更新生效",
    "refresh.cancelled": "取消知识库更新",
    "generation.rolled_back": "退回上一版知识库",
    "reminder.approved": "批准节日提醒",
    "reminder.skipped": "跳过节日提醒",
    "reminder.open": "撤回对节日提醒的决定",
    "reminder.reworded": "改节日提醒的文字",
    "holidays.kept": "导入放假安排",
    "holidays.added": "增加要提醒的日子",
    "holidays.removed": "删去要提醒的日子",
    "backup.restored": "从备份恢复",
}
_DETAILS = {
    "telegram_id": "编号",
    "role": "角色",
    "department": "部门",
    "before": "原为",
    "after": "改为",
    "invited_by": "邀请人",
    "referral": "转办编号",
    "entry": "答复编号",
    "own": "自审",
    "questions": "提问数",
    "chat_id": "群",
    "new_chat_id": "新群号",
    "refresh": "更新编号",
    "files": "文件数",
    "generation": "版本",
    "taken": "备份时间",
    "key": "提醒",
    "year": "年份",
    "number": "日子编号",
}


def open_audit(settings: Settings) -> Audit:
    """The audit log of a database that is there already.

    :raises NotBuiltError: there is none.
    """
    if not open_store(settings).database.exists:
        raise NotBuiltError(
            "这里还没有数据库，也就没有审计记录。请用 --data-dir 指明数据目录，"
            "或先运行 lianwen start。"
        )
    return open_records(settings, open_store(settings, create=True)).audit


def verify(audit: Audit, expected: str, console: Console) -> None:
    """Read the log through and print what to note down.

    :param expected: a seal noted earlier; "" for none.
    :raises AuditError: an entry was changed, taken out or cut off.
    """
    report = audit.verify(expected.strip().lower())
    if report.broken_at is not None:
        raise AuditError(
            f"审计记录在第 {report.broken_at} 条断开：它或它之前的记录被改动、增删过，"
            "或者密钥（LIANWEN_KEY 或数据目录里的 secret.key）换了。请保留现场，对照备份查明。"
        )
    if not report.expected_seen:
        raise AuditError(
            f"审计记录里没有 --expect 给出的校验值（现有 {report.entries} 条）："
            "末尾可能被截去，或者校验值抄错了。请对照备份查明。"
        )
    console.print(Text(f"审计记录完整，共 {report.entries} 条。"))
    console.print(Text(f"末条校验值：{report.head}"), soft_wrap=True)
    console.print(Text("请把校验值抄存到别处；下次用 --expect 核对，可以发现末尾被截去。"))


def show(audit: Audit, count: int, console: Console) -> None:
    """Print the last entries, oldest first."""
    table = Table("序号", "时间（北京）", "谁", "做了什么", "详情")
    for entry in audit.recent(count):
        table.add_row(
            str(entry.id),
            f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            str(entry.actor) if entry.actor is not None else "机器人",
            Text(_ACTIONS.get(entry.action, entry.action)),
            Text(_in_words(entry.details)),
        )
    console.print(table)


def _in_words(details: Mapping[str, str | int]) -> str:
    said = (
        f"{_DETAILS.get(name, name)} {role_name(clean(str(value)))}"
        for name, value in details.items()
        if value != ""
    )
    return "，".join(said)
