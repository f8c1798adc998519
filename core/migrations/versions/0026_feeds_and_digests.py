"""feeds and digests of what is new"""

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'feeds',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('user_id', sa.String(length=16), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('secret_hash', sa.String(length=64), nullable=False),
        sa.Column('spaces', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('created_at', core.models.base.Moment(timezone=True), nullable=False),
        sa.Column('last_used_at', core.models.base.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('secret_hash'),
    )
    with op.batch_alter_table('feeds') as batch:
        batch.create_index('ix_feeds_user_id', ['user_id'], unique=False)
    op.create_table(
        'digests',
        sa.Column('user_id', sa.String(length=16), nullable=False),
        sa.Column('address', sa.String(length=254), nullable=False),
        sa.Column('every_days', sa.Integer(), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('code_hash', sa.String(length=64), nullable=False),
        sa.Column('code_tries', sa.Integer(), nullable=False),
        sa.Column('code_until', core.models.base.Moment(timezone=True), nullable=True),
        sa.Column('told_until', core.models.base.Moment(timezone=True), nullable=False),
        sa.Column('problem', sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('user_id'),
    )
