"""The places a warehouse can lie in, each with the hands of somebody who changes its files from outside."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest


class Place(Protocol):
    """A warehouse's place as a test sees it; names are relative to it, with forward slashes."""

    url: str

    def names(self, folder: str = "") -> list[str]: ...

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, data: bytes) -> None: ...

    def delete(self, name: str) -> None: ...

    def age(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes everything there older than the grace time."""


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = str(root)

    def names(self, folder: str = "") -> list[str]:
        return sorted(
            path.relative_to(self.root).as_posix() for path in (self.root / folder).rglob("*") if path.is_file()
        )

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def delete(self, name: str) -> None:
        (self.root / name).unlink()

    def age(self, monkeypatch: pytest.MonkeyPatch) -> None:
        old = time.time() - 3 * 86_400
        for path in self.root.rglob("*"):
            os.utime(path, (old, old))


class BucketPlace:
    """A prefix of a bucket at an S3 server."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix
        self.url = f"s3://{bucket}/{prefix}"

    def names(self, folder: str = "") -> list[str]:
        start = f"{self.prefix}/"
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=start + folder).get("Contents", [])
        return sorted(one["Key"].removeprefix(start) for one in found)

    def read(self, name: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")["Body"].read()
        return body

    def write(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}", Body=data)

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")

    def age(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from bigmath import object_storage

        monkeypatch.setattr(object_storage, "GRACE_HOURS", -1.0)


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server of this process, with one bucket `maths`; in memory."""
    pytest.importorskip("obstore", reason="needs the extra s3")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        s3_client(address).create_bucket(Bucket="maths")
        yield address
    finally:
        server.stop()


def s3_client(address: str) -> Any:
    import boto3

    return boto3.client(
        "s3", endpoint_url=address, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )


def s3_environment(monkeypatch: pytest.MonkeyPatch, address: str, cache: Path) -> None:
    """What a user sets to reach that server."""
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_REGION": "us-east-1",
        "BIGMATH_CACHE": str(cache),
    }.items():
        monkeypatch.setenv(name, value)
