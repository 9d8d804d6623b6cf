"""A `preflight refresh` that meets the stand-in for AWS and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .server import World, serving

ROOT = Path(__file__).parents[3]
CODE = "import sys; from policy_pack.cli import main; sys.exit(main())"


@dataclass
class Machine:
    """A user's machine: an empty home, credentials, and one place where AWS is."""

    home: Path
    url: str

    @property
    def facts(self) -> Path:
        return self.home / "data" / "preflight" / "facts"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def refresh(self, *arguments: str, **changes: Any) -> subprocess.CompletedProcess[str]:
        """Run it; an environment variable that is changed to None is removed."""
        environment = {key: value for key, value in (self.environment | changes).items() if value is not None}
        return subprocess.run(
            [sys.executable, "-c", CODE, "refresh", *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def contents(self) -> dict[str, bytes]:
        """Every file below the facts, whatever its name."""
        return {
            str(path.relative_to(self.facts)): path.read_bytes()
            for path in sorted(self.facts.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Callable[[World], Machine]]:
    """Sets up a world; fails the test if its server itself has."""
    with ExitStack() as stack:
        worlds: list[World] = []

        def meet(world: World) -> Machine:
            worlds.append(world)
            return Machine(tmp_path, stack.enter_context(serving(world)))

        yield meet
    assert [error for world in worlds for error in world.errors] == []
