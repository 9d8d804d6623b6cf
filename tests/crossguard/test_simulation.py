"""What runs beside a preview: the program's simulation, its source, and the comments in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, engine_pb2, engine_pb2_grpc

from .analyzer import CANARY, CLUSTER, UNKNOWN_TEXT, Analyzer, resource_request, running_pack

STACK = "pulumi:pulumi:Stack"
PROGRAM = """\
import json
import pulumi

secret = pulumi.Config().require("secret")
db = pulumi.CustomResource(
    "aws:rds/cluster:Cluster",
    "db",
    {"engine": "aurora-postgresql", "masterUsername": "admin", "masterPassword": secret, "endpoint": None},
)
other = pulumi.CustomResource("aws:sqs/queue:Queue", "queue", {"name": None})
made = pulumi.CustomResource(
    "aws:sqs/queue:Queue",
    "policy",
    {"policy": db.id.apply(lambda text: json.dumps({"id": text, "other": other.id}))},
)
"""
FAULT = (
    "an `apply` callback raises TypeError: Object of type Output is not JSON serializable "
    "(`other.id` is an `Output`)"
)
ADMIN = {"engine": "aurora-postgresql", "masterUsername": "admin"}


@pytest.fixture
def broken(program: Path) -> Path:
    """A program that only the deployment would stop."""
    (program / "__main__.py").write_text(PROGRAM)
    return program


@contextlib.contextmanager
def previewing(program: Path, engine: str = "127.0.0.1:1", **given: Any) -> Iterator[Analyzer]:
    with running_pack(program, engine) as pack:
        pack.configure_stack({"variety:secret": CANARY, "aws:region": "eu-west-1"}, **given)
        yield pack


def stack_request() -> Any:
    return resource_request({}, STACK, "variety-dev")


def names(found: list[Any]) -> list[str]:
    return sorted(item.policyName for item in found)


def test_the_preview_tells_what_only_a_run_and_the_source_see(broken: Path) -> None:
    with previewing(broken) as pack:
        database = resource_request(ADMIN)
        assert names(pack.analyze(ADMIN)) == ["reserved-master-username"]
        found = pack.analyze_stack(stack_request(), database)
        assert names(found) == ["apply-raises", "secret-in-plain-text"], "what the engine knows is told once"
        [fault] = [item for item in found if item.policyName == "apply-raises"]
        assert fault.message.splitlines()[:2] == [FAULT, "at __main__.py:14:74"]
        assert fault.enforcementLevel == analyzer_pb2.MANDATORY
        out, err, code = pack.interrupt()
        assert (out, err, code) == (b"", b"", 0)


@pytest.mark.slow
def test_the_engine_knows_better_where_it_knows_a_value(broken: Path) -> None:
    with previewing(broken) as pack:
        remediated = ADMIN | {"masterUsername": "dbadmin"}
        assert pack.analyze(remediated) == []
        assert names(pack.analyze_stack(resource_request(remediated))) == [
            "apply-raises",
            "secret-in-plain-text",
        ]


@pytest.mark.slow
def test_what_the_engine_does_not_know_is_told_of_the_simulation(broken: Path) -> None:
    with previewing(broken) as pack:
        hidden = ADMIN | {"masterUsername": UNKNOWN_TEXT}
        assert pack.analyze(hidden) == []
        found = pack.analyze_stack(resource_request(hidden))
        assert names(found) == ["apply-raises", "reserved-master-username", "secret-in-plain-text"]
        [username] = [item for item in found if item.policyName == "reserved-master-username"]
        assert username.urn == resource_request(ADMIN).urn


GLOBAL = "aws:dynamodb/table:Table"
REPLICATED = {"replicas": [{"regionName": "eu-central-1"}], "streamEnabled": True}
TABLE = f"""\
import pulumi
pulumi.CustomResource("{GLOBAL}", "db", {REPLICATED | {"streamViewType": "KEYS_ONLY"}})
"""


@pytest.mark.slow
@pytest.mark.parametrize("dry_run", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("level", ["MANDATORY", "REMEDIATE"])
def test_what_is_remediated_stops_nothing(program: Path, dry_run: bool, level: str) -> None:
    (program / "__main__.py").write_text(TABLE)
    with previewing(program, dry_run=dry_run) as pack:
        pack.configure(replicas_without_stream={"level": getattr(analyzer_pb2, level)})
        ahead = list(pack.call("Analyze", stack_request()).diagnostics)
        as_written = REPLICATED | {"streamViewType": "KEYS_ONLY"}
        made = pack.call("Remediate", resource_request(as_written, GLOBAL)).remediations
        mends = level == "REMEDIATE"
        assert [item.policyName for item in made] == ["replicas-without-stream"] * mends
        assert names(ahead) == ["replicas-without-stream"] * (not mends and not dry_run)
        now = REPLICATED | {"streamViewType": "NEW_AND_OLD_IMAGES" if mends else "KEYS_ONLY"}
        found = pack.analyze(now, type=GLOBAL)
        assert names(found) == ["replicas-without-stream"] * (not mends and dry_run)
        assert pack.analyze_stack(stack_request(), resource_request(now, GLOBAL)) == []


@pytest.mark.slow
def test_errors_come_before_the_first_resource_of_an_update(broken: Path) -> None:
    with previewing(broken, dry_run=False) as pack:
        found = list(pack.call("Analyze", stack_request()).diagnostics)
        assert names(found) == ["apply-raises", "reserved-master-username"]
        assert {item.enforcementLevel for item in found} == {analyzer_pb2.MANDATORY}
        assert list(pack.call("Analyze", stack_request()).diagnostics) == found, "of a pack given twice"
        assert pack.analyze(ADMIN) == [], "told already"
        last = pack.analyze_stack(stack_request(), resource_request(ADMIN))
        assert names(last) == ["secret-in-plain-text"], "which stops nothing"
        assert pack.analyze_stack(stack_request(), resource_request(ADMIN)) == last, "of a pack given twice"


@pytest.mark.slow
@pytest.mark.parametrize("where", ["pack", "project"])
def test_no_simulation_where_none_is_wanted(broken: Path, where: str) -> None:
    if where == "project":
        (broken / "preflight.toml").write_text("simulate = false\n")
    with previewing(broken) as pack:
        if where == "pack":
            pack.configure(not_simulated={"simulate": False})
        assert pack.analyze_stack(stack_request()) == []


@pytest.mark.slow
def test_a_level_of_the_team_holds_for_what_is_simulated(broken: Path) -> None:
    with previewing(broken) as pack:
        pack.configure(apply_raises={"level": analyzer_pb2.ADVISORY})
        levels = {item.policyName: item.enforcementLevel for item in pack.analyze_stack(stack_request())}
    assert levels == {
        "apply-raises": analyzer_pb2.ADVISORY,
        "reserved-master-username": analyzer_pb2.MANDATORY,
        "secret-in-plain-text": analyzer_pb2.ADVISORY,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import pulumi\nprint(1 / 0)\n", "division by zero"),
        ("import os\nos.kill(os.getpid(), 9)\n", "(SIGKILL|BlockedError|stopped|kill)"),
    ],
)
def test_a_simulation_that_ends_early_is_an_advisory_line(program: Path, text: str, reason: str) -> None:
    (program / "__main__.py").write_text(text)
    with previewing(program) as pack:
        [found] = pack.analyze_stack(stack_request())
    assert (found.policyName, found.enforcementLevel) == ("not-simulated", analyzer_pb2.ADVISORY)
    assert reason in found.message if "|" not in reason else found.message


def test_a_program_that_is_not_found_is_one_advisory_line(tmp_path: Path) -> None:
    with previewing(tmp_path) as pack:
        [found] = pack.analyze_stack(stack_request())
    assert (found.policyName, found.enforcementLevel) == ("not-simulated", analyzer_pb2.ADVISORY)
    assert "no Pulumi.yaml of `variety` was found; `PREFLIGHT_PROGRAM` can name" in found.message


@pytest.mark.slow
def test_the_program_can_be_named(broken: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with running_pack(elsewhere, PREFLIGHT_PROGRAM=str(broken)) as pack:
        pack.configure_stack({"variety:secret": CANARY})
        assert "apply-raises" in names(pack.analyze_stack(stack_request()))


class Engine(engine_pb2_grpc.EngineServicer):
    """What the pack logs is kept."""

    def __init__(self) -> None:
        self.logged: list[Any] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        self.logged.append(request)
        return Empty()


@pytest.fixture
def engine() -> Iterator[tuple[str, Engine]]:
    server, servicer = grpc.server(ThreadPoolExecutor(2)), Engine()
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", servicer
    server.stop(None)


@pytest.mark.slow
def test_what_was_found_is_logged_when_the_engine_did_not_ask(
    broken: Path, engine: tuple[str, Engine]
) -> None:
    address, servicer = engine
    with (broken / "__main__.py").open("a") as file:
        file.write("# preflight: ignore[reserved-master-username] -- so that its finding waits\nx = 1\n")
    with previewing(broken, address) as pack:
        assert names(pack.analyze(ADMIN)) == ["reserved-master-username"]
        pack.call("Cancel", Empty())
        pack.process.wait(timeout=60)
    assert [(item.severity, item.message.splitlines()[0]) for item in servicer.logged] == [
        (engine_pb2.ERROR, f"preflight: apply-raises: {FAULT}"),
        (
            engine_pb2.WARNING,
            "preflight: secret-in-plain-text: the secret setting `secret` is read as plain text",
        ),
    ]
    assert not [item for item in servicer.logged if CANARY in item.message]


def test_an_interrupt_ends_the_simulation_too(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scratch = tmp_path_factory.mktemp("scratch")
    (program / "__main__.py").write_text("import time\ntime.sleep(600)\n")
    with running_pack(program, TMPDIR=str(scratch)) as pack:
        pack.configure_stack()
        started = processes_of(session=pack.process.pid)
        assert len(started) == 2, "one for each pass"
        assert pack.interrupt() == (b"", b"", 0)
    assert not [pid for pid in started if Path(f"/proc/{pid}/cwd").exists()]
    assert list(scratch.iterdir()) == []


def processes_of(session: int) -> list[int]:
    """The processes that those of a session have started in sessions of their own."""
    fields = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields[int(stat.parent.name)] = stat.read_text(errors="replace").rpartition(")")[2].split()
    own = {pid for pid, found in fields.items() if int(found[3]) == session}
    return [pid for pid, found in fields.items() if pid not in own and int(found[1]) in own]


def test_nothing_is_logged_of_what_no_program_ran_for(broken: Path, engine: tuple[str, Engine]) -> None:
    address, servicer = engine
    with previewing(broken, address) as pack:
        pack.call("Cancel", Empty())
        pack.process.wait(timeout=60)
    assert servicer.logged == []


@pytest.mark.slow
@pytest.mark.parametrize("simulate", [True, False], ids=["simulated", "by type and name"])
@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# preflight: ignore[reserved-master-username] -- restored", True),
        ("# preflight: ignore[engine-version-unavailable] -- another rule", False),
        ("# preflight: fixme[reserved-master-username] until 2020-01-01 -- too late", False),
    ],
)
def test_a_comment_silences_a_finding(program: Path, comment: str, silent: bool, simulate: bool) -> None:
    literal = f"import pulumi_aws as aws\n{comment}\naws.rds.Cluster('db', master_username='admin')\n"
    run = f"import pulumi\n{comment}\npulumi.CustomResource('{CLUSTER}', 'db', {ADMIN})\n"
    (program / "__main__.py").write_text(run if simulate else literal)
    if not simulate:
        (program / "preflight.toml").write_text("simulate = false\n")
    with previewing(program) as pack:
        assert names(pack.analyze(ADMIN, type=CLUSTER)) == ([] if silent else ["reserved-master-username"])
        assert names(pack.analyze(ADMIN, name="another")) == ["reserved-master-username"]
