"""The report over a finished run: what it shows, and how it behaves in a real browser without a network."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bigmath
from bigmath.publishing import publish_frames
from bigmath.report import gather, render
from bigmath.scoring.tables import DIFFICULTY
from bigmath.store import Warehouse

from .conftest import Bigmath

CHROMIUM = shutil.which(os.environ.get("BIGMATH_CHROMIUM", "chromium"))
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path; BIGMATH_CHROMIUM names one")


@pytest.fixture(name="page_file", scope="module")
def _page_file(finished: Path) -> Path:
    assert (finished / "report.html").is_file()
    small = finished / "small.html"
    small.write_text(render(gather(Warehouse.open(finished, create=False), rows=80)), encoding="utf-8")
    return small


def test_it_shows_every_count_and_every_filter_that_drops(finished: Path) -> None:
    facts = gather(Warehouse.open(finished, create=False), rows=200)
    page = render(facts)
    for section in ("funnel", "reasons", "difficulty", "labels", "clusters", "contamination", "settings", "rows"):
        assert f'<section id="{section}"' in page
    for name in ("run-id", "code-commit", "config-hash"):
        assert re.search(rf'<code id="{name}">[0-9a-f]{{8}}', page), name
    assert all(f"{sign}</strong>" in page for sign in facts.suspect_counts["sign"])
    total = facts.table3.filter(facts.table3["source"] == "total").to_dicts()[0]
    assert f"<td>{total['original']:,}<td>{total['base']:,}<td>{total['strict']:,}" in page
    assert facts.rows.height == 200
    assert set(facts.rows["place"]) == {"strict", "base only", "rejected"}
    dropped_first = set(facts.funnel.filter(facts.funnel["first"] > 0)["filter"])
    assert dropped_first == set(facts.rows["filter"].drop_nulls())


@pytest.fixture(name="scored", scope="module")
def _scored(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the warehouse in which a model was asked for ten problems: the first it never solves, the last 9 of 10
    times."""
    root = tmp_path_factory.mktemp("scored") / "warehouse"
    shutil.copytree(finished, root)
    warehouse = Warehouse.open(root, create=False)
    problems = bigmath.load("strict", columns=["problem_id", "source", "level"], limit=10, warehouse=root)
    rated = problems.with_row_index("correct").with_columns(
        pl.col("correct").cast(pl.Int64), model=pl.lit("small"), sampling=pl.lit("0"), n=10, mean_tokens=5.0,
        label_suspect=False, truncated=0.0, tokens=50,
    ).with_columns(solve_rate=pl.col("correct") / 10)  # fmt: skip
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in DIFFICULTY.items() if name not in rated.columns]
    frame = rated.with_columns(missing).with_columns(estimate="solve_rate").select(list(DIFFICULTY))
    publish_frames(warehouse, "small", {"difficulty": frame}, {})
    return root


def test_bars_of_difficulty_lead_to_their_problems(scored: Path) -> None:
    facts = gather(Warehouse.open(scored, create=False), rows=1200)
    assert facts.difficulty["problems"].to_list() == [1] * 10
    assert ((facts.difficulty["low"] < 0.1) & (facts.difficulty["high"] > 0.1)).all()
    assert facts.levels["problems"].sum() == 10
    page = render(facts)
    for tenth in range(10):
        assert f'href="#rows?rate={tenth}"' in page
        assert page.count(f'data-rate="{tenth}"') == 1


def test_what_a_page_exports_is_a_table_of_the_warehouse(scored: Path, tmp_path: Path, bigmath: Bigmath) -> None:
    ids = [row["problem_id"] for row in gather(Warehouse.open(scored, create=False), rows=30).rows.to_dicts()]
    lines = [{"problem_id": one, "outcome": "dropped", "filter": "proof", "agreed": n > 0} for n, one in enumerate(ids)]
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {**lines[1], "agreed": False}]))
    for _ in range(2):  # the second time changes nothing
        said = bigmath("review", "import", file, "-w", scored, "--json")
        assert said.code == 0, said.err
        assert json.loads(said.out) == {"outcome": "dropped", "filter": "proof", "judged": 30, "agreed": 28}
    # the version that judgements made still says which run its tables are of
    assert gather(Warehouse.open(scored, create=False), rows=1).run["run_id"]
    file.write_text('{"problem_id": "x", "outcome": "gone"}\n')
    said = bigmath("review", "import", file, "-w", scored)
    assert said.code == 2
    assert f"{file}:1: not a judgement; accepted:" in said.err


