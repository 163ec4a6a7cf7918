"""Alembic's entry: runs migrations on the connection that ``store.schema`` hands over."""

from alembic import context

import knowledge.store  # noqa: F401  # its modules declare the tables
from knowledge.store.base import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
