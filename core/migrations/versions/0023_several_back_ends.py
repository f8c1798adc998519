"""requests counted over all back-ends, and sign-ins that any of them may finish"""

import sqlalchemy as sa
from alembic import op

import core.models

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'request_buckets',
        sa.Column('asker', sa.String(length=64), nullable=False),
        sa.Column('full_at', sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint('asker'),
    )
    op.create_table(
        'begun_sign_ins',
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('nonce', sa.String(length=100), nullable=False),
        sa.Column('verifier', sa.String(length=100), nullable=False),
        sa.Column('until', core.models.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('state'),
    )
    op.create_index('ix_begun_sign_ins_until', 'begun_sign_ins', ['until'])
