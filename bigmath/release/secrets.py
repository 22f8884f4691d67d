"""Texts that look like credentials, which must not be published with a problem by accident."""

import re

import polars as pl

_KINDS = {
    "a Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}\b",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{40,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a PyPI token": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "an address with a password": r"\b[a-z][a-z0-9+]{2,10}://[^\s/:@]{1,64}:[^\s/:@]{3,64}@",
}
_PATTERN = "|".join(f"({pattern})" for pattern in _KINDS.values())
_ANY = re.compile(_PATTERN)


def secrets_in(text: str) -> str | None:
    """What kind of credential the text holds, if any; never the credential itself."""
    match = _ANY.search(text)
    return list(_KINDS)[match.lastindex - 1] if match and match.lastindex else None


def secret_in(rows: pl.DataFrame) -> tuple[str, str, str] | None:
    """The first row, by place in the frame, with a credential in any of its text columns.

    Returns:
        problem_id, column and the kind of credential; None where there is none.
    """
    for name, dtype in rows.schema.items():
        if dtype not in (pl.String, pl.List(pl.String)):
            continue
        text = rows[name] if dtype == pl.String else rows[name].list.join("\n")
        for at in text.str.contains(_PATTERN).fill_null(value=False).arg_true():
            if kind := secrets_in(text[at]):
                return str(rows["problem_id"][at]), name, kind
    return None
