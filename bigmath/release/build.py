"""From a published version to a release folder. The same version, name, tag and predecessor give the same bytes."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import duckdb

from bigmath.catalog import connect_to
from bigmath.credentials import secrets_in
from bigmath.durable import sha256_of, sync_all, sync_folder
from bigmath.errors import SettingError, StoreError
from bigmath.outputs import Version
from bigmath.release import card, certificate, changes, croissant, inspect, manifest, recall, recount, shards
from bigmath.release.manifest import Identity, Manifest
from bigmath.release.names import ALLOWED, refuse_name, refuse_tag
from bigmath.store import Warehouse

CONFIGS = ("base", "strict", "reformulated")


@dataclass(frozen=True)
class Request:
    """What to release."""

    name: str
    """Organisation and data set, as in `acme/bigmath`."""
    tag: str
    """v and three numbers."""
    licenses: Sequence[str] = ALLOWED
    """Licences under which rows may be passed on."""
    leave_out: bool = False
    """Whether rows of other licences are left out; else they stop the release."""
    previous: Path | None = None
    """The folder of the release before, for the changes and to check that the tag says enough."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where each benchmark comes from: repository and revision."""
    quality: Sequence[Mapping[str, Any]] = ()
    """Filters against labelled rows: class, labelled, fired, right."""

    def __post_init__(self) -> None:
        refuse_name(self.name)
        refuse_tag(self.tag)


def build(warehouse: Warehouse, request: Request, out: Path) -> Manifest:
    """Writes the release into `out`, which must not exist; it appears whole or not at all.

    Raises:
        StoreError: nothing is published, a file of the version is damaged, what was written fails its own check, `out`
            exists or cannot be written.
        SettingError: a row's licence is not allowed, a text holds a secret, the tag says less than has changed, or a
            source is back that the release before took back.
    """
    if damages := warehouse.damages():
        raise StoreError(f"the version is damaged: {damages[0]}", hint="bigmath check")

    def write(folder: Path) -> Identity:
        version = warehouse.current()
        assert version is not None  # one without has damages
        with connect_to(warehouse, version) as connection:
            _write_rows(connection, version, request, folder)
            if request.previous is not None and (told := recall.notices(request.previous)):
                _write_json(folder / recall.NAME, told)
            return _identity(connection, version, request)

    return _whole(write, out, request.previous)


def recall_source(
    old_folder: Path, source: str, out: Path, *, reason: str, date: str, tag: str | None = None
) -> recall.Notice:
    """Writes a release without a source, made from the old release alone, with a notice, and marks the old one. Asked
    again, it ends what was cut off and gives the same notice.

    Raises:
        StoreError: the old release is not whole, `out` exists or cannot be written.
        SettingError: the release has no such source or no other, or the tag says too little.
    """
    old = manifest.read(old_folder)
    recall.refuse_unknown(old, source)
    if wrong := inspect.faults(old_folder):
        raise StoreError(f"{old_folder} is not what it says: {wrong[0]}", hint=f"bigmath release --check {old_folder}")
    if tag is not None:
        refuse_tag(tag)
    if out.exists() and (done := recall.done(out, old, source, reason, tag)) is not None:
        recall.mark(old_folder, done)  # it was cut off before that
        return done
    told: list[recall.Notice] = []

    def write(folder: Path) -> Identity:
        taken = recall.write_without(old_folder, old, source, folder)
        fixed_in = tag or recall.next_tag(old, taken)
        told.append(recall.Notice(source, reason, date, old.name, old.tag, fixed_in, taken, old.fingerprint))
        _write_json(folder / recall.NAME, [*recall.notices(old_folder), asdict(told[0])])
        if old.quality:
            _write_json(folder / recount.QUALITY, list(old.quality))
        same = {one.name: getattr(old, one.name) for one in fields(Identity)}
        versions = {**old.versions, "card": card.WORDING}
        return Identity(**(same | {"tag": fixed_in, "date": date, "versions": versions}))

    _whole(write, out, old_folder)
    recall.mark(old_folder, told[0])
    return told[0]


def _whole(write: Callable[[Path], Identity], out: Path, previous: Path | None) -> Manifest:
    """Stages a release beside `out`, checks it, and puts it in place."""
    if out.exists():
        raise StoreError(f"{out} is there already; a release is written into a new folder")
    stage = out.with_name(f".{out.name}.part")
    shutil.rmtree(stage, ignore_errors=True)
    try:
        stage.mkdir(parents=True)
        release = _describe(write(stage), stage, previous)
        if wrong := inspect.faults(stage):
            raise StoreError(f"a check failed, nothing was released: {wrong[0]}")
        sync_all(stage)
        stage.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return release


