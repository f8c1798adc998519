"""dates in force, watched folders, likeness"""

import sqlalchemy as sa
from alembic import op

import core.models

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('versions', sa.Column('in_force_sources', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('versions', sa.Column('starts_on', sa.Date(), nullable=True))
    op.add_column('versions', sa.Column('signature', sa.LargeBinary(), nullable=True))
    op.add_column('questions', sa.Column('as_of', sa.Date(), nullable=True))
    # A version that was published counts from its day of publishing, the first one from the beginning.
    op.execute(
        "UPDATE versions SET starts_on = CASE"
        " WHEN in_force_from IS NOT NULL THEN in_force_from"
        " WHEN EXISTS (SELECT 1 FROM versions AS earlier WHERE earlier.document_id = versions.document_id"
        "  AND earlier.number < versions.number AND earlier.published_at IS NOT NULL) THEN date(published_at)"
        " ELSE '0001-01-01' END WHERE published_at IS NOT NULL"
    )
    op.create_table('folders',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('space_id', sa.String(length=16), nullable=False),
    sa.Column('path', sa.String(length=1000), nullable=False),
    sa.Column('mount', sa.String(length=1000), nullable=False),
    sa.Column('created_by', sa.String(length=16), nullable=False),
    sa.Column('created_at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('scanned_at', core.models.Moment(timezone=True), nullable=True),
    sa.Column('seconds', sa.Double(), nullable=False),
    sa.Column('error_code', sa.String(length=64), nullable=True),
    sa.Column('error_values', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['space_id'], ['spaces.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('path')
    )
    op.create_index('ix_folders_space_id', 'folders', ['space_id'])
    op.create_table('folder_files',
    sa.Column('folder_id', sa.String(length=16), nullable=False),
    sa.Column('path', sa.String(length=1000), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('modified_ns', sa.BigInteger(), nullable=False),
    sa.Column('inode', sa.String(length=20), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('document_id', sa.String(length=16), nullable=True),
    sa.Column('error_code', sa.String(length=64), nullable=True),
    sa.Column('error_values', sa.JSON(), nullable=True),
    sa.Column('changed_at', core.models.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['folder_id'], ['folders.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('folder_id', 'path')
    )
    op.create_index('ix_folder_files_document_id', 'folder_files', ['document_id'])
