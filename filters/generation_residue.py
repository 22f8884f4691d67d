"""generation_residue: traces of the prompt that made a model rewrite another problem.

The reader lacks the "original problem" they speak of, or reads an instruction that was not meant for him. The paper
names "do you want to solve it?" and "here's the new problem" in OpenMathInstruct-2 (Meta-CoT, section 8.1);
NuminaMath's synthetic subsets have more ("similar to the original problem", "The new problem statement without
choices").

Kept: "A revised recipe that makes 6 servings ...", a story. Dropped: "Modify the parameters of the original problem
so that $x=3$ and $y=0$." (refers_to_source).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from bigmath.filtering import Criterion, Stage

_TASK = r"(?:problem|question|exercise|scenario|version\s+of\s+the\s+problem)"
_SOURCE = (
    rf"(?i)\b(?:the|our|this|an?)\s+(?:original|previous|earlier|initial|prior|preceding|source"
    rf"|given\s+example)\s+(?:\w+\s+){{0,2}}?{_TASK}(?:'s)?\b"
    rf"|\b(?:above|aforementioned)\s+{_TASK}\s+(?:but|except|with)\b"
    rf"|\b(?:rephrased?|rework(?:ed)?|reword(?:ed)?|modif(?:y|ied|ication)|variation|variant"
    rf"|inspired)\s+(?:\w+\s+){{0,3}}?(?:of|by|from)?\s*(?:the|this|that)\s+(?:\w+\s+)?{_TASK}\b"
    r"|\bunlike\s+(?:in\s+)?the\s+original\b|\bfrom\s+the\s+original\s+(?:configuration|setup)\b"
)
_PROMPT = (
    rf"(?i)\bnew\s+{_TASK}\s*(?:statement|:|will\b|is\s*:|with(?:out)?\s+(?:choices|options)|could\s+be)"
    rf"|\b(?:here(?:'|’)?s|here\s+is|this\s+is)\s+(?:the|a|an|another|your|my)\s+(?:\w+\s+)?(?:new|rewritten"
    rf"|modified|revised|similar|inspired)\s+(?:\w+\s+)?{_TASK}"
    rf"|\banother\s+{_TASK}\s+inspired\s+by\b|\b{_TASK}\s+inspired\s+by\s+(?:this|that|the)\b"
    rf"|\b(?:do|would)\s+you\s+(?:want|like|wish)\s+(?:me\s+)?to\s+(?:solve|try|see|attempt|know\s+the\s+solution)\b"
    rf"|\b(?:rewritten|modified|revised|rephrased|altered|synthetic)\s+(?:math\s+)?{_TASK}\s*(?:statement)?\s*:"
    rf"|\b(?:can|could)\s+you\s+(?:solve|try)\s+(?:this|it|the)\s+(?:new|one|yourself)"
    rf"|\bwithout\s+(?:the\s+)?(?:answer\s+)?choices\s*(?:initially|\)|:)"
    rf"|\bI\s+hope\s+(?:this|that|it)\s+helps\b|^\W*(?:sure|certainly|absolutely|of\s+course)!"
    rf"|\((?:rephrased|rewritten|reworded)\)"
    rf"|\blet\s+me\s+know\s+if\s+you\b|\bas\s+an?\s+(?:AI|language)\s+(?:language\s+)?model\b"
    rf"|\bI\s+(?:will|'ll)\s+(?:now\s+)?(?:create|rewrite|modify|write)\s+(?:a|the|this)\b"
    rf"|\bproblem\s+choice\s+and\s+structure\s+change\b"
    rf"|\btranslate\s+the\s+(?:above|following)\s+text\b|\b(?:the\s+)?translat(?:ed|ion)\b[^.]{{0,60}}\b(?:preserv|maintain"
    rf"|keep|retain)\w*\b[^.]{{0,40}}\b(?:format|structure|line\s+breaks)"
    rf"|\(no\s+solution\s+provided\)"
)


@dataclass(frozen=True)
class GenerationResidue:
    """Drops rows that speak of the problem they were made from, or still hold a piece of the prompt or reply."""

    name: ClassVar[str] = "generation_residue"
    stage: ClassVar[Stage] = "base"
    criterion: ClassVar[Criterion] = "hygiene"
    reasons: ClassVar[Mapping[str, str]] = {
        "refers_to_source": "the statement speaks of the problem it was made from",
        "prompt_text": "the statement holds a piece of the prompt or of the reply around it",
    }

    def reason(self) -> pl.Expr:
        """References to a source first."""
        problem = pl.col("problem")
        return (
            pl.when(problem.str.contains(_SOURCE))
            .then(pl.lit("refers_to_source"))
            .when(problem.str.contains(_PROMPT))
            .then(pl.lit("prompt_text"))
        )

    def detail(self) -> pl.Expr:
        """The words found."""
        return pl.coalesce(
            pl.col("problem").str.extract(rf"({_SOURCE})"), pl.col("problem").str.extract(rf"({_PROMPT})")
        )
