"""which process has a job in hand, how far a file is, and the processes that share the records"""

import sqlalchemy as sa
from alembic import op

import core.models

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('jobs') as batch:
        batch.add_column(sa.Column('stage', sa.String(length=16), server_default='', nullable=False))
        batch.add_column(sa.Column('worker_id', sa.String(length=16), nullable=True))
        batch.add_column(sa.Column('only', sa.String(length=16), nullable=True))
    op.create_table(
        'processes',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('role', sa.String(length=16), nullable=False),
        sa.Column('host', sa.String(length=200), nullable=False),
        sa.Column('kinds', sa.String(length=200), nullable=False),
        sa.Column('shares', sa.JSON(), nullable=False),
        sa.Column('started_at', core.models.Moment(timezone=True), nullable=False),
        sa.Column('beat_at', core.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_processes_beat_at', 'processes', ['beat_at'])
