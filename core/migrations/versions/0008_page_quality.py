"""page quality: how far a page's text can be trusted, and what nobody sees on it"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('pages', sa.Column('quality', sa.Double(), server_default='1', nullable=False))
    op.add_column('pages', sa.Column('hidden', sa.JSON(), server_default='{}', nullable=False))
