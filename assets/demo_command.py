"""`bigmath demo`: the whole way once, on the embedded sample: tables, report, and a release with its card."""

from pathlib import Path

from assets.console import messages, show_object
from assets.release_command import make_release
from assets.report_command import NAME as REPORT
from assets.run_command import run_job

RELEASE = "release"


def show_demo(out: Path, *, as_json: bool) -> int:
    """Runs the job and makes the release, where they are not there yet; returns the exit code."""
    warehouse, release = out / "warehouse", out / RELEASE
    code = run_job(
        warehouse=warehouse, hub="sample", profile="default", named=[], benchmarks=[], engine="local", as_json=as_json
    )
    if code:
        return code
    if not release.exists():
        make_release(
            warehouse, release, name="me/demo", tag="v1.0.0", licenses=[], only=[], previous=None, labelled=None,
            as_json=as_json,
        )  # fmt: skip
    made = {"report": warehouse / REPORT, "card": release / "README.md", "strict": release / "strict"}
    if as_json:
        show_object({name: str(path) for name, path in made.items()})
    else:
        messages.print(f"report: {made['report']}, opens in any browser", markup=False, soft_wrap=True)
        messages.print(f"card:   {made['card']}", markup=False, soft_wrap=True)
        messages.print(f"rows:   {made['strict']}/*.parquet, and base, reformulated, unfiltered", markup=False)
    return 0
