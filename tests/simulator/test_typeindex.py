"""What the index reads from a package's source is what the SDK says at run time, without importing it."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .harness import child_module

typeindex = child_module("typeindex")

SAMPLE = [
    "aws:rds/cluster:Cluster",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:lambda/function:Function",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:ecs/service:Service",
    "aws:sqs/queue:Queue",
    "aws:kms/key:Key",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:secretsmanager/secret:Secret",
]


def sdk_class(token: str) -> Any:
    package, module, name = token.replace("/", ":").split(":")[0], token.split(":")[1], token.split(":")[2]
    folder = module.split("/")[0]
    folder = {"lambda": "lambda_"}.get(folder, folder)
    return getattr(importlib.import_module(f"pulumi_{package}.{folder}"), name)


def declared_outputs(cls: Any) -> dict[str, str]:
    """Names and types as the class itself has them: each getter's annotation."""
    found = {}
    for value in vars(cls).values():
        getter = value.fget if isinstance(value, property) else None
        if getter is not None and "Output[" in str(inspect.get_annotations(getter).get("return", "")):
            found[getattr(getter, "_pulumi_name", getter.__name__)] = inspect.get_annotations(getter)[
                "return"
            ]
    return found


def test_a_cluster_as_the_sdk_declares_it() -> None:
    cluster = typeindex.TypeIndex(None).resource("aws:rds/cluster:Cluster")
    outputs = cluster["outputs"]
    assert outputs["endpoint"] == "str"
    assert outputs["availabilityZones"] == "Sequence[str]"
    assert outputs["masterUserSecrets"] == "Sequence[ClusterMasterUserSecret]"
    assert outputs["masterPassword"] == "Optional[str]"
    assert outputs["tagsAll"] == "Mapping[str,str]"
    nested = typeindex.TypeIndex(None).nested("aws:rds/cluster:Cluster", "ClusterMasterUserSecret")
    assert set(nested) == {"kmsKeyId", "secretArn", "secretStatus"}


@pytest.mark.parametrize("token", SAMPLE)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_source_and_the_running_sdk_agree(token: str) -> None:
    outputs = typeindex.TypeIndex(None).resource(token)["outputs"]
    declared = declared_outputs(sdk_class(token))
    assert set(outputs) == set(declared)
    optional = {name for name, kind in declared.items() if "Output[Optional[" in str(kind)}
    optional |= {name for name, kind in declared.items() if "Output[typing.Optional[" in str(kind)}
    assert {name for name, kind in outputs.items() if kind.startswith("Optional[")} == optional


def test_functions_and_their_results() -> None:
    index = typeindex.TypeIndex(None)
    zones = index.result("aws:index/getAvailabilityZones:getAvailabilityZones")
    assert zones["names"] == "Sequence[str]"
    assert index.result("aws:iam/getPolicyDocument:getPolicyDocument")["json"] == "str"


def test_what_is_not_installed_is_not_known() -> None:
    index = typeindex.TypeIndex(None)
    assert index.resource("nosuch:index:Thing") is None
    assert index.resource("aws:rds/cluster:NoSuch") is None
    assert index.result("aws:nosuch/getIt:getIt") is None
    assert index.token_of("pulumi_aws.sqs.Queue") == "aws:sqs/queue:Queue"
    assert index.token_of("str") is None


def test_reading_a_package_does_not_import_it(tmp_path: Path) -> None:
    code = f"""
        import sys
        sys.path.insert(0, {str(Path(typeindex.__file__).parents[1])!r})
        from child import typeindex
        assert typeindex.TypeIndex({str(tmp_path)!r}).resource("aws:rds/cluster:Cluster")
        assert not [name for name in sys.modules if name.startswith("pulumi")], "imported"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


SOURCE = """
class Color(str, Enum):
    RED = "Red"
    BLUE = "Blue"
class Level(builtins.int, Enum):
    LOW = 1
@pulumi.output_type
class Inner(dict):
    @_builtins.property
    @pulumi.getter(name="fooBar")
    def foo_bar(self) -> Optional['outputs.Deep']:
        return pulumi.get(self, "foo_bar")
