"""The report in Chromium: what it asks of the network, how fast it is, how it is used by keyboard, phone and printer.

Needs playwright, axe-core-python (of the development environment) and Chromium: on the path, or named by
BIGMATH_CHROMIUM.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from bigmath.errors import SettingError

ROWS = 2_000
"""Problems on the page that is measured."""
AXE_ROWS = 100
"""Problems on the page that axe-core reads: it takes minutes for thousands, and all have the same markup."""
MEGABYTES, SAMPLED_MEGABYTES = 5.0, 6.0
"""Targets: of the page as it is made, and of one with `ROWS` problems."""
PAINT_MS, FACET_MS, USABLE_MS = 1_000.0, 100.0, 2_000.0
"""Targets: first paint of the page as it is made; the slowest choice among `ROWS` problems; its load event."""
ANCHORS = ("funnel", "reasons", "difficulty", "labels", "clusters", "contamination", "rows", "run-id", "code-commit",
           "config-hash")  # fmt: skip

_SLOWEST_CHOICE = """() => {
  let slowest = 0, name = "";
  for (const select of document.querySelectorAll("#facets select")) {
    for (const option of [...select.options].slice(0, 4)) {
      const began = performance.now();
      select.value = option.value;
      select.dispatchEvent(new Event("input", { bubbles: true }));
      document.body.offsetHeight;
      const took = performance.now() - began;
      if (took > slowest) { slowest = took; name = select.name; }
    }
    select.value = "";
  }
  document.forms.facets.dispatchEvent(new Event("input", { bubbles: true }));
  return [slowest, name];
}"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
_LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"
_SHOWN = "() => document.querySelectorAll('article:not([hidden])').length"
_UNMARKED = """() => [...document.querySelectorAll("del, ins")].filter((one) =>
  getComputedStyle(one).textDecorationLine === "none").length"""


def measure(
    warehouse: Path, root: Path, bigmath: Callable[..., "CompletedProcess[str]"]
) -> tuple[dict[str, Any], dict[str, bool]]:
    """Figures of the page of a warehouse.

    Raises:
        SettingError: there is no browser.
    """
    chromium = shutil.which(os.environ.get("BIGMATH_CHROMIUM", "chromium"))
    try:
        from axe_core_python.sync_playwright import Axe  # noqa: PLC0415 # of the development environment
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError as error:
        raise SettingError(
            f"the part page needs {error.name}", hint="pip install playwright axe-core-python"
        ) from error
    if chromium is None:
        raise SettingError("the part page needs chromium on the path, or its name in BIGMATH_CHROMIUM")
    made, sampled, few = (root / f"{name}.html" for name in ("made", "sampled", "few"))
    bigmath("report", "-w", warehouse, "--out", made)
    bigmath("report", "-w", warehouse, "--out", sampled, "--rows", ROWS)
    bigmath("report", "-w", warehouse, "--out", few, "--rows", AXE_ROWS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        figures, holds = _looked_at(browser, made, sampled, warehouse, root, bigmath)
        found = {}
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            page.goto(few.as_uri())
            found[scheme] = [
                one["id"] for one in Axe().run(page)["violations"] if one["impact"] in ("serious", "critical")
            ]
            page.close()
        browser.close()
    return figures | {"axe": found}, holds | {"axe-core finds nothing serious, light or dark": not any(found.values())}


def _looked_at(
    browser: Any,
    made: Path,
    sampled: Path,
    warehouse: Path,
    root: Path,
    bigmath: Callable[..., "CompletedProcess[str]"],
) -> tuple[dict[str, Any], dict[str, bool]]:
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context(offline=True, accept_downloads=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(made.as_uri())
    paint = page.evaluate(_PAINT)
    page.goto(sampled.as_uri())
    loaded = page.evaluate(_LOADED)
    slowest, facet = page.evaluate(_SLOWEST_CHOICE)
    missing = [name for name in ANCHORS if page.locator(f"#{name}").count() != 1]
    articles = page.locator("article").count()
    holds = {
        f"the page is under {MEGABYTES:g} MB": made.stat().st_size < MEGABYTES * 1e6,
        f"with {ROWS:,} problems under {SAMPLED_MEGABYTES:g} MB": sampled.stat().st_size < SAMPLED_MEGABYTES * 1e6,
        f"first paint in {PAINT_MS / 1000:g} s": paint < PAINT_MS,
        f"with {ROWS:,} problems usable in {USABLE_MS / 1000:g} s": loaded < USABLE_MS,
        f"a choice takes {FACET_MS:g} ms": slowest < FACET_MS,
        "every section, run, commit and hash of the settings is there": not missing,
        **_steps(page, root, warehouse, bigmath),
        "every problem has its source text, and no statement is empty": page.locator("article details pre").count()
        == articles
        and page.locator("article .statement:empty").count() == 0,
        "what differs is marked by more than colour": page.evaluate(_UNMARKED) == 0,
        "it prints every problem and no form": _prints(page),
        "nothing on the console": not said,
        "no request leaves the page": {url.split(":")[0] for url in asked} <= {"file", "blob"},
    }
    phone = browser.new_page(viewport={"width": 320, "height": 700})
    phone.goto(made.as_uri())
    holds["at 320 px nothing is wider than the screen"] = phone.evaluate("document.documentElement.scrollWidth") <= 320
    figures = {
        "megabytes": round(made.stat().st_size / 1e6, 2),
        f"megabytes_of_{ROWS}_problems": round(sampled.stat().st_size / 1e6, 2),
        "problems_on_it": articles,
        "first_paint_ms": round(paint),
        "loaded_ms": round(loaded),
        "slowest_choice_ms": [round(slowest), facet],
        "requests": len([url for url in asked if not url.startswith(("file:", "blob:"))]),
        "console": said[:3],
        "missing": missing,
    }
    return figures, holds


def _steps(page: Any, root: Path, warehouse: Path, bigmath: Callable[..., "CompletedProcess[str]"]) -> dict[str, bool]:
    """A visit: a bar of the funnel, the address kept and opened anew, keys, judgements that come back as a table."""
    everything = page.evaluate(_SHOWN)
    page.locator("#funnel .bars a").first.click()
    page.wait_for_function(f"({_SHOWN})() < {everything}")
    chosen, address = page.evaluate(_SHOWN), page.url
    page.goto("about:blank")
    page.goto(address)
    kept = page.evaluate(_SHOWN) == chosen > 0
    for key in ("j", "a", "j", "r", "k"):
        page.keyboard.press(key)
    at = page.evaluate("[...document.querySelectorAll('article:not([hidden])')].indexOf(document.activeElement)")
    with page.expect_download() as download:
        page.click("#export")
    file = root / "judgements.jsonl"
    download.value.save_as(file)
    returned = bigmath("review", "import", file, "-w", warehouse, "--json")
    return {
        "a bar leads to its problems and the address keeps the choice": kept and "filter=" in address,
        "j, k, a and r go through problems and judge them": at == 0 and len(file.read_text().splitlines()) == 2,
        "bigmath review import accepts the judgements": returned.returncode == 0,
    }


def _prints(page: Any) -> bool:
    page.evaluate("location.hash = '#rows'")
    page.emulate_media(media="print")
    form, hidden = page.locator("#facets").is_visible(), page.locator("article[hidden]").count()
    page.emulate_media(media="screen")
    return not form and not hidden
