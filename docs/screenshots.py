"""Makes the pictures of docs/screenshots/ anew: `make screenshots`, with Chromium on the path.

The job is run on the embedded sample into a folder that is thrown away, then a licence is changed in one output, so
that a check fails. Dagster's own web server shows both, with the settings of `dagster.yaml`; the report is opened as
the file it is.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE / "screenshots"
BIN = Path(sys.executable).parent

LIMIT = 250_000
"""Bytes of a picture."""
PATIENCE_MS = 300_000
"""For a page of Dagster on a busy machine."""
SETTLED_MS = 6_000
"""For a graph to be laid out and a table to be drawn."""

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHECK = "every_row_has_its_sources_licence"
DAGSTER = (
    ("asset-graph", "asset-groups", 800, "curated", None),
    ("asset", "assets/decisions?view=overview", 1640, "preview", None),
    ("asset-plot", "assets/catalog?view=overview", 800, "table 3", "[Show Markdown]"),
    ("failed-check", f"assets/strict?view=checks&checkDetail={CHECK}", 700, "break it", None),
)
"""Pages of its web server: the picture's name, the path, the height in pixels, a text to wait for, and one to click."""

BROKEN = 12
"""Rows of `strict` that are given another licence."""


def main(folder: Path) -> None:
    """Every picture, from a run in `folder`."""
    OUT.mkdir(exist_ok=True)
    home, warehouse = folder / "home", Path("warehouse")
    home.mkdir()
    shutil.copy(HERE.parent / "dagster.yaml", home)
    os.chdir(folder)  # so that what is shown names no folder of this machine
    os.environ |= {"DAGSTER_HOME": str(home), "BIGMATH_WAREHOUSE": str(warehouse)}
    subprocess.run([BIN / "bigmath", "run"], check=True)
    fail_a_check(warehouse)
    with web_server(home) as address:
        take(address, folder / warehouse / "report.html")


def fail_a_check(warehouse: Path) -> None:
    """Puts another licence into some rows of one output of `strict`, and materializes it, which finds that output."""
    import dagster as dg  # noqa: PLC0415 # after DAGSTER_HOME is set
    import polars as pl  # noqa: PLC0415

    from assets.definitions import build  # noqa: PLC0415
    from assets.resources import Curation  # noqa: PLC0415

    curation = Curation(warehouse=str(warehouse))
    job = curation.job
    output = job.output("strict", "harp")
    rows = job.warehouse.scan(output).collect()
    changed = pl.when(pl.int_range(pl.len()) < BROKEN).then(pl.lit("CC-BY-NC-4.0")).otherwise("license")
    shutil.rmtree((warehouse / output.files[0].path).parent)
    rows = rows.with_columns(changed.alias("license"))
    job.warehouse.write(
        "strict", "harp", output.key, schema=rows.schema, frames=[rows], made_from=output.made_from
    )  # fmt: skip
    with dg.DagsterInstance.get() as instance:
        build(curation).resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey("strict")],
            partition_key="harp",
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )


@contextmanager
def web_server(home: Path) -> Iterator[str]:
    """The address of Dagster's web server over the instance, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [BIN / "dagster-webserver", "-h", "127.0.0.1", "-p", str(port), "-m", "assets.definitions"]
    address = f"http://127.0.0.1:{port}"
    with (home / "web.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            until_it_answers(f"{address}/server_info", server)
            yield address
        finally:
            server.terminate()


def until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE_MS // 500):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.5)
        else:
            return
    raise SystemExit("Dagster's web server did not start")


def take(address: str, report: Path) -> None:
    """Every picture."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 # a package for developers

    with sync_playwright() as playwright:
        chromium = shutil.which(os.environ.get("BIGMATH_CHROMIUM", "chromium"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        dagster = browser.new_page(viewport=WIDE)
        dagster.set_default_timeout(PATIENCE_MS)
        for name, path, height, shown, link in DAGSTER:
            dagster.set_viewport_size({**WIDE, "height": height})
            dagster.goto(f"{address}/{path}")
            dagster.get_by_text(shown).first.wait_for()
            if link is not None:
                dagster.get_by_text(link).first.click()
            save(dagster, name)
        for name, size, scheme in (
            ("report-light", WIDE, "light"), ("report-dark", WIDE, "dark"), ("report-phone", PHONE, "light"),
        ):  # fmt: skip
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(report.as_uri())
            save(page, name)
            page.close()
        browser.close()


def save(page: Any, name: str) -> None:
    """The page as a PNG of as many colours as fit into `LIMIT`."""
    from PIL import Image  # noqa: PLC0415 # comes with matplotlib

    page.wait_for_timeout(SETTLED_MS)
    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as image:
        flat = image.convert("RGB")
    for colours in (256, 128, 64, 32):
        flat.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LIMIT:
            break
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as thrown_away:
        main(Path(thrown_away))
