"""Where the files of a release come from: an in-toto statement with SLSA provenance, signed as a DSSE envelope.

    python requirements/provenance.py make FILE ... --out dist/provenance.json [--key PRIVATE.pem]
    python requirements/provenance.py check dist/provenance.json --key PUBLIC.pem

The statement names each file by its SHA-256, the commit it was built from, and the pins it was built with. The key is
one of Ed25519, ECDSA or RSA in PEM (`openssl genpkey -algorithm ed25519`); without one the envelope has no signature,
which `check` does not accept. `check` reads the files from the envelope's folder.

Formats: in-toto.io/Statement/v1, slsa.dev/provenance/v1, github.com/secure-systems-lab/dsse.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

PAYLOAD = "application/vnd.in-toto+json"
ROOT = Path(__file__).parents[1]


def statement(files: Sequence[Path], commit: str) -> dict[str, Any]:
    """The in-toto statement that `make wheel sbom` at this commit of this repository made the files."""
    pins = sorted((ROOT / "requirements").rglob("*.txt"))
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": _sha256(file)}} for file in sorted(files)],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:bigmath:make",
                "externalParameters": {"targets": ["wheel", "sbom"]},
                "resolvedDependencies": [
                    {"name": "bigmath", "digest": {"gitCommit": commit}},
                    *({"name": str(p.relative_to(ROOT)), "digest": {"sha256": _sha256(p)}} for p in pins),
                ],
            },
            "runDetails": {"builder": {"id": "urn:bigmath:make", "version": {"python": sys.version.split()[0]}}},
        },
    }


def make(files: Sequence[Path], commit: str, key: Path | None) -> Envelope:
    """The envelope of the statement, signed where there is a key.

    Raises:
        OSError, ValueError, TypeError: the key cannot be read, or needs a password.
    """
    payload = json.dumps(statement(files, commit), sort_keys=True).encode()
    envelope = Envelope(payload, PAYLOAD, {})
    if key is not None:
        envelope.sign(CryptoSigner(load_pem_private_key(key.read_bytes(), None)))
    return envelope


def check(path: Path, key: Path) -> list[str]:
    """What is wrong with an envelope or the files that it names, a line each.

    Raises:
        OSError, ValueError, KeyError: the envelope or the key cannot be read.
    """
    envelope = Envelope.from_dict(json.loads(path.read_bytes()))
    try:
        envelope.verify([SSlibKey.from_crypto(load_pem_public_key(key.read_bytes()))], 1)
    except VerificationError:
        return [f"{path.name} is not signed by this key"]
    wrong = []
    for subject in json.loads(envelope.payload)["subject"]:
        file = path.parent / Path(subject["name"]).name
        if not file.is_file():
            wrong.append(f"{file.name} is missing")
        elif _sha256(file) != subject["digest"]["sha256"]:
            wrong.append(f"{file.name} is not the file that was signed")
    return wrong


def main(arguments: Sequence[str]) -> str | None:
    """Does what is asked; returns what went wrong."""
    parser = argparse.ArgumentParser(description="Makes or checks the provenance of a release's files.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="write the provenance of files")
    making.add_argument("files", nargs="+", type=Path)
    making.add_argument("--out", type=Path, required=True, help="the envelope, beside the files")
    making.add_argument("--key", type=Path, help="a private key in PEM; none, and the envelope is not signed")
    making.add_argument(
        "--commit", help="the files were built from it; by default the one checked out, without changes"
    )
    checking = commands.add_parser("check", help="check an envelope and the files beside it")
    checking.add_argument("envelope", type=Path)
    checking.add_argument("--key", type=Path, required=True, help="the public key in PEM")
    given = parser.parse_args(arguments)
    try:
        if given.command == "check":
            if wrong := check(given.envelope, given.key):
                return "; ".join(wrong)
            print(f"{given.envelope} is signed by this key, and the files are those it names")
            return None
        if not given.commit and (changed := _git("status", "--porcelain")):
            return f"the tree has changes that no commit has: {changed.splitlines()[0].strip()}"
        commit = given.commit or _git("rev-parse", "HEAD")
        envelope = make(given.files, commit, given.key)
        given.out.write_text(json.dumps(envelope.to_dict(), indent=1) + "\n")
    except (OSError, ValueError, TypeError, KeyError, subprocess.CalledProcessError) as error:
        return f"cannot {given.command} it: {error}"
    signed = "signed" if given.key else "not signed, since no key was given"
    print(f"{given.out}: {len(given.files)} files of commit {commit}, {signed}")
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git(*command: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *command], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    if failure := main(sys.argv[1:]):
        sys.exit(f"provenance: {failure}")
