"""Large objects go into a bucket in parts. The bucket remembers them, so whoever follows a process that was killed sends the rest."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SMALLEST, MOST = 8 * 1024 * 1024, 10_000  # S3 takes at most so many for one object


@dataclass(frozen=True)
class Unfinished:
    """Parts that nobody has put together."""

    key: str
    id: str
    begun_at: datetime


def send(client: Any, path: Path, *, bucket: str, key: str, kind: str) -> None:
    """Nothing is there before the last part is. Each is tried again by itself, and left out when it lies there already."""
    upload_id, there = begun(client, bucket, key)
    if not upload_id:
        upload_id = client.create_multipart_upload(Bucket=bucket, Key=key, ContentType=kind)["UploadId"]
    upload = {"Bucket": bucket, "Key": key, "UploadId": upload_id}
    tags = []
    for number, block in enumerate(blocks(path), 1):
        tag = f'"{hashlib.md5(block, usedforsecurity=False).hexdigest()}"'
        if there.get(number) != tag:
            tag = send_part(client, upload, number, block)
        tags.append({"PartNumber": number, "ETag": tag})
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": tags})


def send_part(client: Any, upload: dict[str, str], number: int, block: bytes) -> str:
    return str(client.upload_part(**upload, PartNumber=number, Body=block)["ETag"])


def begun(client: Any, bucket: str, key: str) -> tuple[str, dict[int, str]]:
    """The newest unfinished upload of this object and the tags of its parts; an empty id when there is none, or none that we may see."""
    from botocore.exceptions import ClientError  # slow to import

    try:
        mine = [upload for upload in unfinished(client, bucket, key) if upload.key == key]
        if not mine:
            return "", {}
        upload_id = max(mine, key=lambda upload: upload.begun_at).id
        pages = client.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
        return upload_id, {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", [])}
    except ClientError:
        return "", {}


def unfinished(client: Any, bucket: str, prefix: str) -> list[Unfinished]:
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    rows = [row for page in pages for row in page.get("Uploads", [])]
    found = [Unfinished(row["Key"], row["UploadId"], row["Initiated"]) for row in rows]
    return [upload for upload in found if upload.key.startswith(prefix)]  # not every server looks at the prefix


def blocks(path: Path) -> Iterator[bytes]:
    size = max(SMALLEST, -(-path.stat().st_size // MOST))
    with path.open("rb") as file:
        while block := file.read(size):
            yield block
