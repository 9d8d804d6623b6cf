"""A `preflight verify` that meets the stand-in for AWS and nothing else."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy_pack.refresh.live.aws import Aws
from policy_pack.verify import outputs
from policy_pack.verify.subjects import Deployment
from policy_pack.verify.verifying import Verification, verify

from .account import OUTPUTS, ROOT, Account

from live.server import serving  # isort: skip - found by what `account` does

CODE = "import sys; from policy_pack.cli import main; sys.exit(main())"


@dataclass
class Machine:
    """A user's machine: the outputs of a deployment, credentials, and one place where AWS is."""

    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        """Run a command; an environment variable that is changed to None is removed."""
        environment = {
            key: value for key, value in {**self.environment, **changes}.items() if value is not None
        }
        return subprocess.run(
            [sys.executable, *command],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def verify(self, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        return self.run("-c", CODE, "verify", *arguments, **changes)


@pytest.fixture
def serve() -> Iterator[Callable[[Account], str]]:
    """Serves an account on the loopback interface; fails the test if the server itself has."""
    with ExitStack() as stack:
        met: list[Account] = []

        def start(account: Account) -> str:
            met.append(account)
            return stack.enter_context(serving(account.world))

        yield start
    assert [error for account in met for error in account.world.errors] == []


@pytest.fixture
def machine(tmp_path: Path, serve: Callable[[Account], str]) -> Callable[..., Machine]:
    """Sets up a program that was deployed, and the account that it is in."""

    def set_up(account: Account, outputs: Mapping[str, Any] = OUTPUTS) -> Machine:
        (tmp_path / ".git").mkdir()
        (tmp_path / "Pulumi.yaml").write_text("name: fraud-detection\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
        (tmp_path / "__main__.py").write_text("")
        (tmp_path / "cfn-outputs").mkdir()
        (tmp_path / "cfn-outputs" / "flat-outputs.json").write_text(json.dumps(outputs, indent=2))
        return Machine(tmp_path, serve(account))

    return set_up


class Session(Aws):
    """Makes each client once."""

    client = functools.cache(Aws.client)


@pytest.fixture(scope="package")
def session() -> Iterator[tuple[Account, Aws]]:
    """One account and one session for all: clients are slow to make."""
    account = Account()
    with serving(account.world) as url, pytest.MonkeyPatch.context() as patch:
        for key, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            patch.setenv(key, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield account, Session()
    assert account.world.errors == []


Verify = Callable[..., Verification]


@pytest.fixture
def ask(session: tuple[Account, Aws]) -> Iterator[Verify]:
    account, session_ = session

    def run(
        named: Mapping[str, Any] | Deployment, changes: Any = None, faults: Any = None, **more: Any
    ) -> Verification:
        account.set(changes or {}, faults or {})
        deployment = named if isinstance(named, Deployment) else outputs.deployment(named)
        return verify(deployment, session_, **more)

    yield run
    account.set({}, {})
