"""What an install of this project is: five packages that nobody else owns, light to import, free of Dagster below."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", ["core.txt", "dev.txt"])
def test_every_pin_of_users_and_developers_has_its_hashes(name: str) -> None:
    lock = (Path(__file__).parents[2] / "requirements" / name).read_text()
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert len(pins) > 100
    assert [
        pin for pin in pins if not re.fullmatch(r"[\w.\[\],-]+==.*(\n    --hash=sha256:[0-9a-f]{64}.*)+", pin)
    ] == []
