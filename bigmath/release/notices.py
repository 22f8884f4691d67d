"""Where notices of recalls are looked up: a release folder, a file, or the newest release on the Hub."""

from pathlib import Path
from typing import Any

from bigmath.errors import ServiceError, StoreError
from bigmath.release import recall


def known(where: str, name: str) -> list[dict[str, Any]]:
    """The notices at a place; `hub` asks the data set `name` there.

    Raises:
        SettingError: a folder or file has none.
        StoreError: the Hub has no such data set.
        ServiceError: it does not answer.
    """
    return recall.read_notices(Path(where)) if where != "hub" else _on_the_hub(name)


def _on_the_hub(name: str) -> list[dict[str, Any]]:
    import httpx2  # noqa: PLC0415 - with the client
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - slow to load
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        path = hf_hub_download(name, recall.NAME, repo_type="dataset")
    except LocalEntryNotFoundError as error:
        raise ServiceError(f"the Hub does not answer: {error}") from error
    except EntryNotFoundError:
        return []  # the newest release tells of no recall
    except httpx2.TransportError as error:
        raise ServiceError(f"the Hub does not answer: {error}") from error
    except HfHubHTTPError as error:
        raise StoreError(f"the Hub has no {name}: {str(error).splitlines()[0]}") from error
    return recall.read_notices(Path(path))
