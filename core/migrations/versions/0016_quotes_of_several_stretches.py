"""quotes of several stretches, and how sure an answer is"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('citations') as batch:
        batch.add_column(sa.Column('unit', sa.String(length=16), server_default='sentence', nullable=False))
        batch.add_column(sa.Column('stretches', sa.JSON(), server_default='[]', nullable=False))
        batch.add_column(sa.Column('emphasis', sa.JSON(), server_default='[]', nullable=False))
    with op.batch_alter_table('answers') as batch:
        batch.add_column(sa.Column('certainty', sa.String(length=8), server_default='', nullable=False))
