"""Which texts are compared: those that share a band key, in numbers that stay linear however many share one.

Texts are numbered by (hash of their numbers, one minimum, exact key), so the order of rows is forgotten before
anything is chosen, and
inside a bucket texts of equal numbers, the likely copies, stand together. Each is compared with the `NEIGHBOURS`
before it
and the first of its numbers; texts of different numbers, the likely variants, meet through one representative for
each run of
equal numbers, all of them in a small bucket and the two before in a large one.
"""

import numpy as np
from numpy.typing import NDArray

from bigmath.dedup.aligning import edits_allowed
from bigmath.dedup.compiled import compiled
from bigmath.dedup.signing import Hashes
from bigmath.dedup.tokens import Bytes, Values

NEIGHBOURS = 4
SMALL = 6
"""Runs of equal numbers in a bucket up to which all representatives are compared."""
FEW = 4
"""Texts of equal numbers up to which all are compared, however little they look alike."""
SHARED = 8
"""Band keys that texts of different numbers must share before they are read: at worst a variant is missed."""
SHARED_IN_WORDS = 2
"""Band keys that texts must share which differ in numbers in words only."""
_U = np.uint64
_LOW = _U(0xFFFFFFFF)
_SPREAD = np.uint32(0x9E3779B1)

Traits = NDArray[np.uint16]


def traits(numbers: Values, digits: Values, family: NDArray[np.int64], same: NDArray[np.int64]) -> Traits:
    """What of a text decides whether a pair is a candidate, a row each: a hash of its numbers, of its digits, of its
    family and of its cluster so far. Of 16 bits, as a band looks them up in no order and what counts is how many fit
    into the processor's cache; two that agree by chance cost a candidate in 65,536, or add one."""
    labels = [(label.astype(np.uint32) * _SPREAD >> np.uint32(16)) for label in (family, same)]
    return np.stack([column.astype(np.uint16) for column in (numbers, digits, *labels)], axis=1)


@compiled
def possible(traits: Traits, one: int, other: int) -> bool:
    """Of two texts, whether they may be found to be one cluster or one family that they are not yet."""
    if traits[one, 3] == traits[other, 3]:
        return False
    return bool(
        traits[one, 0] == traits[other, 0] or traits[one, 1] == traits[other, 1] or traits[one, 2] != traits[other, 2]
    )


