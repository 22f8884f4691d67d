"""A stand-in of the Hub on loopback, for tests and benchmarks that drive the real client without network.

It knows the requests of a download (commit of a revision, file tree, HEAD and GET of a file) and of an upload (create,
preupload, LFS batch and PUT, commit on a parent, refs, tag). It can be told to fail: `hub.faults["regular expression
over METHOD /path"] = [action, ...]`, one action taken per request; an action is a status, `drop` (half the body),
`lose` (does what was asked and never answers), `overtake` (somebody else commits first), `kill PID` (and does nothing),
`late kill PID` (does what was asked and then kills), or `go` (no fault).
"""

import base64
import hashlib
import io
import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

LARGE = (".parquet", ".zip")  # kept as LFS on the Hub: named by SHA-256 instead of git's SHA-1


class Hub(ThreadingHTTPServer):
    """Repositories by name, each with its commits, oldest first; the newest is `main`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, dict[str, dict[str, bytes]]] = {}
        self.faults: dict[str, list[str]] = {}
        self.requests: list[str] = []
        self.blobs: dict[str, bytes] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.titles: dict[str, list[str]] = {}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add_folder(self, root: Path, repository: str, commit: str) -> None:
        folder = root / repository
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.repositories.setdefault(repository, {})[commit] = files

    def forget(self) -> None:
        """As it was started."""
        for kept in (self.repositories, self.faults, self.requests, self.blobs, self.tags, self.titles):
            kept.clear()

    def commit_by_somebody_else(self, repository: str) -> None:
        commits = self.repositories[repository]
        files = commits[list(commits)[-1]] | {"NOTES.md": b"by hand"}
        commits[_commit_id(repository, len(commits))] = files

    def next_fault(self, request: str) -> str | None:
        for pattern, actions in self.faults.items():
            if actions and re.search(pattern, request):
                return actions.pop(0)
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_POST(self) -> None:
        self.answer(with_body=True)

    def do_PUT(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        request = f"{self.command} {path}"
        self.server.requests.append(request)
        fault = self.server.next_fault(request)
        kill = re.fullmatch(r"(late )?kill (\d+)", fault or "")
        if not kill:
            return self.answer_with(fault, path, with_body)
        if kill[1]:
            self.wfile = io.BytesIO()
            self.answer_with(None, path, with_body)
        os.kill(int(kill[2]), signal.SIGKILL)
        self.close_connection = True
        return None

    def answer_with(self, fault: str | None, path: str, with_body: bool) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if fault and fault.isdecimal():
            return self.send(int(fault), {}, b"", with_body)
        if self.command in ("POST", "PUT"):
            if fault == "overtake":
                self.server.commit_by_somebody_else(path.removeprefix("/api/datasets/").partition("/commit/")[0])
            if fault == "lose":
                self.wfile = io.BytesIO()  # what is answered goes nowhere
                self.close_connection = True
            return self.answer_upload(path, body)
        if refs := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/refs", path):
            tags = self.server.tags.get(refs[1], {})
            named = [
                {"name": name, "ref": f"refs/tags/{name}", "targetCommit": commit} for name, commit in tags.items()
            ]
            return self.json({"branches": [], "converts": [], "tags": named})
        if api := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+).*)?", path):
            return self.answer_api(api[1], api[2] or "revision", api[3] or "main", with_body)
        if file := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self.answer_file(file[1], file[2], file[3], fault == "drop", with_body)
        return self.send(404, {}, b"", with_body)

    def files_of(self, repository: str, revision: str) -> tuple[str, dict[str, bytes]] | str:
        commits = self.server.repositories.get(repository)
        if commits is None:
            return "RepoNotFound"
        revision = self.server.tags.get(repository, {}).get(revision, revision)
        commit = list(commits)[-1] if revision == "main" else revision
        return (commit, commits[commit]) if commit in commits else "RevisionNotFound"

    def answer_upload(self, path: str, body: bytes) -> None:
        """What a client that uploads asks for, in its order."""
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            there = name in self.server.repositories
            self.server.repositories.setdefault(name, {_commit_id(name, 0): {}})
            return self.json({"url": f"{self.server.endpoint}/datasets/{name}"}, 409 if there else 200)
        if path == "/api/validate-yaml":
            return self.json({"errors": [], "warnings": []})
        if re.fullmatch(r"/api/datasets/[^/]+/[^/]+/preupload/.+", path):
            files = json.loads(body)["files"]
            modes = [("lfs" if one["path"].endswith(LARGE) else "regular", one["path"]) for one in files]
            return self.json(
                {"files": [{"path": name, "uploadMode": mode, "shouldIgnore": False} for mode, name in modes]}
            )
        if path.endswith("/info/lfs/objects/batch"):
            objects = [self.lfs_object(one) for one in json.loads(body)["objects"]]
            return self.json({"transfer": "basic", "objects": objects})
        if put := re.fullmatch(r"/_lfs/(\w+)", path):
            if hashlib.sha256(body).hexdigest() != put[1]:
                return self.json({"error": "not its hash"}, 422)
            self.server.blobs[put[1]] = body
            return self.json({})
        if commit := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/commit/main", path):
            return self.answer_commit(commit[1], [json.loads(line) for line in body.splitlines()])
        if tag := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/tag/(.+)", path):
            tags = self.server.tags.setdefault(tag[1], {})
            name = json.loads(body)["tag"]
            if name in tags:
                return self.json({"error": "Tag exists"}, 409)
            tags[name] = tag[2]
            return self.json({})
        return self.json({"error": "unknown"}, 404)

    def lfs_object(self, asked: dict[str, object]) -> dict[str, object]:
        have = asked["oid"] in self.server.blobs
        actions = {"actions": {"upload": {"href": f"{self.server.endpoint}/_lfs/{asked['oid']}"}}}
        return {"oid": asked["oid"], "size": asked["size"], **({} if have else actions)}

    def answer_commit(self, repository: str, operations: list[dict[str, dict[str, str]]]) -> None:
        commits = self.server.repositories[repository]
        head = list(commits)[-1]
        files = dict(commits[head])
        for operation in operations:
            value = operation["value"]
            match str(operation["key"]):
                case "header":
                    if value.get("parentCommit") not in (None, head):
                        return self.json({"error": "A commit has happened since."}, 412)
                    self.server.titles.setdefault(repository, []).append(value["summary"])
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.server.blobs[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        new = _commit_id(repository, len(commits))
        commits[new] = files
        return self.json(
            {
                "success": True,
                "commitOid": new,
                "commitUrl": f"{self.server.endpoint}/datasets/{repository}/commit/{new}",
            }
        )

    def json(self, body: object, status: int = 200) -> None:
        self.send(status, {"Content-Type": "application/json"}, json.dumps(body).encode(), with_body=True)

    def answer_api(self, repository: str, kind: str, revision: str, with_body: bool) -> None:
        found = self.files_of(repository, revision)
        if isinstance(found, str):
            return self.send(404, {"X-Error-Code": found, "X-Error-Message": "not here"}, b"{}", with_body)
        commit, files = found
        if kind == "tree":
            body: object = [_entry(name, content) for name, content in files.items()]
        else:
            body = {"id": repository, "sha": commit, "siblings": [{"rfilename": name} for name in files]}
        return self.send(200, {"Content-Type": "application/json"}, json.dumps(body).encode(), with_body)

    def answer_file(self, repository: str, revision: str, name: str, drop: bool, with_body: bool) -> None:
        found = self.files_of(repository, revision)
        if isinstance(found, str) or name not in found[1]:
            code = found if isinstance(found, str) else "EntryNotFound"
            return self.send(404, {"X-Error-Code": code, "X-Error-Message": "not here"}, b"", with_body)
        content = found[1][name]
        etag = _entry(name, content).get("lfs", {"oid": _git_sha1(content)})["oid"]  # type: ignore[index]
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": found[0], "Accept-Ranges": "bytes"}
        status, start = 200, 0
        if asked := re.fullmatch(r"bytes=(\d+)-.*", self.headers.get("Range", "")):
            status, start = 206, int(asked[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.send(status, headers, content[start:], with_body, cut=drop)

    def send(self, status: int, headers: dict[str, str], body: bytes, with_body: bool, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


def _entry(name: str, content: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": name, "oid": _git_sha1(content), "size": len(content)}
    if name.endswith(LARGE):
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return entry


def _git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _commit_id(repository: str, number: int) -> str:
    return hashlib.sha1(f"{repository} {number}".encode()).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A stand-in that answers until the end of the block."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
