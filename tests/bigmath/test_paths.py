"""Names that point elsewhere, from a config, a source's file, an archive or a query: nothing is written outside the
folder that was named, and nothing else is read."""

import stat
import zipfile
from pathlib import Path

import duckdb
import pytest

from bigmath import remote
from bigmath.errors import BigMathError, SettingError, SourceError
from bigmath.release.names import refuse_name, refuse_tag
from bigmath.store import Warehouse
from bigmath.tabular import Columns, read_rows
from sources.user_file import UserFile

COLUMNS = Columns({"problem": "text"}, {})
ROW = b'{"problem": "What is $1+1$?"}\n'
KEPT = Path(__file__).parents[1] / "data" / "formats" / "release-2"

MEMBERS = (
    "../../evil.jsonl", "/evil.jsonl", "..\\..\\evil.jsonl", "C:\\evil.jsonl", "./../evil.jsonl", "//evil.jsonl",
    "~/evil.jsonl", "CON.jsonl", "a\u202egpj.jsonl", "x" * 255 + ".jsonl", "a\x00b.jsonl",
)  # fmt: skip
FILES = (
    "..jsonl", "a|b.jsonl", "x'; drop table strict; --.jsonl", "CON.jsonl", "$(touch evil).jsonl", "-rf.jsonl",
    "\u202ea.jsonl", "x" * 245 + ".jsonl", "A.jsonl",
)  # fmt: skip
NAMES = ("../x", "acme/..", "acme/../x", "/etc/x", "acme/x/y", "acme/x\n", "acme/x\x00", "-acme/x", "acme/a--b", "é/x")
TAGS = ("../v1.0.0", "v1.0.0/..", "v1.0", "v1.0.0\n", "main")
QUERIES = (
    "from read_text('/etc/hosts')", "from read_csv('../one_row.jsonl')", "from glob('/*')", "attach '/tmp/x.duckdb'",
    "copy (select 1) to '/tmp/x.csv'", "copy strict to 'x.csv'", "install httpfs", "load '/tmp/x.duckdb_extension'",
    "set enable_external_access = true", "from 'https://example.org/x.parquet'",
)  # fmt: skip


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("member", MEMBERS)
def test_an_archive_is_read_without_being_unpacked(member: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "rows.jsonl.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(member), ROW)
    before = everything(tmp_path)
    try:
        assert [row.text("problem") for row in read_rows(path, COLUMNS)] == ["What is $1+1$?"]
    except SourceError as error:
        assert "\n" not in str(error)
    assert everything(tmp_path) == before


def test_a_link_in_an_archive_is_not_followed_and_names_that_differ_in_case_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_bytes(ROW.replace(b"1+1", b"secret"))
    path = tmp_path / "rows.jsonl.zip"
    link = zipfile.ZipInfo("link.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, str(tmp_path / "secret.jsonl"))
    with pytest.raises(SourceError):
        list(read_rows(path, COLUMNS))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", ROW)
        archive.writestr("A.jsonl", ROW)
    try:
        assert {row.text("problem") for row in read_rows(path, COLUMNS)} == {"What is $1+1$?"}
    except SourceError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", FILES)
def test_a_source_is_named_after_its_file_in_letters_digits_and_underscores(name: str, tmp_path: Path) -> None:
    try:
        source = UserFile(tmp_path / name).name
    except SettingError as error:
        assert "\n" not in str(error)
        return
    assert source.replace("_", "a").isalnum()
    assert source.isascii()
    assert source == source.lower()


@pytest.mark.parametrize("name", NAMES)
def test_a_release_has_a_name_that_the_hub_takes(name: str) -> None:
    with pytest.raises(SettingError):
        refuse_name(name)
    refuse_name("acme/math-1.0_b")


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_a_version(tag: str) -> None:
    with pytest.raises(SettingError):
        refuse_tag(tag)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_reads_its_tables_and_nothing_else(query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with remote.tables(KEPT) as connection, pytest.raises((duckdb.Error, BigMathError)):
        connection.execute(query).fetchall()
    assert everything(tmp_path) == set()


@pytest.mark.parametrize("key", ["../../../evil", "/evil", "k/../../../evil"])
def test_an_output_stays_in_its_warehouse(key: str, tmp_path: Path) -> None:
    import polars as pl

    warehouse = Warehouse.open(tmp_path / "w")
    before = everything(tmp_path) - everything(tmp_path / "w")
    schema = pl.Schema({"number": pl.Int64()})
    with pytest.raises(ValueError, match="cannot name a folder"):
        warehouse.write("t", "p", key, schema=schema, frames=[pl.DataFrame({"number": [1]})], made_from={})
    assert everything(tmp_path) - everything(tmp_path / "w") == before
