"""answers that are summaries, comparisons or cards of the records"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('answers') as batch:
        batch.add_column(sa.Column('overview', sa.JSON(), server_default='{}', nullable=False))
