"""Files of every kind, good and bad. A bad file is one line of error; a bad row is a row with a note."""

import gzip
import json
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bigmath.errors import SourceError
from bigmath.tabular import Columns, Row, read_rows

COLUMNS = Columns({"problem": "text", "answer": "text"}, {"level": "number"})
GOOD: list[dict[str, object]] = [
    {"problem": "What is $1+1$?", "answer": "2"},
    {"problem": "Über $\\pi$", "answer": "3", "level": 5},
]


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jsonl(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def rows(path: Path, columns: Columns = COLUMNS) -> list[Row]:
    return list(read_rows(path, columns))


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl", "x.jsonl.gz", "x.jsonl.zip", "x.json", "x.csv"])
def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "x.parquet":
        pl.DataFrame(GOOD).write_parquet(path)
    elif name == "x.csv":
        pl.DataFrame(GOOD).write_csv(path)
    elif name == "x.json":
        write(path, json.dumps(GOOD))
    elif name == "x.jsonl":
        write(path, b"\xef\xbb\xbf" + jsonl(GOOD[0]) + b"\n\r\n" + jsonl(GOOD[1]))
    elif name == "x.jsonl.gz":  # of two parts, as `cat a.gz b.gz` makes one
        write(path, gzip.compress(jsonl(GOOD[0])) + gzip.compress(jsonl(GOOD[1])))
    else:
        zipped(path, {"inner.jsonl": jsonl(*GOOD), "__MACOSX/._inner.jsonl": b"junk"})
    read = rows(path, Columns({"problem": "text", "answer": "text"}))
    assert [(row.number, row.text("problem"), row.text("answer"), row.notes) for row in read] == [
        (number, row["problem"], row["answer"], ()) for number, row in enumerate(GOOD)
    ]


def parquet_bytes(tmp_path: Path) -> bytes:
    pl.DataFrame(GOOD * 100).write_parquet(tmp_path / "whole.parquet")
    return (tmp_path / "whole.parquet").read_bytes()


def zip_bytes(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "whole.jsonl.zip", {"x.jsonl": jsonl(*GOOD * 100)}).read_bytes()


def spoilt_zip(tmp_path: Path) -> bytes:
    content = bytearray(zip_bytes(tmp_path))
    content[60:80] = bytes(20)
    return bytes(content)


BAD_FILES = {
    "empty Parquet": ("x.parquet", b"", "empty file (0 bytes)"),
    "empty JSONL": ("x.jsonl", b"", "empty file (0 bytes)"),
    "blank JSONL": ("x.jsonl", b"\n\n", "no rows"),
    "CSV of a header only": ("x.csv", b"problem,answer\n", "no rows"),
    "Parquet that is text": ("x.parquet", b"problem,answer\n1,2", "truncated or not Parquet"),
    "zip that is text": ("x.jsonl.zip", b"{}", "truncated or not a zip file"),
    "gzip that is text": ("x.jsonl.gz", b"{}", "truncated or not a gzip file"),
    "gzip of zeros": ("x.jsonl.gz", gzip.compress(bytes(2_000_000)), "unzips to more than 1000000 bytes"),
    "JSONL that is text": ("x.jsonl", b"hello\nworld\n", "none of the first 2 lines is JSON"),
    "broken JSON": ("x.json", b'[{"problem": ', "not JSON"),
    "JSON object": ("x.json", b'{"problem": "p"}', "no JSON array"),
    "UTF-16": ("x.jsonl", '{"problem": "ü"}'.encode("utf-16"), "invalid UTF-8 at line 1, byte 1"),
    "Latin-1 JSONL": ("x.jsonl", jsonl(GOOD[0]) + b'{"problem": "\xfc"}', "invalid UTF-8 at line 2, byte 14"),
    "Latin-1 CSV": ("x.csv", b"problem,answer\n\xfc,1\n", "invalid UTF-8"),
    "Latin-1 JSON": ("x.json", b'[{"problem": "\xfc"}]', "invalid UTF-8 at byte 14"),
    "open quote in CSV": ("x.csv", b'problem,answer\n"a,1\n', "broken CSV"),
    "missing column in JSONL": ("x.jsonl", jsonl({"question": "q"}), "missing column problem, answer; found question"),
    "missing column in CSV": ("x.csv", b"problem,solution\n1,2\n", "missing column answer; found problem, solution"),
    "wrong type in JSONL": ("x.jsonl", jsonl({"problem": 1, "answer": "2"}), "column problem holds int"),
    "unknown ending": ("x.xlsx", b"PK", "accepted: .parquet, .jsonl, .jsonl.gz, .jsonl.zip, .json, .csv"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_one_line_naming_file_finding_and_what_is_accepted(tmp_path: Path, case: str) -> None:
    name, content, said = BAD_FILES[case]
    path = write(tmp_path / name, content)
    with pytest.raises(SourceError) as caught:
        rows(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and said in message and "accepted" in message and "\n" not in message


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl.gz", "x.jsonl.zip"])
def test_a_truncated_file_is_refused_wherever_it_was_cut(tmp_path: Path, name: str, kept: float) -> None:
    lines = jsonl(*({"problem": f"{hash((i, 1)):x}", "answer": "1"} for i in range(2_000)))
    whole = {"x.parquet": parquet_bytes, "x.jsonl.gz": lambda _: gzip.compress(lines), "x.jsonl.zip": zip_bytes}[name](
        tmp_path
    )
    path = write(tmp_path / name, whole[: int(len(whole) * kept)])
    with pytest.raises(SourceError, match="truncated or not"):
        rows(path)


def test_a_zip_whose_content_was_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="truncated or not a zip file"):
        rows(write(tmp_path / "x.jsonl.zip", spoilt_zip(tmp_path)))


def test_a_parquet_column_that_is_missing_or_of_another_type_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"problem": ["p"], "other": [1]}).write_parquet(path)
    with pytest.raises(SourceError, match="missing column answer; found other, problem; accepted: columns problem"):
        rows(path)
    pl.DataFrame({"problem": ["p"], "answer": [1]}).write_parquet(path)
    with pytest.raises(SourceError, match=r"wrong type: column answer is int64; accepted: answer \(text\)"):
        rows(path)


def test_a_parquet_column_with_invalid_text_is_refused(tmp_path: Path) -> None:
    broken = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\xfe"]).buffers())
    pq.write_table(pa.table({"problem": broken, "answer": ["1"]}), tmp_path / "x.parquet")
    with pytest.raises(SourceError, match="invalid UTF-8"):
        rows(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "holds nothing"),
        ({"a.jsonl": b"{}", "b.jsonl": b"{}"}, "holds a.jsonl, b.jsonl"),
        ({"a.exe": b"{}"}, "holds a.exe"),
        ({"../a.jsonl": b"{}"}, "points outside"),
        ({"/a.jsonl": b"{}"}, "points outside"),
        ({"bomb.jsonl": b" " * 20_000_000}, "unzips to 20000000 bytes"),
    ],
)
def test_a_zip_that_is_hostile_or_of_another_shape_is_refused(
    tmp_path: Path, members: dict[str, bytes], said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        rows(zipped(tmp_path / "x.jsonl.zip", members))
    assert said in str(caught.value) and "accepted" in str(caught.value)


def test_bad_rows_are_rows_with_a_note(tmp_path: Path) -> None:
    lines = [
        jsonl(GOOD[0]),
        b"{not json}\n",
        b"[1, 2]\n",
        jsonl({"problem": None, "answer": "1"}),
        jsonl({"problem": 7, "answer": "1"}),
        b'{"problem": "\\ud800 lone", "answer": "1"}\n',
        b'{"problem": "nul \\u0000", "answer": "1"}\n',
        b'{"problem": "p", "answer": "1", "level": NaN}\n',
        b'{"problem": "' + b"x" * 2_000_000 + b'", "answer": "1"}\n',
        b'{"problem": ' + b"[" * 100_000 + b"\n",
        b'{"problem": ' + b"9" * 10_000 + b"}\n",
    ]
    read = rows(write(tmp_path / "x.jsonl", b"".join(lines)))
    assert [row.number for row in read] == list(range(len(lines)))
    kinds = [[note.split(":")[0] for note in row.notes] for row in read]
    broken = ["unreadable_row"]
    assert kinds == [[], broken, broken, [], ["wrong_type"], [], [], [], [], broken, broken]
    assert read[1].notes[0].startswith("unreadable_row: line 2 is not JSON")
    assert read[4].values["problem"] is None
    assert read[5].text("problem") == "\ud800 lone"
    assert len(read[8].text("problem") or "") == 2_000_000


def test_a_csv_row_with_too_many_cells_is_a_bad_row(tmp_path: Path) -> None:
    read = rows(write(tmp_path / "x.csv", b"problem,answer\na,1\nb,2,3\n"))
    assert read[0].notes == () and read[1].notes == ("unreadable_row: line 3 has more cells than the header",)


def test_a_column_that_nobody_asked_for_is_not_decoded(tmp_path: Path) -> None:
    pl.DataFrame({"problem": ["p"], "answer": ["1"], "messages": [["x" * 100]]}).write_parquet(tmp_path / "x.parquet")
    assert set(rows(tmp_path / "x.parquet")[0].values) == {"problem", "answer"}
    everything = Columns(COLUMNS.required, rest=True)
    assert set(rows(tmp_path / "x.parquet", everything)[0].values) == {"problem", "answer", "messages"}


def test_a_number_beyond_any_measure_is_missing() -> None:
    row = Row(0, {"huge": 10**400, "nan": float("nan"), "flag": True, "level": 5})
    assert [row.number_of(name) for name in row.values] == [None, None, None, 5.0]
