"""The data set card, every number of it from the manifest."""

import re
from functools import cache
from importlib.resources import files
from shlex import quote
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from bigmath.release.certificate import OF_THE_USER
from bigmath.release.manifest import Manifest
from bigmath.release.names import ALLOWED
from bigmath.runs import PAPER_TABLE_3

_SPDX_TO_HUB = {
    "MIT": "mit",
    "Apache-2.0": "apache-2.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC0-1.0": "cc0-1.0",
}
"""Names of licences as the Hub's card metadata wants them; others are `other`."""


def render(release: Manifest) -> str:
    """README.md of the release, with the Hub's metadata block; of an older release in its own wording."""
    says_what_was_read = release.versions.get("card") == WORDING
    return _template().render(
        release=release,
        hub_licenses=sorted({_SPDX_TO_HUB.get(one, "other") for one in release.licenses}),
        size=_size(release.rows("base")),
        splits={config: _splits(release, config) for config in release.configs},
        paper=PAPER_TABLE_3,
        first_shard=next((one.path for one in release.shards if one.path.startswith("strict/train")), "").partition(
            "/"
        )[2],
        threshold=release.settings.get("ngram"),
        asked=_asked(release) if says_what_was_read else "--hub hub",
        extra_licenses=[one for one in release.licenses if one not in ALLOWED] if says_what_was_read else [],
    )


WORDING = "2"
"""Version of the card's text, kept with the others in the manifest; one that is not there named the Hub as what was
read, whatever it was."""


def _asked(release: Manifest) -> str:
    """The options of `bigmath run` that say what was read: data sets of the Hub or of a folder laid out like it, and
    files of the user, which have no organisation."""
    files = [one for one in release.sources if "/" not in one.repository]
    own = {one.source: quote(one.repository) for one in files}
    options = []
    if len(own) < len(release.sources):
        in_folder = any(one.revision.startswith("sha256:") for one in release.sources if one not in files)
        options = ["--hub DIR" if in_folder else "--hub hub"]
    options += [f"-s {own.get(one.source, one.source)}" for one in release.sources]
    options += [f"--source-license {one}" for one in sorted({one.license for one in files} - {"unknown"})]
    options += [f"--benchmark FILE_OF_{one['benchmark']}" for one in release.benchmarks if one["origin"] == OF_THE_USER]
    return " ".join(options)


@cache
def _template() -> Template:
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, finalize=as_text
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["share"] = lambda part, whole: f"{part / whole:.3f}" if whole else ""
    text = files("bigmath").joinpath("release", "card.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def as_text(value: object) -> object:
    """A text from outside, such as a file's name or a licence's, as what it says: in one line and one cell, no markup.
    What the template marks as `safe` stays as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", value)
    return re.sub(r"[\\|\[\]`]", r"\\\g<0>", line).replace("<", "&lt;")


def _splits(release: Manifest, config: str) -> dict[str, Any]:
    return {name: release.rows(config, name) for name in release.splits(config)}


def _size(rows: int) -> str:
    """The Hub's size category of a number of rows."""
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for bound, name in bounds if rows < bound), "1M<n<10M")
