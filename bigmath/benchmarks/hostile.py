"""Texts made to hang, crash or hijack a grader; none of them is 42. Sizes are those that broke public graders."""

_OPENERS = ("{", "(", "[", "\\frac{", "\\sqrt{", "\\boxed{", "\\left(", "\\begin{pmatrix}", "|", "-", "\\pm ", "$")
_TOWERS = ("9^{9^{9^{9}}}", "9**9**9**9", "2^{2^{2^{2^{2^{2}}}}}", "(((10)!)!)!", "(10^9)!", "\\Gamma(10^6)")
_LARGE = (
    "\\binom{1000000}{500000}", "10^{10^{10}}", "\\sum_{n=1}^{10^{12}} n", "\\prod_{k=1}^{10^{9}} k", "1e999999999",
    "(a+b+c+d+e)^{200}", "(x+1)^{100000}", "0.(9)", "\\int_0^1 x^x e^{\\sin x} dx", "\\lim_{x\\to 0} x^{x^{x^x}}",
)  # fmt: skip
_CODE = (
    "__import__('os').system('true')", "().__class__.__bases__[0].__subclasses__()", "exec('1')", "lambda: 0",
    "open('/etc/passwd').read()", "{{7*7}}", "${jndi:ldap://a}", "'; drop table answers; --", "\\input{/etc/passwd}",
    "\\write18{true}", "<script>alert(1)</script>", "%s%s%s%n",
)  # fmt: skip
_ODD = ("", " ", "\\,", "{}", "\u200b", "\x00", "\ud800", "\u202e42\u202c1", "٤٢١", "NaN", "inf", "\\", "\\boxed", "$$")


def texts(length: int = 100_000) -> list[str]:
    """About 80 hostile texts, the long ones of about `length` characters."""
    opened = [opener * (length // len(opener)) for opener in _OPENERS]
    closed = ["(" * (length // 2) + "1" + ")" * (length // 2), "\\frac{1}{" * (length // 9) + "2" + "}" * (length // 9)]
    long = [
        unit * (length // len(unit)) for unit in ("9", "1,", "1+", "x", "x y ", "\\cup(0,1)", "1/", "2^", "a=", "!")
    ]
    matrix = "\\begin{pmatrix}" + "\\\\".join("&".join("1" for _ in range(100)) for _ in range(100)) + "\\end{pmatrix}"
    signs = "\\pm 1" + "".join(f" \\pm \\sqrt{{{n}}}" for n in range(2, 40))
    boxes = "so \\boxed{1} " * (length // 13)
    return [*opened, *closed, *long, matrix, signs, boxes, *_TOWERS, *_LARGE, *_CODE, *_ODD]
