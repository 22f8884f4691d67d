"""What an install of this project is: five packages that nobody else owns, light to import, free of Dagster below."""

import base64
import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PACKAGES = ["bigmath", "sources", "filters", "rl_hooks", "assets"]


def test_no_other_distribution_owns_one_of_the_five_names() -> None:
    owners = packages_distributions()
    for name in PACKAGES:
        # an editable install lists no packages, so only others can be found then
        assert set(owners.get(name, ["bigmath"])) == {"bigmath"}, name


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_without_torch_and_without_warnings(package: str) -> None:
    code = f"import sys, {package}; sys.exit('torch' in sys.modules or 'vllm' in sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_importing_bigmath_loads_neither_dagster_nor_a_data_frame_library() -> None:
    code = "import sys, bigmath; print(sorted({'dagster', 'polars', 'pandas', 'sympy'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == "[]"


LOCKS = Path(__file__).parents[2] / "requirements"


@pytest.mark.parametrize("path", sorted(LOCKS.rglob("*.txt")), ids=lambda path: path.stem)
def test_every_pin_has_its_hashes(path: Path) -> None:
    pins = re.split(r"\n(?=\S)", path.read_text().strip())
    assert pins
    assert [
        pin for pin in pins if not re.fullmatch(r"[\w.\[\],-]+==.*(\n    --hash=sha256:[0-9a-f]{64}.*)+", pin)
    ] == []


def test_every_data_set_is_pinned_to_a_commit() -> None:
    from sources import SOURCES
    from sources.benchmarks import BENCHMARKS

    pinned = {name: one.revision for name, one in [*SOURCES.items(), *BENCHMARKS.items()]}
    assert len(pinned) > 8
    assert {name: pin for name, pin in pinned.items() if not re.fullmatch("[0-9a-f]{40}", pin)} == {}


SERVICE = """
import json, re, sys
(path,) = (one.partition("=")[2] for one in sys.argv if one.startswith("--requirement="))
told = []
for name, version in re.findall("(.+)==(.+)", open(path).read()):
    faults = [{"id": "PYSEC-1", "aliases": [], "fix_versions": ["99"]}] if name == "polars" else []
    told.append({"name": name, "version": version, "vulns": faults} if KNOWN else {"name": name, "skip_reason": ""})
print(json.dumps({"dependencies": told}))
"""
"""In place of pip-audit: polars has a fault, and KNOWN says of which names the service knows."""


@pytest.mark.parametrize(
    ("service", "code", "line"),
    [
        (SERVICE.replace("KNOWN", "True"), 1, r"audit: (\d+) of \1 pinned packages were checked, 1 vulnerabilities"),
        (SERVICE.replace("KNOWN", "name != 'polars'"), 0, r"audit: \d+ of \d+ .* were checked, 0 vulnerabilities"),
        (SERVICE.replace("KNOWN", "False"), 0, r"audit: nothing was checked, since no service answered .*"),
        ("raise ConnectionError('no way there')", 0, r"audit: nothing was checked, since no service answered .*"),
        ("raise RuntimeError('a fault of its own')", 1, r"audit: pip-audit failed: RuntimeError: a fault of its own"),
    ],
    ids=["a vulnerability", "one unknown package", "nothing known", "no network", "a fault"],
)
def test_the_audit_fails_on_a_vulnerability_and_says_when_it_checked_nothing(
    service: str, code: int, line: str
) -> None:
    command = [sys.executable, LOCKS / "audit.py", sys.executable, "-c", service]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (ended.stdout + ended.stderr).strip().splitlines()[-1]
    assert (ended.returncode, bool(re.fullmatch(line, last))) == (code, True), last
    assert ("mended by 99" in ended.stdout) == (code == 1 and "polars" in service)


def _provenance(*arguments: object) -> str:
    """The last line that `provenance.py` says; "provenance: ..." is a failure."""
    command = [sys.executable, LOCKS / "provenance.py", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (ended.stdout + ended.stderr).strip().splitlines()[-1]
    assert last.startswith("provenance: ") == (ended.returncode == 1), last
    return last


def _key_pair(folder: Path) -> tuple[Path, Path]:
    key, private, public = Ed25519PrivateKey.generate(), folder / "key.pem", folder / "key.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_provenance_is_accepted_only_as_it_was_signed(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    private, public = _key_pair(tmp_path)
    _, others = _key_pair(tmp_path / "others")
    wheel, signed = tmp_path / "bigmath-1-py3-none-any.whl", tmp_path / "provenance.json"
    wheel.write_bytes(b"a wheel")
    making = ("make", wheel, "--out", signed, "--commit", "0" * 40)

    assert "not signed, since no key was given" in _provenance(*making)
    assert "is not signed by this key" in _provenance("check", signed, "--key", public)

    assert _provenance(*making, "--key", private).endswith(f"1 files of commit {'0' * 40}, signed")
    assert "is signed by this key" in _provenance("check", signed, "--key", public)
    assert "is not signed by this key" in _provenance("check", signed, "--key", others)

    envelope = json.loads(signed.read_text())
    told = json.loads(base64.b64decode(envelope["payload"]))
    assert told["predicateType"] == "https://slsa.dev/provenance/v1"
    pins = {one["name"] for one in told["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert pins >= {f"requirements/{path.relative_to(LOCKS)}" for path in LOCKS.rglob("*.txt")}
    told["subject"][0]["digest"]["sha256"] = "0" * 64
    changed = {**envelope, "payload": base64.b64encode(json.dumps(told).encode()).decode()}
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    assert "is not signed by this key" in _provenance("check", tmp_path / "changed.json", "--key", public)

    wheel.write_bytes(b"another wheel")
    assert "is not the file that was signed" in _provenance("check", signed, "--key", public)
    wheel.unlink()
    assert "is missing" in _provenance("check", signed, "--key", public)
    assert "cannot make it" in _provenance(*making, "--key", tmp_path / "nowhere.pem")
