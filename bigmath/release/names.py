"""What a release may be called, and under which licences rows may be passed on."""

import re

from bigmath.errors import SettingError

ALLOWED = ("MIT", "Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
"""Licences under which rows may be passed on with their origin named; none of them forbids commercial use."""

_TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_PART = r"(?![.-])(?!\S*(?:--|\.\.))[A-Za-z0-9_.-]{1,96}(?<![.-])"
_HUB_NAME = re.compile(rf"{_PART}/{_PART}")


def refuse_name(name: str) -> None:
    """Raises `SettingError` for what the Hub would not take."""
    if not _HUB_NAME.fullmatch(name):
        raise SettingError(f"no name for the Hub: {name!r}; accepted: ORGANISATION/DATASET")


def refuse_tag(tag: str) -> None:
    """Raises `SettingError` for anything but v and three numbers."""
    if not _TAG.fullmatch(tag):
        raise SettingError(f"no version: {tag!r}; accepted: vMAJOR.MINOR.PATCH, such as v1.0.0")
