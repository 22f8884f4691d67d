"""Texts that look like credentials, which must not be published with a problem by accident."""

import re

_KINDS = {
    "a Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}\b",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{40,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
}
_ANY = re.compile("|".join(f"({pattern})" for pattern in _KINDS.values()))


def secrets_in(text: str) -> str | None:
    """What kind of credential the text holds, if any; never the credential itself."""
    match = _ANY.search(text)
    return list(_KINDS)[match.lastindex - 1] if match and match.lastindex else None
