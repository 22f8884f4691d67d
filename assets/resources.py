"""`Curation`: the one resource, holding what a run is configured with, and turning it into a `Job`."""

from functools import cached_property
from typing import Any

import dagster as dg
from pydantic import Field

from assets.plan import build_job
from bigmath.job import Job
from bigmath.progress import Reporter
from bigmath.stages import Plan
from bigmath.workers import use_engine


class Curation(dg.ConfigurableResource):  # type: ignore[type-arg] # the resource is its own value
    """Where the data comes from, which filters run, and where the tables go."""

    warehouse: str = Field(default="warehouse", description="Folder of the tables; made where it is missing.")
    hub: str = Field(
        default="sample",
        description="`sample` (the rows shipped in the package), `hub` (the Hugging Face Hub, at pinned revisions), or "
        "a folder laid out like the Hub.",
    )
    profile: str = Field(default="default", description="Filters and settings: `default` (ours) or `paper`.")
    sources: list[str] = Field(
        default_factory=list, description="Sources to run, by name; empty for all. Fixed when definitions are loaded."
    )
    files: list[str] = Field(
        default_factory=list,
        description="A user's own files (JSONL, JSON, Parquet, CSV with columns problem, solution and/or answer).",
    )
    source_license: str = Field(
        default="unknown", description="Licence of those files (SPDX, such as CC-BY-4.0), for the column `license`."
    )
    benchmarks: list[str] = Field(
        default_factory=list,
        description="Own test sets to keep out, beside the profile's: files with a column problem or question.",
    )
    engine: str = Field(default="local", description="Where batches are worked on: `local`, or `ray` (a cluster).")
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="Settings of filters and stages that differ from the profile's, by name: "
        "`{near: {threshold: 0.6}, non_english: {probability: 0.7}}`; `bigmath filters` lists them.",
    )

    @cached_property
    def job(self) -> Job[Plan]:
        """The job of this configuration; one per process and run."""
        use_engine(self.engine)
        return build_job(
            warehouse=self.warehouse,
            hub=self.hub,
            profile=self.profile,
            sources=self.sources,
            files=self.files,
            source_license=self.source_license,
            benchmarks=self.benchmarks,
            settings=self.settings,
        )

    def reporting_to(self, reporter: Reporter) -> Job[Plan]:
        """The job, telling `reporter` how far it is."""
        self.job.reporter = reporter
        return self.job
