"""What a simulated program may not do: act on the world. Each refusal names the act."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_pack.simulator.runner import child_environment

from .harness import named, simulate

HEAD = (
    "import multiprocessing, os, pulumi, socket, sqlite3, subprocess, sys, shutil, pathlib, urllib.request\n"
)
THING = "pulumi.CustomResource('demo:index:Thing', 'thing', {})\n"


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ("socket.create_connection(('192.0.2.1', 80), 1)", "192.0.2.1"),
        ("urllib.request.urlopen('http://preflight.invalid/')", "preflight.invalid"),
        ("subprocess.run(['git', 'status'])", "git"),
        ("open('written', 'w')", "written"),
        ("os.remove('kept')", "kept"),
    ],
)
def test_an_act_ends_the_program_where_it_stands(act: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    simulation = simulate(tmp_path, HEAD + THING + act + "\n")
    (fault,) = simulation.plan.faults
    assert says in fault.message
    assert fault.span is not None
    assert fault.span.line == 3
    assert named(simulation, "thing").name == "thing"
    assert (tmp_path / "kept").read_text() == "x"
    assert not (tmp_path / "written").exists()


def test_every_other_act_is_refused_too(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    acts = [
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.rename('kept', 'moved')",
        "os.rename(os.environ['TMPDIR'], 'moved')",
        "os.mkdir('made')",
        "os.symlink('kept', 'linked')",
        "os.link('kept', 'linked')",
        "os.chmod('kept', 0o777)",
        "os.truncate('kept', 0)",
        "os.utime('kept')",
        "shutil.rmtree('.')",
        "pathlib.Path('written').write_text('x')",
        "open('kept', 'a')",
        "os.open('written', os.O_CREAT | os.O_WRONLY)",
        "os.kill(os.getppid(), 0)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.gethostbyname('preflight.invalid')",
        "socket.getaddrinfo('preflight.invalid', 80)",
        "socket.socket().connect_ex(('192.0.2.1', 80))",
        "socket.socket().bind(('0.0.0.0', 0))",
        "socket.socket(socket.AF_UNIX).connect('/run/service.sock')",
        "os.mkfifo('made')",
        "os.mknod('made')",
        "os.pidfd_open(os.getppid())",
        "multiprocessing.get_context('spawn').Process(target=print).start()",
        "multiprocessing.get_context('fork').Process(target=print).start()",
        "sqlite3.connect('made')",
        "open(f'/proc/{os.getppid()}/environ', 'rb')",
        "open(os.path.expanduser('~/.aws/credentials'))",
    ]
    tries = "".join(
        f"try:\n    {act}\n    done.append({act!r})\nexcept PermissionError:\n    pass\n" for act in acts
    )
    (tmp_path / "kept").write_text("x")
    home = tmp_path_factory.mktemp("home")
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("x")
    result = "pulumi.CustomResource('demo:index:Done', 'done', {'acts': done})\n"
    alone = {"layers": (), "environment": {"HOME": str(home)}}
    simulation = simulate(tmp_path, HEAD + "done = []\n" + tries + result, **alone)
    assert simulation.plan.faults == ()
    assert named(simulation, "done").inputs == {"acts": []}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.yaml", "__main__.py", "kept"]
    lines = {refusal.frames[0].line for refusal in simulation.plan.refusals}
    assert len(lines) == len(acts)
    assert "the program reads `~/.aws/credentials`, where secrets are kept" in {
        refusal.act for refusal in simulation.plan.refusals
    }


def test_loopback_temporary_files_and_reading_are_allowed(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
import tempfile
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(("localhost", server.getsockname()[1]))
with tempfile.NamedTemporaryFile("w", delete=False) as file:
    file.write("x")
os.rename(file.name, file.name + "2")
os.remove(file.name + "2")
open(os.devnull, "w").close()
pulumi.CustomResource("demo:index:Thing", "thing", {"text": open("read.txt").read()})
"""
    )
    (tmp_path / "read.txt").write_text("hello")
    simulation = simulate(tmp_path, program)
    assert simulation.plan.faults == ()
    assert named(simulation, "thing").inputs == {"text": "hello"}


def test_an_act_in_a_callback_costs_that_callback_only(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
bucket = pulumi.CustomResource("aws:s3/bucket:Bucket", "bucket", {"arn": None})
text = bucket.arn.apply(lambda arn: subprocess.run(["aws", "s3", "rm", arn]))
pulumi.CustomResource("demo:index:Rest", "rest", {"text": text})
"""
        + THING
    )
    simulation = simulate(tmp_path, program)
    assert (simulation.plan.faults, simulation.plan.failures) == ((), ())
    (refusal,) = simulation.plan.refusals
    assert refusal.act == "the program starts a process (`aws`)"
    assert refusal.frames[0].line == 4
    assert named(simulation, "thing").name == "thing"


def test_no_credentials_are_in_the_environment() -> None:
    kept = {
        "HOME": "/home/me",
        "PATH": "/bin",
        "PWD": "/home/me",
        "AWS_REGION": "eu-west-1",
        "GIT_AUTHOR_NAME": "me",
        "HTTP_PROXY": "http://proxy:3128",
        "COMPASS": "north",
        "KEYBOARD": "de",
    }
    left_out = {
        "AWS_PROFILE": "a",
        "AWS_SECRET_ACCESS_KEY": "a",
        "PULUMI_ACCESS_TOKEN": "a",
        "PULUMI_CONFIG_PASSPHRASE": "a",
        "GITHUB_TOKEN": "a",
        "GH_PAT": "a",
        "DB_PASS": "a",
        "DB_PWD": "a",
        "SSH_AUTH_SOCK": "/run/agent",
        "DOCKER_HOST": "unix:///run/docker.sock",
        "SLACK_WEBHOOK_URL": "https://hooks.invalid/a",
        "DATABASE_URL": "postgres://me:word@host/db",
        "CERTIFICATE": "-----BEGIN PRIVATE" + " KEY-----",
    }
    found = child_environment(kept | left_out, "/scratch")
    assert {key: found.get(key) for key in kept} == kept
    assert not left_out.keys() & found.keys()
    assert found["TMPDIR"] == "/scratch"
    # Without a home directory too.
    assert "HOME" not in child_environment({}, "/scratch")
