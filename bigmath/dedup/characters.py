"""Kinds of bytes; what is no ASCII counts as a letter."""

from bigmath.dedup.compiled import inlined
from bigmath.dedup.tokens import Bytes


@inlined
def is_letter(byte: int) -> bool:
    return 97 <= byte <= 122 or 65 <= byte <= 90 or byte >= 128


@inlined
def is_digit(byte: int) -> bool:
    return 48 <= byte <= 57


@inlined
def is_space(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@inlined
def byte_at(data: Bytes, at: int) -> int:
    """A byte, or a space behind the end."""
    return int(data[at]) if at < len(data) else 32
