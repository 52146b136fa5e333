"""Which operation a request asks for. What is not built is refused, never taken for something simpler."""

from stokehold.s3 import bucket_operations as bucket
from stokehold.s3 import copying, listing, multipart, upload_lists
from stokehold.s3 import object_operations as single
from stokehold.s3.call import Operation
from stokehold.s3.errors import S3Error
from stokehold.s3.request import Request

#: Parameters that refine an operation. Every other one without a value names a sub-resource.
PARAMETERS = frozenset({
    "AWSAccessKeyId", "Expires", "Signature", "bucket-region", "continuation-token", "delimiter",
    "encoding-type", "fetch-owner", "key-marker", "list-type", "marker", "max-buckets", "max-keys",
    "max-parts", "max-uploads", "part-number-marker", "partNumber", "prefix", "start-after",
    "upload-id-marker", "version-id-marker", "versionId",
})  # fmt: skip
#: Sub-resources known by name: these are such with a value too.
SUBRESOURCES = frozenset({
    "abac", "accelerate", "acl", "analytics", "annotation", "attributes", "cors", "delete", "encryption",
    "encryptionConfiguration", "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location",
    "logging", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable", "metadataTable",
    "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus",
    "publicAccessBlock", "renameObject", "replication", "requestPayment", "restore", "retention", "select",
    "select-type", "session", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions",
    "website",
})  # fmt: skip

SERVICE: dict[tuple[str, str], Operation] = {("GET", ""): bucket.list_buckets}

BUCKET: dict[tuple[str, str], Operation] = {
    ("PUT", ""): bucket.create_bucket,
    ("HEAD", ""): bucket.head_bucket,
    ("DELETE", ""): bucket.delete_bucket,
    ("GET", ""): listing.list_objects,
    ("GET", "list-type"): listing.list_objects_v2,
    ("GET", "versions"): listing.list_versions,
    ("GET", "uploads"): upload_lists.list_uploads,
    ("POST", "delete"): single.delete_objects,
    ("GET", "acl"): bucket.bucket_acl,
    ("GET", "location"): bucket.location,
    ("GET", "versioning"): bucket.versioning,
    ("GET", "logging"): bucket.logging,
    ("GET", "notification"): bucket.notification,
    ("GET", "requestPayment"): bucket.request_payment,
    ("GET", "cors"): bucket.absent("NoSuchCORSConfiguration"),
    ("GET", "encryption"): bucket.absent("ServerSideEncryptionConfigurationNotFoundError"),
    ("GET", "lifecycle"): bucket.absent("NoSuchLifecycleConfiguration"),
    ("GET", "object-lock"): bucket.absent("ObjectLockConfigurationNotFoundError"),
    ("GET", "policy"): bucket.absent("NoSuchBucketPolicy"),
    ("GET", "publicAccessBlock"): bucket.absent("NoSuchPublicAccessBlockConfiguration"),
    ("GET", "tagging"): bucket.absent("NoSuchTagSet"),
    ("GET", "website"): bucket.absent("NoSuchWebsiteConfiguration"),
}

OBJECT: dict[tuple[str, str], Operation] = {
    ("GET", ""): single.get_object,
    ("HEAD", ""): single.get_object,
    ("PUT", ""): single.put_object,
    ("PUT", "copy"): copying.copy_object,
    ("DELETE", ""): single.delete_object,
    ("GET", "acl"): single.object_acl,
    ("GET", "tagging"): single.object_tagging,
    ("POST", "uploads"): multipart.create_upload,
    ("PUT", "uploadId"): multipart.upload_part,
    ("PUT", "uploadId copy"): copying.copy_part,
    ("POST", "uploadId"): multipart.complete_upload,
    ("DELETE", "uploadId"): multipart.abort_upload,
    ("GET", "uploadId"): upload_lists.list_parts,
}


def route(request: Request) -> Operation:
    """The operation. Raises NotImplemented or MethodNotAllowed."""
    table = OBJECT if request.key else BUCKET if request.bucket else SERVICE
    named = _subresource(request)
    if not named and table is BUCKET and "list-type" in request.parameters:
        named = "list-type"
    if table is OBJECT and request.method == "PUT" and request.has("x-amz-copy-source"):
        named = f"{named} copy".strip()
    operation = table.get((request.method, named))
    if operation is None:
        raise S3Error("NotImplemented" if named else "MethodNotAllowed")
    return operation


def refuse_unbuilt(request: Request, account_id: int) -> None:
    """Refuse headers that ask for what is not built: to ignore them would be a false promise."""
    if request.header("x-amz-storage-class", "STANDARD") != "STANDARD":
        raise S3Error("InvalidStorageClass")
    if request.header("x-amz-acl", "private") not in {"private", "bucket-owner-full-control"}:
        raise S3Error("NotImplemented", "Only the ACL 'private' is built.")
    if request.parameter("versionId") not in {"", "null"}:
        raise S3Error("NoSuchVersion")
    for name in ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"):
        if request.header(name, str(account_id)) != str(account_id):
            raise S3Error("AccessDenied")
    for name in (*request.headers, *request.hoisted):
        if name in UNBUILT or name.startswith(UNBUILT_PREFIXES):
            raise S3Error("NotImplemented", f"What {name} asks for is not built.")


UNBUILT = frozenset({
    "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-write-offset-bytes", "x-amz-rename-source",
})  # fmt: skip
UNBUILT_PREFIXES = (
    "x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption", "x-amz-grant-",
    "x-amz-object-lock-",
)  # fmt: skip


def _subresource(request: Request) -> str:
    named = [name for name, value in request.parameters.items() if _is_subresource(name, value)]
    if len(named) > 1:
        raise S3Error("InvalidArgument", f"Conflicting query string parameters: {', '.join(sorted(named))}")
    return named[0] if named else ""


def _is_subresource(name: str, value: str) -> bool:
    if name in SUBRESOURCES:
        return True
    known = name in PARAMETERS or name.lower().startswith(("x-", "response-"))
    return not value and not known
