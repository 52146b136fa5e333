"""The tables of the built-in object storage. The bytes themselves are files."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from stokehold.store.schema import Id, Moment, counter, metadata

buckets = Table(
    "buckets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    counter("object_count"),
    counter("bytes_used"),
    UniqueConstraint("account_id", "name"),  # two accounts may use one name
)

blobs = Table(
    "blobs",
    metadata,
    Column("id", Text, primary_key=True),  # the name of the file
    Column("size", BigInteger, nullable=False),
    counter("uses"),  # how often it occurs in objects and parts; at 0 row and file go
)

objects = Table(
    "objects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bucket_id", ForeignKey("buckets.id"), nullable=False),
    Column("key", LargeBinary, nullable=False),  # UTF-8: S3 orders keys by their bytes, no collation does
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("attributes", Text, nullable=False),  # store.objects.Attributes as JSON
    Column("extents", Text, nullable=False),  # its blobs in their order: store.objects.Extent as JSON
    UniqueConstraint("bucket_id", "key"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bucket_id", ForeignKey("buckets.id"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("attributes", Text, nullable=False),  # store.uploads.Plan as JSON
    Column("completed_at", Moment),
    Column("completed", Text),  # the finished object as JSON: a repeated completion gets the same answer
)
Index("uploads_key", uploads.c.bucket_id, uploads.c.key, uploads.c.id)
Index("uploads_age", uploads.c.created_at)

parts = Table(
    "parts",
    metadata,
    Column("upload_id", ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("blob_id", ForeignKey("blobs.id"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("checksum", Text),  # base64, in the algorithm of the upload
    Column("modified_at", Moment, nullable=False),
)
