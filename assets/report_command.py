"""`bigmath report`: the page of the current version."""

from pathlib import Path

from assets.console import messages, show_object
from bigmath.errors import StoreError
from bigmath.report import gather, render
from bigmath.report.facts import ROWS
from bigmath.store import Warehouse

NAME = "report.html"


def made_report(warehouse: Warehouse, out: Path | None = None, rows: int = ROWS) -> tuple[Path, int]:
    """Writes the page, beside the catalog or where asked, and returns its path and how many problems are on it.

    Raises:
        StoreError: nothing has been published, or the file cannot be written.
    """
    facts = gather(warehouse, rows=rows)
    page = render(facts)
    path = out or warehouse.root / NAME
    try:
        path.write_text(page, encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return path, facts.rows.height


def tell_report(root: Path, out: Path | None, rows: int, *, as_json: bool = False) -> None:
    """Writes the page and says where it is."""
    path, _ = made_report(Warehouse.open(root, create=False), out, rows)
    size = path.stat().st_size
    if as_json:
        show_object({"report": str(path), "bytes": size})
    else:
        messages.print(f"{path}: {size / 1e6:.1f} MB, opens in any browser", markup=False, soft_wrap=True)
