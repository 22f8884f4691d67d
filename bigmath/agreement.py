"""What two statements in different words must share to be one problem: their numbers, relations, functions, names and
answers.

The guard of near-duplicates (`bigmath.dedup.guarding`) aligns two texts token by token, which says nothing of texts
that are worded differently. What a rewording cannot change is read by the same reader, without the order: the multiset
of numbers ("twelve" is 12; "one" in words is left out, as it is mostly a pronoun), the relations and functions, and the
capitalised words that name a thing and no person ("Monday", "Fibonacci"). Answers must be there and be equal: rows
that differ in them are two problems, or one with a wrong label, and neither may go.
"""

import numpy as np
import polars as pl

from bigmath.normalize import canonical

AGREEMENT = pl.Schema({"numbers": pl.Binary, "operators": pl.Binary, "names": pl.Binary, "answer_text": pl.String})
"""Per statement: its sorted numbers, relations and functions, and names as bytes of the reader's 64-bit values; its
answer in canonical spelling, null where there is none."""


def agreement(rows: pl.DataFrame) -> pl.DataFrame:
    """What the statements (`problem`, `answer`) must share: `AGREEMENT`, one row each. Two agree where all four columns
    are equal and none is null."""
    from bigmath.dedup.framing import frame  # noqa: PLC0415 # compiled code is loaded when needed
    from bigmath.dedup.reading import CAPITAL, SENTENCE, SPELT, read  # noqa: PLC0415
    from bigmath.dedup.signing import LONGEST, columns, plain_bytes  # noqa: PLC0415
    from bigmath.dedup.vocabulary import (  # noqa: PLC0415
        FUNCTION,
        GE,
        LE,
        LIGHT,
        NE,
        NUMBER,
        NUMBER_SEED,
        PROTECTED,
        SYMBOL,
        WORD,
        hashed,
        table,
    )

    relations = np.array([ord("<"), ord(">"), LE, GE, NE], dtype=np.uint64)
    one = np.uint64(hashed("1", NUMBER_SEED))
    data, ends = plain_bytes(rows["problem"])
    room = columns(min(LONGEST, int(np.diff(ends).max(initial=0))))
    kinds, values, _, _, marks, known = room
    found: list[tuple[bytes, bytes, bytes]] = []
    for at in range(rows.height):
        text = data[ends[at] : min(ends[at + 1], ends[at] + LONGEST)]
        count, _ = read(text, 0, len(text), *table(), *room)
        first, last, _ = frame(text, count, *room)
        kind, value, mark, flag = (column[first:last] for column in (kinds, values, marks, known))
        numbers = value[(kind == NUMBER) & ~((mark & SPELT != 0) & (value == one))]
        operators = value[(kind == FUNCTION) | ((kind == SYMBOL) & np.isin(value, relations))]
        named = (kind == WORD) & (mark & CAPITAL != 0) & (mark & SENTENCE == 0)
        names = np.unique(value[named & (flag & PROTECTED != 0) & (flag & LIGHT == 0)])
        found.append((np.sort(numbers).tobytes(), np.sort(operators).tobytes(), names.tobytes()))
    columns_read = {name: [one[place] for one in found] for place, name in enumerate(("numbers", "operators", "names"))}
    read_off = pl.DataFrame(columns_read, schema={name: pl.Binary for name in columns_read})
    answers = canonical(rows["answer"])
    answers = answers.set(answers == "", None)
    return read_off.with_columns(answer_text=answers).match_to_schema(AGREEMENT)
