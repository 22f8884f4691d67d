"""Accuracy and tokens by level and source, and the spread of solve rates: the shape of Figure 1 of arXiv 2501.04682."""

from pathlib import Path

import polars as pl

from bigmath.errors import MissingExtraError, StoreError
from bigmath.scoring.statistics import Z95


def by_level(difficulty: pl.DataFrame) -> pl.DataFrame:
    """Mean solve rate and tokens by source and level, with the half width of their 95 % interval over problems."""
    rows = difficulty.filter(pl.col("n") > 0)

    def half(name: str) -> pl.Expr:
        return (Z95 * pl.col(name).std() / pl.len().sqrt()).fill_null(0.0).alias(f"{name}_half")

    return (
        rows.group_by("source", "level")
        .agg(
            pl.len().alias("problems"),
            pl.col("solve_rate").mean(),
            half("solve_rate"),
            pl.col("mean_tokens").mean(),
            half("mean_tokens"),
        )
        .sort("source", "level", nulls_last=True)
    )


def draw(difficulty: pl.DataFrame, path: Path) -> Path:
    """Writes the figure of one model's difficulty rows; the ending of the name says the format (svg, png, pdf).

    Raises:
        StoreError: the file cannot be written.
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 # an extra
        from matplotlib.figure import Figure  # noqa: PLC0415 # as above
    except ImportError as error:
        raise MissingExtraError("no plot: matplotlib is not installed", hint="pip install 'bigmath[plots]'") from error

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    accuracy, tokens, spread = figure.subplots(1, 3)
    measured = by_level(difficulty)
    for (source,), rows in measured.group_by("source", maintain_order=True):
        named = rows.filter(pl.col("level").is_not_null())
        shown = named if named.height else rows.with_columns(pl.lit(0.0).alias("level"))
        label = (
            f"{source} ({rows['problems'].sum()})"
            if named.height
            else f"{source}, no levels ({rows['problems'].sum()})"
        )
        for axes, name in ((accuracy, "solve_rate"), (tokens, "mean_tokens")):
            axes.errorbar(shown["level"], shown[name], yerr=shown[f"{name}_half"], marker="o", capsize=2, label=label)
    rates = difficulty.filter(pl.col("n") > 0)["solve_rate"].to_numpy()
    spread.hist(rates, bins=20, range=(0, 1), color="tab:gray")
    model = difficulty["model"][0] if difficulty.height else ""
    for axes, title, below in (
        (accuracy, "solve rate", "level of the source"),
        (tokens, "tokens of a reply", "level of the source"),
        (spread, "problems", "solve rate"),
    ):
        axes.set_title(title)
        axes.set_xlabel(below)
    accuracy.set_ylim(-0.02, 1.02)
    if measured.height:
        accuracy.legend(fontsize="x-small")
    figure.suptitle(f"{model}, {difficulty['n'].sum():,} graded rollouts of {difficulty.height:,} problems")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return path
