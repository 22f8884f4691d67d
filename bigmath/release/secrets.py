"""Rows that hold what looks like a credential, which must not be published with a problem by accident."""

import polars as pl

from bigmath.credentials import PATTERN, secrets_in


def secret_in(rows: pl.DataFrame) -> tuple[str, str, str] | None:
    """The first row, by place in the frame, with a credential in any of its text columns.

    Returns:
        problem_id, column and the kind of credential; None where there is none.
    """
    for name, dtype in rows.schema.items():
        if dtype not in (pl.String, pl.List(pl.String)):
            continue
        text = rows[name] if dtype == pl.String else rows[name].list.join("\n")
        for at in text.str.contains(PATTERN).fill_null(value=False).arg_true():
            if kind := secrets_in(text[at]):
                return str(rows["problem_id"][at]), name, kind
    return None
