"""Reading what lies in the storage, a folder or a bucket."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from ops.errors import Unavailable


def read(name: str, limit: int | None = None) -> bytes:
    """The file, or its first `limit` bytes. Raises OSError when there is none, Unavailable when the bucket does not answer."""
    if settings.S3_BUCKET:
        return read_object(name, limit)
    with default_storage.open(name) as file:
        content: bytes = file.read(limit) if limit else file.read()
    return content


def write_whole(name: str, content: bytes) -> None:
    """Nobody who reads meanwhile sees half of it, and a crash leaves nothing under that name."""
    if settings.S3_BUCKET:  # an object is there when it is whole
        default_storage.save(name, ContentFile(content))
        return
    part = default_storage.save(f"{name}.part", ContentFile(content))
    Path(default_storage.path(part)).replace(default_storage.path(name))


def read_object(name: str, limit: int | None) -> bytes:
    """In one request; boto3's own way of downloading asks for ranges that not every server understands."""
    from botocore.exceptions import BotoCoreError, ClientError

    storage: Any = default_storage
    try:
        found = storage.connection.meta.client.get_object(Bucket=storage.bucket_name, Key=name)
        return bytes(found["Body"].read(limit))
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            raise FileNotFoundError(name) from None
        raise Unavailable from None
    except BotoCoreError:
        raise Unavailable from None
