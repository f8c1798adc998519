"""spaces that are looked through for personal data, and where there seems to be some"""

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'personal_data_watches',
        sa.Column('space_id', sa.String(length=16), nullable=False),
        sa.Column('set_by', sa.String(length=16), nullable=False),
        sa.Column('set_at', core.models.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['space_id'], ['spaces.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('space_id'),
    )
    op.create_table(
        'personal_data_found',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('version_id', sa.String(length=16), nullable=False),
        sa.Column('page', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('start', sa.Integer(), nullable=False),
        sa.Column('end', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['versions.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('personal_data_found') as batch:
        batch.create_index('ix_personal_data_found_version_id', ['version_id'], unique=False)
