"""Words that carry no mathematics, and numbers written out, for the stages that compare texts word by word.

Whether two statements are the same problem is decided by `bigmath.dedup.guarding`.
"""

LIGHT = frozenset(
    """a an the this that these those it its is are was were be been of in on at to for from by with as and then so thus
    what which find determine compute calculate evaluate obtain give let suppose given assume consider please
    value values
    following express write state your answer as form simplest terms if we you can do does following problem
    exactly here where there have has will would us now also how much equal equals such all possible
    below above shown figure diagram common fraction decimal""".split()
)
"""Words that may come, go or change without changing the problem."""

NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100",
}  # fmt: skip
"""Numbers written out; "one" is left out, as it is mostly a pronoun."""
