"""`bigmath dedup`: clusters and families of the rows of users' files."""

from pathlib import Path

import polars as pl

from assets.console import ConsoleReporter, messages, show_object, show_table
from bigmath.dedup.engine import Engine
from bigmath.dedup.files import dedup_files, read_release, read_statements
from bigmath.durable import write_parquet
from bigmath.errors import SettingError
from bigmath.progress import Stages
from bigmath.verifier.judge import equivalent

ENGINES = ("local", "ray")


def run_dedup(files: list[Path], out: Path, against: Path | None, engine: str, *, as_json: bool) -> None:
    """Writes OUT/clusters.parquet and OUT/families.parquet.

    Raises:
        SettingError: no such engine, or `out` cannot be written.
    """
    if engine not in ENGINES:
        raise SettingError(f"no engine {engine!r}; there are: {', '.join(ENGINES)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"cannot write the folder {out}: {error.strerror or error}") from error
    with ConsoleReporter(1) as reporter:
        say = Stages(reporter, "dedup", files[0].name if len(files) == 1 else f"{len(files):,} files")
        rows = read_statements(files, say)
        release = None if against is None else read_release(against, say)
        clusters, families = dedup_files(rows, release, same_answer=equivalent, engine=_engine(engine), say=say)
    write_parquet(clusters, out / "clusters.parquet")
    write_parquet(families, out / "families.parquet")
    gone = clusters.filter(~pl.col("keeper"))
    counts = {
        "rows": rows.height, "kept": rows.height - gone.height,
        "rows without a statement": rows.filter(pl.col("problem").fill_null("").str.strip_chars() == "").height,
        "exact copies": gone.filter(pl.col("method") == "exact").height,
        "near copies": gone.filter(pl.col("method") == "near").height,
        "clusters whose answers differ": clusters.filter(pl.col("answers_conflict"))["cluster"].n_unique(),
        "families of variants": families["family"].n_unique(), "rows in families": families.height,
    }  # fmt: skip
    if as_json:
        show_object(counts)
    else:
        show_table(pl.DataFrame(list(counts.items()), schema=["of", "count"], orient="row"))
    messages.print(f"clusters: {out / 'clusters.parquet'}", markup=False, soft_wrap=True)


def _engine(name: str) -> Engine | None:
    if name == "local":
        return None
    from bigmath.dedup.on_ray import OnRay  # noqa: PLC0415 # optional

    return OnRay()
