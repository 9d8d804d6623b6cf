"""Plans made by hand from a source text, and a rule that says what a test wants it to say."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config, Settings
from policy_pack.linter.report import Report
from policy_pack.model import Frame, Plan, Problem, ProgramRun, Resource, Value
from policy_pack.rules.rule import ANY_TYPE, ResourceRule, View

TODAY = datetime.date(2026, 11, 22)
CLUSTER = "aws:rds/cluster:Cluster"
RULE = "version-too-old"


class Says(ResourceRule):
    """Says what it is told to.

    ## Why this fails
    It does not.
    """

    name = RULE
    resource_types = (ANY_TYPE,)

    def __init__(self, say: Callable[[View], Iterable[Problem]], name: str = RULE) -> None:
        self.name = name  # type: ignore[misc]
        self.say = say

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        return self.say(resource)


def old_version(resource: View) -> Iterable[Problem]:
    """Any known version is too old."""
    version = resource.text("engineVersion")
    if version is not None:
        yield Problem(f"`{version}` is too old", property_path="engineVersion", help="use a newer one")


def resource(
    path: Path | str, *lines: int, name: str = "db", kind: str = CLUSTER, **inputs: Value
) -> Resource:
    """A resource that the innermost of some lines makes."""
    urn = f"urn:pulumi:dev::small::{kind}::{name}"
    return Resource(urn, kind, name, inputs, frames=tuple(Frame(str(path), line) for line in lines))


def plan(directory: Path, *resources: Resource, stack: str = "dev", **more: Any) -> Plan:
    """A plan of the Python files in a directory."""
    files = tuple(sorted(str(file) for file in directory.glob("*.py")))
    return Plan("small", stack, str(directory), resources, "eu-west-1", files=files, **more)


def report(
    *plans: Plan,
    rules: Iterable[ResourceRule] = (Says(old_version),),
    today: datetime.date = TODAY,
    settings: Mapping[str, Any] | None = None,
    detail: str | None = None,
) -> Report:
    """The report on some plans, with paths relative to the directory of the first."""
    chosen = list(rules)
    names = frozenset({rule.name for rule in chosen} | {"another-rule"})
    checker = Checker(chosen, names, Catalogs(), today, plans[0].directory)
    for item in plans:
        run = ProgramRun(
            ".", "small", item.stack, "eu-west-1", len(item.resources), 0, 0, 0, "complete", detail
        )
        checker.check(item, run, Config(settings=Settings(**(settings or {}))))
    return checker.report()
