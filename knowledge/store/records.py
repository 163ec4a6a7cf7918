"""Everything kept about people and what they do, over one database."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.store.amendments import Amendments
from knowledge.store.asked import AskedLog
from knowledge.store.audit import Audit
from knowledge.store.database import Database
from knowledge.store.deliveries import Deliveries
from knowledge.store.faq import Faq
from knowledge.store.groups import Groups
from knowledge.store.holidays import Holidays
from knowledge.store.inbox import Inbox
from knowledge.store.invites import Invites
from knowledge.store.members import Members
from knowledge.store.muted import Muted
from knowledge.store.once import Once
from knowledge.store.referrals import Referrals
from knowledge.store.refreshes import Refreshes
from knowledge.store.reminder_deliveries import ReminderDeliveries
from knowledge.store.reminders import Reminders
from knowledge.store.roster import Roster
from knowledge.store.scores import Scores
from knowledge.store.turns import Turns


@dataclass(frozen=True, slots=True)
class Records:
    """One repository for each thing that is kept."""

    members: Members
    once: Once
    audit: Audit
    groups: Groups
    invites: Invites
    roster: Roster
    referrals: Referrals
    inbox: Inbox
    deliveries: Deliveries
    turns: Turns
    scores: Scores
    asked: AskedLog
    faq: Faq
    refreshes: Refreshes
    amendments: Amendments
    muted: Muted
    holidays: Holidays
    reminders: Reminders
    reminder_deliveries: ReminderDeliveries

    @classmethod
    def over(cls, database: Database, key: bytes) -> Records:
        """Open every repository. ``key`` turns people's numbers into what no one reads back."""
        audit = Audit(database, key)
        return cls(
            members=Members(database),
            once=Once(database),
            audit=audit,
            groups=Groups(database, audit),
            invites=Invites(database, key, audit),
            roster=Roster(database, audit),
            referrals=Referrals(database, audit),
            inbox=Inbox(database),
            deliveries=Deliveries(database),
            turns=Turns(database),
            scores=Scores(database, key),
            asked=AskedLog(database, key),
            faq=Faq(database, audit),
            refreshes=Refreshes(database, audit),
            amendments=Amendments(database),
            muted=Muted(database),
            holidays=Holidays(database, audit),
            reminders=Reminders(database, audit),
            reminder_deliveries=ReminderDeliveries(database),
        )
