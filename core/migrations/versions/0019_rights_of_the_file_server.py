"""rights of the file server that documents took over, and whom its identifiers name"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('file_rights',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('gates', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('user_sids',
    sa.Column('user_id', sa.String(length=16), nullable=False),
    sa.Column('sid', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'sid')
    )
    op.create_table('principals',
    sa.Column('sid', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.String(length=16), nullable=True),
    sa.Column('group_id', sa.String(length=16), nullable=True),
    sa.Column('everyone', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sid')
    )
    op.create_index('ix_principals_user_id', 'principals', ['user_id'])
    op.create_index('ix_principals_group_id', 'principals', ['group_id'])
    op.add_column('documents', sa.Column('file_rights_id', sa.String(length=32), nullable=True))
    op.create_index('ix_documents_file_rights_id', 'documents', ['file_rights_id'])
    op.add_column('folders', sa.Column('rights', sa.String(length=16), nullable=False, server_default='none'))
    op.add_column('folders', sa.Column('share', sa.String(length=1000), nullable=False, server_default=''))
    op.add_column('folder_files', sa.Column('rights_error', sa.String(length=400), nullable=True))
