"""people, keys, reader lists, checkpoints, holds, retention, erasures"""

import sqlalchemy as sa
from alembic import op

import core.models

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_checkpoints',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_table('erasures',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.String(length=16), nullable=False),
    sa.Column('certificate', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasures_subject_id'), ['subject_id'], unique=False)

    op.create_table('legal_holds',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('placed_by', sa.String(length=16), nullable=False),
    sa.Column('placed_at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('lifted_at', core.models.Moment(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(length=16), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('legal_holds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_legal_holds_subject_id'), ['subject_id'], unique=False)

    op.create_table('retention_rules',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('space_id', sa.String(length=16), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('kind', 'space_id')
    )
    op.create_table('api_keys',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('spaces', sa.JSON(), nullable=True),
    sa.Column('requests_a_minute', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.String(length=16), nullable=False),
    sa.Column('created_at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('expires_at', core.models.Moment(timezone=True), nullable=False),
    sa.Column('revoked_at', core.models.Moment(timezone=True), nullable=True),
    sa.Column('last_used_at', core.models.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('secret_hash')
    )
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_keys_user_id'), ['user_id'], unique=False)

    op.create_table('document_readers',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('document_id', sa.String(length=16), nullable=False),
    sa.Column('user_id', sa.String(length=16), nullable=True),
    sa.Column('group_id', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('document_readers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_readers_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_document_readers_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_document_readers_user_id'), ['user_id'], unique=False)

    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('restricted', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('grants', schema=None) as batch_op:
        batch_op.add_column(sa.Column('may_download', sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.add_column(sa.Column('external_name', sa.String(length=400), nullable=True))
        batch_op.create_index(batch_op.f('ix_groups_external_name'), ['external_name'], unique=False)

    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last_used_at', core.models.Moment(timezone=True), nullable=False, server_default='1970-01-01 00:00:00.000000'))
        batch_op.add_column(sa.Column('previous_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('renewed_at', core.models.Moment(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_sign_ins_previous_hash'), ['previous_hash'], unique=False)

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=16), nullable=False, server_default='local'))
        batch_op.add_column(sa.Column('external_id', sa.String(length=400), nullable=True))
        batch_op.add_column(sa.Column('password_hash', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('password_set_at', core.models.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('disabled_at', core.models.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('failures', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('locked_until', core.models.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('last_sign_in_at', core.models.Moment(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_users_external_id'), ['external_id'], unique=True)
    # Existing sign-ins count as used when they were made.
    op.execute('UPDATE sign_ins SET last_used_at = created_at')
