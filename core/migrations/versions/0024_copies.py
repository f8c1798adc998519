"""where copies of a document are looked for, and what was decided about them"""

import zlib

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'signature_bands',
        sa.Column('band', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('version_id', sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['versions.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('band', 'version_id'),
    )
    with op.batch_alter_table('signature_bands') as batch:
        batch.create_index('ix_signature_bands_version_id', ['version_id'], unique=False)
    op.create_table(
        'copy_decisions',
        sa.Column('document_id', sa.String(length=16), nullable=False),
        sa.Column('decision_id', sa.String(length=16), nullable=False),
        sa.Column('valid_id', sa.String(length=16), nullable=True),
        sa.Column('decided_by', sa.String(length=16), nullable=False),
        sa.Column('decided_at', core.models.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['documents.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['valid_id'], ['documents.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('document_id'),
    )
    with op.batch_alter_table('copy_decisions') as batch:
        batch.create_index('ix_copy_decisions_decision_id', ['decision_id'], unique=False)
        batch.create_index('ix_copy_decisions_valid_id', ['valid_id'], unique=False)
    bands_of_before()


def bands_of_before() -> None:
    """Of the signatures that are there; as `ingest/copies/bands.py` makes them at this step."""
    bind = op.get_bind()
    bands = sa.table('signature_bands', sa.column('band', sa.BigInteger), sa.column('version_id', sa.String))
    signed = sa.text('SELECT id, signature FROM versions WHERE signature IS NOT NULL')
    for rows in bind.execute(signed).partitions(500):
        made = [
            {'band': (place << 32) | zlib.crc32(bytes(signature)[place * 16:place * 16 + 16]), 'version_id': version}
            for version, signature in rows
            for place in range(len(bytes(signature)) // 16)
        ]
        if made:
            bind.execute(bands.insert(), made)
