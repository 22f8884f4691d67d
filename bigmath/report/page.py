"""From facts to one HTML file."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bigmath.credentials import HIDDEN, PATTERN
from bigmath.report.differences import marked
from bigmath.report.facts import Facts
from bigmath.report.mathematics import many_as_html


def render(facts: Facts) -> str:
    """The page. Texts of problems are escaped or converted to MathML; its own script is the only one that may run."""
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"count": _count, "share": _share, "pretty": _pretty}
    environment.globals |= {"rows_link": _rows_link}
    frames: dict[str, Any] = {name: _hidden(one) for name, one in vars(facts).items() if isinstance(one, pl.DataFrame)}
    facts = replace(facts, clusters=[_hidden(members) for members in facts.clusters], **frames)
    script, style = Markup(_read("report.js")), Markup(_read("report.css"))
    return environment.get_template("report.html.jinja").render(
        facts=facts,
        script=script,
        style=style,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        sources=_by_source(facts.funnel, facts.table3),
        rows=_rows(facts.rows),
        clusters=[_cluster(members) for members in facts.clusters],
        matches=_matches(facts.matches),
        reasons=facts.rows["reasons"].explode().drop_nulls().unique().sort().to_list(),
    )


def _hidden(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows, what looks like a credential in their texts hidden: the page is made to be sent around."""
    return frame.with_columns(pl.col(pl.String).str.replace_all(PATTERN, HIDDEN))


def _read(name: str) -> str:
    return files("bigmath").joinpath("report", name).read_text(encoding="utf-8")


def _by_source(funnel: pl.DataFrame, counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Each source with its counts and the filters at which rows leave it first."""
    drops = funnel.filter(pl.col("first") > 0)
    return [
        one | {"drops": drops.filter(pl.col("source") == one["source"]).to_dicts()}
        for one in counts.filter(pl.col("source") != "total").to_dicts()
    ]


def _rows(rows: pl.DataFrame) -> list[dict[str, Any]]:
    statements = _all_as_html(rows["problem"])
    answers = _all_as_html(rows["answer"], bare=True)
    return [
        row | {"statement": statement, "answer_html": answer}
        for row, statement, answer in zip(rows.to_dicts(), statements, answers, strict=True)
    ]


def _cluster(members: pl.DataFrame) -> dict[str, Any]:
    """A cluster's keeper and, for each other member, both texts with what differs marked."""
    keeper, *others = members.to_dicts()
    pairs = []
    for other in others[:5]:
        left, right = marked(keeper["problem"], other["problem"])
        pairs.append(other | {"kept_html": Markup(left), "other_html": Markup(right)})
    return {"keeper": keeper, "pairs": pairs, "more": max(0, len(others) - 5)}


def _matches(matches: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for match in matches.to_dicts():
        left, right = marked(match["benchmark_problem"], match["problem"])
        found.append(match | {"benchmark_html": Markup(left), "problem_html": Markup(right)})
    return found


def _all_as_html(texts: Iterable[str | None], *, bare: bool = False) -> Sequence[Markup]:
    return [Markup(piece) for piece in many_as_html([text or "" for text in texts], bare=bare)]


def _rows_link(**facets: str | int | None) -> str:
    return "#rows?" + urlencode({name: value for name, value in facets.items() if value not in (None, "")})


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _share(part: float, whole: float) -> str:
    """A width in percent for a bar; something that exists is never invisible."""
    return f"{max(0.4, 100 * part / whole):.1f}%" if part and whole else "0"


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=1, default=str, ensure_ascii=False)
