"""What must hold of a release's rows, each as one query over its own files that counts the rows that break it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from bigmath.release import certificate, recount
from bigmath.release.manifest import Shard

_EVERYTHING = " union all ".join(
    f"select '{config}' as config, problem_id, source, revision, license from {config}"
    for config in ("base", "strict", "reformulated", "unfiltered")
)

GATES = {
    "no problem is in a configuration twice": (
        f"select problem_id from ({_EVERYTHING}) group by config, problem_id having count(*) > 1"
    ),
    "every row names its source, revision and licence": (
        f"select problem_id from ({_EVERYTHING}) where source is null or revision is null or license is null"
    ),
    "strict is part of base": "select problem_id from strict anti join base using (problem_id)",
    "base is what the ledger kept": (
        "select problem_id from (select problem_id from unfiltered where outcome <> 'dropped') u"
        " full join base b using (problem_id) where u.problem_id is null or b.problem_id is null"
    ),
    "strict is what the ledger kept of base": (
        "select problem_id from (select problem_id from unfiltered where outcome = 'strict') u"
        " full join strict s using (problem_id) where u.problem_id is null or s.problem_id is null"
    ),
    "every problem is kept, or dropped with a reason": (
        "select problem_id from unfiltered where outcome is null or (outcome = 'strict') <> (filter is null)"
    ),
    "no problem of a benchmark is released": (
        "select problem_id from (from base union all by name from strict) where problem_id in (select unnest($1))"
    ),
}
"""Statement and query of the ids that break it. The unfiltered configuration is the ledger: one row a problem read."""


def broken(folder: Path, shards: Sequence[Shard]) -> Iterator[str]:
    """A line for each gate that does not hold.

    Raises:
        OSError, ValueError, KeyError, duckdb.Error: a file is missing or not what it should be.
    """
    removed = list(certificate.removed(folder))
    with duckdb.connect() as connection:
        recount.show(connection, folder, shards)
        for statement, query in GATES.items():
            ids = connection.execute(query, [removed] if "$1" in query else None).fetchall()
            if ids:
                yield f"does not hold: {statement}: {len(ids):,} do not, such as {ids[0][0]}"
