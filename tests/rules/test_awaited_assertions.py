"""Which SDK lets a decorated test wait for outputs that it does not return is read from the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.linter.examples import example_facts
from policy_pack.linter.source_examples import program_of
from policy_pack.linter.source_running import run_source_rules
from policy_pack.source.environment import own_environment

DROPPED = """\
import pulumi


@pulumi.runtime.test
def test_zone():
    pulumi.Output.from_input("a").apply(lambda zone: asserting.assertEqual(zone, "b"))
"""
RETURNED = DROPPED.replace("    pulumi.Output", "    return pulumi.Output")
WAITS = "def wait():\n    SETTINGS.outputs.clear()\n"


def lines(text: str, search_path: tuple[str, ...]) -> list[int]:
    rule = registry.load("assertion-inside-apply-not-awaited")
    program = program_of({"test_zone.py": text})
    installed = (*search_path, *own_environment().search_path) if search_path else ()
    environment = replace(program.environment, search_path=installed)
    facts = example_facts(rule, rule.flagged[0], Catalogs())
    outcome = run_source_rules(replace(program, environment=environment), [rule], lambda _: facts)
    assert outcome.crashes == {}
    return [hit.problem.span.line for hit in outcome.hits if hit.problem.span is not None]


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    runtime = tmp_path / "pulumi" / "runtime"
    runtime.mkdir(parents=True)
    return runtime / "stack.py"


@pytest.mark.parametrize(("stack", "found"), [(WAITS, []), ("def wait():\n    pass\n", [6])])
def test_a_dropped_output_is_reported_where_the_sdk_forgets_it(
    stack: str, found: list[int], sdk: Path
) -> None:
    sdk.write_text(stack)
    assert lines(DROPPED, (str(sdk.parents[2]),)) == found
    assert lines(RETURNED, (str(sdk.parents[2]),)) == []


def test_nothing_is_said_without_an_sdk() -> None:
    assert lines(DROPPED, ()) == []
