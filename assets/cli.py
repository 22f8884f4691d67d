"""`bigmath`: the command line over the same pipeline that Dagster materializes.

Exit codes: 0 done; 1 a check or gate failed; 2 a setting, name or file that cannot be used; 3 stopped part-way, running
the same command again goes on where it stopped; 4 the Hub or a server elsewhere does not answer; 70 a bug; 141 the
reader of a pipe went away. Data goes to standard output, everything else to standard
error. Commands import what they need when they run, so that `bigmath verify` starts fast.
"""

import os
import shlex
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from assets.export_command import export
from assets.review_command import review
from bigmath.errors import BigMathError, ServiceError, SettingError

OK, GATE, USAGE, PARTLY, SERVICE, BUG, PIPE = 0, 1, 2, 3, 4, 70, 141


class _Commands(typer.core.TyperGroup):
    """Turns every expected failure into one line and an exit code, before Typer makes 1 of all."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BigMathError as error:
            _stop(str(error), error.hint, SERVICE if isinstance(error, ServiceError) else USAGE)
        except KeyboardInterrupt:
            again = f"bigmath {shlex.join(sys.argv[1:])}"
            _stop("stopped", f"run the same command again, finished work is reused: {again}", PARTLY)
        except BrokenPipeError:
            # the reader went away; keep Python from complaining while it flushes
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE)
        return result


app = typer.Typer(
    cls=_Commands,
    help="Curates, verifies and scores mathematics problems and turns them into training data.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Warehouse = Annotated[
    Path, typer.Option("--warehouse", "-w", envvar="BIGMATH_WAREHOUSE", help="Folder of the tables.", show_default=True)
]
HUB_HELP = (
    "Where data sets are read from: `sample` (shipped in the package), `hub` (the Hugging Face Hub, at pinned "
    "revisions), or a folder laid out like the Hub."
)
Hub = Annotated[str, typer.Option("--hub", envvar="BIGMATH_DATA", help=HUB_HELP)]
ProfileName = Annotated[
    str, typer.Option("--profile", envvar="BIGMATH_PROFILE", help="Filters and settings: `default` or `paper`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
DEFAULT_WAREHOUSE = Path("warehouse")


@app.command()
def run(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    hub: Hub = "sample",
    profile: ProfileName = "default",
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            "-s",
            help="A data set by name (see `bigmath sources`), or a file of your own: JSONL, Parquet or CSV with "
            "columns problem, solution and/or answer. May be given several times; without it all data sets run.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            envvar="BIGMATH_ENGINE", help="Where batches are worked on: local, or ray (a cluster; extra `ray`)."
        ),
    ] = "local",
    as_json: AsJson = False,
) -> None:
    """Run the whole job: ingest, base filter, strict filter, duplicates, splits, published as one version.

    Finished work is found again: after a kill, the same command goes on where it stopped.

    Examples: `bigmath run` · `bigmath run --hub ../hub --profile paper` · `bigmath run -s harp -s my.jsonl`
    """
    from assets.run_command import run_job  # noqa: PLC0415

    named = source or []
    raise typer.Exit(
        run_job(warehouse=warehouse, hub=hub, profile=profile, named=named, engine=engine, as_json=as_json)
    )


@app.command()
def why(
    problem_id: Annotated[str, typer.Argument(help="A problem's id, or the beginning of one.")],
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: AsJson = False,
) -> None:
    """Tell a problem's whole story: where it came from, what every filter said, its duplicates, its split.

    Example: `bigmath why harp-3f2a`
    """
    from assets.why_command import tell_why  # noqa: PLC0415

    tell_why(problem_id, warehouse, as_json=as_json)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query over the tables; `show tables` lists them.")],
    warehouse: Annotated[
        str,
        typer.Option(
            "--warehouse",
            "-w",
            envvar="BIGMATH_WAREHOUSE",
            help="Folder of the tables, of a release, or s3://BUCKET/PATH, hf://datasets/ORG/NAME@TAG.",
        ),
    ] = str(DEFAULT_WAREHOUSE),
    draft: Annotated[
        bool, typer.Option("--draft", help="Ask the unpublished tables of the last run whose check failed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Query the published tables. Reads the warehouse only: no other file, no network.

    Examples: `bigmath sql "select source, count(*) from strict group by 1"` · `bigmath sql "from why('harp-3f2a')"`
    """
    from assets.ask_commands import run_sql  # noqa: PLC0415

    run_sql(query, warehouse, draft=draft, as_json=as_json)


