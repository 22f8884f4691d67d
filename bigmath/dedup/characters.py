"""Kinds of bytes; what is no ASCII counts as a letter."""

from bigmath.dedup.compiled import compiled


@compiled
def is_letter(byte: int) -> bool:
    return 97 <= byte <= 122 or 65 <= byte <= 90 or byte >= 128


@compiled
def is_digit(byte: int) -> bool:
    return 48 <= byte <= 57


@compiled
def is_space(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13
