"""Writes a small project, simulates it, and hands back what came of it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from policy_pack.model import Resource
from policy_pack.simulator import Simulation, SimulationOptions, Simulator, find_project
from policy_pack.simulator.runner import BOOT

PROJECT = "name: demo\nruntime: python\nconfig:\n  aws:region: eu-west-1\n"
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "HOME": tempfile.gettempdir()}
# The cache of type indexes, which all tests of a run share; set in conftest.py.
DEFAULTS: dict[str, Any] = {"time_limit": 60.0}


def child_module(name: str) -> ModuleType:
    """A module of the child, loaded the way the child loads itself."""
    spec = importlib.util.spec_from_file_location("preflight_boot", BOOT)
    assert spec is not None
    assert spec.loader is not None
    boot = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(boot)
    if importlib.util.find_spec(boot.PACKAGE) is None:
        boot.load_package(str(BOOT.parent))
    return importlib.import_module(f"{boot.PACKAGE}.{name}")


def write_project(directory: Path, program: str | Mapping[str, str], project: str = PROJECT) -> Path:
    """Write Pulumi.yaml and the program's files; a plain text is the text of `__main__.py`."""
    files = {"__main__.py": program} if isinstance(program, str) else program
    for name, text in {"Pulumi.yaml": project, **files}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return directory


def started(directory: Path, **options: Any) -> Simulator:
    """Start both passes of the project's `dev` stack."""
    environment = {**ENVIRONMENT, **options.pop("environment", {})}
    settings = SimulationOptions(environment=environment, **{**DEFAULTS, **options})
    return Simulator(find_project(directory), "dev", settings)


def simulate(
    directory: Path, program: str | Mapping[str, str], project: str = PROJECT, **options: Any
) -> Simulation:
    """Write the project into a directory and simulate its `dev` stack."""
    return started(write_project(directory, program, project), **options).finish("demo")


def named(simulation: Simulation, name: str) -> Resource:
    """The only resource of a name."""
    (found,) = [item for item in simulation.plan.resources if item.name == name]
    return found
