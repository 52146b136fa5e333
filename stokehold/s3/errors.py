"""Every error that the gateway answers: the closed table of codes, and what our own errors become."""

import errno

from stokehold.domain.errors import Conflict, Invalid, NotFound, StorageFull
from stokehold.store.buckets import BucketNotEmpty, NoSuchBucket
from stokehold.store.objects import NoSuchKey
from stokehold.store.uploads import NoSuchUpload

TABLE: dict[str, tuple[int, str]] = {
    "AccessDenied": (403, "Access Denied"),
    "AuthorizationHeaderMalformed": (400, "The authorization header is malformed."),
    "AuthorizationQueryParametersError": (400, "The signature parameters of the query are malformed."),
    "BadDigest": (400, "The checksum that you gave does not match the body that was received."),
    "BucketAlreadyExists": (409, "The bucket name is in use."),
    "BucketNotEmpty": (409, "The bucket still holds objects: delete them first."),
    "ConditionalRequestConflict": (409, "A conflicting operation ran at the same time: try again."),
    "EntityTooLarge": (400, "The object is larger than one upload may be."),
    "EntityTooSmall": (400, "Every part but the last must have at least 5 MiB."),
    "IncompleteBody": (400, "The body is not what its headers announce."),
    "InsufficientStorage": (507, "The storage has no space left: delete something, then try again."),
    "InternalError": (500, "The gateway failed. The log of the server says why."),
    "InvalidAccessKeyId": (403, "The access key is not known here."),
    "InvalidArgument": (400, "An argument is invalid."),
    "InvalidBucketName": (400, "The bucket name is not valid."),
    "InvalidChunkSizeError": (403, "Every chunk but the last must have at least 8192 bytes."),
    "InvalidDigest": (400, "The Content-MD5 is not the base64 of 16 bytes."),
    "InvalidPart": (400, "A part was not found, or its ETag or checksum is another."),
    "InvalidPartOrder": (400, "The parts must be listed in ascending order."),
    "InvalidRange": (416, "The range lies outside of the object."),
    "InvalidRequest": (400, "The request is invalid."),
    "InvalidStorageClass": (400, "Only the storage class STANDARD is offered."),
    "InvalidURI": (400, "The URL cannot be read."),
    "KeyTooLongError": (400, "A key has at most 1024 bytes."),
    "MalformedTrailerError": (400, "The trailer is missing, or is not the one that was announced."),
    "MalformedXML": (400, "The XML is not well-formed, or is not what this operation takes."),
    "MetadataTooLarge": (400, "The metadata is larger than 2048 bytes."),
    "MethodNotAllowed": (405, "The method is not allowed here."),
    "MissingContentLength": (411, "The Content-Length header is required."),
    "NoSuchBucket": (404, "The bucket does not exist."),
    "NoSuchBucketPolicy": (404, "The bucket has no policy."),
    "NoSuchCORSConfiguration": (404, "The bucket has no CORS configuration."),
    "NoSuchKey": (404, "The key does not exist."),
    "NoSuchLifecycleConfiguration": (404, "The bucket has no lifecycle configuration."),
    "NoSuchPublicAccessBlockConfiguration": (404, "The bucket has no public access block."),
    "NoSuchTagSet": (404, "There are no tags."),
    "NoSuchUpload": (404, "The upload does not exist: it was completed, aborted, or never begun."),
    "NoSuchVersion": (404, "The version does not exist: buckets are not versioned."),
    "NoSuchWebsiteConfiguration": (404, "The bucket has no website configuration."),
    "NotImplemented": (501, "This part of S3 is not built."),
    "NotModified": (304, "Not Modified"),
    "ObjectLockConfigurationNotFoundError": (404, "The bucket has no object lock."),
    "PreconditionFailed": (412, "A condition of the request does not hold."),
    "RequestHeaderSectionTooLarge": (400, "The headers are too many or too large."),
    "RequestTimeTooSkewed": (403, "The clocks of client and server differ by more than 15 minutes."),
    "RequestTimeout": (400, "The body did not arrive in time."),
    "ServerSideEncryptionConfigurationNotFoundError": (404, "The bucket has no encryption configuration."),
    "SignatureDoesNotMatch": (403, "The signature does not match: check the secret key and the clock."),
    "XAmzContentSHA256Mismatch": (400, "The body does not match x-amz-content-sha256."),
}


class S3Error(Exception):
    """An answer with an error code; `details` become elements of its XML document."""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        headers: tuple[tuple[str, str], ...] = (),
        **details: str,
    ) -> None:
        self.code = code
        self.status, usual = TABLE[code]
        self.message = message or usual
        self.headers = headers
        self.details = details
        super().__init__(f"{code}: {self.message}")


class Disconnected(Exception):
    """The client went away before its request was whole."""


def translate(error: Exception) -> S3Error | None:
    """What the client is told of `error`; None when it is a bug of ours."""
    match error:
        case S3Error():
            return error
        case NoSuchBucket():
            return S3Error("NoSuchBucket", BucketName=error.bucket)
        case NoSuchKey():
            return S3Error("NoSuchKey", Key=error.message.partition(": ")[2])
        case NoSuchUpload():
            return S3Error("NoSuchUpload")
        case BucketNotEmpty():
            return S3Error("BucketNotEmpty")
        case _:
            return _general(error)


def _general(error: Exception) -> S3Error | None:
    match error:
        case Invalid(field="bucket"):
            return S3Error("InvalidBucketName", error.message)
        case Invalid():
            return S3Error("InvalidArgument", error.message)
        case NotFound():
            return S3Error("NoSuchKey", error.message)
        case Conflict():
            return S3Error("ConditionalRequestConflict", error.message)
        case StorageFull() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return S3Error("InsufficientStorage")
        case _:
            return None
