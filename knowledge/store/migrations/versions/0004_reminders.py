"""reminders, who gets them, and the days that admins brought in"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:

    op.create_table(
        "added_days",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_days")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "holiday_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_holiday_year")),
    )
    op.create_table(
        "reminder",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=48), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("days", sa.String(length=48), nullable=False),
        sa.Column("moment", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("wording", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_due_at"), "reminder", ["due_at"], unique=False)
    op.create_index(op.f("ix_reminder_state"), "reminder", ["state"], unique=False)
    op.create_table(
        "reminder_delivery",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("worker", sa.String(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", "telegram_id", name=op.f("pk_reminder_delivery")),
    )
    op.create_index(
        op.f("ix_reminder_delivery_key_state"), "reminder_delivery", ["key", "state"], unique=False
    )
    op.create_table(
        "reminder_worker",
        sa.Column("worker", sa.String(length=32), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_reminder_worker")),
    )


def downgrade() -> None:

    op.drop_table("reminder_worker")
    op.drop_index(op.f("ix_reminder_delivery_key_state"), table_name="reminder_delivery")
    op.drop_table("reminder_delivery")
    op.drop_index(op.f("ix_reminder_state"), table_name="reminder")
    op.drop_index(op.f("ix_reminder_due_at"), table_name="reminder")
    op.drop_table("reminder")
    op.drop_table("holiday_year")
    op.drop_table("added_days")
