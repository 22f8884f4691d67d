"""Coverage-guided fuzzing of the verifier with Atheris: no error, no hang, one verdict in both directions.

    python tests/fuzz/fuzz_verify.py -max_total_time=600 [CORPUS_DIR]

Needs the group `fuzz` (`uv pip install --group fuzz`); other arguments go to libFuzzer. Half of the inputs are raw
text, half are strung together from the words of the grammar, so that deep trees are reached within minutes. SymPy's
worker stays out of it: it has its own limits and would hide the speed of the rest.
"""

import importlib
import sys
import time
from typing import Any

PIECES = (
    "1 2 3 7 12 0.5 1.25 -3 1,234 10^9 x y n k a_1 f(x) C \\pi e i \\infty + - * / = < > \\le \\ge \\ne \\pm "
    ", ; : | ! % ' \" ( ) [ ] { } \\{ \\} ^ ^2 ^{2} _ _2 _{10} \\frac{1}{2} \\frac \\dfrac12 \\sqrt \\sqrt{2} "
    "\\sqrt[3]{5} \\binom{5}{2} \\sin \\cos \\log_2 \\ln \\left( \\right) \\cdot \\times \\cup \\cap "
    "\\setminus \\in \\mathbb{R} \\mathbb{Z} \\ldots \\cdots ... \\begin{pmatrix} & \\\\ \\end{pmatrix} "
    "\\begin{cases} \\end{cases} \\begin{aligned} \\end{aligned} \\text{and} \\text{if} \\text{cm} "
    "\\text{hours} min cm^2 km/h \\% ^\\circ \\angle \\overline{AB} \\boxed{ \\boxed{7} $ \\[ \\] or and for "
    "all where even odd base p.m. 2:30 \\sum_{k=1}^n \\int_0^1 dx \\lim_{n\\to\\infty} \\pmod{7} \\equiv "
    "\\lfloor \\rfloor √ ½ π ∞ answer is #### <think> </think> <answer> </answer> \\approx \\over "
    "\\color{red} 0x1F ]0,1[ no solution all real numbers"
).split(" ")
CPU_SECONDS = 2.0
"""Time of this thread for one pair of texts in three comparisons; a loaded machine does not count."""


def text_of(data: Any) -> str:
    """A text out of fuzzer bytes: raw, or pieces of the grammar."""
    if data.ConsumeBool():
        return str(data.ConsumeUnicode(data.ConsumeIntInRange(0, 200)))
    spaced = " " if data.ConsumeBool() else ""
    return spaced.join(data.PickValueInList(PIECES) for _ in range(data.ConsumeIntInRange(0, 24)))


def main() -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["bigmath"]):
        from bigmath import Verdict, equivalent, verify
        from bigmath.verifier.policy import Policy

    policy = Policy(tail=False)

    def one_input(raw: bytes) -> None:
        data = atheris.FuzzedDataProvider(raw)
        gold, reply = text_of(data), text_of(data)
        started = time.thread_time()
        said = [verify(gold, reply, policy=policy), verify(gold, gold, policy=policy)]
        forward, backward = equivalent(gold, reply, policy=policy), equivalent(reply, gold, policy=policy)
        spent = time.thread_time() - started
        assert Verdict.ERROR not in said, (gold, reply)
        assert forward == backward, (gold, reply)
        assert spent < CPU_SECONDS, (spent, gold, reply)

    atheris.Setup([*sys.argv, "-rss_limit_mb=1024", "-timeout=30"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