def test_the_same_version_gives_the_same_page(finished: Path) -> None:
    warehouse = Warehouse.open(finished, create=False)
    assert render(gather(warehouse, rows=30)) == render(gather(warehouse, rows=30))


def test_nothing_on_the_page_is_loaded_from_elsewhere(page_file: Path) -> None:
    text = page_file.read_text()
    assert "default-src 'none'" in text
    assert not re.findall(r"<(?:script|img|iframe|link|object|embed)[^>]+(?:src|href)=", text)


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_it_filters_judges_and_asks_for_nothing(browser: Any, page_file: Path, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    assert page.locator("math").count() > 20
    everything = page.locator("article:visible").count()

    page.locator("#funnel .bars a").first.click()
    page.wait_for_function("document.querySelectorAll('article:not([hidden])').length < 80")
    assert 0 < page.locator("article:visible").count() < everything
    assert "filter=" in page.evaluate("location.hash")

    page.keyboard.press("j")
    page.keyboard.press("r")
    assert page.text_content("#export") == "Export judgements (1)"
    with page.expect_download() as download:
        page.click("#export")
    assert '"agreed":false' in Path(download.value.path()).read_text()

    serious = [one["id"] for one in Axe().run(page)["violations"] if one["impact"] in ("serious", "critical")]
    assert not serious
    assert not said
    assert asked == [page_file.as_uri()] or {url.split(":")[0] for url in asked[1:]} <= {"blob"}
    page.close()


@needs_browser
def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Any, page_file: Path) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 700})
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


MARKUP = (
    "<script>hit()</script>", "<img src=x onerror=hit()>", "<svg onload=hit()>", "<svg><script>hit()</script></svg>",
    "</script><script>hit()</script>", "<!--<script>hit()//-->", "<iframe src=javascript:hit()>",
    "<b onmouseover=hit()>", "<a href=javascript:hit()>go</a>", "<object data=x>", "<embed src=x>", "<base href=//x>",
    "<style>*{display:none}</style>", "<meta http-equiv=refresh content=0;url=//x>", "<link rel=stylesheet href=//x>",
    "<form action=//x><input autofocus>", "<math><mtext><script>hit()</script></mtext></math>", "{{7*7}}{% raw %}",
    "]]><script>hit()</script>", "&lt;script&gt;hit()", "\u2028</title><script>hit()</script>",
    "\u202e<script>hit()</script>", "\\u003cscript>hit()", "' onclick=hit() '", '" autofocus onfocus=hit() "',
    "<template><script>hit()</script></template>", "<x:script>hit()", "<details open ontoggle=hit()>",
    "<video><source onerror=hit()></video>", "<textarea></textarea><script>hit()</script>",
)  # fmt: skip
PAYLOADS = [place.format(text) for text in MARKUP for place in ("{}", "$\\text{{{}}}$")]


@needs_browser
def test_markup_in_any_text_never_runs_and_is_shown_as_text(browser: Any, finished: Path, tmp_path: Path) -> None:
    """Sixty payloads, each in the statement, the answer and every other text of its row."""
    import dataclasses

    facts = gather(Warehouse.open(finished, create=False), rows=len(PAYLOADS))
    assert facts.rows.height == len(PAYLOADS) == 60
    marked = [f"{payload} mark{number:02}" for number, payload in enumerate(PAYLOADS)]
    texts = [name for name, dtype in facts.rows.schema.items() if dtype == pl.String and name != "place"]
    assert {"problem", "answer", "problem_id", "source"} <= set(texts)
    rows = facts.rows.with_columns(pl.Series(name, marked) for name in texts)
    hostile = tmp_path / "hostile.html"
    hostile.write_text(render(dataclasses.replace(facts, rows=rows)), encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))  # a break of the page's policy is told here
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("window.hit = () => { window.wasHit = true }")
    page.goto(hostile.as_uri())
    assert page.evaluate("window.wasHit") is None
    assert said == []
    assert asked == [hostile.as_uri()]
    outside = "article :is(script, img, iframe, object, embed, base, style, meta, link, form, video, svg, template)"
    assert page.locator(outside).count() == 0
    shown = page.locator("#rows").inner_text()
    assert [number for number in range(60) if f"mark{number:02}" not in shown] == []
    page.close()
