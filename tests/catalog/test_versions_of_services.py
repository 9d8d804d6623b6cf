"""Every version of every source is judged as the source says."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from policy_pack.catalog import Catalogs, EngineVersion, State
from policy_pack.catalog.store import ROOT
from policy_pack.catalog.versions import takes_prefixes
from policy_pack.model import Confidence

CATALOGS = Catalogs()
SERVICES = sorted(path.stem for path in (ROOT / "versions").glob("*.json"))
# The sources of `sqlserver-*` speak of every edition.
TABLE: dict[tuple[str, str, str], set[str]] = defaultdict(set)
for service in SERVICES:
    records = json.loads((ROOT / "versions" / f"{service}.json").read_text())["records"]
    engines = {key.split(" ")[0] for key in records}
    for key, claims in records.items():
        engine, version = key.split(" ")
        editions = {each for each in engines if engine[-1] == "*" and each.startswith(engine[:-1])}
        for each in editions - {engine} or {engine.replace("*", "ee")}:
            TABLE[service, each, version].update(claims.values())


def states(service: str, engine: str, version: str) -> tuple[State, Confidence]:
    found = CATALOGS.versions(service).judge(engine, version, region=None)
    return found.state, found.confidence


def test_every_withdrawn_version_is_flagged_and_no_other() -> None:
    print(f"\n{'service':12} {'listed':>7} {'withdrawn':>10}")  # noqa: T201 - the table is for people
    for service in SERVICES:
        rows = {row[1:]: claims for row, claims in TABLE.items() if row[0] == service}
        withdrawn = [row for row, claims in rows.items() if "withdrawn" in claims]
        print(f"{service:12} {len(rows) - len(withdrawn):7} {len(withdrawn):10}")  # noqa: T201
        for (engine, version), claims in rows.items():
            expected = State.WITHDRAWN if "withdrawn" in claims else State.AVAILABLE
            assert states(service, engine, version)[0] is expected, (engine, version)
    assert len(TABLE) > 1700


def test_no_prefix_of_an_available_version_is_flagged_where_the_service_takes_prefixes() -> None:
    for (service, engine, version), claims in TABLE.items():
        if "withdrawn" not in claims and takes_prefixes(engine):
            pieces = EngineVersion(version).components
            for count in range(1, len(pieces)):
                prefix = ".".join(pieces[:count])
                assert states(service, engine, prefix)[0] is State.AVAILABLE, (engine, prefix)


@pytest.mark.parametrize("service", ["elasticbeanstalk", "memorydb", "mq"])
def test_what_no_source_lists_is_not_judged(service: str) -> None:
    assert states(service, "redis", "7.1")[0] is State.NO_DATA
    assert states(service, "vpc-cni", "")[0] is State.NO_DATA


@pytest.mark.parametrize(
    ("service", "engine", "version", "state", "nearest"),
    [
        ("docdb", "docdb", "5.0", State.AVAILABLE, None),
        ("docdb", "docdb", "8.0.9", State.NEWER, "8.0.1"),
        ("docdb", "docdb", "4.0.9", State.NEWER, "4.0.0"),
        ("docdb", "docdb", "3.2.0", State.NOT_LISTED, "3.6.0"),
        ("eks", "kubernetes", "1.21", State.WITHDRAWN, "1.23"),
        ("eks", "kubernetes", "1.36", State.AVAILABLE, None),
        ("eks", "kubernetes", "1.37", State.NEWER, "1.36"),
        ("eks", "kubernetes", "1.3", State.NOT_LISTED, "1.23"),
        ("eks", "kubernetes", "1", State.NOT_LISTED, "1.23"),
        ("elasticache", "redis", "7.1", State.AVAILABLE, None),
        ("elasticache", "redis", "7", State.AVAILABLE, None),
        ("elasticache", "redis", "7.3", State.NEWER, "7.1"),
        ("elasticache", "redis", "6.1", State.NOT_LISTED, "6.2"),
        ("elasticache", "valkey", "8", State.AVAILABLE, None),
        ("elasticache", "memcached", "1.6", State.NOT_LISTED, "1.6.6"),
        ("emr", "emr", "7.9.0", State.AVAILABLE, None),
        ("emr", "emr", "7.9", State.NOT_LISTED, "7.9.0"),
        ("glue", "glue", "4", State.NOT_LISTED, "4.0"),
        ("msk", "kafka", "2.8.1", State.WITHDRAWN, "3.4.0"),
        ("msk", "kafka", "3.6.9", State.NEWER, "3.6.0"),
        ("msk", "kafka", "3.0.0", State.NOT_LISTED, "3.4.0"),
        ("neptune", "neptune", "1.4.6.1", State.AVAILABLE, None),
        ("opensearch", "opensearch", "2.10", State.WITHDRAWN, "2.11"),
        ("opensearch", "opensearch", "2.12", State.NOT_LISTED, "2.13"),
        ("opensearch", "elasticsearch", "7.10", State.AVAILABLE, None),
        ("opensearch", "elasticsearch", "8.0", State.NEWER, "7.10"),
        ("redshift", "redshift", "1.0", State.AVAILABLE, None),
        ("synthetics", "syn-nodejs-puppeteer", "3.5", State.WITHDRAWN, "5.2"),
    ],
)
def test_states(service: str, engine: str, version: str, state: State, nearest: str | None) -> None:
    found = CATALOGS.versions(service).judge(engine, version, region="eu-west-1")
    assert (found.state, found.nearest) == (state, nearest)
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("version", "region", "state", "nearest"),
    [
        ("5.0.1", "us-east-1", State.ELSEWHERE, "5.0.3"),
        ("5.0.1", "us-east-2", State.AVAILABLE, None),
        ("6.0.0-beta", "us-east-1", State.AVAILABLE, None),
        ("6.0.0-beta", "ap-east-2", State.ELSEWHERE, "6.11.1"),
        # Above all that the region had on the day of the data: it may have it by now.
        ("7.14.0", "ap-east-2", State.AVAILABLE, None),
        ("7.99.0", "ap-east-2", State.NEWER, "7.8.0"),
        ("5.37.0", "ap-east-2", State.NOT_LISTED, "6.11.1"),
        ("5.0.1", "us-gov-west-1", State.AVAILABLE, None),
        ("5.0.1", None, State.AVAILABLE, None),
    ],
)
def test_releases_of_emr_differ_by_region(
    version: str, region: str | None, state: State, nearest: str | None
) -> None:
    found = CATALOGS.versions("emr").judge("emr", version, region=region)
    assert (found.state, found.nearest, found.confidence) == (state, nearest, Confidence.LIKELY)
    assert found.evidence.scope == (region if state is State.ELSEWHERE else "33 regions")


def test_the_nearest_release_is_offered_in_the_region_where_the_other_is_not() -> None:
    versions, file = CATALOGS.versions("emr"), json.loads((ROOT / "versions" / "emr.json").read_text())
    for region in file["regions"]:
        for key in file["places"]:
            found = versions.judge(*key.split(" "), region=region)
            if found.state is State.ELSEWHERE:
                again = versions.judge(key.split(" ")[0], str(found.nearest), region=region)
                assert again.state is State.AVAILABLE, (region, key)
