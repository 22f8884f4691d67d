"""`bigmath train-topics`: the topic classifier trained anew and written whole."""

from pathlib import Path

from assets.console import messages, show_table
from assets.plan import files_named
from bigmath.benchmarks.topics import read
from bigmath.durable import write_whole
from bigmath.errors import SettingError
from bigmath.topics.train import accuracy, labelled, packed, train
from sources import SOURCES


def train_and_write(hub: str, out: Path, *, as_json: bool = False) -> None:
    """Trains on the labelled sources at `hub`, shows the accuracy on the held-out rows, writes the model.

    Raises:
        SettingError: the file cannot be written.
    """
    rows = labelled(read(SOURCES, files_named(hub)))
    messages.print(f"training on {rows.filter(~rows['held_out']).height:,} labelled problems", markup=False)
    model = train(rows)
    data = packed(model)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, data)
    except OSError as error:
        raise SettingError(f"cannot write {out}: {error.strerror or error}") from error
    show_table(accuracy(model, rows), title="held-out problems", as_json=as_json)
    messages.print(f"{out}: {len(data):,} bytes, {model.features.height:,} features", markup=False, soft_wrap=True)
