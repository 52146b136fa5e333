"""Bringing a database to the schema of this version. Forward only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from stokehold.store.schema import metadata


def upgrade(engine: Engine) -> None:
    """Apply every migration that the database has not seen."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.connect().execution_options(writer=True) as conn, conn.begin():
        if not list(Path(__file__).parent.glob("versions/*.py")):
            metadata.create_all(conn)  # until the first migration is written
            return
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