def _describe(identity: Identity, folder: Path, previous: Path | None) -> Manifest:
    """Counts what is in the folder and writes manifest, changes, card, Croissant and checksums."""
    release = recount.described(identity, folder)
    recall.refuse_again(release)
    if previous is not None:
        old = manifest.read(previous)
        changes.refuse_small_step(old, release)
        changes.write(changes.listed(previous, old, folder, release), old.tag, folder)
        release = recount.described(identity, folder)
    release.write(folder)
    certificate.complete(folder, release.benchmarks)
    (folder / "README.md").write_text(card.render(release), encoding="utf-8")
    (folder / croissant.NAME).write_text(croissant.render(release), encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.suffix != ".parquet" and (kind := secrets_in(path.read_text(encoding="utf-8"))):
            raise SettingError(f"{path.name} holds what looks like {kind}; nothing was released")
    sums = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / inspect.SUMS).write_text("".join(sums), encoding="utf-8")
    return release


def _identity(connection: duckdb.DuckDBPyConnection, version: Version, request: Request) -> Identity:
    run = connection.sql(
        # scores, traces and judgements are published as versions of their own, over the tables of an earlier run
        f"select started_at, versions from runs where version <= {version.number} order by version desc, started_at"
        " limit 1"
    ).fetchone()
    if run is None:
        raise StoreError(f"version {version.number} has no run recorded", hint="bigmath run")
    return Identity(
        name=request.name,
        tag=request.tag,
        date=run[0].date().isoformat(),
        profile=str(version.about.get("profile")),
        versions={**json.loads(run[1]), "card": card.WORDING},
        settings=dict(version.about),
    )


def _write_rows(connection: duckdb.DuckDBPyConnection, version: Version, request: Request, folder: Path) -> None:
    if not request.leave_out:
        _refuse_licenses(connection, request.licenses)
    allowed = [one.lower() for one in request.licenses]
    shown = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    if "ledger" not in shown:
        raise StoreError("the catalog is of an older bigmath and has no ledger", hint="bigmath run")
    for config in (one for one in CONFIGS if one in shown):
        for (split,) in connection.execute(f"select distinct split from {config} order by 1").fetchall():
            rows = f"select * exclude (split) from {config} where split = $1 and list_contains($2, lower(license))"
            shards.write(connection, rows, [split, allowed], config=config, split=split, folder=folder)
    scores = _SCORES if "difficulty" in shown else _NO_SCORES
    rows = _UNFILTERED.replace("SCORES", scores)
    shards.write(connection, rows, [allowed], config="unfiltered", split="problems", folder=folder)
    if not list(folder.glob("unfiltered/*")):
        known = [one for (one,) in connection.execute("select distinct license from problems order by 1").fetchall()]
        raise SettingError(
            f"no row has one of the licences {', '.join(request.licenses)}; there are: {', '.join(known)}"
        )
    certificate.write(connection, folder, version.about, request.origins)
    if request.quality:
        _write_json(folder / recount.QUALITY, list(request.quality))


_UNFILTERED = """
with matched as (select distinct problem_id, true as withheld from contamination)
select
    p.* replace (
        case when withheld then null else problem end as problem,
        case when withheld then null else answer end as answer,
        case when withheld then [] else answers end as answers,
        case when withheld then [] else solutions end as solutions,
        case when withheld then '{}' else metadata end as metadata
    ),
    l.outcome, l.stage, l.filter, l.reason, l.detail, coalesce(l.reasons, []) as reasons, SCORES
from problems p join ledger l using (problem_id) left join matched m using (problem_id)
where list_contains($1, lower(p.license))
"""
"""Every problem read, with what became of it; the text of a benchmark's problem is withheld."""

_SCORES = """
    (select list(model order by model, sampling) from difficulty d where d.problem_id = p.problem_id) as scored_by,
    (select list(estimate order by model, sampling) from difficulty d where d.problem_id = p.problem_id) as solve_rates
"""
_NO_SCORES = "[]::varchar[] as scored_by, []::double[] as solve_rates"


def _refuse_licenses(connection: duckdb.DuckDBPyConnection, allowed: Sequence[str]) -> None:
    forbidden = connection.execute(
        "select source, coalesce(license, 'none'), count(*) from problems"
        " where license is null or not list_contains($1, lower(license)) group by all order by all",
        [[one.lower() for one in allowed]],
    ).fetchall()
    if forbidden:
        source, license_, rows = forbidden[0]
        raise SettingError(
            f"{rows:,} rows of {source} are under the licence {license_!r}; allowed: {', '.join(allowed)}",
            hint="leave them out with --license-allow, or allow the licence with --license",
        )


def _write_json(path: Path, body: Any) -> None:
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
