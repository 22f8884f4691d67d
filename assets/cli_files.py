"""The commands for a user's own files and answers. What they do is in the modules named after them."""

from pathlib import Path
from typing import Annotated

import typer

from assets.cli_release import checked
from assets.command_options import KINDS_HELP, AsJson, Hub, ProfileName
from bigmath.errors import SettingError

commands = typer.Typer()


@commands.command("filter")
def filter_file(
    file: Annotated[Path, typer.Argument(help=f"{KINDS_HELP} with columns problem, solution and/or answer.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for decisions.parquet.")],
    profile: ProfileName = "default",
    second_opinion: Annotated[
        str | None,
        typer.Option(
            help="Model asked where rules are unsure: embedded, a folder, a Hub id, or a server's http://HOST:PORT/v1."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name at that server.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask every filter about every row of a file; write decisions.parquet, in the order of the input.

    Examples: `bigmath filter my.jsonl --out decided` · `bigmath filter my.jsonl -o decided --second-opinion embedded`
    """
    from assets.filter_command import filter_rows  # noqa: PLC0415
    from bigmath.second_opinion.models import named  # noqa: PLC0415

    second = named(second_opinion, model) if second_opinion is not None else None
    filter_rows(file, out, profile, second=second, as_json=as_json)


@commands.command()
def dedup(
    files: Annotated[list[Path], typer.Argument(help=f"{KINDS_HELP} with a column problem or question.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for clusters.parquet and families.parquet.")],
    against: Annotated[
        Path | None, typer.Option(help="A warehouse or a file whose rows all stay: only rows of FILES may go.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local, or ray (extra `ray`).")] = "local",
    as_json: AsJson = False,
) -> None:
    """Find the rows of files that state the same problem, which of each to keep, and families of variants.

    Examples: `bigmath dedup a.jsonl b.parquet --out deduped` · `bigmath dedup new.jsonl --against warehouse --out
    deduped`
    """
    from assets.dedup_command import run_dedup  # noqa: PLC0415

    run_dedup(files, out, against, engine, as_json=as_json)


@commands.command()
def decontaminate(
    file: Annotated[Path, typer.Argument(help=f"{KINDS_HELP} with a column problem or question.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for matches.parquet and the clean rows.")] = Path(
        "decontaminated"
    ),
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="A benchmark by name (math_500, aime, amc, gsm8k_test) or a file with a column problem or question. "
            "May be given several times; without it all known benchmarks."
        ),
    ] = None,
    variants: Annotated[bool, typer.Option("--variants", help="Drop a test with other numbers, too.")] = False,
    semantic: Annotated[
        bool,
        typer.Option(
            "--semantic", help="Drop a row whose sentence embedding is near a test's, too: slow; extra `semantic`."
        ),
    ] = False,
    cosine: Annotated[
        float | None, typer.Option(help="How near --semantic asks for, at most 1; without it 0.9. Implies --semantic.")
    ] = None,
    hub: Hub = "sample",
    as_json: AsJson = False,
) -> None:
    """Find the rows of a file that are problems of a benchmark; write the matches, and the file without them.

    Example: `bigmath decontaminate my.jsonl --against math_500 --against my_test.jsonl --hub hub --out clean`
    """
    from assets.decontaminate_command import COSINE, decontaminate_file  # noqa: PLC0415

    near = COSINE if semantic and cosine is None else cosine
    decontaminate_file(file, against or [], out, hub, variants=variants, semantic=near, as_json=as_json)


@commands.command()
def verify(
    gold: Annotated[str | None, typer.Argument(help="The reference answer.")] = None,
    reply: Annotated[str | None, typer.Argument(help="A reply, or a bare answer.")] = None,
    file: Annotated[Path | None, typer.Option(help="JSONL with fields gold and pred: one JSON object a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a reply ends in the reference answer: CORRECT, WRONG, UNPARSED, TIMEOUT or ERROR.

    Given a release's folder and nothing else, it checks that release, as `bigmath release --check` does.

    Examples: `bigmath verify '\\frac12' 'so it is $\\boxed{0.5}$'` · `bigmath verify --file pairs.jsonl`
    """
    from assets.verify_command import verify_file, verify_one  # noqa: PLC0415

    if file is None and reply is None and gold is not None and (Path(gold) / "release.json").is_file():
        checked(Path(gold), None, as_json=as_json)
    if file is not None and gold is None:
        verify_file(file)
    elif file is None and gold is not None and reply is not None:
        verify_one(gold, reply, as_json=as_json)
    else:
        raise SettingError("verify takes GOLD and REPLY, or --file", hint="bigmath verify --help")


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8321,
    public: Annotated[
        bool, typer.Option("--public", help="Allow an address that other machines reach. There is no log-in.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(help="Worker processes; the default is one a core, at least two; as many more may ask SymPy."),
    ] = None,
    max_body: Annotated[int, typer.Option(help="Largest request body, in bytes.")] = 256 * 1024,
    max_items: Annotated[int, typer.Option(help="Most items of one request.")] = 1_024,
    max_reply: Annotated[int, typer.Option(help="Longest reply that is judged, in characters.")] = 131_072,
) -> None:
    """Serve the verifier over HTTP: POST /verify with {gold, reply} or a list of them; GET /health, /metrics, /docs.

    Example: `bigmath serve --port 8321`
    """
    from assets.serve_command import run_server  # noqa: PLC0415

    run_server(host, port, public=public, workers=workers, max_body=max_body, max_items=max_items, max_reply=max_reply)
