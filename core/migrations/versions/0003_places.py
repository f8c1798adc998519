"""places: what a page is in its format, and where in the original a passage begins"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('pages', sa.Column('kind', sa.String(length=16), server_default='page', nullable=False))
    op.add_column('pages', sa.Column('name', sa.String(length=300), server_default='', nullable=False))
    op.add_column('passages', sa.Column('place', sa.JSON(), nullable=True))
