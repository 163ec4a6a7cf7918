"""Roles in Chinese, as people read and type them; shared by the command line and Telegram."""

from __future__ import annotations

from knowledge.people import Role

ROLE_NAMES = {Role.OFFICER: "执法人员", Role.REVIEWER: "纪检人员", Role.ADMIN: "管理员"}

_TYPED = {
    Role.OFFICER: ("执法人员", "执法", "干部", "人员", "成员", "officer"),
    Role.REVIEWER: ("纪检人员", "纪检", "纪检干部", "审核", "reviewer"),
    Role.ADMIN: ("管理员", "管理", "admin"),
}


def role_name(role: str) -> str:
    """A role's Chinese name; anything else stays as it is."""
    return ROLE_NAMES.get(Role(role), role) if role in set(Role) else role


def typed_role(word: str) -> Role | None:
    """The role that a typed word means, or None."""
    return next((role for role, words in _TYPED.items() if word.strip().lower() in words), None)
