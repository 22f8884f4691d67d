"""The invariants and gates of the tables as blocking asset checks: a failed one stops everything downstream, so nothing
of it is published. Each names how many rows break it, the first few of them, and the command that shows more: the
tables that were kept from being published are then to be seen in a draft catalog. The questions are asked in
`bigmath.invariants` and `bigmath.gates`.
"""

from collections.abc import Iterator
from contextlib import suppress
from shlex import quote

import dagster as dg

from assets.metadata import cut
from assets.pipeline import failure
from assets.resources import Curation
from bigmath.catalog import PUBLISHED, build_draft
from bigmath.errors import BigMathError, StoreError
from bigmath.gates import GATES
from bigmath.invariants import INVARIANTS, Invariant
from bigmath.job import Job
from bigmath.outputs import Output
from bigmath.plan import Plan


def build_checks() -> list[dg.AssetChecksDefinition]:
    """One blocking check for each invariant, and five for each exported table."""
    gates = [(name, one) for gates in GATES.values() for name, one in gates.items()]
    return [_check(name, one) for name, one in (*INVARIANTS.items(), *gates)]


def _check(name: str, invariant: Invariant) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=invariant.table, name=name, description=invariant.statement, blocking=True, additional_deps=invariant.also
    )
    def check(curation: Curation) -> dg.AssetCheckResult:
        command = f"bigmath sql --draft -w {quote(curation.warehouse)} {quote(invariant.query)}"
        try:
            finding = invariant.find(curation.job)
            if finding.broken:
                build_draft(curation.job.warehouse, dict(_made(curation.job)))
        except BigMathError as error:
            raise failure(error) from error
        said = finding.sentence()
        return dg.AssetCheckResult(
            passed=not finding.broken,
            severity=dg.AssetCheckSeverity.ERROR,
            description=cut(f"{said}; to look further: {command}" if finding.broken else said),
            metadata={
                "checked": finding.checked,
                "broken": finding.broken,
                "examples": dg.MetadataValue.json(finding.examples),
                "look further": dg.MetadataValue.text(cut(command)),
            },
        )

    return check


def _made(job: Job[Plan]) -> Iterator[tuple[str, list[Output]]]:
    """The tables that this job has made so far, whole or in part."""
    for table, steps in PUBLISHED.items():
        if outputs := [output for step in steps for output in _outputs(job, step)]:
            yield table, outputs


def _outputs(job: Job[Plan], step: str) -> Iterator[Output]:
    for partition in job.partitions(step):
        with suppress(StoreError):  # not reached yet
            yield job.output(step, partition)
