"""The offline host: runs a Pulumi program twice with an engine of our own and returns its plan."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from policy_pack.linter.config import Simulate
from policy_pack.model import Plan, ProgramRun
from policy_pack.simulator.assembly import assemble, run_of
from policy_pack.simulator.launching import Launch, hosted, in_process
from policy_pack.simulator.runner import Child, child_environment
from policy_pack.simulator.sandbox.launching import GIGABYTE, LAYERS, Sandbox
from policy_pack.simulator.siblings import Answer, Siblings, declared
from policy_pack.source.project import (
    Project,
    ProjectError,
    StackConfig,
    choose_stacks,
    find_project,
    project_directories,
)
from policy_pack.source.stack_settings import PLACEHOLDER

__all__ = [
    "Project",
    "ProjectError",
    "Simulation",
    "SimulationOptions",
    "Simulator",
    "StackConfig",
    "choose_stacks",
    "find_project",
    "project_directories",
]

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


class SimulationOptions(Struct, frozen=True):
    """`time_limit` in seconds for each pass; `cache` is where type indexes are kept, None for nowhere.

    `given` is the stack's whole configuration where it is known, so that no file is asked for it;
    `niceness` is how far both passes stand back behind other processes. `memory` bounds each pass, in bytes;
    `layers` are those of the sandbox that are wanted. `declared` is what the project's configuration gives in
    place of what is not at hand; `siblings` simulate the stacks that are referred to.
    """

    time_limit: float = 60.0
    config: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    organization: str = "organization"
    given: StackConfig | None = None
    niceness: int = 0
    memory: int = 4 * GIGABYTE
    layers: Collection[str] = LAYERS
    declared: Simulate = field(default_factory=Simulate)
    siblings: Siblings | None = None


class Simulation(Struct, frozen=True):
    """What came of running one stack: its plan, and the report's row about the run."""

    plan: Plan
    run: ProgramRun


class Simulator:
    """One stack's simulation under way: both passes start at once, so the caller may work meanwhile."""

    def __init__(self, project: Project, stack: str, options: SimulationOptions) -> None:
        """Start both passes.

        Raises:
            ProjectError: the stack's settings cannot be read, or the interpreter cannot be started.
        """
        self.project = project
        self.stack = stack
        self.config = options.given or project.stack_config(stack, options.config, options.declared.config)
        self.options = options
        self.references: dict[str, str] = {}
        self.region = _region(self.config.values, {**options.environment, **options.declared.env})
        self.resources = ExitStack()
        try:
            self.children = self._start(options)
        except BaseException:
            self.resources.close()
            raise

    def _start(self, options: SimulationOptions) -> list[Child]:
        scratch = self.resources.enter_context(
            tempfile.TemporaryDirectory(prefix="preflight-", ignore_cleanup_errors=True)
        )
        if options.cache is not None:
            # The guard lets a child write into the cache, not make the directory that holds it.
            with suppress(OSError):
                options.cache.mkdir(parents=True, exist_ok=True)
        launch = self._launch(options, scratch)
        environment = child_environment(options.environment, scratch) | options.declared.env
        children = []
        for mode in ("faithful", "predicted"):
            request = self._request(mode, scratch, options) | {"program": launch.program}
            try:
                child = Child(
                    launch.command, request, environment, launch.sandbox, options.environment, self._answer
                )
            except OSError as error:
                raise ProjectError(f"`{launch.command[0]}` cannot be started: {error.strerror}") from error
            children.append(self.resources.enter_context(child))
            child.stand_back(options.niceness)
        return children

    def _launch(self, options: SimulationOptions, scratch: str) -> Launch:
        """How the program is started, in a sandbox that lets it write to the scratch directory."""
        cache = [str(options.cache)] if options.cache is not None and options.cache.is_dir() else []
        sandbox = Sandbox(
            scratch,
            writable=cache,
            needed=[str(self.project.directory)],
            memory=options.memory,
            processor_seconds=60 + 4 * math.ceil(options.time_limit),
            layers=options.layers,
        )
        if self.project.runtime == "python":
            return in_process(self.project, options.environment, sandbox)
        sockets = self.resources.enter_context(
            tempfile.TemporaryDirectory(prefix="preflight-", ignore_cleanup_errors=True)
        )
        names = {"organization": options.organization, "project": self.project.name, "stack": self.stack}
        return hosted(self.project, names, self.config, options.environment, sandbox, sockets)

    def _request(self, mode: str, scratch: str, options: SimulationOptions) -> dict[str, Any]:
        region = self.region or DEFAULT_REGION
        partition, suffix = _partition(region)
        return {
            "mode": mode,
            "project": self.project.name,
            "stack": self.stack,
            "organization": options.organization,
            "root": str(self.project.directory),
            "directory": str(self.project.working_directory),
            "entry": str(self.project.entry),
            "config": dict(self.config.values),
            "secret_keys": sorted(self.config.secret_keys),
            "placeholder": PLACEHOLDER if self.config.encrypted else None,
            "suggested": dict(self.config.suggested),
            "types": dict(self.config.types),
            "stubs": options.declared.stubs,
            "time_limit": options.time_limit,
            "scratch": scratch,
            "cache": str(options.cache) if options.cache else None,
            "place": {
                "region": region,
                "account": ACCOUNT,
                "partition": partition,
                "dns_suffix": suffix,
            },
        }

    def _answer(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The outputs of a stack that the program refers to; what the configuration says counts most."""
        name = str(question["stack"])
        said = declared(self.options.declared.stack_outputs, name)
        siblings = self.options.siblings
        answer = Answer(origin="predicted")
        if siblings is not None:
            answer = siblings.answer(self.project, self.stack, name, self.options)
        self.references[name] = "given by the configuration" if said else answer.origin
        answer.outputs.update(said)
        return answer.message()

    def finish(self, path: str) -> Simulation:
        """Wait for both passes and put them together; `path` is how the report names the program."""
        with self.resources:
            faithful, predicted = (child.wait() for child in self.children)
        plan = assemble(self.project, self.stack, self.config, self.region, faithful, predicted)
        run = run_of(plan, path, predicted)
        if run.detail is None and self.references:
            said = "; ".join(f"`{name}` {origin}" for name, origin in sorted(self.references.items()))
            run = replace(run, detail=f"references to stacks: {said}")
        return Simulation(plan, run)

    def cancel(self) -> None:
        """End both passes without a result."""
        self.resources.close()


def default_cache(environment: Mapping[str, str]) -> Path:
    """Where type indexes are kept: `preflight` in the user's cache directory."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base and os.path.isabs(base) else Path.home() / ".cache") / "preflight"  # noqa: PTH117


def _region(config: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """The stack's `aws:region`, else `AWS_REGION`, else `AWS_DEFAULT_REGION`."""
    return (
        config.get("aws:region")
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
        or None
    )


def _partition(region: str) -> tuple[str, str]:
    """The partition and DNS suffix that predicted ARNs and host names carry."""
    for prefix, partition, suffix in (
        ("cn-", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ):
        if region.startswith(prefix):
            return partition, suffix
    return "aws", "amazonaws.com"