def band_pairs(keys: Hashes, traits: Traits) -> Values:
    """The candidate pairs of one band, each once, in no order, as `first << 32 | second` with first < second.

    Args:
        keys: each text's key in this band, texts in the order described above.
        traits: of each text, the first column ascending or at least equal where the numbers are.
    """
    packed = (keys.astype(np.uint64) << _U(32)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    found = np.empty(_most(packed), dtype=np.uint64)
    return found[: _scan(packed, traits, found)]


def numbered_pairs(numbers: Values, nearest: Hashes, traits: Traits) -> Values:
    """The candidate pairs that share all their numbers and operators, whatever their words: neighbours in the order of
    texts, where at most `FEW` share them or the minimum agrees, too. Those without numbers are left to the bands.

    Args:
        numbers: the hash of each text's numbers, ascending.
        nearest: each text's minimum, ascending among equal numbers.
    """
    edges = np.flatnonzero(np.diff(numbers, prepend=~numbers[:1], append=~numbers[-1:]))
    few = np.repeat(np.diff(edges) <= FEW, np.diff(edges))
    first = np.arange(len(numbers), dtype=np.uint64)
    pairs = []
    for step in range(1, NEIGHBOURS + 1):
        equal = (numbers[step:] == numbers[:-step]) & (numbers[step:] != 0)
        equal &= few[step:] | (nearest[step:] == nearest[:-step])
        equal &= traits[step:, 3] != traits[:-step, 3]
        pairs.append(((first[:-step] << _U(32)) | first[step:])[equal])
    return np.concatenate(pairs)


def each_once(pairs: Values) -> Values:
    """The pairs in order, each once; many times as fast here as `numpy.unique`, which builds a hash table."""
    pairs = np.sort(pairs)
    return pairs[np.concatenate([pairs[:1] == pairs[:1], pairs[1:] != pairs[:-1]])]


def without(pairs: Values, others: Values) -> Values:
    """The pairs that are not among others; both in order."""
    return pairs[~_among(pairs, others)]


def _among(pairs: Values, others: Values) -> NDArray[np.bool_]:
    """Of each pair, whether it is among others; both in order."""
    if not len(others):
        return np.zeros(len(pairs), np.bool_)
    at = np.minimum(np.searchsorted(others, pairs), len(others) - 1)
    return np.asarray(others[at] == pairs)


def together(pairs: Values, count: int) -> Values:
    """The pairs in another order: those of one component stand together, so that a text is read once for most of
    them. There are `count` texts."""
    component = np.arange(count, dtype=np.int64)
    unite(component, pairs)
    of = roots(component)[(pairs >> _U(32)).astype(np.int64)]
    return pairs[np.argsort(of, kind="stable")]


@compiled
def _most(packed: Values) -> int:
    """An upper bound of the pairs of a band."""
    total = 0
    at = 0
    while at < len(packed):
        stop = at + 1
        while stop < len(packed) and packed[stop] >> _U(32) == packed[at] >> _U(32):
            stop += 1
        size = stop - at
        if size > 1:
            total += size * (max(NEIGHBOURS + 1, SMALL) + 2)
        at = stop
    return total


@compiled
def _scan(packed: Values, traits: Traits, out: Values) -> int:
    count = 0
    at = 0
    heads = np.empty(SMALL, np.int64)
    while at < len(packed):
        stop = at + 1
        while stop < len(packed) and packed[stop] >> _U(32) == packed[at] >> _U(32):
            stop += 1
        runs = 0
        begin = at
        for place in range(at, stop if stop - at > 1 else at):
            here = np.int64(packed[place] & _LOW)
            if place == at or traits[here, 0] != traits[np.int64(packed[place - 1] & _LOW), 0]:
                begin = place
                for back in range(1, (min(runs, SMALL) if runs < SMALL else 2) + 1):
                    head = heads[(runs - back) % SMALL]
                    if possible(traits, head, here):
                        out[count] = _U(head) << _U(32) | _U(here)
                        count += 1
                heads[runs % SMALL] = here
                runs += 1
            else:
                nearest = max(begin, place - NEIGHBOURS)
                for before in range(nearest, place):
                    other = np.int64(packed[before] & _LOW)
                    if possible(traits, other, here):
                        out[count] = _U(other) << _U(32) | _U(here)
                        count += 1
                other = np.int64(packed[begin] & _LOW)
                if begin < nearest and possible(traits, other, here):
                    out[count] = _U(other) << _U(32) | _U(here)
                    count += 1
        at = stop
    return count


@compiled
def _root(parent: NDArray[np.int64], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@compiled
def unite(parent: NDArray[np.int64], pairs: Values) -> None:
    """Joins the components of each pair, in place; a component's root is its smallest member."""
    for pair in pairs:
        a, b = _root(parent, np.int64(pair >> _U(32))), _root(parent, np.int64(pair & _LOW))
        parent[max(a, b)] = min(a, b)


@compiled
def roots(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """The root of each member."""
    out = np.empty_like(parent)
    for at in range(len(parent)):
        out[at] = _root(parent, at)
    return out


def equal_neighbours(values: Values) -> Values:
    """Pairs that chain the places of each value but 0, in order."""
    order = np.argsort(values, kind="stable").astype(np.uint64)
    ranked = values[order]
    equal = (ranked[1:] == ranked[:-1]) & (ranked[1:] != 0)
    return (order[:-1] << _U(32) | order[1:])[equal]


@compiled
def promising(pairs: Values, keys: Hashes, traits: Traits) -> NDArray[np.bool_]:
    """Of each pair, whether it is worth reading. Texts of equal numbers are. So are those of equal digits and signs
    that share `SHARED_IN_WORDS` band keys, as a slip may have hit a number in words. Others can only be variants: they
    must share `SHARED` keys, which 99 % of pairs do at similarity 0.9, 62 % at 0.8 and 8 % at 0.7.

    Args:
        keys: one row a text, one column a band.
    """
    out = np.empty(len(pairs), np.bool_)
    for at in range(len(pairs)):
        one, other = np.int64(pairs[at] >> _U(32)), np.int64(pairs[at] & _LOW)
        out[at] = traits[one, 0] == traits[other, 0]
        if not out[at]:
            shared = 0
            for band in range(keys.shape[1]):
                shared += keys[one, band] == keys[other, band]
            out[at] = shared >= SHARED or (traits[one, 1] == traits[other, 1] and shared >= SHARED_IN_WORDS)
    return out


@compiled
def alignable(pairs: Values, bags: Bytes) -> NDArray[np.bool_]:
    """Of each pair, whether its texts can be aligned at all: their counters must not already differ by more tokens than
    `edits_allowed`, unless one text may hold all of the other.

    Args:
        bags: one row a text, one column a sort of tokens (`bigmath.dedup.signing.fill_bag`).
    """
    out = np.empty(len(pairs), np.bool_)
    for at in range(len(pairs)):
        one, other = np.int64(pairs[at] >> _U(32)), np.int64(pairs[at] & _LOW)
        length = more = less = np.int32(0)
        for sort in range(bags.shape[1]):
            count, count2 = np.int32(bags[one, sort]), np.int32(bags[other, sort])
            length += count
            more += max(np.int32(0), count - count2)
            less += max(np.int32(0), count2 - count)
        length = max(length, length - more + less)
        out[at] = more == 0 or less == 0 or more + less <= edits_allowed(length)
    return out


def one_a_family(
    pairs: Values, numbers: Values, digits: Values, family: NDArray[np.int64], tried: Values
) -> tuple[Values, Values]:
    """The pairs without those that could only join two families which another pair before them could join, or a pair
    that was compared; and the families tried so far, as pairs."""
    left, right = (pairs >> _U(32)).astype(np.int64), (pairs & _LOW).astype(np.int64)
    joining = (numbers[left] != numbers[right]) & (digits[left] != digits[right])
    ones, others = family[left[joining]].astype(np.uint64), family[right[joining]].astype(np.uint64)
    families = (np.minimum(ones, others) << _U(32)) | np.maximum(ones, others)
    order = np.argsort(families, kind="stable")
    ranked = families[order]
    first = np.concatenate([ranked[:1] == ranked[:1], ranked[1:] != ranked[:-1]])
    new = first & ~_among(ranked, tried)
    kept = ~joining
    kept[np.flatnonzero(joining)[order[new]]] = True
    return pairs[kept], np.sort(np.concatenate([tried, ranked[new]]))
