"""the words of the company, by space"""

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'glossary_entries',
        sa.Column('id', sa.String(length=16), nullable=False),
        sa.Column('space_id', sa.String(length=16), nullable=False),
        sa.Column('term', sa.String(length=200), nullable=False),
        sa.Column('words', sa.JSON(), nullable=False),
        sa.Column('but_not', sa.JSON(), nullable=False),
        sa.Column('note', sa.String(length=1000), nullable=False),
        sa.Column('changed_by', sa.String(length=16), nullable=False),
        sa.Column('changed_at', core.models.base.Moment(), nullable=False),
        sa.ForeignKeyConstraint(['space_id'], ['spaces.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('space_id', 'term'),
    )
    with op.batch_alter_table('glossary_entries') as batch:
        batch.create_index('ix_glossary_entries_space_id', ['space_id'], unique=False)
