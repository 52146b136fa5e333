"""Our own errors, as S3 clients know them."""

import errno

import pytest

from stokehold.domain.errors import Conflict, Invalid, NotFound, StorageFull
from stokehold.s3.errors import S3Error, translate
from stokehold.store.buckets import BucketNotEmpty, NoSuchBucket
from stokehold.store.objects import NoSuchKey
from stokehold.store.uploads import NoSuchUpload


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (S3Error("AccessDenied"), "AccessDenied"),
        (NoSuchBucket("b"), "NoSuchBucket"),
        (NoSuchKey("No such key: k"), "NoSuchKey"),
        (NoSuchUpload(), "NoSuchUpload"),
        (BucketNotEmpty(), "BucketNotEmpty"),
        (Invalid("bucket", "is bad"), "InvalidBucketName"),
        (Invalid("other", "is bad"), "InvalidArgument"),
        (NotFound(), "NoSuchKey"),
        (Conflict(), "ConditionalRequestConflict"),
        (StorageFull(), "InsufficientStorage"),
        (OSError(errno.ENOSPC, "full"), "InsufficientStorage"),
        (OSError(errno.EDQUOT, "quota"), "InsufficientStorage"),
    ],
)
def test_every_refusal_has_a_code(error: Exception, code: str) -> None:
    found = translate(error)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), KeyError("x"), RuntimeError()])
def test_a_bug_is_nobodys_refusal(error: Exception) -> None:
    assert translate(error) is None


def test_details_name_what_is_missing() -> None:
    bucket, key = translate(NoSuchBucket("b")), translate(NoSuchKey("No such key: a: b"))
    assert bucket is not None
    assert key is not None
    assert (bucket.details, key.details) == ({"BucketName": "b"}, {"Key": "a: b"})
