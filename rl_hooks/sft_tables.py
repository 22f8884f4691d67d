"""SFT rows as tables: text for trainers that mask the prompt, and token ids with masks for a given tokenizer."""

import hashlib
from collections.abc import Iterable, Sequence

import polars as pl

from rl_hooks.masks import tokenize
from rl_hooks.sft import Rejected, SftRow
from rl_hooks.tokenizer import Tokenizer

SFT = pl.Schema(
    {
        "row_id": pl.String(),
        "kind": pl.String(),
        "problem_id": pl.String(),
        "trace_ids": pl.List(pl.String),
        "prompt": pl.String(),
        "completion": pl.String(),
        "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String})),
        "attempts": pl.Int64(),
        "backtracks": pl.Int64(),
        "term": pl.String(),
    }
)
"""One example; `prompt` is only read, all of `completion` is trained on, in `messages` too (user, assistant)."""

SFT_TOKENS = pl.Schema(
    {
        "row_id": pl.String(),
        "kind": pl.String(),
        "problem_id": pl.String(),
        "input_ids": pl.List(pl.Int64),
        "labels": pl.List(pl.Int64),
        "loss_mask": pl.List(pl.Boolean),
        "straddling": pl.Int64(),
        "tokenizer": pl.String(),
    }
)
"""The example as token ids; `labels` is -100 where there is no loss."""

SFT_REJECTED = pl.Schema({"kind": pl.String, "problem_id": pl.String, "trace_id": pl.String, "reason": pl.String})


def row_id(row: SftRow) -> str:
    """20 hex digits of the SHA-256 of what the row says."""
    digest = hashlib.sha256(f"{row.kind}\0{row.problem_id}\0{row.term}\0{row.attempts}".encode())
    for segment in row.segments:
        digest.update(f"\0{segment.trained}{segment.cut}{segment.text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:20]


def text_frame(rows: Iterable[SftRow]) -> pl.DataFrame:
    """The `sft_*` table."""
    found = []
    for row in rows:
        read, learnt = row.prompt, row.completion
        found.append(
            {
                "row_id": row_id(row),
                "kind": row.kind,
                "problem_id": row.problem_id,
                "trace_ids": list(row.trace_ids),
                "prompt": read,
                "completion": learnt,
                "messages": [{"role": "user", "content": read}, {"role": "assistant", "content": learnt}],
                "attempts": row.attempts,
                "backtracks": row.backtracks,
                "term": row.term,
            }
        )
    return pl.DataFrame(found, schema=SFT)


def token_frame(rows: Iterable[SftRow], tokenizer: Tokenizer) -> pl.DataFrame:
    """The `sft_*_tokens` table."""
    found = []
    for row in rows:
        tokens = tokenize(row.segments, tokenizer, end=row.end)
        found.append(
            {
                "row_id": row_id(row),
                "kind": row.kind,
                "problem_id": row.problem_id,
                "input_ids": list(tokens.ids),
                "labels": tokens.labels(),
                "loss_mask": list(tokens.trained),
                "straddling": tokens.straddling,
                "tokenizer": tokenizer.name,
            }
        )
    return pl.DataFrame(found, schema=SFT_TOKENS)


def rejected_frame(rejected: Sequence[Rejected]) -> pl.DataFrame:
    """What gave no row."""
    rows = [(one.kind, one.problem_id, one.trace_id, one.reason) for one in rejected]
    return pl.DataFrame(rows, schema=SFT_REJECTED, orient="row")
