"""Turns files that Pulumi writes into plans."""

from policy_pack.intake.stack_export import StateError, read_state

__all__ = ["StateError", "read_state"]