@app.command()
def sources(as_json: AsJson = False) -> None:
    """List the data sets: repository, pinned revision, licence.

    Example: `bigmath sources --json`
    """
    from assets.ask_commands import list_sources  # noqa: PLC0415

    list_sources(as_json=as_json)


@app.command()
def filters(
    profile: ProfileName = "default",
    measure: Annotated[
        Path | None,
        typer.Option(help="JSONL of labelled problems: print precision, recall and F1 of each filter, and the misses."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the filters of a profile in their order, with their reasons; or measure them on labelled rows.

    Example: `bigmath filters --measure ../gold/filters.jsonl`
    """
    from assets.ask_commands import list_filters, measure_filters  # noqa: PLC0415

    if measure is None:
        list_filters(profile, as_json=as_json)
    else:
        measure_filters(measure, profile, as_json=as_json)


@app.command("filter")
def filter_file(
    file: Annotated[Path, typer.Argument(help="JSONL, Parquet or CSV with columns problem, solution and/or answer.")],
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


@app.command()
def dedup(
    files: Annotated[list[Path], typer.Argument(help="JSONL, Parquet, JSON or CSV with a column problem or question.")],
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


@app.command()
def decontaminate(
    file: Annotated[Path, typer.Argument(help="JSONL, Parquet, JSON or CSV with a column problem or question.")],
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


@app.command()
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
        _check_release(Path(gold), None, as_json=as_json)
    if file is not None and gold is None:
        verify_file(file)
    elif file is None and gold is not None and reply is not None:
        verify_one(gold, reply, as_json=as_json)
    else:
        raise SettingError("verify takes GOLD and REPLY, or --file", hint="bigmath verify --help")


@app.command()
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


@app.command()
def check(warehouse: Warehouse = DEFAULT_WAREHOUSE, as_json: AsJson = False) -> None:
    """Check every file of the current version against its manifest; exit 1 and name the damaged ones.

    Example: `bigmath check --warehouse warehouse`
    """
    from assets.ask_commands import check_warehouse  # noqa: PLC0415

    raise typer.Exit(GATE if check_warehouse(warehouse, as_json=as_json) else OK)


@app.command()
def clean(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    apply: Annotated[bool, typer.Option("--apply", help="Delete; without it they are only listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List, or delete, unfinished work and outputs that the two newest versions do not name, older than a day.

    Examples: `bigmath clean` · `bigmath clean --apply`
    """
    from assets.ask_commands import clean_warehouse  # noqa: PLC0415

    clean_warehouse(warehouse, apply=apply, as_json=as_json)


@app.command()
def report(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default report.html in the warehouse.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many problems to show, a sample of all.")] = 1_500,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page of the current version: funnel, reasons, duplicates, contamination, and problems to browse.

    It needs no network. Example: `bigmath report --out report.html`
    """
    from assets.report_command import tell_report  # noqa: PLC0415

    tell_report(warehouse, out, rows, as_json=as_json)


@app.command()
def score(
    what: Annotated[
        str, typer.Argument(metavar="[FILE|TABLE]", help="A table (strict, base, problems) or a file of problems.")
    ] = "strict",
    model: Annotated[
        str, typer.Option("--model", "-m", help="A Hub id, a local folder, or `embedded` (a small model in a package).")
    ] = "embedded",
    n: Annotated[int, typer.Option(help="Rollouts of each problem; with --adaptive, as good as so many of each.")] = 4,
    max_tokens: Annotated[int, typer.Option(help="Most tokens of a reply; a longer one is cut.")] = 1024,
    limit: Annotated[int | None, typer.Option(help="Only so many problems, spread over all sources.")] = None,
    where: Annotated[
        str | None, typer.Option(help="Only problems for which this holds, in SQL: source = 'math' and level <= 2.")
    ] = None,
    adaptive: Annotated[
        str | None, typer.Option(help="Sample where it tells most: `rate` (solve rates) or `band` (difficulty bands).")
    ] = None,
    cap: Annotated[int | None, typer.Option(help="Most rollouts of one problem with --adaptive; twice n.")] = None,
    budget: Annotated[int | None, typer.Option(help="Hard cap on the tokens generated by this run.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes after which no further request starts.")] = None,
    temperature: Annotated[float, typer.Option(help="Of sampling; 0 is greedy.")] = 1.0,
    top_p: Annotated[float, typer.Option(help="Share of the probability to sample from.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the first sample; each request gets its own from it.")] = 0,
    stop: Annotated[
        list[str] | None, typer.Option(help="A text that ends a reply; may be given several times.")
    ] = None,
    system: Annotated[str | None, typer.Option(help="System message.")] = None,
    template: Annotated[str, typer.Option(help="`chat`, or `plain` for base models.")] = "chat",
    context: Annotated[int | None, typer.Option(help="Longest prompt and reply in tokens; the model's own.")] = None,
    dtype: Annotated[str, typer.Option(help="Number format of the weights, as vLLM names it.")] = "auto",
    revision: Annotated[
        str | None, typer.Option(help="Commit of a Hub model; name of what an endpoint serves.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, ending in /v1.")] = None,
    tensor_parallel: Annotated[int, typer.Option(help="GPUs that one replica is divided over.")] = 1,
    replicas: Annotated[int, typer.Option(help="Copies of the model, on Ray.")] = 1,
    gpu_memory: Annotated[float, typer.Option(help="Share of a GPU's memory to take.")] = 0.9,
    batch: Annotated[int | None, typer.Option(help="Most requests at once; 256 on a GPU, 64 on a CPU.")] = None,
    blocks: Annotated[
        int | None, typer.Option(help="Parts that are finished one by one; one per 2,000 problems.")
    ] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    as_json: AsJson = False,
) -> None:
    """Sample solutions with a model, grade them, and measure how hard each problem is for it.

    Finished rollouts are kept: after a kill, an error or a spent budget, the same command goes on.

    Examples: `bigmath score strict --limit 200 --n 4 --max-tokens 256` · `bigmath score my.jsonl -m ORG/NAME --n 16`
    """
    from assets.score_command import score as score_problems  # noqa: PLC0415
    from assets.score_plan import Asking  # noqa: PLC0415
    from bigmath.scoring.budget import Budget  # noqa: PLC0415
    from bigmath.scoring.engine import settings_from  # noqa: PLC0415

    settings = settings_from(
        max_tokens=max_tokens, temperature=temperature, top_p=top_p, seed=seed, stop=tuple(stop or ()), system=system,
        template=template, context=context, dtype=dtype,
    )  # fmt: skip
    asking = Asking(model, revision, n, adaptive, cap, endpoint, settings, tensor_parallel, replicas, gpu_memory, batch)
    raise typer.Exit(
        score_problems(
            warehouse,
            what,
            asking,
            limit=limit,
            where=where,
            blocks=blocks,
            budget=Budget(budget, minutes),
            as_json=as_json,
        )
    )


@app.command()
def regrade(warehouse: Warehouse = DEFAULT_WAREHOUSE, as_json: AsJson = False) -> None:
    """Grade every published rollout again, with the verifier and references as they are now; needs no model.

    Example: `bigmath regrade`
    """
    from assets.score_command import regrade_all  # noqa: PLC0415

    regrade_all(warehouse, as_json=as_json)


@app.command()
def release(
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    out: Annotated[Path | None, typer.Option(help="The folder to write; must not exist.")] = None,
    name: Annotated[str, typer.Option(help="Name on the Hub: ORGANISATION/DATASET.")] = "me/bigmath",
    tag: Annotated[str, typer.Option(help="Version: vMAJOR.MINOR.PATCH.")] = "v1.0.0",
    license_: Annotated[list[str] | None, typer.Option("--license", help="Allow this licence too (SPDX).")] = None,
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
        _check_release(check_folder, recalls, as_json=as_json)
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


def _check_release(folder: Path, recalls: str | None, *, as_json: bool) -> NoReturn:
    from assets.release_command import check_release  # noqa: PLC0415

    wrong, recalled = check_release(folder, where=recalls, as_json=as_json)
    raise typer.Exit(GATE if wrong else PARTLY if recalled else OK)


@app.command()
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
        _check_release(folder, None, as_json=as_json)
    show_card(folder, as_json=as_json)


@app.command()
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


@app.command()
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


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure; a wrong name lists all.")],
    hub: Annotated[str | None, typer.Option("--hub", envvar="BIGMATH_DATA", help=HUB_HELP)] = None,
    gold: Annotated[Path | None, typer.Option(help="Folder of labelled cases; without it those of the tests.")] = None,
    part: Annotated[str | None, typer.Option(help="Only this part of a benchmark that has several.")] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="How many rows to make, where a benchmark makes them.")
    ] = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for its plots, where it draws any.")] = None,
    page: Annotated[Path | None, typer.Option(help="Markdown page to add its figures to, where it writes one.")] = None,
    prm: Annotated[Path | None, typer.Option(help="Folder of a saved PRM to measure, where it measures one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure, beside named peers where there are any; the last line is one JSON object with figures and floors held.

    Examples: `bigmath bench job --hub ../hub` · `bigmath bench verify --gold ../gold --hub ../hub`
    """
    from assets.bench_command import run_bench  # noqa: PLC0415

    holds = run_bench(
        name, as_json=as_json, hub=hub, gold=gold, part=part, rows=rows, figures=figures, page=page, prm=prm
    )
    raise typer.Exit(OK if holds else GATE)


@app.command("train-topics")
def train_topics(
    hub: Hub = "sample",
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("model.npz"),
    as_json: AsJson = False,
) -> None:
    """Train the topic classifier on the sources that label their topics; needs the extra `topics`.

    Example: `bigmath train-topics --hub ../hub --out bigmath/topics/model.npz`
    """
    from assets.topics_command import train_and_write  # noqa: PLC0415

    train_and_write(hub, out, as_json=as_json)


@app.command()
def train(
    stage: Annotated[
        str, typer.Argument(help="sft, rl, prm, evaluation, star or meta_star; all it needs comes first.")
    ],
    task: Annotated[
        str, typer.Option(help="sums (made here, from scratch on a CPU) or strict (published, needs a model).")
    ] = "sums",
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    given: Annotated[
        list[str] | None, typer.Option("--set", "-s", help="NAME=VALUE, such as model=DIR; a wrong name lists all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train models by TRL's SFTTrainer and GRPOTrainer and measure them; needs the extra `train`.

    Killed, the same command goes on from the last checkpoint.

    Example: `bigmath train evaluation --task strict -s model=DIR -s sft_rate=2e-5 -s rl_rate=1e-6`
    """
    from assets.model_runs import train as run_stage  # noqa: PLC0415

    run_stage(stage, task, warehouse, given or [], as_json=as_json)


@app.command()
def search(
    puzzle: Annotated[
        str, typer.Argument(help="countdown, game24, maze; with --model a table (strict, base) or a file of problems.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for traces.parquet and ledger.json.")],
    algorithm: Annotated[
        str,
        typer.Option(
            "--algorithm", "-a", help="sampling, breadth_first, depth_first, beam, best_first, mcts or mcts_solver."
        ),
    ] = "best_first",
    value: Annotated[
        str, typer.Option("--value", "-v", help="exact, monte_carlo, noisy, random, constant or prm.")
    ] = "monte_carlo",
    count: Annotated[int, typer.Option(min=1, help="How many puzzles.")] = 50,
    candidates: Annotated[int, typer.Option(min=1, help="Candidates a node; for sampling, samples in all.")] = 6,
    rollouts: Annotated[int, typer.Option(min=1, help="monte_carlo: rollouts a value (K of Eq. 11).")] = 16,
    skill: Annotated[float, typer.Option(min=0, max=1, help="How often the policy means to keep it solvable.")] = 0.3,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A Hub id, a local folder, or `embedded`, run by vLLM.")
    ] = None,
    temperature: Annotated[float, typer.Option(min=0, help="Of the model; 0 gives equal candidates.")] = 1.0,
    step_tokens: Annotated[int, typer.Option(min=1, help="Most tokens of a model's step.")] = 96,
    until_verified: Annotated[bool, typer.Option(help="Stop at the first solution that verifies.")] = True,
    nodes: Annotated[int | None, typer.Option(min=1, help="Most nodes a puzzle.")] = 300,
    tokens: Annotated[int | None, typer.Option(min=1, help="Most tokens a puzzle.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.001, help="Most seconds a puzzle.")] = None,
    prm: Annotated[Path | None, typer.Option(help="For the value prm: the folder of a saved PRM.")] = None,
    where: Annotated[str | None, typer.Option(help="Only problems for which this holds, in SQL.")] = None,
    warehouse: Warehouse = DEFAULT_WAREHOUSE,
    publish: Annotated[
        bool, typer.Option("--publish", help="Also make the traces a table of the warehouse, under the name of OUT.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of puzzles and searches.")] = 0,
    dry: Annotated[bool, typer.Option("--dry", help="Only say what may be spent.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search puzzles and write the traces. Killed, the same command goes on at the node where it was.

    Example: `bigmath search countdown --out traces --algorithm mcts --count 100`
    """
    from assets.search_command import search_puzzles  # noqa: PLC0415
    from assets.search_plan import Asked  # noqa: PLC0415

    asked = Asked(
        puzzle=puzzle,
        algorithm=algorithm,
        value=value,
        candidates=candidates,
        rollouts=rollouts,
        skill=skill,
        model=model,
        temperature=temperature,
        step_tokens=step_tokens,
        until_verified=until_verified,
        nodes=nodes,
        tokens=tokens,
        seconds=seconds,
        prm=prm,
    )
    search_puzzles(
        asked, out, count=count, seed=seed, warehouse=warehouse, where=where, publish=publish, dry=dry, as_json=as_json
    )


@app.command()
def traces(
    path: Annotated[Path, typer.Argument(help="A folder that `bigmath search` wrote, or a Parquet file of traces.")],
    trace: Annotated[str | None, typer.Argument(help="A trace's id, or the beginning of one: shown as text.")] = None,
    values: Annotated[bool, typer.Option(help="Show values.")] = True,
    candidates: Annotated[bool, typer.Option(help="Show candidates never visited.")] = True,
    as_json: AsJson = False,
) -> None:
    """Say what traces look like (solved, spent, backtracks, repeats), or show one as text.

    Example: `bigmath traces traces 3fa2`
    """
    from assets.search_command import show_traces  # noqa: PLC0415

    show_traces(path, trace, values=values, candidates=candidates, as_json=as_json)


app.add_typer(export, name="export")
app.add_typer(review, name="review")


def main() -> None:
    """Entry point: only a bug shows a traceback."""
    try:
        sys.exit(app(prog_name="bigmath", standalone_mode=False) or OK)
    except TyperException as error:
        if not error.format_message().strip():  # nothing was asked, and Typer has printed the help
            sys.exit(USAGE)
        _stop(" ".join(error.format_message().split()), None, USAGE)
    except Exception as error:
        traceback.print_exc()
        _stop(
            f"a bug: {type(error).__name__}: {error}",
            "report it with the lines above and `bigmath sql 'from runs'`",
            BUG,
        )


def _stop(message: str, hint: str | None, code: int) -> NoReturn:
    from assets.console import show_error  # noqa: PLC0415 - loads Polars and Rich, which a good answer does without

    show_error(message, hint, code=code, as_json="--json" in sys.argv)
    sys.exit(code)
