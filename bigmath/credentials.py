"""Texts that look like credentials: to be found before a text is published, and hidden in what is said or shown."""

import os
import re

_KINDS = {
    "a Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}\b",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{40,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[^-]*",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a PyPI token": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "an address with a password": r"\b[a-z][a-z0-9+]{2,10}://[^\s/:@]{1,64}:[^\s/:@]{3,64}@",
}
PATTERN = "|".join(f"({pattern})" for pattern in _KINDS.values())
"""For Python and for Polars."""
HIDDEN = "***"
_ANY = re.compile(PATTERN)
_USER = re.compile(r"""(:/{1,2})(?:[^\s/@'"]*@|[^\s'"]*:[^\s'"]*@)|(?<![\w/])[^\s:/@'"]+:[^\s/@'"]+@(?=[\w\[])""")
"""User and password of an address, also of one that is badly written or has no scheme. Wider than what stops a release:
in a message it does no harm to hide too much."""
_SECRET_NAME = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|ACCESS_KEY_ID)$")
_LEAST = 8
"""Characters of a variable's value from which on it is searched for: `none` and `EMPTY` are no secrets."""


def secrets_in(text: str) -> str | None:
    """What kind of credential the text holds, if any; never the credential itself."""
    match = _ANY.search(text)
    return list(_KINDS)[match.lastindex - 1] if match and match.lastindex else None


def without_credentials(text: str) -> str:
    """A text of a row without what looks like a credential."""
    return _ANY.sub(HIDDEN, text)


def masked(text: str) -> str:
    """A message or an address without credentials: those of this process's environment, what looks like one, and the
    user and password of an address."""
    for name, value in os.environ.items():
        if len(value) >= _LEAST and _SECRET_NAME.search(name):
            text = text.replace(value, HIDDEN)
    return without_credentials(_USER.sub(rf"\g<1>{HIDDEN}@", text))
