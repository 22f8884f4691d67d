"""A warehouse in an S3-compatible bucket: `s3://BUCKET/PREFIX`, with the same layout as a folder. Extra `s3`.

The bucket is the truth; a folder of this machine's cache holds copies, so that every stage, reader and the DuckDB file
work on local Parquet. A copy counts while its MD5 is the object's ETag (a single PUT's, without KMS), else it is
fetched again. Objects appear whole (S3 never shows a part); an output's `manifest.json` is sent last. A version is
claimed by `If-None-Match: *`, the pointer moved by `If-Match`. Where a reply was lost, the claim holds our own bytes.

Settings come from the usual variables: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, ...
Cleaning takes no lock here: it must not run beside a job that may reuse outputs older than the grace time.
"""

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bigmath.errors import MissingExtraError, ServiceError, SettingError, StoreError
from bigmath.kept import cache_folder
from bigmath.storage import FOLDERS, GRACE_HOURS, Folder

ATTEMPTS = 5
"""Tries of one request whose connection broke or timed out; answers of 5xx are retried below that, too."""
SECONDS = 60
"""Longest wait for one request."""
_REFUSED = re.compile(r"status code: 4(?!08|29)\d\d")
"""How the client says that the same request would be refused again."""


class Bucket:
    """A `Storage` in a bucket.

    Raises:
        MissingExtraError: obstore is not installed.
        SettingError: the address names a user.
    """

    def __init__(self, url: str) -> None:
        try:
            import obstore  # noqa: PLC0415 # optional
            from obstore import exceptions  # noqa: PLC0415
            from obstore.store import S3Store  # noqa: PLC0415
        except ImportError as error:
            raise MissingExtraError(f"the warehouse {url} needs the extra bigmath[s3]") from error
        if "@" in url.removeprefix("s3://").partition("/")[0]:  # it would be in each message and record
            raise SettingError(f"{url}: accepted: s3://BUCKET/PREFIX, with keys in AWS_ACCESS_KEY_ID and its like")
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        self.url = url
        self.root = cache_of(url, endpoint)
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self._obstore, self._errors = obstore, exceptions
        with self._told():
            self._store = S3Store.from_url(
                url,
                client_options={
                    "timeout": timedelta(seconds=SECONDS),
                    "connect_timeout": timedelta(seconds=10),
                    "allow_http": endpoint.startswith("http://"),
                },
                retry_config={"max_retries": ATTEMPTS, "retry_timeout": timedelta(seconds=2 * SECONDS)},
            )
        self._copies: dict[Path, tuple[tuple[int, int], str]] = {}

    copies = True

    @property
    def where(self) -> str:
        return self.url

    def begin(self, marker: bytes) -> None:
        """Lays out an empty warehouse; two that begin it at once both go on. Raises `StoreError` where the prefix holds
        something else."""
        if other := [name for name in self._listed("") if name.partition("/")[0] not in FOLDERS]:
            raise StoreError(
                f"{self.url} is not a warehouse and not empty (it holds {other[0]!r})",
                hint="name a new or empty prefix with --warehouse",
            )
        with suppress(FileExistsError):
            self._create("format.json", marker)

    def read(self, name: str) -> bytes:
        data: bytes = self._ask(lambda: self._obstore.get(self._store, name).bytes().to_bytes())
        return data

    def state(self, name: str) -> tuple[int, Hashable]:
        found = self._ask(lambda: self._obstore.head(self._store, name))
        return found["size"], found["e_tag"]

    def local(self, name: str) -> Path:
        path = self.root / name
        _, tag = self.state(name)
        if path.is_file() and self._md5(path) == str(tag).strip('"'):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            self._ask(lambda: self._fetch(name, temporary))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return path

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self._listed(folder + "/") if "/" not in name)

    def put(self, stage: Path, folder: str, whole: Callable[[], bool]) -> None:
        if whole():
            return
        files = sorted(stage.iterdir(), key=lambda one: (one.name == "manifest.json", one.name))
        self._delete([f"{folder}/{name}" for name in self.names(folder) if name not in {one.name for one in files}])
        for path in files:
            self._send(path, f"{folder}/{path.name}")
        target = self.root / folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        with suppress(OSError):  # only a copy: another process may have put it there first
            stage.rename(target)

    def add(self, staged: Path, name: str) -> None:
        self._send(staged, name)
        staged.replace(self.root / name)

    def claim(self, staged: Path, name: str, ready: Callable[[], None]) -> None:
        ready()
        self._create(name, staged.read_bytes())

    def advance(self, name: str, decide: Callable[[bytes | None], bytes | None]) -> None:
        for _ in range(100):
            tag, old = None, None
            with suppress(FileNotFoundError):
                got = self._ask(lambda: self._obstore.get(self._store, name))
                tag, old = got.meta["e_tag"], got.bytes().to_bytes()
            data = decide(old)
            if data is None:
                return
            mode: Any = {"e_tag": tag} if tag else "create"
            try:
                self._ask(partial(self._obstore.put, self._store, name, data, mode=mode))
                return
            except FileExistsError:
                continue  # another moved it since it was read: decide again
        raise OSError(f"{name} was changed by others 100 times in a row")

    def clean(self, named: Callable[[], Collection[str]], *, apply: bool) -> list[str]:
        kept = named()
        folders: dict[str, list[str]] = {}
        newest: dict[str, datetime] = {}
        for entry in self._entries("tables/"):
            folder = entry["path"].rpartition("/")[0]
            folders.setdefault(folder, []).append(entry["path"])
            newest[folder] = max(entry["last_modified"], newest.get(folder, entry["last_modified"]))
        limit = datetime.now(UTC) - timedelta(hours=GRACE_HOURS)
        stale = sorted(folder for folder in folders if folder not in kept and newest[folder] < limit)
        if apply:
            for folder in stale:  # without its manifest an output is gone for every reader
                self._delete([f"{folder}/manifest.json"])
                self._delete([name for name in folders[folder] if not name.endswith("/manifest.json")])
        staged = Folder(self.root).clean(self._copied, apply=apply)
        return sorted({*stale, *(name for name in staged if name.startswith(".stage/"))})

    def _copied(self) -> set[str]:
        """Copies are cleaned with the cache, not with the warehouse."""
        manifests = self.root.glob("tables/*/*/*/manifest.json")
        return {path.parent.relative_to(self.root).as_posix() for path in manifests}

    def _create(self, name: str, data: bytes) -> None:
        try:
            self._ask(lambda: self._obstore.put(self._store, name, data, mode="create"))
        except FileExistsError:
            if self.read(name) != data:
                raise

    def _send(self, path: Path, name: str) -> None:
        # in one request, so that the ETag is the MD5
        self._ask(lambda: self._obstore.put(self._store, name, path, use_multipart=False))

    def _fetch(self, name: str, path: Path) -> None:
        with path.open("wb") as file:
            for chunk in self._obstore.get(self._store, name):
                file.write(chunk)

    def _delete(self, names: list[str]) -> None:
        for name in names:
            with suppress(FileNotFoundError):
                self._ask(partial(self._obstore.delete, self._store, name))

    def _entries(self, prefix: str) -> list[Any]:
        found = self._ask(lambda: [one for batch in self._obstore.list(self._store, prefix or None) for one in batch])
        return list(found)

    def _listed(self, prefix: str) -> list[str]:
        return [one["path"].removeprefix(prefix) for one in self._entries(prefix)]

    def _md5(self, path: Path) -> str:
        found = path.stat()
        stamp = (found.st_size, found.st_mtime_ns)
        if path not in self._copies or self._copies[path][0] != stamp:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            self._copies[path] = stamp, digest.hexdigest()
        return self._copies[path][1]

    def _ask(self, request: Callable[[], Any]) -> Any:
        """The request's answer; one whose connection broke is made again.

        A server that does not answer in the end is a `ServiceError`, what it refuses an `OSError`."""
        again = Retrying(
            retry=retry_if_exception_type(self._errors.GenericError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=5),
            reraise=True,
        )
        with self._told():
            return again(request)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._errors.AlreadyExistsError, self._errors.PreconditionError) as error:
            raise FileExistsError(_line(error)) from error
        except (self._errors.NotFoundError, FileNotFoundError) as error:
            raise FileNotFoundError(_line(error)) from error
        except self._errors.GenericError as error:
            if _REFUSED.search(str(error)):  # no bucket of that name, a broken request
                raise OSError(_line(error)) from error
            raise ServiceError(f"cannot reach the warehouse {self.url}: {_line(error)}") from error
        except self._errors.BaseError as error:
            raise OSError(_line(error)) from error


def cache_of(url: str, endpoint: str) -> Path:
    """The folder of this machine that holds copies of a bucket's files."""
    slug = re.sub(r"[^A-Za-z0-9.-]+", "-", url.removeprefix("s3://")).strip("-")[:60]
    return cache_folder() / "warehouses" / f"{slug}-{hashlib.sha256(f'{endpoint} {url}'.encode()).hexdigest()[:8]}"


def _line(error: Exception) -> str:
    """An error of the client in one line: it adds what it wraps in more of them."""
    return re.sub(r"\s+", " ", str(error).partition("\n\nDebug source")[0])[:300]
