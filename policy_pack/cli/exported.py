"""The part of `preflight check` that takes plans from files of the engine's instead of running programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_pack.catalog import Catalogs
from policy_pack.cli import UsageError
from policy_pack.cli.deployed import Deployed
from policy_pack.intake import STDIN, StateError, read_plan
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import find_config
from policy_pack.linter.facts import catalogs_for
from policy_pack.model import Plan, ProgramRun
from policy_pack.model.values import Unknown, leaves


@dataclass(frozen=True)
class Exported:
    """A file and the plan in it."""

    name: str
    plan: Plan

    @property
    def stack(self) -> str:
        """Project and stack, as states are told apart."""
        return f"{self.plan.project}/{self.plan.stack}"

    def run(self) -> ProgramRun:
        """The row of the report's `programs`: a file stands for a program that was run."""
        fault = self.plan.faults[0] if self.plan.faults else None
        return ProgramRun(
            path=self.name,
            project=self.plan.project,
            stack=self.plan.stack,
            region=self.plan.region,
            resources=len(self.plan.resources),
            applies=0,
            applies_run=0,
            unknown_inputs=_unknown_inputs(self.plan),
            status=fault.kind if fault else "complete",
            detail=fault.message if fault else self.plan.partial,
        )


def read_exported(names: Sequence[str]) -> list[Exported]:
    """Read files. Raises UsageError for one that is none of the engine's."""
    return [Exported(name, _read(name)) for name in names]


def _read(name: str) -> Plan:
    try:
        return read_plan(name)
    except StateError as error:
        is_meant = name == STDIN or name.endswith(".json")
        wanted = (
            "" if is_meant else "; give a Python file, the directory of a Pulumi.yaml, or output of Pulumi's"
        )
        raise UsageError(f"{error}{wanted}") from error


def check_exported(
    exported: Sequence[Exported], deployed: Deployed, variables: Mapping[str, str], checker: Checker
) -> None:
    """Check the plans one after the other, each with the configuration and the facts nearest to its file."""
    known: list[Catalogs] = []
    for each in exported:
        directory = Path(each.name).absolute().parent
        config = find_config(directory)
        known.append(catalogs_for(config, directory, variables, known))
        checker.check(each.plan, each.run(), config, known[-1], deployed.of(each.stack))


def _unknown_inputs(plan: Plan) -> int:
    return sum(
        isinstance(leaf, Unknown)
        for resource in plan.resources
        for value in resource.inputs.values()
        for _, leaf in leaves(value)
    )
