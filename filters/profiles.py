"""Profiles: which filters run in which order with which settings, as plain data.

A profile is a named function. `default` is ours, `semantic` adds a
stage to it; `paper` is the paper's (Meta-CoT, section 8.1), so that its Table 3
can be compared like with like.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from bigmath.contamination import NgramSettings
from bigmath.duplicates import NearSettings
from bigmath.errors import SettingError
from bigmath.filtering import Filter
from bigmath.semantic import SemanticSettings
from filters.answer_conflict import AnswerConflict
from filters.boxed_count import BoxedCount
from filters.contaminated import Contaminated
from filters.exact_duplicate import ExactDuplicate
from filters.figure import Figure
from filters.generation_residue import GenerationResidue
from filters.hyperlink import Hyperlink
from filters.multi_part import MultiPart
from filters.multiple_choice import MultipleChoice
from filters.near_duplicate import NearDuplicate
from filters.no_answer import NoAnswer
from filters.no_problem import NoProblem
from filters.non_english import NonEnglish
from filters.not_closed_form import NotClosedForm
from filters.not_unique import NotUnique
from filters.proof import Proof
from filters.semantic_duplicate import SemanticDuplicate
from filters.synthetic_subset import SyntheticSubset
from filters.true_false import TrueFalse
from filters.unverifiable import Unverifiable
from filters.yes_no import YesNo

BENCHMARKS = ("math_500", "aime", "amc", "gsm8k_test")
"""Every benchmark at hand."""


@dataclass(frozen=True)
class Profile:
    """Settings of one way to curate."""

    name: str
    base: tuple[Filter, ...]
    """In order: the first that drops a row is its first reason."""
    strict: tuple[Filter, ...]
    benchmarks: tuple[str, ...]
    """Which benchmarks rows are matched against."""
    ngram: NgramSettings | None
    """Settings of n-gram contamination; None where only exact matches count."""
    near: NearSettings | None
    """Settings of near-duplicates; None where the stage is off."""
    semantic: SemanticSettings | None
    """Settings of semantic duplicates; None where the stage is off."""
    harp_subsets: tuple[str, ...]
    """HARP's files: the same problems are in the short-answer and the multiple-choice file."""

    def asked(self) -> tuple[Filter, ...]:
        """The filters in order, less those whose comparing stage is off: they would have nothing to read."""
        off = {"near_duplicate": self.near is None, "semantic_duplicate": self.semantic is None}
        return tuple(one for one in (*self.base, *self.strict) if not off.get(one.name, False))


def with_settings(profile: Profile, changes: Mapping[str, Mapping[str, Any]]) -> Profile:
    """The profile with settings changed: by the name of a filter, or of a stage (ngram, near, semantic), then by field.

    Raises:
        SettingError: there is no such filter, stage or field, or the value is of another type.
    """
    for name, values in changes.items():
        stages = [one for one in ("ngram", "near", "semantic") if getattr(profile, one) is not None]
        filters = {one.name: one for one in (*profile.base, *profile.strict)}
        if name in stages:
            profile = replace(profile, **{name: _changed(name, getattr(profile, name), values)})
        elif name in filters:
            new = _changed(name, filters[name], values)
            base, strict = (
                tuple(new if one.name == name else one for one in side) for side in (profile.base, profile.strict)
            )
            profile = replace(profile, base=base, strict=strict)
        else:
            raise SettingError(f"no filter or stage {name!r}; there are: {', '.join([*filters, *stages])}")
    return profile


def _changed(name: str, one: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(values, Mapping):
        raise SettingError(f"{name}: {values!r}; accepted: names and values of its settings")
    known = {item.name: getattr(one, item.name) for item in fields(one)}
    for field, value in values.items():
        if field not in known:
            raise SettingError(f"{name} has no setting {field!r}; there are: {', '.join(known) or 'none'}")
        wanted = (int, float) if type(known[field]) is float else type(known[field])
        if isinstance(value, bool) != isinstance(known[field], bool) or not isinstance(
            tuple(value) if isinstance(value, list) else value, wanted
        ):
            raise SettingError(f"{name}.{field} = {value!r}; accepted: as {known[field]!r}")
    return replace(
        one, **{field: tuple(value) if isinstance(value, list) else value for field, value in values.items()}
    )


def default() -> Profile:
    """Ours: every filter, every benchmark, exact and guarded near-duplicates."""
    return Profile(
        name="default",
        base=(
            NoProblem(),
            NoAnswer(),
            BoxedCount(),
            AnswerConflict(),
            SyntheticSubset(),
            Figure(),
            GenerationResidue(),
            ExactDuplicate(),
            NonEnglish(),
            Hyperlink(),
            Contaminated(),
        ),
        strict=(
            MultiPart(),
            Proof(),
            MultipleChoice(),
            TrueFalse(),
            YesNo(),
            NotClosedForm(),
            NotUnique(),
            Unverifiable(),
            NearDuplicate(),
            SemanticDuplicate(),
        ),
        benchmarks=BENCHMARKS,
        ngram=NgramSettings(),
        near=NearSettings(),
        semantic=None,
        harp_subsets=("short_answer", "mcq", "proof"),
    )


def paper() -> Profile:
    """The paper's filters in its order: exact matches with MATH-500 only, SemDeDup at cosine 0.5 instead of MinHash.

    The semantic stage needs the extra `semantic`; without it the filter is not asked, and the command line says so.
    """
    return Profile(
        name="paper",
        base=(
            NoProblem(),
            NoAnswer(),
            Figure(missing=False),
            SyntheticSubset(),
            BoxedCount(),
            AnswerConflict(),
            GenerationResidue(),
            ExactDuplicate(),
            NonEnglish(),
            Hyperlink(),
            Contaminated(),
        ),
        strict=(MultiPart(), Proof(), MultipleChoice(), YesNo(), TrueFalse(), SemanticDuplicate()),
        benchmarks=("math_500",),
        ngram=None,
        near=None,
        semantic=SemanticSettings(cosine=0.5, guarded=False),
        harp_subsets=("short_answer",),
    )


def semantic() -> Profile:
    """`default` with the guarded semantic stage after near-duplicates; it needs the extra `semantic`."""
    return replace(default(), name="semantic", semantic=SemanticSettings())


PROFILES: dict[str, Callable[[], Profile]] = {"default": default, "semantic": semantic, "paper": paper}
