"""What the command line shows: progress while a run works, tables after it, and one-line errors.

Progress and messages go to standard error, data to standard output, so that a pipe gets only data. Without a terminal
progress is plain lines, the first and last of a step and one every ten seconds between; `NO_COLOR` is honoured by Rich.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bigmath.credentials import masked
from bigmath.progress import Task, progress_line

PLAIN_EVERY = 10.0
"""Seconds between progress lines where there is no terminal."""

WIDE = 140
"""Columns of a table where there is no terminal to fit."""

messages = Console(stderr=True, highlight=False)
data = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


class LiveBar:
    """What shows a progress bar while it is entered; without a terminal there is none."""

    _bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


class ConsoleReporter(LiveBar):
    """Progress of a run of `steps` outputs, with the time left guessed from outputs done."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._rows = 0
        self._began = self._said = time.monotonic()
        self._task_began = self._began
        if messages.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn(),
                console=messages, transient=True,
            )  # fmt: skip
            self._whole = self._bar.add_task("run", total=steps, state="")

    def begin(self, task: Task) -> None:
        self._rows = 0
        self._task_began = self._said = time.monotonic()
        if self._bar:
            self._bar.update(self._whole, description=f"{task.table} of {task.partition}", state=self._left())

    def advance(self, task: Task, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        line = progress_line(task, self._rows, now - self._task_began)
        if self._bar:
            self._bar.update(self._whole, state=f"{line.partition(': ')[2]} · {self._left()}")
        elif now - self._said >= PLAIN_EVERY:
            self._said = now
            messages.print(line, markup=False, soft_wrap=True)

    def end(self, task: Task, rows: int, seconds: float, *, reused: bool) -> None:
        self._done += 1
        if self._bar:
            self._bar.update(self._whole, completed=self._done, state=self._left())
        else:
            how = "already made" if reused else f"{seconds:.1f} s"
            messages.print(
                f"[{self._done}/{self._steps}] {task.table} of {task.partition}: {rows:,} rows, {how}", markup=False
            )

    def _left(self) -> str:
        spent = time.monotonic() - self._began
        return f"about {spent / self._done * (self._steps - self._done):.0f} s left" if self._done else ""


def show_table(frame: pl.DataFrame, *, title: str | None = None, as_json: bool = False) -> None:
    """Prints a frame to standard output: a table for people, or one JSON object a line for machines."""
    if as_json:
        for row in frame.iter_rows(named=True):
            print(json.dumps(row, ensure_ascii=False, default=str))
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for cells in frame.iter_rows():
        table.add_row(*(_cell(value) for value in cells))
    data.print(table)


def show_object(facts: Mapping[str, Any]) -> None:
    """Prints one JSON object to standard output."""
    print(json.dumps(facts, ensure_ascii=False, default=str))


def show_note(line: str | None) -> None:
    """Prints a line, if there is one, to standard error."""
    if line:
        messages.print(line, markup=False, soft_wrap=True)


def show_error(message: str, hint: str | None = None, *, code: int, as_json: bool = False) -> None:
    """Prints a failure to standard error: what happened and what to run next, without credentials."""
    message, step = masked(message), masked(_next_step(hint))
    if as_json:
        print(
            json.dumps({"ok": False, "code": code, "error": message, "next": step}, ensure_ascii=False), file=sys.stderr
        )
        return
    messages.print(f"error: {message}", markup=False, soft_wrap=True)
    messages.print(f"hint: {step}", markup=False, soft_wrap=True)


def _next_step(hint: str | None) -> str:
    """A hint that has a command to run: the help of the command that was called, where it has none."""
    if hint and ("bigmath " in hint or "pip install" in hint):
        return hint
    from typer.main import get_command  # noqa: PLC0415 # where something failed, and not before

    from assets.cli import app  # noqa: PLC0415 # it imports this module

    called, words = get_command(app), ["bigmath"]
    for word in sys.argv[1:]:
        if (found := getattr(called, "commands", {}).get(word)) is None:
            break
        called = found
        words.append(word)
    return "; ".join([*([hint] if hint else []), f"{' '.join(words)} --help"])


def show_story(rows: Sequence[tuple[str, Any]]) -> None:
    """Prints names and values below each other."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            table.add_row(name if number == 0 else "", _cell(item))
    data.print(table)


def as_rows(story: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The items that say something, in their order."""
    return [(name, value) for name, value in story.items() if value not in (None, "", "{}", [], {})]


def _cell(value: Any) -> str:
    from rich.markup import escape  # noqa: PLC0415 # beside its one use

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return escape(str(value))
