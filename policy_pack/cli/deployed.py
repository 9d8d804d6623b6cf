"""What `--state` says of what is deployed now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from policy_pack.cli import UsageError
from policy_pack.model import Plan


class Deployed:
    """The states that were given, by project and stack; one of a stack without resources counts for none."""

    def __init__(self, states: Mapping[str, tuple[str, Plan]]) -> None:
        self._states = states

    def of(self, stack: str) -> Plan | None:
        """What is deployed of `project/stack`, None when no state of it was given."""
        return self._states[stack][1] if stack in self._states else None

    def reject_others(self, checked: Sequence[str]) -> None:
        """Raise UsageError when a state is of none of the stacks that are checked."""
        for name, (file, _) in self._states.items():
            if name not in checked:
                raise UsageError(f"`{file}` is the state of {name}, not of {', '.join(checked)}")


def read_deployed(files: Sequence[str]) -> Deployed:
    """Read states.

    Raises:
        UsageError: a file is none, or two are of the same stack.
    """
    states: dict[str, tuple[str, Plan]] = {}
    if files:
        from policy_pack.intake import StateError, read_state
    for file in files:
        try:
            plan = read_state(Path(file))
        except StateError as error:
            raise UsageError(str(error)) from error
        name = f"{plan.project}/{plan.stack}"
        if name in states:
            raise UsageError(f"`{file}` is the state of {name}, given twice")
        if plan.resources:
            states[name] = file, plan
    return Deployed(states)
