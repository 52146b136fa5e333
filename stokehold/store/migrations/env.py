"""Alembic's entry: it is given the connection of the caller, never a URL of its own."""

from alembic import context

from stokehold.store import sample_schema, storage_schema  # noqa: F401  # their tables are part of the metadata
from stokehold.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
