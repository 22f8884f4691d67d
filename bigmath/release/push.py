"""Uploads a release: blobs first, then one commit on a known parent, then the tag.

Until the commit exists readers see the release before; the tag is what readers are told to use. Killed anywhere, the
same command goes on: blobs that are there are not sent again, a commit of the same files is found, a tag is added. An
answer that is lost is not taken for a failure: the head is read again, and if it holds these files, they are published.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bigmath.durable import sha256_of
from bigmath.errors import BigMathError, ConflictError, ServiceError, SettingError, StoreError
from bigmath.release import manifest, recall
from bigmath.release.inspect import faults

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

ATTEMPTS = 5
WAIT_SECONDS = 0.5
"""Before the second attempt; doubled each time."""

Say = Callable[[str], None]


def push(folder: Path, *, private: bool = True, say: Say = lambda line: None, endpoint: str | None = None) -> str:
    """Uploads a release folder under the name in its manifest and returns the commit.

    The token is the client's own, and so is the address of the Hub where `endpoint` is None.

    Raises:
        StoreError: the folder is not what its manifest says, or the Hub refuses.
        ServiceError: the Hub does not answer, or has trouble of its own.
        SettingError: the release was recalled.
        ConflictError: somebody else committed meanwhile, or the tag names another release.
    """
    import httpx2  # noqa: PLC0415 - with the client
    from huggingface_hub import HfApi  # noqa: PLC0415 - slow to load
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415

    release = manifest.read(folder)
    if (folder / recall.MARK).exists():
        raise SettingError(f"{folder} was recalled, see its {recall.MARK}; upload the release that came after it")
    if found := faults(folder):
        raise StoreError(f"not uploaded, {found[0]}", hint=f"bigmath release --check {folder}")
    api = HfApi(endpoint=endpoint)
    try:
        api.create_repo(release.name, repo_type="dataset", private=private, exist_ok=True)
        if (tagged := _tagged(api, release)) is not None:
            return _same_release(api, folder, release, tagged)
        commit = _commit(api, folder, release, say)
        say(f"tag {release.tag}")
        return _tag(api, release, commit)
    except HfHubHTTPError as error:
        raise _refusal(error, release.name, folder) from error
    except (httpx2.TransportError, OSError, RuntimeError) as error:  # the client wraps a failed blob in the last
        raise ServiceError(
            f"the Hub does not answer: {str(error) or type(error).__name__}", hint=_GOES_ON.format(folder)
        ) from error


_GOES_ON = "bigmath release --push {} goes on where it stopped"
_TOKEN = "the token is that of HF_TOKEN or `hf auth login`, and must be allowed to write to {}"


def _refusal(error: "HfHubHTTPError", name: str, folder: Path) -> BigMathError:
    """What an answer of the Hub means for who asked: later, with another token, or not at all."""
    status = error.response.status_code if error.response is not None else 500
    told = str(error).splitlines()[0]
    if status in (408, 429) or status >= 500:
        return ServiceError(f"the Hub has trouble with {name}: {told}", hint=_GOES_ON.format(folder))
    return StoreError(f"the Hub refused {name}: {told}", hint=_TOKEN.format(name) if status in (401, 403) else None)


def _tagged(api: "HfApi", release: manifest.Manifest) -> str | None:
    """The commit that the release's tag names on the Hub, if there is one."""
    tags = api.list_repo_refs(release.name, repo_type="dataset").tags
    return next((tag.target_commit for tag in tags if tag.name == release.tag), None)


def _same_release(api: "HfApi", folder: Path, release: manifest.Manifest, commit: str) -> str:
    if not _holds(api, release.name, commit, _files(folder)):
        raise ConflictError(f"{release.name} has another release under {release.tag}; a tag never moves")
    return commit


def _tag(api: "HfApi", release: manifest.Manifest, commit: str) -> str:
    """Names the commit; a tag that is there already must name the same one (its answer may have been lost)."""

    def make() -> str:
        api.create_tag(release.name, tag=release.tag, revision=commit, repo_type="dataset")
        return commit

    def look() -> str | None:
        tagged = _tagged(api, release)
        if tagged not in (None, commit):
            raise ConflictError(f"{release.name} has another release under {release.tag}; a tag never moves")
        return tagged

    return _until_there(make, look, f"{release.name}: the tag {release.tag}")


def _commit(api: "HfApi", folder: Path, release: manifest.Manifest, say: Say) -> str:
    """One commit of the whole folder on the head as it was when the upload began; that head if it is this release."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete  # noqa: PLC0415 - slow to load

    files = _files(folder)
    parent = _head(api, release.name)
    if _holds(api, release.name, parent, files):
        return parent
    additions = [CommitOperationAdd(name, path) for name, path in files.items()]
    for number, addition in enumerate(additions, start=1):
        say(f"blob {number} of {len(additions)}: {addition.path_in_repo}")
        api.preupload_lfs_files(release.name, additions=[addition], repo_type="dataset")
    there = api.list_repo_files(release.name, repo_type="dataset", revision=parent)
    gone = [CommitOperationDelete(path) for path in there if path not in files and path != _OF_THE_HUB]
    say("commit")

    def make() -> str:
        info = api.create_commit(
            release.name,
            [*additions, *gone],
            commit_message=f"Release {release.tag}",
            repo_type="dataset",
            parent_commit=parent,
        )
        return str(info.oid)

    def look() -> str | None:
        head = _head(api, release.name)
        if head == parent:
            return None
        if _holds(api, release.name, head, files):
            return head
        raise ConflictError(
            f"{release.name}: somebody committed meanwhile; nothing was mixed",
            hint=f"look at what was committed, then: bigmath release --push {folder}",
        )

    return _until_there(make, look, f"{release.name}: the commit")


_OF_THE_HUB = ".gitattributes"


def _until_there(make: Callable[[], str], look: Callable[[], str | None], what: str) -> str:
    """Tries to make something; after a failure or a lost answer looks whether it is there before trying again."""
    import httpx2  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415

    failure: Exception | None = None
    for attempt in range(ATTEMPTS):
        try:
            if failure is not None and (found := look()) is not None:
                return found
            return make()
        except HfHubHTTPError as error:
            status = error.response.status_code if error.response is not None else 500
            if status in (409, 412):
                if (found := look()) is not None:
                    return found
                raise ConflictError(f"{what} was refused: somebody committed meanwhile; nothing was mixed") from error
            if status < 500 and status != 429:
                raise
            failure = error
        except (httpx2.TransportError, OSError) as error:
            failure = error
        time.sleep(WAIT_SECONDS * 2**attempt)
    assert failure is not None
    raise failure


def _files(folder: Path) -> dict[str, Path]:
    """The release's files by their name in the repository."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _head(api: "HfApi", name: str) -> str:
    return str(api.repo_info(name, repo_type="dataset").sha)


def _holds(api: "HfApi", name: str, commit: str, files: Mapping[str, Path]) -> bool:
    """Whether a commit has exactly these files, by the hashes that the Hub tells."""
    from huggingface_hub.hf_api import RepoFile  # noqa: PLC0415 - slow to load

    entries = api.list_repo_tree(name, recursive=True, revision=commit, repo_type="dataset")
    there = {one.path: one for one in entries if isinstance(one, RepoFile) and one.path != _OF_THE_HUB}
    if there.keys() != files.keys():
        return False
    return all(
        one.lfs.sha256 == sha256_of(files[path]) if one.lfs else one.blob_id == _git_id(files[path])
        for path, one in there.items()
    )


def _git_id(path: Path) -> str:
    """How git names a file's content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
