"""The relational store. The only package that imports SQLAlchemy."""

from knowledge.store.database import Database
from knowledge.store.deliveries import Deliveries, Delivery
from knowledge.store.documents import Generation, Held, Store
from knowledge.store.faq import WrittenAnswers
from knowledge.store.inbox import Inbox
from knowledge.store.members import Members
from knowledge.store.records import Records
from knowledge.store.refreshes import Refresh, Refreshes, RefreshState, Source

__all__ = [
    "Database",
    "Deliveries",
    "Delivery",
    "Generation",
    "Held",
    "Inbox",
    "Members",
    "Records",
    "Refresh",
    "RefreshState",
    "Refreshes",
    "Source",
    "Store",
    "WrittenAnswers",
]
