"""The catalogs: what they ask, and what they make of the answers."""

from __future__ import annotations

import ast
import datetime
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs
from policy_pack.refresh.live import catalogs
from policy_pack.refresh.live.asking import AnswerError, LiveCatalog, day, items, newest_of_majors
from policy_pack.refresh.live.catalogs import CATALOGS
from policy_pack.refresh.live.files import document
from policy_pack.refresh.live.merging import Answers, merged
from policy_pack.refresh.live.permissions import policy
from policy_pack.refresh.writing import canonical

from . import answers, models, wire
from .wire import Call

pytestmark = pytest.mark.slow

DIRECTORY = Path(catalogs.__file__).parent
READING = re.compile(r"(Describe|List)[A-Z]\w*")
# What may be called on a client beside operations of AWS.
DYNAMIC = ("client.get_paginator", "getattr(client")
PLUMBING = {"can_paginate", "close", "get_paginator", "meta"}


def asked(path: Path) -> Iterator[tuple[str, str]]:
    """The operation and the key of every call of `items` in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "items":
            _, operation, key = (each.value if isinstance(each, ast.Constant) else None for each in node.args)
            yield str(operation), str(key)


# Whose own modules ask nothing: RDS answers for them.
ASKED_BY = {
    "neptune_instances.py": "docdb_instances.py",
    "docdb_versions.py": "rds_versions.py",
    "neptune_versions.py": "rds_versions.py",
}


def operations(catalog: LiveCatalog[Any]) -> list[tuple[str, str]]:
    """The operations that a catalog asks, as AWS names them, and the keys of their lists.

    The last is the one that `shape` reads; those before it tell what to ask for.
    """
    module = Path(catalog.fetch.__code__.co_filename).name
    named = {botocore.xform_name(name): name for name in wire.service_model(catalog.service).operation_names}
    return [(named[name], key) for name, key in asked(DIRECTORY / ASKED_BY.get(module, module))]


def operation(catalog: LiveCatalog[Any]) -> tuple[str, str]:
    """The operation whose items `shape` reads."""
    return operations(catalog)[-1]


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_a_catalog_declares_exactly_the_actions_it_calls_and_only_reads(catalog: LiveCatalog[Any]) -> None:
    found = operations(catalog)
    model = wire.service_model(catalog.service)
    assert found
    assert sorted(f"{model.signing_name}:{name}" for name, _ in found) == list(catalog.actions)
    for name, key in found:
        assert READING.fullmatch(name)
        assert model.operation_model(name).output_shape.members[key].type_name == "list"


def test_no_other_code_calls_a_client() -> None:
    for path in DIRECTORY.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert node.value.id != "client" or node.attr in PLUMBING, f"{path.name}: {node.attr}"


def test_a_client_is_asked_by_name_in_one_place_only() -> None:
    dynamic = {
        path.name
        for path in DIRECTORY.parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node).startswith(DYNAMIC)
    }
    assert dynamic == {"asking.py"}


def test_every_module_has_a_catalog_and_every_catalog_its_own_file() -> None:
    modules = [path for path in DIRECTORY.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) == len(CATALOGS) == len({catalog.file for catalog in CATALOGS.values()})
    for catalog in CATALOGS.values():
        assert catalog.file in (Path(catalog.fetch.__code__.co_filename).read_text())


def test_the_policy_document_has_the_actions_of_the_named_catalogs_and_no_more() -> None:
    document = json.loads(policy([CATALOGS["versions/opensearch"]], all_regions=False))
    assert [each["Action"] for each in document["Statement"]] == [["es:ListVersions"]]
    wider = json.loads(policy([CATALOGS["versions/opensearch"]], all_regions=True))
    assert wider["Statement"][0]["Action"] == ["ec2:DescribeRegions", "es:ListVersions"]
    everything = json.loads(policy(CATALOGS.values(), all_regions=False))["Statement"][0]
    assert everything["Effect"] == "Allow"
    assert everything["Action"] == sorted({action for each in CATALOGS.values() for action in each.actions})
    assert not any("*" in action for action in everything["Action"])


@pytest.mark.parametrize("name", CATALOGS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_answer_that_fits_the_model_is_shaped_and_written_alike_twice(
    name: str, data: st.DataObject
) -> None:
    catalog = CATALOGS[name]
    called, key = operation(catalog)
    shape = wire.service_model(catalog.service).operation_model(called).output_shape.members[key].member
    answered = data.draw(st.lists(models.outputs(shape, 4), max_size=4))
    facts = catalog.shape(iter(answered))
    assert catalog.shape(answered) == facts
    today = datetime.date(2026, 11, 22)
    once = merged(catalog, None, Answers({"eu-west-1": facts}), today)
    assert once is not None
    twice = merged(catalog, once, Answers({"eu-west-1": facts}), today)
    assert twice is not None
    assert canonical(document(twice)) == canonical(document(once))
    assert once.in_region("eu-west-1") is not None


@pytest.mark.parametrize("name", [name for name in CATALOGS if name != "account-regions"])
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_is_written_a_check_can_read(name: str, data: st.DataObject) -> None:
    catalog = CATALOGS[name]
    called, key = operation(catalog)
    shape = wire.service_model(catalog.service).operation_model(called).output_shape.members[key].member
    answered = data.draw(st.lists(models.outputs(shape, 4), max_size=4))
    file = merged(
        catalog,
        None,
        Answers({"eu-west-1": replace(catalog, fetch=iter).facts(answered)}),
        datetime.date(2026, 11, 22),
    )
    assert file is not None
    with tempfile.TemporaryDirectory() as root:
        path = Path(root) / catalog.file
        path.parent.mkdir(exist_ok=True)
        path.write_text(canonical(document(file)))
        catalogs = Catalogs(refreshed=[Path(root)])
        own = {"versions/eks_addons": "addon_versions"}
        family, _, service = own.get(name, name).partition("/")
        assert getattr(catalogs, family)(service) if service else getattr(catalogs, family)


def shaped(name: str, region: str = "eu-west-1", **parameters: str) -> Any:
    catalog = CATALOGS[name]
    called, key = operation(catalog)
    facts = catalog.shape(answers.small(Call(catalog.service, called, region, parameters))[key])
    return {key: _plain(fact) for key, fact in facts.items()}


def _plain(fact: Any) -> dict[str, Any]:
    return {field: value for field, value in msgspec.structs.asdict(fact).items() if field != "regions"}


def test_rds_tells_the_withdrawn_and_leaves_documentdb_and_neptune_to_their_own() -> None:
    found = shaped("versions/rds")
    assert found["aurora-postgresql 15.3"] == {"family": "aurora-postgresql15", "state": "withdrawn"}
    assert found["aurora-postgresql 15.10"]["state"] == "available"
    assert not [key for key in found if key.startswith(("docdb", "neptune"))]
    assert list(shaped("versions/docdb")) == ["docdb 5.0.0"]
    assert list(shaped("versions/neptune")) == ["neptune 1.4.6.1"]


def test_a_custom_version_that_is_not_usable_is_left_out() -> None:
    inactive = {"Engine": "custom-oracle-ee", "EngineVersion": "19.cev", "Status": "inactive"}
    assert CATALOGS["versions/rds"].shape([inactive]) == {}


def test_eks_tells_when_support_ends_by_either_spelling_of_the_status() -> None:
    found = shaped("versions/eks")
    assert found["kubernetes 1.29"]["state"] == "withdrawn"
    assert found["kubernetes 1.35"] == {
        "state": "available",
        "family": None,
        "standard_support_ends": datetime.date(2027, 3, 23),
        "extended_support_ends": datetime.date(2028, 3, 23),
    }
    elsewhere = {"clusterVersion": "1.35", "clusterType": "outpost", "status": "standard-support"}
    assert CATALOGS["versions/eks"].shape([elsewhere]) == {}


def test_other_services_are_keyed_like_the_shipped_catalogs() -> None:
    assert shaped("versions/eks_addons") == {
        "vpc-cni v1.20.0-eksbuild.1": {"clusters": ("1.34", "1.35"), "default_of": ("1.35",)}
    }
    assert list(shaped("versions/opensearch")) == ["opensearch 2.5", "opensearch 2.19", "elasticsearch 7.10"]
    assert {key: each["state"] for key, each in shaped("versions/msk").items()} == {
        "kafka 3.9.x": "available",
        "kafka 1.1.1": "withdrawn",
    }
    assert list(shaped("versions/mq")) == ["activemq 5.19"]
    assert list(shaped("versions/memorydb")) == ["valkey 7.3"]
    assert shaped("versions/elasticache") == {"valkey 8.0": {"state": "listed", "family": "valkey8"}}
    assert list(shaped("versions/emr")) == ["emr 7.9.0", "emr 7.10.0", "emr 6.15.0", "emr-spark 8.0.0"]
    assert list(shaped("versions/elasticbeanstalk")) == [
        "python-3.11-running-on-64bit-amazon-linux-2023 4.0.1",
        "python-3.11-running-on-64bit-amazon-linux-2023 4.0.0",
    ]
    assert shaped("versions/synthetics") == {
        "syn-nodejs-puppeteer 13.1": {"state": "available", "family": None, "deprecated": None},
        "syn 1.0": {"state": "withdrawn", "family": None, "deprecated": datetime.date(2022, 10, 13)},
    }
    assert shaped("instances/mq") == {"mq.m7g.large": {"kinds": ("rabbitmq",)}}
    assert list(shaped("instances/redshift")) == ["ra3.xlplus"]
    assert shaped("instances/rds", Engine="mysql")["db.m7g.large"] == {"kinds": ("mysql",)}
    assert list(shaped("instances/docdb", Engine="docdb")) == ["db.r5.large"]
    assert list(shaped("instances/opensearch", EngineVersion="Elasticsearch_7.10")) == [
        "m5.large.search",
        "t2.small.search",
    ]


def test_of_each_major_the_newest_version_is_asked_for() -> None:
    versions = [("15", "15.3"), ("15", "15.19"), ("8.0", "8.0.40"), ("15", "15.10"), ("8.4", "8.4.3")]
    assert list(newest_of_majors(versions)) == ["15.19", "8.0.40", "8.4.3"]
    assert list(newest_of_majors([])) == []


def test_a_day_is_that_of_utc_wherever_the_machine_is() -> None:
    west = datetime.timezone(datetime.timedelta(hours=-8))
    assert day(datetime.datetime(2027, 3, 22, 16, tzinfo=west)) == datetime.date(2027, 3, 23)
    assert day(None) is None


class Pages:
    """A client of an operation without a paginator."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.tokens: list[str | None] = []

    def can_paginate(self, operation: str) -> bool:
        return False

    def list_things(self, NextToken: str | None = None) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.tokens.append(NextToken)
        return self.pages.pop(0)


def test_tokens_are_followed_by_hand_where_there_is_no_paginator() -> None:
    client = Pages({"Things": [1], "NextToken": "a"}, {"Things": [], "NextToken": "b"}, {"Things": [2]})
    assert list(items(client, "list_things", "Things")) == [1, 2]
    assert client.tokens == [None, "a", "b"]


def test_an_answer_that_never_ends_or_has_no_list_is_no_answer() -> None:
    again = {"Things": [1], "NextToken": "a"}
    with pytest.raises(AnswerError, match="never comes to an end"):
        list(items(Pages(again, again), "list_things", "Things"))
    with pytest.raises(AnswerError, match="without Things"):
        list(items(Pages({"message": "<html>"}), "list_things", "Things"))
