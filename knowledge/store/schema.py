"""Brings a database's tables up to date, by the migrations beside this module."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

# Tables made before there were migrations are those of this one.
FIRST = "0001"


def upgrade(connection: sa.Connection) -> None:
    """Run the migrations that this database has not seen. The caller sees to it that one does."""
    config = _config(connection)
    newest = ScriptDirectory.from_config(config).get_current_head()
    at = MigrationContext.configure(connection).get_current_revision()
    if at == newest:
        connection.rollback()
        return
    if at is None and sa.inspect(connection).has_table("generation"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
    connection.commit()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "knowledge.store:migrations")
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config
