"""One snapshot of a data set from the Hugging Face Hub, with our own bounded retry around the client.

What the client does by itself was tried against a stand-in: a dropped connection is retried inside one call and then
forgotten, a 503 on a download is final at once, a 429 on the first call looks like "no network". So the whole call is
repeated; finished files stay in the cache. Its exceptions are turned into one-line errors here and only here.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    IncompleteSnapshotError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from bigmath.errors import ServiceError, SourceError

if TYPE_CHECKING:
    from bigmath.hub import HubFiles

_FAILURES = (HfHubHTTPError, httpx2.HTTPError, LocalEntryNotFoundError, HFValidationError, OSError)


def download_snapshot(hub: "HubFiles", repository: str, revision: str, globs: list[str]) -> Path:
    """The local folder of one commit (its name is the commit) that holds at least the files that match.

    Raises:
        SourceError: an unknown repository, revision or name, no access, or offline.
        ServiceError: every attempt failed, and later ones may not.
    """
    retrying = Retrying(
        stop=stop_after_attempt(hub.attempts),
        wait=wait_exponential(multiplier=hub.wait_seconds, max=60),
        retry=retry_if_exception(_is_transient),
        reraise=True,
    )
    try:
        return Path(
            retrying(
                snapshot_download,
                repository,
                repo_type="dataset",
                revision=revision,
                allow_patterns=globs,
                endpoint=hub.endpoint,
                cache_dir=hub.cache,
                max_workers=4,
            )
        )
    except _FAILURES as error:
        found, hint = _explain(error, revision, hub.attempts)
        kind = ServiceError if _is_transient(error) else SourceError
        raise kind(f"{repository} on the Hub: {found}", hint=hint) from error


def _is_transient(error: BaseException) -> bool:
    """True for what may pass: no answer, a broken answer, a server's own trouble, a rate limit."""
    if _is_offline(error):
        return False
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    if isinstance(error, LocalEntryNotFoundError):
        return error.__cause__ is None or _is_transient(error.__cause__)
    return isinstance(error, (httpx2.TransportError, ConnectionError, TimeoutError))


def _is_offline(error: BaseException | None) -> bool:
    return isinstance(error, OfflineModeIsEnabled) or (error is not None and _is_offline(error.__cause__))


def _explain(error: BaseException, revision: str, attempts: int) -> tuple[str, str]:
    folder = "or read a local copy laid out like the Hub: --hub DIR"
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, HfHubHTTPError):
        error = error.__cause__  # the client hides the server's answer behind "not in the cache"
    if _is_offline(error):
        return "offline (HF_HUB_OFFLINE is set) and not complete in the cache", f"go online once, {folder}"
    if isinstance(error, GatedRepoError):
        return "access must be granted first (gated)", "accept its terms on the Hub and set HF_TOKEN"
    if isinstance(error, RevisionNotFoundError):
        return f"no revision {revision}", "give a commit, tag or branch of the data set"
    if isinstance(error, (RepositoryNotFoundError, HFValidationError)):
        return "no such data set, or it is private", f"check ORG/NAME, set HF_TOKEN, {folder}"
    if isinstance(error, IncompleteSnapshotError):
        return "no connection, and the copy in the cache is incomplete", f"go online once, {folder}"
    reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    if isinstance(error, HfHubHTTPError):
        reason = f"HTTP {error.response.status_code}"
    return f"gave up after {attempts} attempts ({reason})", f"try again later, {folder}"
