"""Operations on buckets as a whole."""

from stokehold.s3 import documents as xml
from stokehold.s3.answer import Answer, document
from stokehold.s3.call import Call, Operation
from stokehold.s3.errors import S3Error
from stokehold.store import buckets, uploads
from stokehold.store.database import Connection

MAX_BUCKETS = 10_000


async def list_buckets(call: Call) -> Answer:
    there = await call.database.read(buckets.of_account, call.account_id)
    prefix, after = call.request.parameter("prefix"), call.request.parameter("continuation-token")
    found = [bucket for bucket in there if bucket.name.startswith(prefix) and bucket.name > after]
    limit = call.number("max-buckets", MAX_BUCKETS, 1, MAX_BUCKETS)
    shown = found[:limit]
    items = (
        xml.element("Bucket", xml.text("Name", b.name), xml.text("CreationDate", xml.date(b.created_at)))
        for b in shown
    )
    token = shown[-1].name if len(found) > limit else ""
    return document(
        xml.root(
            "ListAllMyBucketsResult",
            xml.owner(call.account_id),
            xml.element("Buckets", *items),
            xml.optional("ContinuationToken", token),
            xml.optional("Prefix", prefix),
        )
    )


async def create_bucket(call: Call) -> Answer:
    """Creating one's own bucket again succeeds: SDKs do so before each use."""
    if call.request.header("x-amz-bucket-object-lock-enabled", "false").lower() != "false":
        raise S3Error("NotImplemented", "Object lock is not built.")
    if body := await call.body.document():
        xml.parse(body, "CreateBucketConfiguration")
    await call.database.write(buckets.create, call.account_id, call.bucket, call.now_us)
    return Answer(200, {"location": f"/{call.bucket}"})


async def head_bucket(call: Call) -> Answer:
    """The counts are what command-line clients show beside a bucket."""
    bucket = await call.database.read(buckets.find, call.account_id, call.bucket)
    return Answer(
        200,
        {
            "x-amz-bucket-region": "us-east-1",
            "x-rgw-object-count": str(bucket.object_count),
            "x-rgw-bytes-used": str(bucket.bytes_used),
        },
    )


async def delete_bucket(call: Call) -> Answer:
    gone = await call.database.write(_remove, call.account_id, call.bucket)
    await call.discard(gone)
    return Answer(204)


def _remove(conn: Connection, account_id: int, bucket: str) -> list[str]:
    gone = uploads.abort_all(conn, account_id, bucket)
    buckets.remove(conn, account_id, bucket)
    return gone


async def bucket_acl(call: Call) -> Answer:
    await call.database.read(buckets.find, call.account_id, call.bucket)
    return document(acl(call.account_id))


def acl(account_id: int) -> str:
    """The one access list there is: the owner may do everything."""
    schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"'
    names = xml.text("ID", account_id) + xml.text("DisplayName", account_id)
    grantee = f"<Grantee {schema}>{names}</Grantee>"
    grant = xml.element("Grant", grantee, xml.text("Permission", "FULL_CONTROL"))
    return xml.root("AccessControlPolicy", xml.owner(account_id), xml.element("AccessControlList", grant))


def constant(text: str) -> Operation:
    """An answer that is the same for every bucket that exists."""

    async def answer(call: Call) -> Answer:
        await call.database.read(buckets.find, call.account_id, call.bucket)
        return document(text)

    return answer


def absent(code: str) -> Operation:
    """The refusal for a configuration that no bucket has."""

    async def answer(call: Call) -> Answer:
        await call.database.read(buckets.find, call.account_id, call.bucket)
        raise S3Error(code, BucketName=call.bucket)

    return answer


location = constant(xml.root("LocationConstraint"))
versioning = constant(xml.root("VersioningConfiguration"))
logging = constant(xml.root("BucketLoggingStatus"))
notification = constant(xml.root("NotificationConfiguration"))
request_payment = constant(xml.root("RequestPaymentConfiguration", xml.text("Payer", "BucketOwner")))
