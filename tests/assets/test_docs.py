"""The documentation: every command, query and Python block runs; the site builds, links hold, no network is needed."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
from markdown_it import MarkdownIt

from .conftest import Bigmath

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}

NOT_RUN = {
    r"^run --hub hub|--hub hub\b": "asks the Hub",
    r"^serve": "runs until it is stopped; tests/bigmath/server starts it",
    r"^score|^regrade|^sql \"from quintiles\"": "asks a model; tests/models and tests/assets/test_score.py",
    r"--second-opinion": "asks a model; tests/assets/test_second_opinion_command.py",
    r"^search strict .*--model": "asks a model; tests/models",
    r"^train (evaluation|star|rl)": "trains for minutes with the extra `train`; make test-train",
    r"^sql --draft": "asks about a check that failed; tests/assets/test_gates.py",
    r"--engine ray": "needs the extra `ray`",
    r"^bench": "takes minutes; each has its own quick test",
    r"^train-topics": "takes minutes; tests/bigmath/topics",
    r"s3://": "needs a bucket; tests/bigmath/test_object_storage.py starts a stand-in",
    r"--value prm": "needs a trained model; tests/assets/test_search_command.py, where torch is",
    r"--push": "asks the Hub; tests/bigmath/release runs it on a stand-in",
    r"--tokenizer mistral": "names a tokenizer's file; tests/rl_hooks/test_masks.py",
    r"^verify GOLD REPLY": "names of arguments",
}
"""Commands that are shown and not run here, with the reason."""

LABELLED = {
    "problem": "What is $2+2$?",
    "answer": "4",
    "answer_kind": "integer",
    "gold_answer": "4",
    "figure": "none",
    "strict_keep": True,
    "unsure": False,
    "closed_form": True,
    "english": True,
    "unique_answer": True,
    **dict.fromkeys(
        ("generation_residue", "hyperlink", "multi_part", "multiple_choice", "needs_figure", "proof"), False
    ),
    **dict.fromkeys(("true_false", "yes_no"), False),
}

FILES = {
    "my.jsonl": [{"problem": "What is $2 + 2$?", "answer": "4"}, {"problem": "Find $3 \\cdot 5$.", "answer": "15"}],
    "a.jsonl": [{"problem": "Evaluate $\\dfrac12 + 1$."}, {"problem": "How many primes are below 30?"}],
    "b.jsonl": [{"problem": "Evaluate $\\frac{1}{2}+1$."}],
    "new.jsonl": [{"problem": "Evaluate $\\frac{1}{2}+1$."}],
    "my_test.jsonl": [{"problem": "How many primes are below 30?"}],
    "judgements.jsonl": [
        {"problem_id": "harp-007ea69b2142b743de2c", "outcome": "dropped", "filter": "figure", "agreed": True}
    ],
    "pairs.jsonl": [{"gold": "1/2", "pred": "0.5"}],
    "labelled.jsonl": [{"id": "1", "source": "mine", **LABELLED}],
}


def blocks(page: str) -> list[str]:
    """The code blocks of a page."""
    tokens = MarkdownIt("commonmark").parse(PAGES[page])
    return [token.content for token in tokens if token.type in {"code_block", "fence"}]


def commands(page: str) -> list[str]:
    """The lines of a page that call bigmath, without the command's name and what is said of it."""
    lines = (line for block in blocks(page) for line in block.splitlines() if line.startswith("bigmath "))
    return [re.sub(r"\s+#\s.*", "", line[8:]) for line in lines]


def queries(page: str) -> list[str]:
    """The queries of a page."""
    return [
        query for block in blocks(page) if re.match("select|from |with ", block)
        for query in map(str.strip, re.sub("--.*", "", block).split(";")) if query and not query.startswith("import")
        and " import " not in query
    ]  # fmt: skip


def python(page: str) -> list[str]:
    """The blocks of Python of a page."""
    return [block for block in blocks(page) if re.match(r"import \w|from [\w.]+ import ", block)]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a finished warehouse and files of one's own, as the working folder."""
    shutil.copytree(finished, tmp_path / "warehouse")
    for name, rows in FILES.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    pl.read_ndjson(tmp_path / "b.jsonl").write_parquet(tmp_path / "b.parquet")
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "warehouse").symlink_to(tmp_path / "warehouse")  # finished work is found again
    (tmp_path / "DIR").symlink_to(ROOT / "bigmath" / "sample")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
@pytest.mark.usefixtures("folder")
def test_every_command_of_a_page_runs(page: str, bigmath: Bigmath) -> None:
    ran = [line for line in commands(page) if not any(re.search(kind, line) for kind in NOT_RUN)]
    for line in ran:
        said = bigmath(*shlex.split(line, comments=True))
        assert said.code == 0, f"bigmath {line}\n{said.err}"


def test_what_is_not_run_is_still_shown() -> None:
    shown = [line for page in PAGES for line in commands(page)]
    for kind in NOT_RUN:
        assert any(re.search(kind, line) for line in shown), kind


MADE_BY_TRAINING = "beside('tables/training_rows/"
"""Of a query that tests/rl_hooks runs: it reads what `bigmath train` makes."""


@pytest.mark.parametrize(
    ("page", "query"), [(page, query) for page in PAGES for query in queries(page) if MADE_BY_TRAINING not in query]
)
def test_every_query_runs(page: str, query: str, finished: Path) -> None:
    with duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as connection:
        assert connection.execute(query).description, page


@pytest.mark.parametrize(("page", "block"), [(page, block) for page in PAGES for block in python(page)])
def test_every_python_block_runs(page: str, block: str, folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}\n{done.stderr}"


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation site, built with every broken link an error."""
    out = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


def test_the_site_fetches_nothing(site: Path) -> None:
    for page in site.rglob("*.html"):
        fetched = re.findall(
            r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)=["']?(https?:[^"' >]+)""", page.read_text()
        )
        assert not fetched, page


def test_the_reference_names_every_command_and_function(site: Path) -> None:
    import typer

    import bigmath
    from assets.cli import app

    text = (site / "reference" / "commands.html").read_text()
    for name in typer.main.get_command(app).commands:  # type: ignore[attr-defined] # a group has commands
        assert f'id="bigmath-{name}"' in text, name
    python_page = (site / "reference" / "python.html").read_text()
    for name in ("load", "verify", "explain", "equivalent", "verify_many", "verify_table", "answer_kind", "Policy"):
        assert name in bigmath.__all__
        assert re.search(rf'id="bigmath\.[\w.]*\.{name}"', python_page), name


def test_every_page_is_in_the_navigation(site: Path) -> None:
    home = (site / "index.html").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        name = str(page.relative_to(ROOT / "docs").with_suffix(".html"))
        assert f'href="{name}"' in home, name