class Thing(pulumi.CustomResource):
    def __init__(__self__):
        super(Thing, __self__).__init__(
            'demo:index/thing:Thing', None)
    @property
    @pulumi.getter
    def size(self) -> pulumi.Output[builtins.int]:
        \"\"\"
        $ pulumi import demo:index/thing:Thing example thing-0123456789
        \"\"\"
    @property
    @pulumi.getter(name="colorName")
    def color_name(self) -> pulumi.Output['_enums.Color']:
        return 1
"""


def package(directory: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.0.0") -> Path:
    root = directory / "pulumi_demo"
    root.mkdir(exist_ok=True)
    (root / "__init__.py").write_text(SOURCE)
    (root / "thing.py").write_text(SOURCE)
    (root / "pulumi-plugin.json").write_text(json.dumps({"version": version}))
    monkeypatch.syspath_prepend(str(directory))
    return root


def test_a_module_of_every_kind_of_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    index = typeindex.TypeIndex(None)
    thing = index.resource("demo:index/thing:Thing")
    assert thing["outputs"] == {"size": "int", "colorName": "Color"}
    assert index.nested("demo:index/thing:Thing", "Inner") == {"fooBar": "Optional[Deep]"}
    assert index.member("demo:index/thing:Thing", "Color") == "Red"
    assert index.member("demo:index/thing:Thing", "Level") == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"resources": []}', '{"resources": {}}', "\0\0", "null"])
def test_a_damaged_cache_is_made_again(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    token, cache = "demo:index/thing:Thing", str(tmp_path / "cache")
    sound = typeindex.TypeIndex(cache).resource(token)
    (file,) = (tmp_path / "cache").rglob("*.json")
    content = file.read_text()
    file.write_text(damage)
    assert typeindex.TypeIndex(cache).resource(token) == sound
    assert file.read_text() == content


def test_the_cache_is_used_and_kept_per_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = package(tmp_path, monkeypatch)
    token, cache = "demo:index/thing:Thing", str(tmp_path / "cache")
    first = typeindex.TypeIndex(cache).resource(token)
    (root / "thing.py").write_text("")
    assert typeindex.TypeIndex(cache).resource(token) == first
    (root / "pulumi-plugin.json").write_text(json.dumps({"version": "1.0.1"}))
    assert typeindex.TypeIndex(cache).resource(token) is None
    assert {file.parent.name for file in (tmp_path / "cache").rglob("*.json")} == {"demo-1.0.0", "demo-1.0.1"}


def test_a_version_that_is_no_version_is_not_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch, version="../../evil")
    assert typeindex.TypeIndex(str(tmp_path / "cache")).resource("demo:index/thing:Thing")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, monkeypatch)
    (tmp_path / "file").write_text("")
    assert typeindex.TypeIndex(str(tmp_path / "file" / "cache")).resource("demo:index/thing:Thing")


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    code = textwrap.dedent(f"""
        import sys
        sys.path[:0] = [{str(tmp_path)!r}, {str(Path(typeindex.__file__).parents[1])!r}]
        from child import typeindex
        for _ in range(50):
            shard = typeindex.TypeIndex({str(tmp_path / "cache")!r})
            assert shard.resource("demo:index/thing:Thing")["outputs"]["size"] == "int"
            shard._load("demo", "index")
            typeindex._write_shard({str(tmp_path / "cache" / "x.json")!r}, shard.shards["demo:index"])
            assert typeindex._read_shard({str(tmp_path / "cache" / "x.json")!r})
    """)
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _: subprocess.run([sys.executable, "-c", code], check=False), range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert all(file.suffix == ".json" for file in (tmp_path / "cache").rglob("*") if file.is_file())


KINDS = st.recursive(
    st.sampled_from(["str", "int", "Any", "ClusterSecret"]),
    lambda inner: st.one_of(
        inner.map(lambda kind: f"Optional[{kind}]"),
        inner.map(lambda kind: f"Sequence[{kind}]"),
        st.tuples(inner, inner).map(lambda pair: f"Mapping[{pair[0]},{pair[1]}]"),
    ),
    max_leaves=5,
)


@given(st.lists(KINDS, min_size=1, max_size=4))
def test_type_arguments_are_taken_apart_where_they_were_put_together(kinds: list[str]) -> None:
    assert typeindex.type_arguments(f"Union[{','.join(kinds)}]") == kinds


def test_a_bare_type_has_no_arguments() -> None:
    assert typeindex.type_arguments("str") == []
