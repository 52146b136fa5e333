"""Bringing a database to the schema of this version. Forward only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def upgrade(engine: Engine) -> None:
    """Apply every migration that the database has not seen."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.connect().execution_options(writer=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
