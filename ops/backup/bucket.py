"""Objects of an S3 bucket, for archives and for photos. More patient than what serves photos: nobody waits for a backup."""

import mimetypes
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from pathlib import Path
from re import Pattern
from typing import Any, ParamSpec, TypeVar

from django.conf import settings

from ops.backup import parts

BLOCK = 1024 * 1024
P = ParamSpec("P")
R = TypeVar("R")


class Unreachable(Exception):
    """The bucket did not do what it was asked to; the sentence has its code, never a key."""


def told(act: Callable[P, R]) -> Callable[P, R]:
    """Turns every failure of the S3 library into Unreachable."""

    @wraps(act)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return act(*args, **kwargs)
        except (ClientError, BotoCoreError, Boto3Error) as error:
            cause = error.__context__ if isinstance(error, Boto3Error) else error  # its own word for an upload hides the code
            if isinstance(cause, ClientError):
                raise Unreachable(f"The bucket refuses: {cause.response['Error'].get('Code', 'no code')}.") from None
            raise Unreachable(f"The bucket does not answer: {type(cause or error).__name__}.") from None

    return telling


class Objects:
    """What lies in a bucket below a prefix; names are without it."""

    def __init__(self, bucket: str, prefix: str = "", *, patience: int = 60) -> None:
        import boto3
        from botocore.config import Config  # slow to import, and not needed without a bucket

        config = Config(
            s3={"addressing_style": "path" if settings.S3_ENDPOINT_URL else "auto"},
            connect_timeout=min(5, patience),
            read_timeout=patience,
            retries={"total_max_attempts": 4 if patience > 5 else 1, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        place = {"endpoint_url": settings.S3_ENDPOINT_URL or None, "region_name": settings.S3_REGION}
        self.client: Any = boto3.client("s3", config=config, **place)
        self.bucket, self.prefix = bucket, prefix

    @told
    def sizes(self) -> dict[str, int]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        rows = [row for page in pages for row in page.get("Contents", [])]
        return {row["Key"].removeprefix(self.prefix): row["Size"] for row in rows}

    @told
    def fetch(self, name: str, target: Path) -> None:
        with target.open("wb") as file:
            for block in self.blocks(name):
                file.write(block)

    def blocks(self, name: str) -> Iterator[bytes]:
        """In one request: not every server understands the ranges that boto3 downloads by."""
        body = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"]
        yield from body.iter_chunks(BLOCK)

    @told
    def put(self, path: Path, name: str) -> None:
        """Large ones in parts; what a process that was killed had sent of the same file is not sent again."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if path.stat().st_size > parts.SMALLEST:
            parts.send(self.client, path, bucket=self.bucket, key=self.prefix + name, kind=kind)
        else:
            self.client.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=path.read_bytes(), ContentType=kind)

    @told
    def give_up(self, names: Pattern[str], *, before: datetime, dry_run: bool) -> list[str]:
        """Lets go of the parts of objects with such names whose upload began before then and never ended; their names."""
        found = parts.unfinished(self.client, self.bucket, self.prefix)
        old = [upload for upload in found if names.fullmatch(upload.key.removeprefix(self.prefix)) and upload.begun_at < before]
        for upload in [] if dry_run else old:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=upload.key, UploadId=upload.id)
        return [upload.key.removeprefix(self.prefix) for upload in old]

    @told
    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)
