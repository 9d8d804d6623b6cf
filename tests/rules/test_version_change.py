"""What counts as a change of a deployed version in place, and how versions of all forms compare."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.catalog import Catalogs, EngineVersion
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Plan, Predicted, Resource, ResourceOptions, Secret, Value
from policy_pack.rules.rule import View, made
from policy_pack.rules.version_change import KINDS, Change, Kind, change

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
DEPLOYED = {"engine": "postgres", "engineVersion": "16.6"}
PROVIDER = "urn:pulumi:dev::example::pulumi:providers:aws::"


def found(asked: Resource, deployed: Resource | None) -> Change | None:
    previous = None if deployed is None else Plan("example", "dev", ".", (deployed,))
    facts = Facts(Catalogs(), datetime.date(2026, 11, 22), previous=previous)
    return change(View(asked, lambda *_: None), facts)


def database(version: Value = "16.3", name: str = "db", **more: Any) -> Resource:
    return made(INSTANCE, name, engine="postgres", engineVersion=version, **more)


def deployed(outputs: dict[str, Value] | None = None, **inputs: Value) -> Resource:
    return replace(made(INSTANCE, "db", **(DEPLOYED | inputs)), outputs=outputs or {})


def test_a_version_that_differs_from_the_deployed_one_is_a_change() -> None:
    assert found(database(), deployed()) == Change(
        KINDS[INSTANCE], "postgres", "16.6", "16.3", Confidence.CERTAIN
    )
    assert found(database("16.6"), deployed()) is None
    assert found(database(UNKNOWN), deployed()) is None
    assert found(database(), None) is None
    assert found(database(name="other"), deployed()) is None


def test_what_runs_counts_more_than_what_was_asked_for() -> None:
    running = deployed({"engineVersion": "16.2", "engineVersionActual": "16.9"}, engineVersion="16.2")
    assert found(database("16.2"), running) is None, "the provider sees no change"
    assert found(database("16.9"), running) is None
    raised = found(database("16.5"), running)
    assert raised
    assert raised.is_downgrade


@pytest.mark.parametrize(
    "options",
    [
        ResourceOptions(ignore_changes=("engineVersion",)),
        ResourceOptions(ignore_changes=("*",)),
        ResourceOptions(replace_on_changes=("engineVersion",)),
    ],
)
def test_options_that_take_the_change_away_count(options: ResourceOptions) -> None:
    assert found(replace(database(), options=options), deployed()) is None


def test_a_resource_is_known_by_the_names_that_it_had() -> None:
    old = deployed()
    renamed = replace(database(name="new"), options=ResourceOptions(aliases=(old.urn,)))
    assert found(renamed, old)
    assert found(replace(renamed, options=ResourceOptions()), old) is None


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ({"identifier": "b"}, {"identifier": "a"}, None),
        ({"identifier": "b"}, {}, None),
        ({}, {"identifier": "a"}, None),
        ({"identifier": "a"}, {"identifier": "a"}, Confidence.CERTAIN),
        ({}, {"identifier": "db-1a2b3c4", "__defaults": ["identifier"]}, Confidence.CERTAIN),
        ({"kmsKeyId": UNKNOWN}, {"kmsKeyId": "key"}, Confidence.LIKELY),
        ({"kmsKeyId": Predicted("other")}, {"kmsKeyId": "key"}, Confidence.LIKELY),
        ({"username": Secret("fraud")}, {"username": Secret(UNKNOWN)}, Confidence.LIKELY),
        ({"snapshotIdentifier": "s"}, {}, None),
        ({"tags": {"a": "b"}}, {}, Confidence.CERTAIN),
    ],
)
def test_another_identity_makes_another_resource(
    now: dict[str, Value], before: dict[str, Value], expected: Confidence | None
) -> None:
    result = found(database(**now), deployed(**before))
    assert (result and result.confidence) is expected


def test_another_region_or_provider_makes_another_resource() -> None:
    old = deployed()
    assert found(database(), old.placed("us-east-1")) is None
    assert found(database(), old.placed(None))
    own = replace(old, provider=f"{PROVIDER}west::1")
    assert found(replace(database(), provider=f"{PROVIDER}west::{UNKNOWN}"), own)
    assert found(replace(database(), provider=f"{PROVIDER}east::1"), own) is None
    assert found(
        replace(database(), provider=f"{PROVIDER}default_7_52_0::2"),
        replace(old, provider=f"{PROVIDER}default_7_51_1::1"),
    )


def test_another_engine_makes_another_resource() -> None:
    assert found(made(CACHE, "db", engineVersion="7.2"), made(CACHE, "db", engineVersion="7.1"))
    cache = made(CACHE, "db", engine="redis", engineVersion="7.1")
    assert found(made(CACHE, "db", engine="valkey", engineVersion="7.2"), cache) is None
    assert found(made(INSTANCE, "db", engineVersion="16.3"), deployed()) is None
    custom = {"engine": "custom-oracle-ee"}
    assert (
        found(
            made(INSTANCE, "db", engineVersion="19.b", **custom),
            made(INSTANCE, "db", engineVersion="19.a", **custom),
        )
        is None
    )


@pytest.mark.parametrize(
    ("token", "engine", "before", "after", "expected"),
    [
        (INSTANCE, "postgres", "16.10", "16.9", True),
        (INSTANCE, "postgres", "16.9", "16.10", False),
        (INSTANCE, "postgres", "16.9", "16", False),
        (INSTANCE, "postgres", "16", "16.9", False),
        (INSTANCE, "mysql", "8.0.40", "8", False),
        (INSTANCE, "mysql", "8.4.3", "8.0", True),
        (INSTANCE, "postgres", "11.22-rds.20240418", "11.22", False),
        (INSTANCE, "postgres", "11.22-rds.20240418", "11.21-rds.20240418", True),
        ("aws:rds/cluster:Cluster", "aurora-mysql", "8.0.mysql_aurora.3.10.0", "8.0", False),
        (
            "aws:rds/cluster:Cluster",
            "aurora-mysql",
            "8.0.mysql_aurora.3.10.0",
            "8.0.mysql_aurora.3.9.0",
            True,
        ),
        ("aws:rds/cluster:Cluster", "aurora-mysql", "5.7.mysql_aurora.2.11.2", "8.0", False),
        (CACHE, "redis", "6.2.6", "6.x", False),
        (CACHE, "redis", "7.1", "6.x", True),
        ("aws:msk/cluster:Cluster", "kafka", "3.9.x", "3.8.x", True),
        ("aws:msk/cluster:Cluster", "kafka", "3.6.0", "3.7.x", False),
        ("aws:eks/cluster:Cluster", "kubernetes", "1.30", "1.9", True),
        ("aws:docdb/cluster:Cluster", "docdb", "5.0.0", "4.0.0", True),
        ("aws:elasticsearch/domain:Domain", "elasticsearch", "7.10", "7.9", True),
        ("aws:elasticsearch/domain:Domain", "elasticsearch", "7.10", "OpenSearch_1.0", False),
        ("aws:opensearch/domain:Domain", "opensearch", "OpenSearch_2.9", "OpenSearch_2.11", False),
        ("aws:opensearch/domain:Domain", "opensearch", "OpenSearch_1.0", "Elasticsearch_7.10", True),
    ],
)
def test_versions_fall_as_their_engines_count(
    token: str, engine: str, before: str, after: str, expected: bool
) -> None:
    kind = KINDS[token]
    inputs = {} if kind.engine else {"engine": engine}
    result = found(
        made(token, "db", **(inputs | {kind.path: after})),
        made(token, "db", **(inputs | {kind.path: before})),
    )
    assert result
    assert result.engine == engine
    assert result.is_downgrade is expected


VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}", fullmatch=True)


@given(VERSIONS, VERSIONS, st.sampled_from(["postgres", "mysql", "kafka", "kubernetes", "redis"]))
def test_no_two_versions_are_below_each_other(one: str, other: str, engine: str) -> None:
    up = Change(Kind(()), engine, one, other, Confidence.CERTAIN)
    down = Change(Kind(()), engine, other, one, Confidence.CERTAIN)
    assert not (up.is_downgrade and down.is_downgrade)
    if EngineVersion(one).is_prefix_of(EngineVersion(other)):
        assert not down.is_downgrade
        assert not up.is_downgrade
