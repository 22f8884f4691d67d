"""`bigmath`: the command line over the same pipeline that Dagster materializes.

Exit codes: 0 done; 1 a check or gate failed; 2 a setting, name or file that cannot be used; 3 stopped part-way, running
the same command again goes on where it stopped; 4 the Hub or a server elsewhere does not answer; 70 a bug; 141 the
reader of a pipe went away. Data goes to standard output, everything else to standard
error. Commands import what they need when they run, so that `bigmath verify` starts fast.
"""

import os
import shlex
import sys
import traceback
from typing import Any, NoReturn

import typer
from typer.exceptions import TyperException

from assets import cli_ask, cli_files, cli_models, cli_release, cli_run
from assets.command_options import BUG, OK, PARTLY, PIPE, SERVICE, USAGE
from assets.export_command import export
from assets.review_command import review
from bigmath.credentials import masked
from bigmath.errors import BigMathError, ServiceError


class _Commands(typer.core.TyperGroup):
    """Turns every expected failure into one line and an exit code, before Typer makes 1 of all."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BigMathError as error:
            _stop(str(error), error.hint, SERVICE if isinstance(error, ServiceError) else USAGE)
        except KeyboardInterrupt:
            again = f"bigmath {shlex.join(sys.argv[1:])}"
            _stop("stopped", f"run the same command again, finished work is reused: {again}", PARTLY)
        except BrokenPipeError:
            # the reader went away; keep Python from complaining while it flushes
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE)
        return result


app = typer.Typer(
    cls=_Commands,
    help="Curates, verifies and scores mathematics problems and turns them into training data.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

for part in (cli_run, cli_ask, cli_files, cli_release, cli_models):
    app.add_typer(part.commands)
app.add_typer(export, name="export")
app.add_typer(review, name="review")


def main() -> None:
    """Entry point: only a bug shows a traceback."""
    try:
        sys.exit(app(prog_name="bigmath", standalone_mode=False) or OK)
    except TyperException as error:
        if not error.format_message().strip():  # nothing was asked, and Typer has printed the help
            sys.exit(USAGE)
        _stop(" ".join(error.format_message().split()), None, USAGE)
    except Exception as error:
        print(masked(traceback.format_exc()), end="", file=sys.stderr)
        _stop(
            f"a bug: {type(error).__name__}: {error}",
            "report it with the lines above and `bigmath sql 'from runs'`",
            BUG,
        )


def _stop(message: str, hint: str | None, code: int) -> NoReturn:
    from assets.console import show_error  # noqa: PLC0415 - loads Polars and Rich, which a good answer does without

    show_error(message, hint, code=code, as_json="--json" in sys.argv)
    sys.exit(code)
