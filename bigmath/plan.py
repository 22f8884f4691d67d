"""What one run of the main job is asked to do, and which of its filters need only the row itself."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bigmath.contamination import NgramSettings
from bigmath.curate import SplitSettings
from bigmath.duplicates import NearSettings
from bigmath.filtering import LINKS, Criterion, Filter, Stage, settings_of
from bigmath.hub import Files
from bigmath.semantic import SemanticSettings
from bigmath.sentence_model import versions
from bigmath.source import Benchmark, Source


@dataclass(frozen=True)
class Plan:
    """What one run of the main job is asked to do."""

    profile: str
    sources: Mapping[str, Source]
    files: Files
    filters: Sequence[Filter]
    """In the run's order: base first, then strict. A filter that is not here is not asked."""
    benchmarks: Mapping[str, Benchmark]
    near: NearSettings | None
    """None where the stage is off."""
    semantic: SemanticSettings | None
    """None where the stage is off, or its extra is not installed."""
    ngram: NgramSettings | None
    """None where only exact matches with a benchmark count."""
    splits: SplitSettings = field(default_factory=SplitSettings)

    def order(self) -> list[str]:
        return [one.name for one in self.filters]

    def about(self) -> dict[str, Any]:
        """The plan as JSON data: what a published version says of itself."""
        return {
            "profile": self.profile,
            "sources": {name: source.fingerprint(self.files) for name, source in self.sources.items()},
            "filters": [filter_settings(one) for one in self.filters],
            "benchmarks": {name: one.fingerprint(self.files) for name, one in self.benchmarks.items()},
            "near": self.near and asdict(self.near),
            "semantic": semantic_settings(self),
            "ngram": self.ngram and asdict(self.ngram),
            "splits": asdict(self.splits),
        }


def row_filters(plan: Plan, stage: Stage, criterion: Criterion) -> list[Filter]:
    """The filters of a stage and criterion that need only the row itself."""
    return [one for one in plan.filters if (one.stage, one.criterion) == (stage, criterion) and not is_linked(one)]


def is_linked(one: Filter) -> bool:
    """Whether a filter reads what a comparing stage found."""
    return not LINKS.keys().isdisjoint(one.reason().meta.root_names())


def filter_settings(one: Filter) -> dict[str, Any]:
    return {"filter": one.name, **settings_of(one)}


def ngram_settings(plan: Plan) -> dict[str, Any] | None:
    """What decides the contamination stage; None where only exact matches count."""
    if plan.ngram is None:
        return None
    return {**asdict(plan.ngram), **(versions() if plan.ngram.semantic is not None else {})}


def semantic_settings(plan: Plan) -> dict[str, Any] | None:
    """With the versions of the model's libraries, which can change a row and are in no other step's key."""
    return {**asdict(plan.semantic), **versions()} if plan.semantic else None
