"""refreshes, what they change, and who does not want to hear of it"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:

    # Not as a batch, which would make the table anew on SQLite: dropping the old one cascades
    # to what the generations hold.
    op.add_column(
        "generation", sa.Column("staged", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("generation", sa.Column("base_id", sa.Integer(), nullable=True))
    op.add_column(
        "generation",
        sa.Column("fingerprint", sa.String(length=64), server_default="", nullable=False),
    )

    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("generation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("article", sa.String(length=64), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("clause_id", sa.String(length=48), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_amendment_generation_id"), ["generation_id"], unique=False
        )

    op.create_table(
        "muted",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("telegram_id", "topic", name=op.f("pk_muted")),
    )
    op.create_table(
        "refresh",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("card", sa.BigInteger(), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("staged_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("refresh", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refresh_state"), ["state"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("refresh", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refresh_state"))

    op.drop_table("refresh")
    op.drop_table("muted")
    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_amendment_generation_id"))

    op.drop_table("amendment")
    for column in ("fingerprint", "base_id", "staged"):
        op.drop_column("generation", column)
