"""The IAM policy that verifying needs."""

from __future__ import annotations

from policy_pack.refresh.live.permissions import document
from policy_pack.verify.services import PROBES


def policy() -> str:
    """A policy document with exactly the actions that are used."""
    return document("PreflightVerify", (action for probe in PROBES.values() for action in probe.actions))
