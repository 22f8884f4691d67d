"""bigmath: the core, which knows no data set, no Dagster and no trainer.

Names are resolved on first use, so that `import bigmath` costs milliseconds and never loads Polars or SymPy by itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bigmath.errors import BigMathError
    from bigmath.loading import load
    from bigmath.problem import Problem
    from bigmath.verifier.judge import Explanation, equivalent, explain, verify
    from bigmath.verifier.kinds import AnswerKind, answer_kind
    from bigmath.verifier.many import verify_many, verify_table
    from bigmath.verifier.policy import VERIFIER_VERSION, Policy, Verdict

_HOME = {
    "BigMathError": "bigmath.errors",
    "Problem": "bigmath.problem",
    "AnswerKind": "bigmath.verifier.kinds",
    "Explanation": "bigmath.verifier.judge",
    "Policy": "bigmath.verifier.policy",
    "VERIFIER_VERSION": "bigmath.verifier.policy",
    "Verdict": "bigmath.verifier.policy",
    "answer_kind": "bigmath.verifier.kinds",
    "equivalent": "bigmath.verifier.judge",
    "explain": "bigmath.verifier.judge",
    "explain_many": "bigmath.verifier.many",
    "load": "bigmath.loading",
    "verify": "bigmath.verifier.judge",
    "verify_many": "bigmath.verifier.many",
    "verify_table": "bigmath.verifier.many",
}

__all__ = [
    "VERIFIER_VERSION",
    "AnswerKind",
    "BigMathError",
    "Explanation",
    "Policy",
    "Problem",
    "Verdict",
    "answer_kind",
    "equivalent",
    "explain",
    "explain_many",
    "load",
    "verify",
    "verify_many",
    "verify_table",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'bigmath' has no attribute {name!r}")
