"""The list of members, as admins change it; and the groups they open."""

from __future__ import annotations

import threading

import pytest

from knowledge.people import Member, Role
from knowledge.store import Database, Records
from knowledge.store.roster import Refusal

ADMIN, SECOND, PERSON = 1001, 1002, 2001
GROUP, SUPERGROUP = -500, -100500


@pytest.fixture
def records(database: Database) -> Records:
    kept = Records.over(database, b"key")
    kept.members.add(Member(ADMIN, Role.ADMIN, "甲"))
    kept.members.add(Member(PERSON, Role.OFFICER, "乙", "执法一队"))
    return kept


def noted(records: Records) -> list[tuple[str, dict[str, object]]]:
    return [(entry.action, dict(entry.details)) for entry in records.audit.recent()]


def test_a_role_is_changed_and_noted_once(records: Records) -> None:
    for _ in range(2):
        now = records.roster.change_role(ADMIN, PERSON, Role.REVIEWER)
        assert now == Member(PERSON, Role.REVIEWER, "乙", "执法一队")
    change = {"telegram_id": PERSON, "before": "officer", "after": "reviewer"}
    assert noted(records) == [("member.role", change)]


def test_a_department_is_changed_and_noted(records: Records) -> None:
    now = records.roster.change_department(ADMIN, PERSON, "执法二队")
    assert now == records.members.get(PERSON) == Member(PERSON, Role.OFFICER, "乙", "执法二队")
    assert [action for action, _ in noted(records)] == ["member.department"]


def test_a_member_is_removed_and_noted(records: Records) -> None:
    assert isinstance(records.roster.remove(ADMIN, PERSON), Member)
    assert records.members.get(PERSON) is None
    assert records.roster.remove(ADMIN, PERSON) is Refusal.NOT_THERE
    assert [action for action, _ in noted(records)] == ["member.removed"]


def test_an_admin_of_the_settings_is_neither_demoted_nor_removed(records: Records) -> None:
    records.roster.fix_admins({SECOND})
    start = len(noted(records))
    assert records.roster.remove(ADMIN, SECOND) is Refusal.FIXED
    assert records.roster.change_role(ADMIN, SECOND, Role.OFFICER) is Refusal.FIXED
    assert isinstance(records.roster.change_department(ADMIN, SECOND, "办公室"), Member)
    assert [action for action, _ in noted(records)[start:]] == ["member.department"]


def test_fixed_admins_follow_the_settings_and_others_stay(records: Records) -> None:
    for _ in range(2):
        records.roster.fix_admins({SECOND, PERSON})
        assert records.members.get(SECOND) == Member(SECOND, Role.ADMIN, fixed=True)
        assert records.members.get(PERSON) == Member(
            PERSON, Role.ADMIN, "乙", "执法一队", fixed=True
        )
    records.roster.fix_admins({SECOND})
    assert records.members.get(PERSON) == Member(PERSON, Role.ADMIN, "乙", "执法一队")
    assert isinstance(records.roster.remove(ADMIN, PERSON), Member)
    assert [action for action, _ in noted(records)] == [
        "admin.named", "admin.named", "admin.unnamed", "member.removed"
    ]  # fmt: skip


def test_the_last_admin_stays(records: Records) -> None:
    assert records.roster.remove(ADMIN, ADMIN) is Refusal.LAST_ADMIN
    assert records.roster.change_role(ADMIN, ADMIN, Role.REVIEWER) is Refusal.LAST_ADMIN
    assert noted(records) == []


def test_two_admins_who_remove_each_other_at_the_same_time_leave_one(records: Records) -> None:
    for _ in range(5):
        records.members.add(Member(ADMIN, Role.ADMIN))
        records.members.add(Member(SECOND, Role.ADMIN))
        pairs = ((ADMIN, SECOND), (SECOND, ADMIN))
        threads = [threading.Thread(target=records.roster.remove, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(records.members.list(Role.ADMIN)) == 1


def test_a_group_is_open_between_opening_and_closing(records: Records) -> None:
    assert not records.groups.is_open(GROUP)
    assert records.groups.open(GROUP, ADMIN)
    assert not records.groups.open(GROUP, ADMIN)
    assert records.groups.is_open(GROUP)
    assert records.groups.close(GROUP, ADMIN)
    assert not records.groups.close(GROUP, ADMIN)
    assert not records.groups.is_open(GROUP)
    assert [action for action, _ in noted(records)] == ["group.opened", "group.closed"]


def test_a_group_that_becomes_a_supergroup_stays_open_under_its_new_number(
    records: Records,
) -> None:
    records.groups.open(GROUP, ADMIN)
    assert records.groups.moved(GROUP, SUPERGROUP)
    assert not records.groups.is_open(GROUP)
    assert records.groups.is_open(SUPERGROUP)
    assert not records.groups.moved(-7, -8)
    assert not records.groups.is_open(-8)


def test_who_writes_again_is_reachable_under_the_name_shown_now(records: Records) -> None:
    records.members.set_reachable(PERSON, False)
    records.members.seen(PERSON, "乙乙")
    assert records.members.get(PERSON) == Member(PERSON, Role.OFFICER, "乙乙", "执法一队")
