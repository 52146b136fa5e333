"""Alembic's entry: it is given the connection of the caller, never a URL of its own."""

from alembic import context

from stokehold.store import migrations

context.configure(connection=context.config.attributes["connection"], target_metadata=migrations.whole())
context.run_migrations()
