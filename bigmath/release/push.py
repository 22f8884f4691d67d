"""Uploads a release: blobs first, then one commit on a known parent, then the tag.

Until the commit exists readers see the release before; the tag is what readers are told to use. Killed anywhere, the
same command goes on: blobs that are there are not sent again, a commit of the same files is found, a tag is added.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bigmath.errors import ConflictError, StoreError
from bigmath.release import manifest
from bigmath.release.inspect import faults

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def push(folder: Path, *, private: bool = True, say: Callable[[str], None] = lambda line: None) -> str:
    """Uploads a release folder under the name in its manifest and returns the commit. The token is the client's own.

    Raises:
        StoreError: the folder is not what its manifest says, or the Hub refuses.
        ConflictError: somebody else committed meanwhile, or the tag names another release.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - slow to load
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415

    release = manifest.read(folder)
    if found := faults(folder):
        raise StoreError(f"not uploaded, {found[0]}")
    api = HfApi()
    try:
        api.create_repo(release.name, repo_type="dataset", private=private, exist_ok=True)
        if (tagged := _tagged(api, release)) is not None:
            return _same_release(api, folder, release, tagged)
        commit = _commit(api, folder, release, say)
        say(f"tag {release.tag}")
        api.create_tag(release.name, tag=release.tag, revision=commit, repo_type="dataset")
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else None
        if status in (409, 412):
            raise ConflictError(f"{release.name}: somebody committed meanwhile; nothing was mixed") from error
        raise StoreError(f"the Hub refused {release.name}: {str(error).splitlines()[0]}") from error
    return commit


def _tagged(api: "HfApi", release: manifest.Manifest) -> str | None:
    """The commit that the release's tag names on the Hub, if there is one."""
    tags = api.list_repo_refs(release.name, repo_type="dataset").tags
    return next((tag.target_commit for tag in tags if tag.name == release.tag), None)


def _same_release(api: "HfApi", folder: Path, release: manifest.Manifest, commit: str) -> str:
    path = api.hf_hub_download(release.name, manifest.NAME, repo_type="dataset", revision=commit)
    if Path(path).read_bytes() != (folder / manifest.NAME).read_bytes():
        raise ConflictError(f"{release.name} has another release under {release.tag}; a tag never moves")
    return commit


def _commit(api: "HfApi", folder: Path, release: manifest.Manifest, say: Callable[[str], None]) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete  # noqa: PLC0415 - slow to load

    parent = api.repo_info(release.name, repo_type="dataset").sha
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    additions = [CommitOperationAdd(path.relative_to(folder).as_posix(), path) for path in files]
    ours = {one.path_in_repo for one in additions}
    for number, addition in enumerate(additions, start=1):
        say(f"blob {number} of {len(additions)}: {addition.path_in_repo}")
        api.preupload_lfs_files(release.name, additions=[addition], repo_type="dataset")
    there = api.list_repo_files(release.name, repo_type="dataset", revision=parent)
    gone = [CommitOperationDelete(path) for path in there if path.endswith(".parquet") and path not in ours]
    say("commit")
    return api.create_commit(
        release.name,
        [*additions, *gone],
        commit_message=f"Release {release.tag}",
        repo_type="dataset",
        parent_commit=parent,
    ).oid
