"""spaces of one's own things"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was made before says nothing of its spaces: a narrowed key does not see it.
    for table in ('checks', 'drafts', 'questions'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('spaces', sa.JSON(), nullable=True))
