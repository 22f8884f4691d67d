"""Tables that are elsewhere: a warehouse on S3 (moto's server), a release in a folder and on the Hub (our stand-in)."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl
import pytest

import bigmath
from bigmath import remote
from bigmath.benchmarks.hub_stand_in import running_hub
from bigmath.errors import SettingError, StoreError
from bigmath.store import Warehouse

COLUMNS = ["problem_id", "answer"]


@pytest.fixture(name="bucket", scope="module")
def _bucket(finished: Path) -> Iterator[str]:
    """A finished warehouse copied to S3; its address."""
    patch = pytest.MonkeyPatch()
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
        patch.setenv(f"AWS_{name}", value)
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    client = boto3.client("s3")
    client.create_bucket(Bucket="bucket")
    for path in finished.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".parquet"):
            client.put_object(Bucket="bucket", Key=f"w/{path.relative_to(finished).as_posix()}", Body=path.read_bytes())
    yield "s3://bucket/w"
    server.stop()
    patch.undo()


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_a_warehouse_on_s3_gives_the_same_rows(finished: Path, bucket: str) -> None:
    here = bigmath.load("strict", split="train", columns=COLUMNS, warehouse=finished)
    there = bigmath.load("strict", split="train", columns=COLUMNS, warehouse=bucket)
    assert there.equals(here)
    with remote.tables(bucket) as connection, duckdb.connect(str(finished / "bigmath.duckdb"), read_only=True) as local:
        assert connection.execute("from funnel").fetchall() == local.execute("from funnel").fetchall()


@pytest.mark.parametrize(
    "query",
    ["from read_text('/etc/hosts')", "from read_text('s3://other/x')", "copy (select 1) to 's3://bucket/w/x.csv'"],
)
def test_a_connection_to_s3_reads_its_warehouse_and_writes_nothing(bucket: str, query: str) -> None:
    with remote.tables(bucket) as connection, pytest.raises((duckdb.Error, PermissionError)):
        connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://bucket/nothing", "neither a warehouse"),
        ("s3://no-such-bucket/w", "neither a warehouse|cannot read"),
        ("gs://bucket/w", "accepted: a folder, s3://"),
        ("hf://models/x", "accepted: hf://datasets/ORG/NAME"),
    ],
)
def test_what_is_not_there_is_one_line(bucket: str, address: str, said: str) -> None:
    del bucket  # the service answers
    with pytest.raises((SettingError, StoreError), match=said):
        bigmath.load(warehouse=address)


def test_a_release_folder_is_read_as_a_warehouse_is(finished: Path, released: Path) -> None:
    here = bigmath.load("strict", split="validation", columns=COLUMNS, warehouse=finished)
    assert bigmath.load("strict", split="validation", columns=COLUMNS, warehouse=released).equals(here)
    whole = bigmath.load("unfiltered", columns=["outcome"], warehouse=released)
    assert set(whole["outcome"]) == {"strict", "base", "dropped"}
    with pytest.raises(SettingError, match="base, reformulated, strict, unfiltered"):
        bigmath.load("decisions", warehouse=released)


def test_a_release_on_the_hub_is_read_at_its_tag(finished: Path, released: Path, tmp_path: Path) -> None:
    script = (
        "import bigmath, sys; from bigmath.errors import BigMathError\n"
        "rows = bigmath.load('strict', split='train', columns=['problem_id'], warehouse=sys.argv[1])\n"
        "print(rows.height, rows['problem_id'][0])\n"
        "try: bigmath.load(warehouse='hf://datasets/acme/nosuch')\n"
        "except BigMathError as error: print(error)\n"
    )
    with running_hub() as hub:
        files = {
            path.relative_to(released).as_posix(): path.read_bytes() for path in released.rglob("*") if path.is_file()
        }
        hub.repositories["acme/math"] = {"0" * 40: files, "1" * 40: {}}
        hub.tags["acme/math"] = {"v1.0.0": "0" * 40}
        environment = os.environ | {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}
        command = [sys.executable, "-c", script, "hf://datasets/acme/math@v1.0.0"]
        child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert child.returncode == 0, child.stderr
    here = bigmath.load("strict", split="train", columns=["problem_id"], warehouse=finished)
    found, refused = child.stdout.splitlines()
    assert found == f"{here.height} {here['problem_id'][0]}"
    assert "acme/nosuch" in refused


def test_readers_see_whole_versions_while_a_run_publishes(tmp_path: Path) -> None:
    """Each version's rows carry its number; two readers open anew, again and again, while fifteen are published."""
    warehouse = Warehouse.open(tmp_path / "w")
    schema = pl.Schema({"problem_id": pl.String, "mark": pl.Int64})

    def publish(number: int) -> None:
        frames = [pl.DataFrame({"problem_id": [f"p{row}" for row in range(50)], "mark": [number] * 50})] * 3
        output = warehouse.write("topics", "all", f"{number:08}", schema=schema, frames=frames, made_from={"n": number})
        current = warehouse.current()
        warehouse.publish({"topics": [output]}, {"n": number}, current.number if current else None)

    publish(0)
    done = threading.Event()

    def read() -> list[tuple[int, int, int]]:
        seen = []
        while not done.is_set() or len(seen) < 3:
            with remote.tables(tmp_path / "w") as connection:
                seen += connection.execute("select count(*), min(mark), max(mark) from topics").fetchall()
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for number in range(1, 16):
            publish(number)
        done.set()
        seen = [one for reader in readers for one in reader.result(timeout=120)]
    assert {rows for rows, _, _ in seen} == {150}
    assert all(low == high for _, low, high in seen)
    with remote.tables(tmp_path / "w") as connection:
        assert connection.execute("select max(mark) from topics").fetchone() == (15,)
