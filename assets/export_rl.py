"""`bigmath export rl`: problems and reward for a trainer, in a folder it reads."""

from dataclasses import asdict
from pathlib import Path

from assets.console import messages, show_note, show_object
from bigmath.store import Warehouse
from rl_hooks.export import export_rl
from rl_hooks.paces import PACES
from rl_hooks.rows import Band


def export_rows(
    root: Path, out: Path | None, *, to: str, table: str, split: str, held_out: str, band: Band, limit: int | None,
    paces: bool, as_json: bool,
) -> None:  # fmt: skip
    """Writes the export, by default into export-FRAMEWORK, and says what is in it."""
    warehouse = Warehouse.open(root, create=False)
    done = export_rl(
        warehouse,
        out or Path(f"export-{to}"),
        to=to,
        table=table,
        split=split,
        held_out=held_out,
        band=band,
        limit=limit,
        paces=PACES if paces else (),
    )
    if not done.held_out:
        show_note(
            f"note: no problem of {table} is in the split {held_out}, so nothing is held out, and loaders refuse the "
            "empty file: name another split with --held-out, or leave it out of the trainer's command"
        )
    if as_json:
        show_object({**asdict(done), "folder": str(done.folder)})
        return
    messages.print(
        f"{done.train:,} problems to train on, {done.held_out:,} held out, {done.outside_band:,} outside the band, "
        f"{done.unmeasured:,} without a solve rate; "
        f"none of them is one of {done.compared:,} test or benchmark statements\n"
        f"{done.folder}/README.md says how to train",
        markup=False,
        soft_wrap=True,
    )
