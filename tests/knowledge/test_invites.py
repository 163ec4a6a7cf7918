"""Invites: who gets in by a code, once, for a while, and who does not."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
import sqlalchemy as sa

from knowledge.people import Member, Role
from knowledge.store import Database, Records
from knowledge.store import invites as module
from knowledge.store.invites import GUESSES, InviteRow, Outcome

ADMIN, PERSON, OTHER = 1001, 2001, 2002


@pytest.fixture
def records(database: Database) -> Records:
    kept = Records.over(database, b"key")
    kept.members.add(Member(ADMIN, Role.ADMIN))
    return kept


def actions(records: Records) -> list[str]:
    return [entry.action for entry in records.audit.recent()]


def test_an_invite_lets_one_person_in_with_its_role_and_department(records: Records) -> None:
    invite = records.invites.make(ADMIN, Role.REVIEWER, "纪检组")
    redeemed = records.invites.redeem(invite.code, PERSON, "张三")
    assert redeemed.outcome is Outcome.JOINED
    assert redeemed.made_by == ADMIN
    assert records.members.get(PERSON) == Member(PERSON, Role.REVIEWER, "张三", "纪检组")
    assert records.invites.redeem(invite.code, OTHER, "李四").outcome is Outcome.UNKNOWN
    assert records.members.get(OTHER) is None
    assert actions(records) == ["invite.made", "member.joined", "invite.wrong"]


def test_codes_are_long_differ_and_are_kept_as_hashes_only(
    records: Records, database: Database
) -> None:
    codes = {records.invites.make(ADMIN, Role.OFFICER).code for _ in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch(r"[\w-]{22,64}", code, re.ASCII) for code in codes)
    with database.reading() as session:
        kept = str([vars(row) for row in session.scalars(sa.select(InviteRow))])
    kept += str(records.audit.recent())
    assert not any(code in kept for code in codes)


def test_an_expired_invite_lets_nobody_in(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite = records.invites.make(ADMIN, Role.OFFICER)
    later = invite.expires_at + dt.timedelta(seconds=1)
    monkeypatch.setattr(module, "now", lambda: later)
    assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.UNKNOWN
    monkeypatch.setattr(module, "now", lambda: later - dt.timedelta(minutes=1))
    assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.JOINED


def test_an_invite_of_someone_who_is_no_admin_any_more_lets_nobody_in(records: Records) -> None:
    records.members.add(Member(OTHER, Role.ADMIN))
    invite = records.invites.make(OTHER, Role.ADMIN)
    records.roster.change_role(ADMIN, OTHER, Role.OFFICER)
    assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.UNKNOWN


def test_of_many_who_send_one_code_at_the_same_time_one_gets_in(records: Records) -> None:
    invite = records.invites.make(ADMIN, Role.OFFICER)
    outcomes: list[Outcome] = []

    def send(person: int) -> None:
        outcomes.append(records.invites.redeem(invite.code, person, "某").outcome)

    threads = [threading.Thread(target=send, args=(5000 + number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [Outcome.JOINED] + [Outcome.UNKNOWN] * 7
    assert len(records.members.list(Role.OFFICER)) == 1


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REVIEWER])
def test_a_member_who_would_gain_nothing_leaves_the_invite_for_another(
    records: Records, role: Role
) -> None:
    records.members.add(Member(PERSON, Role.REVIEWER, "张三", "纪检组"))
    invite = records.invites.make(ADMIN, role, "执法一队")
    redeemed = records.invites.redeem(invite.code, PERSON, "张三")
    assert redeemed.outcome is Outcome.ALREADY
    assert records.members.get(PERSON) == Member(PERSON, Role.REVIEWER, "张三", "纪检组")
    assert records.invites.redeem(invite.code, OTHER, "李四").outcome is Outcome.JOINED


def test_who_opens_the_own_link_once_more_is_no_guesser(records: Records) -> None:
    invite = records.invites.make(ADMIN, Role.OFFICER)
    records.invites.redeem(invite.code, PERSON, "张三")
    for _ in range(GUESSES + 1):
        assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.AGAIN
    records.roster.remove(ADMIN, PERSON)
    assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.UNKNOWN
    assert records.members.get(PERSON) is None


def test_a_member_is_promoted_by_an_invite_and_keeps_the_department(records: Records) -> None:
    records.members.add(Member(PERSON, Role.OFFICER, "张三", "执法一队"))
    invite = records.invites.make(ADMIN, Role.REVIEWER)
    assert records.invites.redeem(invite.code, PERSON, "张三").outcome is Outcome.PROMOTED
    assert records.members.get(PERSON) == Member(PERSON, Role.REVIEWER, "张三", "执法一队")
    assert actions(records)[-1] == "member.promoted"


def test_after_a_few_wrong_codes_even_a_good_one_waits_an_hour(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite = records.invites.make(ADMIN, Role.OFFICER)
    for number in range(GUESSES):
        assert records.invites.redeem(f"wrong{number}", PERSON, "张").outcome is Outcome.UNKNOWN
    assert records.invites.redeem(invite.code, PERSON, "张").outcome is Outcome.TOO_MANY
    assert records.members.get(PERSON) is None
    in_an_hour = module.now() + dt.timedelta(hours=1, seconds=1)
    monkeypatch.setattr(module, "now", lambda: in_an_hour)
    assert records.invites.redeem(invite.code, PERSON, "张").outcome is Outcome.JOINED


def test_many_people_who_guess_are_stopped_together(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GUESSES_OF_ALL", 10)
    outcomes = [records.invites.redeem("wrong", 7000 + n, "某").outcome for n in range(12)]
    assert outcomes == [Outcome.UNKNOWN] * 10 + [Outcome.TOO_MANY] * 2
