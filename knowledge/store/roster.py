"""Changes to the allow-list: guarded, and noted in the audit log in the same transaction."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from knowledge.people import Member, Role
from knowledge.store.audit import Audit
from knowledge.store.database import Database
from knowledge.store.members import MemberRow, as_member


class Refusal(StrEnum):
    """Why a change was not made."""

    NOT_THERE = "not there"
    FIXED = "fixed"
    """An admin named in the settings, whom no one demotes or removes in chat."""
    LAST_ADMIN = "last admin"


class Roster:
    """What admins do to the list. Safe to call from several threads and processes."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def fix_admins(self, admin_ids: AbstractSet[int]) -> None:
        """Make exactly these the fixed admins; one no longer named stays an admin who can go."""
        with self._database.writing() as session:
            self._database.locked(session, "member")
            rows = {row.telegram_id: row for row in session.scalars(sa.select(MemberRow))}
            for telegram_id in admin_ids - rows.keys():
                rows[telegram_id] = MemberRow(telegram_id=telegram_id, role="", fixed=False)
                session.add(rows[telegram_id])
            for telegram_id, row in sorted(rows.items()):
                named = telegram_id in admin_ids
                if named and (row.role != Role.ADMIN or not row.fixed):
                    row.role = Role.ADMIN
                    self._audit.note(session, None, "admin.named", telegram_id=telegram_id)
                elif row.fixed and not named:
                    self._audit.note(session, None, "admin.unnamed", telegram_id=telegram_id)
                row.fixed = named

    def change_role(self, admin: int, telegram_id: int, role: Role) -> Member | Refusal:
        """Give a member another role; who they are now, or why not."""
        with self._database.writing() as session:
            row = self._changeable(session, telegram_id, keeps_admin=role is Role.ADMIN)
            if isinstance(row, Refusal):
                return row
            before, row.role = row.role, role
            if before != role:
                self._audit.note(
                    session,
                    admin,
                    "member.role",
                    telegram_id=telegram_id,
                    before=before,
                    after=role,
                )
            return as_member(row)

    def change_department(self, admin: int, telegram_id: int, department: str) -> Member | Refusal:
        """Put a member into another department ("" for none)."""
        with self._database.writing() as session:
            row = self._changeable(session, telegram_id, keeps_admin=True)
            if isinstance(row, Refusal):
                return row
            before, row.department = row.department, department
            if before != department:
                self._audit.note(
                    session,
                    admin,
                    "member.department",
                    telegram_id=telegram_id,
                    before=before,
                    after=department,
                )
            return as_member(row)

    def remove(self, admin: int, telegram_id: int) -> Member | Refusal:
        """Take a member off the list; who they were, or why not."""
        with self._database.writing() as session:
            row = self._changeable(session, telegram_id, keeps_admin=False)
            if isinstance(row, Refusal):
                return row
            session.delete(row)
            self._audit.note(
                session,
                admin,
                "member.removed",
                telegram_id=telegram_id,
                role=row.role,
                department=row.department,
            )
            return as_member(row)

    def _changeable(
        self, session: Session, telegram_id: int, *, keeps_admin: bool
    ) -> MemberRow | Refusal:
        # One at a time: two admins who remove each other would leave none.
        self._database.locked(session, "member")
        row = session.get(MemberRow, telegram_id)
        if row is None:
            return Refusal.NOT_THERE
        if keeps_admin or row.role != Role.ADMIN:
            return row
        if row.fixed:
            return Refusal.FIXED
        admins = sa.select(sa.func.count()).where(MemberRow.role == Role.ADMIN)
        return row if (session.scalar(admins) or 0) > 1 else Refusal.LAST_ADMIN
