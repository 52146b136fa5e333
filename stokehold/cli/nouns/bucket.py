"""`stoke bucket`: Buckets: list, show, put, get, sync, delete."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stokehold.cli.connection import connected
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs
from stokehold.client.errors import NotFound

if TYPE_CHECKING:
    from stokehold.client import Client

BUCKET = click.argument("bucket")
PREFIX = click.option("--prefix", "-b", default="", help="Only what begins so.")
FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group(
    "bucket",
    cls=Verbs,
    aliases={"info": "show", "ls": "list", "upload": "put", "download": "get", "rm": "delete"},
)
def command() -> None:
    """Buckets of the object storage. Any S3 client works too: `stoke account` tells the access key."""


@command.command("list")
@connected
@click.option("--sizes", is_flag=True, help="Count what is in them, which takes longer.")
@shown
def list_buckets(client: "Client", sizes: bool, out: Output) -> None:
    """List buckets."""

    def rows() -> list[dict[str, object]]:
        found: list[dict[str, object]] = [{"name": bucket.name} for bucket in client.buckets()]
        for row in found if sizes else ():
            there = list(client.bucket(str(row["name"])).objects())
            row |= {"objects": len(there), "bytes": sum(one.size for one in there)}
        return found

    out.rows(rows, ("name", "objects", "bytes") if sizes else ("name",))


@command.command("show")
@connected
@BUCKET
@PREFIX
@shown
def show(client: "Client", bucket: str, prefix: str, out: Output) -> None:
    """List what is in a bucket."""
    out.rows(lambda: client.bucket(bucket).objects(prefix), ("key", "size", "modified", "etag"))


@command.command("create")
@connected
@click.argument("buckets", metavar="BUCKET...", nargs=-1, required=True)
def create(client: "Client", buckets: tuple[str, ...]) -> None:
    """Make buckets."""
    for name in buckets:
        client.bucket(name, create=True)
        click.echo(name)


@command.command("put")
@connected
@BUCKET
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--prefix", "-b", default="", help="Put before the keys, as results/.")
def put(client: "Client", bucket: str, paths: tuple[Path, ...], prefix: str) -> None:
    """Upload files and what is in folders; the bucket is made if need be. What is there already is not sent."""
    target = client.bucket(bucket, create=True)
    for path in paths:
        for file in target.upload(path, prefix):
            click.echo(file.key)


@command.command("get")
@connected
@BUCKET
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@PREFIX
def get(client: "Client", bucket: str, folder: Path, prefix: str) -> None:
    """Download a bucket to a folder. What is there already is not fetched."""
    for path in client.bucket(bucket).download(folder, prefix):
        click.echo(path)


@command.command("cat")
@connected
@BUCKET
@click.argument("key")
def cat(client: "Client", bucket: str, key: str) -> None:
    """Print an object."""
    sys.stdout.buffer.write(client.bucket(bucket).get(key))


@command.command("sync-from")
@connected
@BUCKET
@FOLDER
@PREFIX
@click.option("--no-delete", is_flag=True, help="Leave what the folder does not have.")
def sync_from(client: "Client", bucket: str, folder: Path, prefix: str, no_delete: bool) -> None:
    """Make a bucket like a folder."""
    for file in client.bucket(bucket, create=True).sync_from(folder, prefix, delete=not no_delete):
        click.echo(file.key)


@command.command("sync-to")
@connected
@BUCKET
@FOLDER
@PREFIX
@click.option("--no-delete", is_flag=True, help="Leave what the bucket does not have.")
def sync_to(client: "Client", bucket: str, folder: Path, prefix: str, no_delete: bool) -> None:
    """Make a folder like a bucket."""
    for path in client.bucket(bucket).sync_to(folder, prefix, delete=not no_delete):
        click.echo(path)


@command.command("delete")
@connected
@BUCKET
@click.argument("keys", nargs=-1)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete(client: "Client", bucket: str, keys: tuple[str, ...], yes: bool) -> None:
    """Delete objects; without KEYS, the bucket with all that is in it."""
    target = client.bucket(bucket)
    if keys:
        target.remove(*keys)
        return
    if bucket not in [one.name for one in client.buckets()]:
        raise NotFound(f"There is no bucket {bucket}.", "`stoke bucket list` shows what there is.")
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete {bucket} with all that is in it?", abort=True, err=True)
    target.delete()
    click.echo(f"{bucket} deleted")
