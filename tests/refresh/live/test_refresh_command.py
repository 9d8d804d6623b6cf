"""`preflight refresh` as a process, against a stand-in for AWS on the loopback interface."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from policy_pack.catalog import Catalogs
from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.store import ROOT as SHIPPED
from policy_pack.refresh.live.catalogs import CATALOGS
from policy_pack.refresh.live.files import read

from . import answers
from .conftest import CODE, Machine
from .server import Cut, Fault, Refuse, World
from .wire import Call

pytestmark = pytest.mark.slow

Meet = Callable[[World], Machine]
KAFKA = {"kafka 1.1.1": "withdrawn", "kafka 3.9.x": "available"}
SOME = ("versions/msk", "versions/mq", "versions/rds")


def states(machine: Machine, name: str, region: str) -> dict[str, str] | None:
    catalog = CATALOGS[name]
    facts = read(machine.facts / catalog.file, catalog.fact).in_region(region)
    return None if facts is None else {key: fact.state for key, fact in facts.items()}


def refuse(code: str, *regions: str, operation: str = "") -> Callable[[Call, int], Fault | None]:
    def faults(call: Call, number: int) -> Fault | None:
        hit = call.region in regions and (not operation or call.operation == operation)
        return Refuse(code) if hit else None

    return faults


def test_everything_is_asked_of_the_region_that_the_environment_names(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    done = mine.refresh()
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert set(mine.contents()) == {catalog.file for catalog in CATALOGS.values() if not catalog.large}
    assert done.stdout.endswith("only by name, because it takes many calls: instances/rds\n")
    assert {region for _, _, region in world.calls} == {"eu-west-1"}
    assert "versions/rds: 4 facts changed, 1 region answered\n" in done.stdout
    assert states(mine, "versions/rds", "eu-west-1") == {
        "aurora-postgresql 15.3": "withdrawn",
        "aurora-postgresql 15.10": "available",
        "aurora-postgresql 15.19": "available",
        "mysql 8.0.40": "available",
    }


def test_instances_are_asked_for_with_the_newest_version_of_each_major_page_by_page(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    names = ("instances/docdb", "instances/emr", "instances/neptune", "instances/opensearch", "instances/rds")
    done = mine.refresh(*names)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "only by name" not in done.stdout
    written = {name: json.loads(mine.contents()[f"{name}.json"])["records"] for name in names}
    assert written["instances/rds"] == {
        "db.m7g.large": [{"kinds": ["mysql"], "regions": "all"}],
        "db.r6g.large": [{"kinds": ["aurora-postgresql"], "regions": "all"}],
        "db.t4g.medium": [{"kinds": ["aurora-postgresql", "mysql"], "regions": "all"}],
    }
    assert list(written["instances/docdb"]) == ["db.r5.large"]
    assert list(written["instances/neptune"]) == ["db.r6g.large", "db.t4g.medium"]
    assert list(written["instances/opensearch"]) == ["m5.large.search", "or2.large.search", "t2.small.search"]
    assert len(written["instances/emr"]) == 150
    calls = {name: number for (_, name, _), number in world.calls.items()}
    # Two releases of two pages; four engines with one major each.
    assert calls["ListSupportedInstanceTypes"] == 4
    assert calls["DescribeOrderableDBInstanceOptions"] == 4
    assert calls["ListInstanceTypeDetails"] == 2
    classes = Catalogs(refreshed=[mine.facts]).instances("rds")
    assert classes.judge("db.m7g.large", region="eu-west-1", kind="mysql").state is State.AVAILABLE
    other = classes.judge("db.m7g.large", region="eu-west-1", kind="aurora-postgresql")
    assert (other.state, other.evidence.source) == (State.ELSEWHERE, "AWS, live")


def test_a_second_run_on_the_same_day_changes_no_byte(machine: Meet) -> None:
    mine = machine(World(answers.small))
    mine.refresh(*SOME)
    before = {path: path.stat().st_mtime_ns for path in mine.facts.rglob("*.json")}
    contents = mine.contents()
    done = mine.refresh(*SOME)
    assert done.stdout.count("no facts changed") == len(SOME)
    assert mine.contents() == contents
    assert {path: path.stat().st_mtime_ns for path in mine.facts.rglob("*.json")} == before


def test_all_thirty_regions_with_throttling_and_cut_connections_now_and_then(machine: Meet) -> None:
    def faults(call: Call, number: int) -> Fault | None:
        mishaps: dict[int, Fault] = {7: Refuse("Throttling", 503), 17: Cut(), 23: Cut(chunked=True)}
        return mishaps.get(number % 31)

    mine = machine(World(answers.small, faults))
    done = mine.refresh("versions/mq", "versions/rds", "--all-regions")
    assert done.returncode == 0, done.stdout
    file = read(mine.facts / "versions" / "rds.json", CATALOGS["versions/rds"].fact)
    assert list(file.regions) == sorted(answers.ALL)
    assert file.records["aurora-postgresql 15.19"][0].regions == "all but ap-northeast-3"
    assert file.records["mysql 8.0.40"][0].regions == "all"


def test_opt_in_regions_that_refuse_are_unknown_and_not_empty(machine: Meet) -> None:
    mine = machine(World(answers.small, refuse("UnrecognizedClientException", "af-south-1", "me-south-1")))
    done = mine.refresh("versions/msk", "--all-regions")
    assert done.returncode == 0, done.stderr
    assert "  unknown in af-south-1, me-south-1: it does not know the account" in done.stdout
    document = json.loads(mine.contents()["versions/msk.json"])
    assert sorted(document["unknown"]) == ["af-south-1", "me-south-1"]
    assert states(mine, "versions/msk", "af-south-1") is None
    assert states(mine, "versions/msk", "us-east-1") == KAFKA


def test_regions_that_the_account_has_not_enabled_are_not_even_asked(machine: Meet) -> None:
    def some(call: Call) -> object:
        regions = [{"RegionName": "eu-west-1"}, {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}]
        return {"Regions": regions} if call.operation == "DescribeRegions" else answers.small(call)

    world = World(some)  # type: ignore[arg-type]
    done = machine(world).refresh("versions/msk", "--all-regions")
    assert "unknown in af-south-1: the account has not enabled the region" in done.stdout
    assert ("kafka", "ListKafkaVersions", "af-south-1") not in world.calls


def test_regions_that_the_organisation_denies_are_unknown_and_said(machine: Meet) -> None:
    denied = Refuse("UnauthorizedOperation", 403, "no, with an explicit deny in a service control policy")
    world = World(answers.small, lambda call, number: None if call.region == "eu-west-1" else denied)
    mine = machine(world)
    done = mine.refresh("account-regions", "instances/ec2", "--all-regions")
    assert done.returncode == 0, done.stdout
    assert "a service control policy denies ec2:DescribeInstanceTypeOfferings" in done.stdout
    document = json.loads(mine.contents()["instances/ec2.json"])
    assert list(document["regions"]) == ["eu-west-1"]
    assert set(document["unknown"]) == set(answers.ALL) - {"eu-west-1"}
    world.faults = lambda call, number: denied if call.operation != "DescribeRegions" else None
    assert mine.refresh("instances/ec2", "--all-regions").returncode == 2


def test_a_refusing_region_that_was_asked_for_by_name_counts_as_not_renewed(machine: Meet) -> None:
    mine = machine(World(answers.small, refuse("AuthFailure", "me-south-1")))
    done = mine.refresh("versions/msk", "--region", "eu-west-1", "me-south-1")
    assert done.returncode == 2
    assert "not renewed in me-south-1" in done.stdout
    assert states(mine, "versions/msk", "eu-west-1")


def test_credentials_that_no_region_knows_renew_nothing(machine: Meet) -> None:
    mine = machine(World(answers.small, refuse("InvalidClientTokenId", "eu-west-1", "us-east-1")))
    done = mine.refresh("versions/msk", "--region", "eu-west-1", "us-east-1")
    assert done.returncode == 2
    assert "not renewed in eu-west-1, us-east-1" in done.stdout
    assert mine.contents() == {}


def test_half_authorised_renews_the_one_half_and_leaves_the_other_whole(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh(*SOME)
    before = mine.contents()
    world.answers = lambda call: {"KafkaVersions": [{"Version": "4.2.x", "Status": "ACTIVE"}]}
    world.faults = lambda call, number: Refuse("AccessDenied", 403) if call.service != "kafka" else None
    done = mine.refresh(*SOME, "--accept-shrink")
    after = mine.contents()
    assert done.returncode == 2
    assert "not allowed (AccessDenied); it takes rds:DescribeDBEngineVersions" in done.stdout
    assert "versions/rds: not renewed" in done.stdout
    assert "versions/msk: 3 facts changed, 1 region answered" in done.stdout
    assert [name for name in before if before[name] != after[name]] == ["versions/msk.json"]


def test_throttled_beyond_all_retries_leaves_the_old_facts(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("versions/msk")
    before = mine.contents()
    world.faults = lambda call, number: Refuse("Throttling", 503)
    done = mine.refresh("versions/msk")
    assert done.returncode == 2
    assert "AWS answered Throttling" in done.stdout
    assert mine.contents() == before


MISHAPS: dict[str, tuple[Fault, str]] = {
    "denied": (Refuse("AccessDenied", 403), "not allowed (AccessDenied)"),
    "throttled": (Refuse("Throttling", 503), "AWS answered Throttling"),
    "cut off": (Cut(), "the connection was lost in the middle of an answer"),
    "cut off in a chunk": (Cut(chunked=True), "the connection was lost in the middle of an answer"),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_what_fails_after_the_first_page_leaves_the_old_facts(mishap: str, machine: Meet) -> None:
    fault, reason = MISHAPS[mishap]
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("instances/ec2", "--region", "eu-west-1", "us-east-1")
    before = json.loads(mine.contents()["instances/ec2.json"])
    world.answers = answers.large
    world.faults = lambda call, number: (
        fault if call.region == "eu-west-1" and call.parameters.get("NextToken") else None
    )
    names = ("instances/ec2", "--region", "eu-west-1", "us-east-1", "--accept-shrink")
    done = mine.refresh(*names, AWS_MAX_ATTEMPTS="2")
    after = json.loads(mine.contents()["instances/ec2.json"])
    assert done.returncode == 2
    assert f"not renewed in eu-west-1: {reason}" in done.stdout
    assert after["records"]["m5.large"] == [{"regions": "eu-west-1"}]
    assert before["records"]["m5.large"] == [{"regions": "all"}]
    assert after["records"]["c8.17xlarge"] == [{"regions": "us-east-1"}]


def test_what_fails_alike_is_said_once(machine: Meet) -> None:
    done = machine(World(answers.small, refuse("ExpiredToken", "eu-west-1"))).refresh(*SOME)
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "versions/mq, versions/msk, versions/rds: not renewed",
        "  not renewed in eu-west-1: the credentials have expired (ExpiredToken)",
    ]


def test_a_profile_whose_credentials_cannot_be_had_is_said_in_one_line(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    (mine.home / ".aws").mkdir()
    (mine.home / ".aws" / "config").write_text("[profile mine]\ncredential_process = false\n")
    done = mine.refresh("versions/msk", "--profile", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: AWS credentials cannot be used (")
    assert done.stderr.count("\n") == 1
    assert not world.calls


def test_offline_leaves_the_old_facts_and_gives_up_soon(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("versions/msk")
    before = mine.contents()
    # Nothing listens on port 1.
    done = mine.refresh("--region", *answers.ALL, AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1")
    assert done.returncode == 2
    assert "cannot be reached" in done.stdout
    assert mine.contents() == before
    done = mine.refresh("--all-regions", AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: AWS does not tell its regions: eu-west-1: it cannot be reached\n"


def test_an_answer_that_lacks_much_of_what_was_there_is_not_believed_unasked(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("versions/rds")
    before = mine.contents()
    world.answers = lambda call: {"DBEngineVersions": []}
    done = mine.refresh("versions/rds")
    assert done.returncode == 2
    assert "of 4 facts only 0 are left (see --accept-shrink)" in done.stdout
    assert mine.contents() == before
    assert mine.refresh("versions/rds", "--accept-shrink").returncode == 0
    assert states(mine, "versions/rds", "eu-west-1") == {}


def test_a_broken_file_is_left_alone_and_named(machine: Meet) -> None:
    mine = machine(World(answers.small))
    mine.refresh(*SOME)
    path = mine.facts / "versions" / "mq.json"
    path.write_text("{")
    done = mine.refresh(*SOME)
    assert done.returncode == 2
    assert "mq.json" in done.stdout
    assert "remove the file to start anew" in done.stdout
    assert path.read_text() == "{"


def test_checking_shows_a_reviewable_diff_and_writes_nothing(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    done = mine.refresh("versions/msk", "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "versions/msk: 2 facts would change, 1 region answered",
        "--- /dev/null",
        "+++ versions/msk.json",
        "+  region eu-west-1",
        '+    "kafka 1.1.1": [{"regions": "all", "state": "withdrawn"}]',
        '+    "kafka 3.9.x": [{"regions": "all", "state": "available"}]',
    ]
    assert mine.contents() == {}
    mine.refresh("versions/msk")
    before = mine.contents()
    done = mine.refresh("versions/msk", "--check")
    assert (done.returncode, done.stdout) == (0, "versions/msk: no facts would change, 1 region answered\n")
    versions = [{"Version": name, "Status": "DEPRECATED"} for name in ("3.9.x", "1.1.1")]
    world.answers = lambda call: {"KafkaVersions": versions}
    done = mine.refresh("versions/msk", "--check")
    assert done.returncode == 1
    assert '-    "kafka 3.9.x": [{"regions": "all", "state": "available"}]' in done.stdout
    assert '+    "kafka 3.9.x": [{"regions": "all", "state": "withdrawn"}]' in done.stdout
    assert "1.1.1" not in done.stdout
    assert mine.contents() == before


def test_only_the_day_of_the_asking_is_no_change_to_check_for(machine: Meet) -> None:
    mine = machine(World(answers.small))
    mine.refresh("versions/msk")
    path = mine.facts / "versions" / "msk.json"
    path.write_text(path.read_text().replace(json.loads(path.read_text())["fetched"], "2026-01-02"))
    assert mine.refresh("versions/msk", "--check").returncode == 0
    assert mine.refresh("versions/msk").returncode == 0
    assert "2026-01-02" not in path.read_text()


def test_the_projects_own_facts_are_renewed_where_it_keeps_some(machine: Meet) -> None:
    mine = machine(World(answers.small))
    own = mine.home / ".preflight" / "facts"
    own.mkdir(parents=True)
    mine.refresh("versions/msk")
    assert [path.name for path in own.rglob("*.json")] == ["msk.json"]
    assert not mine.facts.exists()


def test_the_shipped_catalogs_are_never_touched(machine: Meet) -> None:
    before = {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")}
    assert machine(World(answers.small)).refresh(*SOME).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        (
            (),
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give",
        ),
        ((), {"AWS_SECRET_ACCESS_KEY": None}, "AWS credentials cannot be used (Partial credentials"),
        (("--profile", "none"), {}, "The config profile (none) could not be found: set AWS_PROFILE, or"),
        (
            ("versions/rd",),
            {},
            "there is no live catalog named `versions/rd`; a similar one is `versions/",
        ),
        ((), {"AWS_REGION": None}, "no region: give --region or --all-regions, or set AWS_REGION"),
        (("--region", "eu-west-l"), {}, "`eu-west-l` is no region; a similar one is `eu-west-"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    machine: Meet, arguments: tuple[str, ...], changes: dict[str, None], said: str
) -> None:
    world = World(answers.small)
    done = machine(world).refresh(*arguments, **changes)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.count("\n") == 1
    assert not world.calls


def test_the_permissions_need_neither_credentials_nor_a_network(machine: Meet) -> None:
    world = World(answers.small)
    done = machine(world).refresh("--permissions", "versions/eks", AWS_ACCESS_KEY_ID=None)
    assert done.returncode == 0
    assert json.loads(done.stdout)["Statement"][0]["Action"] == ["eks:DescribeClusterVersions"]
    assert not world.calls


def test_exactly_the_permitted_actions_are_used(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh()
    mine.refresh("instances/rds")
    permitted = json.loads(mine.refresh("--permissions", "--all-regions").stdout)["Statement"][0]["Action"]
    assert {name for _, name, _ in world.calls} == {action.partition(":")[2] for action in permitted}


def test_a_full_disk_leaves_every_old_file_whole(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("versions/msk", "instances/ec2")
    before = mine.contents()
    world.answers = answers.large
    done = subprocess.run(
        [sys.executable, "-c", CODE, "refresh", "versions/mq", "instances/ec2", "--accept-shrink"],
        # Python takes a compiled module for written even when only a part of it was.
        env=mine.environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=mine.home,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)),
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: the facts cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert mine.contents() == before
    assert [path.name for path in mine.facts.iterdir() if path.name.startswith(".")] == []


# In a namespace of its own: a disk of 48 KB, on which the facts are renewed after it was filled.
FULL_DISK = """
set -e
mount -t tmpfs -o size=48k tmpfs "$FACTS"
cp -r "$OLD"/. "$FACTS"
"$PYTHON" -c "$CODE" refresh instances/ec2 instances/mq --accept-shrink || code=$?
cp -r "$FACTS" "$LEFT"
exit $code
"""


def test_a_disk_that_fills_up_leaves_every_old_file_whole(machine: Meet) -> None:
    world = World(answers.small)
    mine = machine(world)
    mine.refresh("instances/ec2", "instances/mq")
    before = mine.contents()
    old, left = mine.facts.rename(mine.home / "old"), mine.home / "left"
    mine.facts.mkdir()
    world.answers = answers.large
    places = {"FACTS": str(mine.facts), "OLD": str(old), "LEFT": str(left)}
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    probe = [*own, "mount", "-t", "tmpfs", "tmpfs", str(mine.facts)]
    if shutil.which("unshare") is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    done = subprocess.run(
        [*own, "sh", "-c", FULL_DISK],
        env=mine.environment | places | {"PYTHON": sys.executable, "CODE": CODE},
        cwd=mine.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith(": No space left on device\n")
    assert done.stderr.count("\n") == 1
    found = {str(path.relative_to(left)): path.read_bytes() for path in left.rglob("*") if path.is_file()}
    assert found == before


def test_without_permission_to_list_regions_those_of_the_shipped_list_are_asked(machine: Meet) -> None:
    world = World(answers.small, refuse("UnauthorizedOperation", "eu-west-1", operation="DescribeRegions"))
    mine = machine(world)
    assert mine.refresh("versions/mq", "--all-regions").returncode == 0
    regions = {region for _, name, region in world.calls if name == "DescribeBrokerEngineTypes"}
    assert regions == set(Catalogs().regions.of("aws"))
