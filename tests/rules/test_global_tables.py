"""What the examples of global-table-without-replicas cannot show on one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.linter.examples import run_example
from policy_pack.model import UNKNOWN, Plan, Problem, Resource, Secret, Severity
from policy_pack.rules.dynamodb._replication import GLOBAL_TABLE, TABLE, TABLE_REPLICA
from policy_pack.rules.dynamodb._signs import asked_regions, region_list, words
from policy_pack.rules.rule import Allowed, made

RULE = registry.load("global-table-without-replicas")
CATALOGS = Catalogs()
REGIONS = ["eu-central-1", "eu-west-2", "us-east-1"]
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/rules"


def problems(
    resources: Sequence[Resource],
    required: Sequence[Mapping[str, Any]] = (),
    config: Mapping[str, Any] | None = None,
    complete: bool = True,
) -> list[Problem]:
    plan = Plan("example", "dev", "/example", tuple(resources), "eu-west-1", config or {}, complete=complete)
    example = Allowed(plan, "", parameters={"required": list(required)}, config=config or {})
    outcome = run_example(RULE, example, CATALOGS)
    assert not outcome.crashes, outcome.crashes
    return [hit.problem for hit in outcome.hits]


def need(*regions: str, table: str = "rules*") -> dict[str, Any]:
    return {"table": table, "regions": list(regions)}


def copy(region: str, **inputs: Any) -> Resource:
    depends = None if "globalTableArn" in inputs else {"globalTableArn": f"{TABLE}::rules"}
    return replace(made(TABLE_REPLICA, f"copy-{region}", depends, **inputs), region=region)


@given(
    required=st.lists(st.sets(st.sampled_from(REGIONS), min_size=1), min_size=1, max_size=3),
    inline=st.sets(st.sampled_from(REGIONS)),
    separate=st.sets(st.sampled_from(REGIONS)),
)
def test_one_problem_names_exactly_the_missing_regions(
    required: list[set[str]], inline: set[str], separate: set[str]
) -> None:
    table = made(TABLE, "rules", replicas=[{"regionName": region} for region in sorted(inline)])
    found = problems([table, *map(copy, separate)], [need(*regions) for regions in required])
    missing = set().union(*required) - inline - separate
    assert len(found) == bool(missing)
    for problem in found:
        assert problem.severity in (None, Severity.ERROR)
        assert {region for region in REGIONS if f"`{region}`" in problem.message} == missing


def test_the_tables_own_region_counts() -> None:
    assert problems([made(TABLE, "rules")], [need("eu-west-1")]) == []


def test_the_version_of_2017_counts_by_the_tables_name() -> None:
    group = made(GLOBAL_TABLE, "group", name="rules", replicas=[{"regionName": "eu-central-1"}])
    assert problems([made(TABLE, "t", name="rules"), group], [need("eu-central-1")]) == []
    assert len(problems([made(TABLE, "t", name="rules-2"), group], [need("eu-central-1")])) == 1


@pytest.mark.parametrize("arn", [UNKNOWN, ARN])
def test_a_replica_that_may_be_the_tables_leaves_it_undecided(arn: object) -> None:
    tables = [made(TABLE, "rules", name="rules" if arn is UNKNOWN else UNKNOWN)]
    assert problems([*tables, copy("us-east-1", globalTableArn=arn)], [need("eu-central-1")]) == []


def test_a_group_whose_name_is_open_may_join_the_table() -> None:
    group = made(GLOBAL_TABLE, "group", name=UNKNOWN, replicas=[])
    assert problems([made(TABLE, "t", name="rules"), group], [need("eu-central-1")]) == []


def test_a_replica_of_another_table_does_not_count() -> None:
    table = made(TABLE, "rules", name="rules-eu")
    assert len(problems([table, copy("eu-central-1", globalTableArn=ARN)], [need("eu-central-1")])) == 1


def test_without_a_region_the_missing_one_may_be_the_tables_own() -> None:
    table = replace(made(TABLE, "rules"), region=None)
    assert [problem.severity for problem in problems([table], [need("eu-central-1")])] == [Severity.WARNING]


def test_a_program_that_stopped_early_may_still_make_the_table() -> None:
    assert problems([], [need("eu-central-1")], complete=False) == []


def test_a_table_whose_name_is_open_may_be_the_one() -> None:
    assert problems([made(TABLE, "t", name=UNKNOWN)], [need("eu-central-1")]) == []


def test_an_unmet_requirement_is_all_that_is_said() -> None:
    tables = [made(TABLE, "rules"), made(TABLE, "global-settings")]
    found = problems(tables, [need("eu-central-1")], {"p:replicaRegions": "us-east-1"})
    assert [problem.urn for problem in found] == [tables[0].urn]


def test_a_table_is_warned_of_once() -> None:
    found = problems([made(TABLE, "rules-global")], config={"p:replicaRegions": "eu-central-1,us-east-1"})
    assert len(found) == 1


def test_regions_that_the_plan_uses_otherwise_are_no_sign() -> None:
    bucket = replace(made("aws:s3/bucket:Bucket"), region="eu-central-1")
    assert problems([made(TABLE, "rules"), bucket], config={"p:replicaRegions": "eu-central-1"}) == []


@pytest.mark.parametrize(
    "config",
    [
        {"p:enableGlobalTable": "false", "p:replicaRegions": "eu-central-1"},
        {"p:replicaRegions": Secret("eu-central-1")},
        {"p:replicaRegions": "somewhere"},
        {"p:replicaRegions": "[]"},
        {"p:replicas": "eu-central-1"},
    ],
)
def test_configuration_that_asks_for_nothing(config: Mapping[str, Any]) -> None:
    assert asked_regions(config) is None
    assert problems([made(TABLE, "rules")], config=config) == []


@given(regions=st.lists(st.sampled_from(REGIONS), min_size=1))
def test_a_list_of_regions_is_read_from_json_and_from_commas(regions: list[str]) -> None:
    quoted = ", ".join(f'"{region}"' for region in regions)
    assert region_list(f"[{quoted}]") == regions == region_list(", ".join(regions))


@pytest.mark.parametrize(
    "name", ["rules-global", "GlobalRules", "rules_GLOBAL", "globalRules", "rules.global.v2"]
)
def test_the_word_is_found_in_every_case_style(name: str) -> None:
    assert "global" in words(name)


@pytest.mark.parametrize("name", ["globalization", "rules", "Globally", "nonglobal"])
def test_other_words_are_other_words(name: str) -> None:
    assert "global" not in words(name)
