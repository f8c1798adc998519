"""findings of a check that a person has settled"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('checks', sa.Column('settled', sa.JSON(), nullable=False, server_default='[]'))
