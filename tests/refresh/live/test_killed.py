"""Whatever kills a refresh, every catalog is the old one or the new one, whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from . import answers, killer
from .conftest import Machine
from .server import World
from .wire import Call

pytestmark = pytest.mark.slow


def newer(call: Call) -> Mapping[str, Any]:
    """One version more of everything, and many of Kafka: its file takes several writes."""
    kafka = [{"Version": f"4.{minor}.x", "Status": "ACTIVE"} for minor in range(400)]
    brokers = [{"EngineType": "RABBITMQ", "EngineVersions": [{"Name": "4.2"}]}]
    more = {"Versions": ["OpenSearch_3.7"], "KafkaVersions": kafka, "BrokerEngineTypes": brokers}
    return {key: [*value, *more[key]] for key, value in answers.small(call).items()}


def test_a_killed_refresh_loses_nothing_and_leaves_nothing_half_written(
    machine: Callable[[World], Machine],
) -> None:
    world = World(answers.small)
    mine = machine(world)
    assert mine.refresh(*killer.NAMES).returncode == 0
    world.answers = newer
    done = subprocess.run(
        [sys.executable, str(Path(killer.__file__)), str(mine.facts)],
        env=mine.environment,
        cwd=mine.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    killed = json.loads(done.stdout)
    assert killed["before a line"] > 40
    assert killed["at any time"] > 10
