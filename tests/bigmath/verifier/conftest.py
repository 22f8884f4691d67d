"""Verdicts that SymPy decides must not depend on how busy the machine is; its limits are tested by name."""

import pytest
from hypothesis import settings

from bigmath.verifier import tail

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(autouse=True)
def patient_tail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds for SymPy instead of 0.8, except where a test is about time."""
    if "seconds" not in request.node.name and "time" not in request.node.name:
        monkeypatch.setattr(tail, "SECONDS", 10.0)
        monkeypatch.setattr(tail, "TOTAL_SECONDS", 30.0)
