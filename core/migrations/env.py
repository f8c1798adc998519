"""Alembic's entry: runs the steps on the connection that `core.db.migrate` hands over."""

from alembic import context

from core.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
