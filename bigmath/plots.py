"""Line plots as SVG or PNG; matplotlib is optional and imported late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Literal

from bigmath.durable import write_whole
from bigmath.errors import MissingExtraError

Line = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Plot:
    """Lines over one pair of axes."""

    title: str
    x: str
    y: str
    lines: Mapping[str, Line]
    log_x: bool = False
    log_y: bool = False
    marks: bool = True
    """Show the points."""


def available() -> bool:
    """Whether plots can be drawn."""
    return find_spec("matplotlib") is not None


def draw(plots: Sequence[Plot], kind: Literal["svg", "png"] = "svg") -> bytes:
    """The plots side by side, as a file's content; the same bytes for the same lines.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    if not available():
        raise MissingExtraError("plots need matplotlib", hint="pip install 'bigmath[plots]'")
    import matplotlib as mpl  # noqa: PLC0415 # an extra

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "bigmath"
    from matplotlib import pyplot  # noqa: PLC0415 # an extra

    figure, axes = pyplot.subplots(1, len(plots), figsize=(5.2 * len(plots), 3.8), squeeze=False)
    for plot, axis in zip(plots, axes[0], strict=True):
        for name, line in plot.lines.items():
            axis.plot([x for x, _ in line], [y for _, y in line], marker="." if plot.marks else None, label=name)
        axis.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
        if plot.log_x:
            axis.set_xscale("log")
        if plot.log_y:
            axis.set_yscale("log")
        axis.grid(alpha=0.3)
        if len(plot.lines) > 1:
            axis.legend(fontsize="small")
    figure.tight_layout()
    buffer = BytesIO()
    figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None, dpi=100)
    pyplot.close(figure)
    return buffer.getvalue()


def save(plots: Sequence[Plot], path: Path) -> None:
    """Writes the plots; the ending (.svg, .png) says how."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, draw(plots, "png" if path.suffix == ".png" else "svg"))
