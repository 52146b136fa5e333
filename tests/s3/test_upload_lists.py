"""Lists of open uploads and of their parts."""

from typing import Any

import pytest

from tests.s3 import wire
from tests.s3.gateway import Gateway


def begin(s3: Any, key: str) -> str:
    return str(s3.create_multipart_upload(Bucket="buck", Key=key)["UploadId"])


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_of_parts_put_together_are_the_whole(s3: Any, size: int) -> None:
    upload = begin(s3, "k")
    for number in (9, 2, 5):
        s3.upload_part(Bucket="buck", Key="k", UploadId=upload, PartNumber=number, Body=b"x" * number)
    pages = s3.get_paginator("list_parts").paginate(
        Bucket="buck", Key="k", UploadId=upload, PaginationConfig={"PageSize": size}
    )
    found = [(part["PartNumber"], part["Size"]) for page in pages for part in page["Parts"]]
    assert found == [(2, 2), (5, 5), (9, 9)]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages_of_uploads_put_together_are_the_whole(s3: Any, size: int) -> None:
    begun = {(key, begin(s3, key)) for key in ("a/1", "a/2", "b", "b", "c", "d/1")}
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="buck", PaginationConfig={"PageSize": size}
    )
    found = [(item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", [])]
    assert found == sorted(begun)


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_uploads_are_rolled_up_by_a_delimiter(s3: Any, size: int) -> None:
    for key in ("a/1", "a/2", "b", "b", "c/1", "d"):
        begin(s3, key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="buck", Delimiter="/", PaginationConfig={"PageSize": size}
    )
    prefixes, keys = [], []
    for page in pages:
        prefixes += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        keys += [item["Key"] for item in page.get("Uploads", [])]
    assert (prefixes, keys) == (["a/", "c/"], ["b", "b", "d"])


def test_uploads_are_listed_by_prefix(s3: Any) -> None:
    for key in ("a/1", "a/2", "b"):
        begin(s3, key)
    found = s3.list_multipart_uploads(Bucket="buck", Prefix="a/")["Uploads"]
    assert [item["Key"] for item in found] == ["a/1", "a/2"]


def test_finished_uploads_are_not_listed(s3: Any) -> None:
    upload = begin(s3, "k")
    tag = s3.upload_part(Bucket="buck", Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(Bucket="buck", Key="k", UploadId=upload, MultipartUpload=parts)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="buck")
    with pytest.raises(wire.ClientError) as failure:
        s3.list_parts(Bucket="buck", Key="k", UploadId=upload)
    assert wire.code(failure) == (404, "NoSuchUpload")


def test_pages_of_no_uploads_and_no_parts_are_whole(gateway: Gateway, s3: Any) -> None:
    upload = begin(s3, "k")
    for target in (f"/buck/k?uploadId={upload}&max-parts=0", "/buck?uploads&max-uploads=0"):
        reply = wire.call(gateway, "GET", target)
        assert (reply.status, b"<Upload>" in reply.body or b"<Part>" in reply.body) == (200, False)
