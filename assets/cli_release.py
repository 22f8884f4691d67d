"""The commands of releases. What they do is in the modules named after them."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from assets.command_options import DEFAULT_WAREHOUSE, GATE, OK, PARTLY, AsJson, Warehouse
from bigmath.errors import SettingError

commands = typer.Typer()


@commands.command()
def release(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The folder to write; must not exist.")] = None,
    name: Annotated[str, typer.Option(help="Name on the Hub: ORGANISATION/DATASET.")] = "me/bigmath",
    tag: Annotated[str, typer.Option(help="Version: vMAJOR.MINOR.PATCH.")] = "v1.0.0",
    license_: Annotated[
        list[str] | None, typer.Option("--license", help="Allow this licence too (SPDX). May be given several times.")
    ] = None,
    license_allow: Annotated[
        str | None,
        typer.Option(help="Only rows under these licences, such as cc-by-4.0,apache-2.0; others are left out."),
    ] = None,
    previous: Annotated[Path | None, typer.Option(help="Folder of the release before: lists what changed.")] = None,
    labelled: Annotated[
        Path | None, typer.Option(help="JSONL of labelled problems: the card then tells how good the filters are.")
    ] = None,
    check_folder: Annotated[Path | None, typer.Option("--check", help="Recompute all of a release folder.")] = None,
    recalls: Annotated[
        str | None,
        typer.Option(
            "--notices", help="With --check: where to look for recalls: a newer release, a recalls.json, or `hub`."
        ),
    ] = None,
    push_folder: Annotated[Path | None, typer.Option("--push", help="Upload a release folder to the Hub.")] = None,
    public: Annotated[bool, typer.Option("--public", help="With --push: make a new repository public.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a data set for the Hub of the current version: Parquet shards, card, Croissant; check it; upload it.

    The tag must be a major step where a column goes, a minor one where rows change. The upload is blobs first, then
    one commit, then the tag; killed, the same command goes on. The token is `huggingface_hub`'s (HF_TOKEN). --check
    exits 1 where anything differs and names it, 3 where a part was recalled.

    Examples: `bigmath release --out v1 --name acme/math --tag v1.0.0` · `bigmath release --check v1` ·
    `bigmath release --push v1`
    """
    from assets import release_command  # noqa: PLC0415

    if sum(one is not None for one in (out, check_folder, push_folder)) != 1:
        raise SettingError("give one of --out DIR, --check DIR, --push DIR", hint="bigmath release --help")
    if check_folder is not None:
        checked(check_folder, recalls, as_json=as_json)
    if push_folder is not None:
        release_command.push_release(push_folder, public=public, as_json=as_json)
    elif out is not None:
        release_command.make_release(
            warehouse,
            out,
            name=name,
            tag=tag,
            licenses=license_ or [],
            only=[one.strip() for one in (license_allow or "").split(",") if one.strip()],
            previous=previous,
            labelled=labelled,
            as_json=as_json,
        )


def checked(folder: Path, recalls: str | None, *, as_json: bool) -> NoReturn:
    from assets.release_command import check_release  # noqa: PLC0415

    wrong, recalled = check_release(folder, where=recalls, as_json=as_json)
    raise typer.Exit(GATE if wrong else PARTLY if recalled else OK)


@commands.command()
def card(
    folder: Annotated[Path, typer.Argument(help="A release folder.")],
    check_it: Annotated[
        bool, typer.Option("--check", help="Recompute every number; exit 1 naming what differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print a release's card as it follows from its manifest, or check every number of it against the files.

    Examples: `bigmath card v1` · `bigmath card --check v1`
    """
    from assets.release_command import show_card  # noqa: PLC0415

    if check_it:
        checked(folder, None, as_json=as_json)
    show_card(folder, as_json=as_json)


@commands.command()
def recall(
    release_folder: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the newest release.")],
    source: Annotated[str, typer.Option("--source", "-s", help="The data set to take out.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write; must not exist.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever has the old release.")] = "taken back by its owner",
    tag: Annotated[str | None, typer.Option(help="Version of the new release; by itself the next minor one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a data set back: write a release without it, from the old one alone, and a notice for every copy.

    The notice is in recalls.json of the new release and marks the old folder, so that checking it exits 3.

    Example: `bigmath recall v1 --source omni_math --out v2 --reason "asked by the owner"`
    """
    from assets.release_command import recall_source  # noqa: PLC0415

    recall_source(release_folder, out, source=source, reason=reason, tag=tag, as_json=as_json)


@commands.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Folder of a release.")],
    new: Annotated[Path, typer.Argument(help="Folder of a later one.")],
    as_json: AsJson = False,
) -> None:
    """What changed between two releases, and why: problems added, removed, with another answer or licence.

    Example: `bigmath diff v1 v2 --json`
    """
    from assets.release_command import show_changes  # noqa: PLC0415

    show_changes(old, new, as_json=as_json)
