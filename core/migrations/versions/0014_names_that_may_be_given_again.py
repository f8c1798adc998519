"""names that may be given again"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The rule has no name of its own in SQLite: there the table is created again, and all rules of that kind are
    # given one by this convention, by which it can then be dropped.
    name = 'documents_space_id_name_key'  # PostgreSQL's own
    convention = {'uq': '%(table_name)s_%(column_0_name)s_name_key'}
    with op.batch_alter_table('documents', schema=None, naming_convention=convention) as batch_op:
        batch_op.drop_constraint(name, type_='unique')
        batch_op.create_index('documents_by_name', ['space_id', 'name'], unique=False)
