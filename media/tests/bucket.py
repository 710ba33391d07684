"""A real S3 server of our own (nanio), on a free port, with a bucket that wants to see keys."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from ops.scratch import free_port

KEYS = {"AWS_ACCESS_KEY_ID": "alliv-tests", "AWS_SECRET_ACCESS_KEY": "a secret of forty characters for the tests"}
BUCKET = "photos"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Its address, once it answers and has the bucket."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "nanio",
        "serve",
        "--data-dir",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
    ]
    names = {"NANIO_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"], "NANIO_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]}
    process = subprocess.Popen(command, env={**os.environ, **names}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(address, process)
        client(address).create_bucket(Bucket=BUCKET)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def client(address: str) -> Any:
    keys = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys)


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "the S3 server has ended"
        try:
            urllib.request.urlopen(address, timeout=1)
        except urllib.error.HTTPError:
            return  # it answers, and wants to see keys
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the S3 server does not answer")


def put(url: str, content: bytes, headers: dict[str, str]) -> int:
    """The status of a PUT with exactly these headers."""
    request = urllib.request.Request(url, data=content, headers=headers, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
