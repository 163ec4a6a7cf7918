"""Who may ask: members with their roles. How they come in is left to the store and the bot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member may do. A reviewer sits in the discipline office; an admin runs the bot."""

    OFFICER = "officer"
    REVIEWER = "reviewer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Member:
    """Someone on the list.

    ``name`` is the name that Telegram shows for them, ``department`` what the invite said.
    ``fixed`` members are admins named in the settings, whom no one removes in chat.
    ``reachable`` is False once they blocked the bot or deleted their account: they are not
    written to until they write again.
    """

    telegram_id: int
    role: Role
    name: str = ""
    department: str = ""
    fixed: bool = False
    reachable: bool = True
