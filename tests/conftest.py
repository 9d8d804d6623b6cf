"""Settings that every test shares."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

# Tests run beside others on shared machines: what is slow there is no fault of the code.
settings.register_profile(
    "preflight",
    deadline=None,
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("preflight")

# What whoever runs the tests has refreshed must not decide how they end.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).parent / "no-data")
