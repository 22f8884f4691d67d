"""Makes the pictures of docs/screenshots/ anew: `python docs/screenshots.py`, with Chromium on the path.

The job is run on the sample into a folder that is thrown away, then once more with a licence changed in one output, so
that a check fails. Dagster's own web server shows both; the report is opened as the file it is.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE / "screenshots"
BIN = Path(sys.executable).parent
LIMIT = 200_000
"""Bytes of a picture."""

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SETTLED = 4_000
"""Milliseconds for Dagster's page to lay out its graph."""


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home, warehouse = Path(folder) / "home", Path(folder) / "warehouse"
        home.mkdir()
        shutil.copy(HERE.parent / "dagster.yaml", home)
        os.environ |= {"DAGSTER_HOME": str(home), "BIGMATH_WAREHOUSE": str(warehouse)}
        subprocess.run([BIN / "bigmath", "run"], check=True)
        fail_a_check(warehouse)
        server, address = start_server(home)
        try:
            take(address, warehouse / "report.html")
        finally:
            server.terminate()
            server.wait()


def fail_a_check(warehouse: Path) -> None:
    """Puts another licence into 12 rows of one output of strict, and materializes it over that."""
    import dagster as dg  # noqa: PLC0415 # after DAGSTER_HOME is set
    import polars as pl  # noqa: PLC0415

    from assets.definitions import build  # noqa: PLC0415
    from assets.resources import Curation  # noqa: PLC0415

    curation = Curation(warehouse=str(warehouse))
    job = curation.job
    output = job.output("strict", "harp")
    rows = job.warehouse.scan(output).collect()
    told = pl.when(pl.int_range(pl.len()) < 12).then(pl.lit("CC-BY-NC-4.0")).otherwise("license").alias("license")
    shutil.rmtree((warehouse / output.files[0].path).parent)
    job.warehouse.write(
        "strict", "harp", output.key, schema=rows.schema, frames=[rows.with_columns(told)], made_from=output.made_from
    )
    with dg.DagsterInstance.get() as instance:
        build(curation).resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey("strict")], partition_key="harp", raise_on_error=False
        )


def start_server(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Dagster's web server over the instance, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [BIN / "dagster-webserver", "-h", "127.0.0.1", "-p", str(port), "-m", "assets.definitions"]
    with (home / "web.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return server, address
    server.kill()
    raise SystemExit(f"the web server did not start: {(home / 'web.log').read_text()[-500:]}")


def take(address: str, report: Path) -> None:
    """Every picture."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 # a package for developers

    with sync_playwright() as playwright:
        chromium = shutil.which(os.environ.get("BIGMATH_CHROMIUM", "chromium"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        dagster = browser.new_page(viewport=WIDE)
        dagster.set_default_timeout(120_000)
        graph(dagster, address)
        dagster.goto(f"{address}/assets/catalog?view=overview")
        dagster.get_by_text("Problems left after").or_(dagster.get_by_alt_text("funnel")).first.wait_for()
        save(dagster, "asset.png", height=1500)
        dagster.goto(f"{address}/assets/strict?view=checks&checkDetail=every_row_has_its_sources_licence")
        dagster.get_by_text("break it").first.wait_for()
        save(dagster, "failed-check.png")
        for name, size, scheme in (
            ("report-light", WIDE, "light"), ("report-dark", WIDE, "dark"), ("report-phone", PHONE, "light"),
        ):  # fmt: skip
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(report.as_uri())
            save(page, f"{name}.png")
            page.close()
        browser.close()


def graph(page: Any, address: str) -> None:
    """The whole graph, its groups opened."""
    page.set_viewport_size({"width": 2000, "height": 1100})
    page.goto(f"{address}/asset-groups?expanded=%5B%5D")
    page.get_by_text("curated").first.wait_for()
    page.wait_for_timeout(SETTLED)
    page.keyboard.press("Alt+e")
    save(page, "asset-graph.png")


def save(page: Any, name: str, height: int | None = None) -> None:
    """The page as a PNG of few colours, below `LIMIT`."""
    from PIL import Image  # noqa: PLC0415 # comes with matplotlib

    if height is not None:
        page.set_viewport_size({"width": WIDE["width"], "height": height})
    page.wait_for_timeout(SETTLED)
    path = OUT / name
    page.screenshot(path=path)
    page.set_viewport_size(page.viewport_size if height is None else WIDE)
    with Image.open(path) as image:
        flat = image.convert("RGB")
    for colours in (256, 128, 64, 32):
        flat.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LIMIT:
            break
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
