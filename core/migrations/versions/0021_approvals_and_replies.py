"""who approved an answer and when, what was replied to a reported question, and work that goes before"""

import sqlalchemy as sa
from alembic import op

import core.models

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('faqs') as batch:
        batch.add_column(sa.Column('approved_by', sa.String(length=16), nullable=True))
        batch.add_column(sa.Column('approved_at', core.models.Moment(timezone=True), nullable=True))
    with op.batch_alter_table('gaps') as batch:
        batch.add_column(sa.Column('reply', sa.String(length=4000), server_default='', nullable=False))
        batch.add_column(sa.Column('faq_id', sa.String(length=16), nullable=True))
        batch.add_column(sa.Column('read_at', core.models.Moment(timezone=True), nullable=True))
    with op.batch_alter_table('jobs') as batch:
        batch.add_column(sa.Column('ahead', sa.Boolean(), server_default=sa.false(), nullable=False))
