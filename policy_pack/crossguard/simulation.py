"""The previewed program, run by the simulator and read by the source rules beside its preview."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from policy_pack.catalog.errors import RefreshedError
from policy_pack.crossguard.caller import OVERRIDE, Caller, project_root
from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.silencing import Silencer
from policy_pack.crossguard.watchdog import watched
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.checking import Checker
from policy_pack.model import Finding, Plan
from policy_pack.model.values import unwrapped
from policy_pack.rules.rule import Rule
from policy_pack.simulator import (
    Project,
    ProjectError,
    Simulation,
    SimulationOptions,
    Simulator,
    StackConfig,
    default_cache,
    find_project,
)
from policy_pack.source.discovery import read_program
from policy_pack.source.files import Sources
from policy_pack.source.program import SourceProgram

NICENESS = 15
TIME_LIMIT = 60.0
# Beyond its time limit, for a machine that does much else.
_GRACE = 10.0
_ENDED_EARLY = frozenset((diagnostics.PROGRAM_FAILED.name, diagnostics.PROGRAM_STOPPED.name))


@dataclass(frozen=True)
class Simulated:
    """What a simulation found. `reason` says why it has not come to its end."""

    findings: tuple[Finding, ...] = ()
    reason: str | None = None


class NotSimulatedError(Exception):
    """The program cannot be simulated; the message says why."""


class Companion:
    """Runs the program in other processes, and reads it, while the engine asks about its resources."""

    def __init__(self, project: Project, caller: Caller, preview: Preview) -> None:
        """Start both passes.

        Raises:
            ProjectError: the interpreter cannot be started.
        """
        self.project = project
        self.preview = preview
        self.sources = Sources()
        self.variables = caller.environment
        self.limit = preview.settings.settings.time_limit or TIME_LIMIT
        self.ended = threading.Event()
        self.simulation: Simulation | None = None
        self.simulator = Simulator(project, preview.stack.name, self._options())
        threading.Thread(target=self._wait, name="simulation", daemon=True).start()
        self.program: Future[SourceProgram] = Future()
        threading.Thread(target=self._read, name="reading", daemon=True).start()

    def _options(self) -> SimulationOptions:
        config = self.preview.stack.config
        return SimulationOptions(
            time_limit=self.limit,
            environment=self.variables,
            cache=default_cache(self.variables),
            organization=self.preview.stack.organization,
            given=StackConfig(
                {key: str(unwrapped(value)) for key, value in config.items()},
                frozenset(key for key, value in config.items() if value is not unwrapped(value)),
            ),
            niceness=NICENESS,
        )

    def _wait(self) -> None:
        try:
            self.simulation = self.simulator.finish(str(self.project.directory))
        finally:
            self.ended.set()

    def _read(self) -> None:
        try:
            environment = self.project.environment(self.variables)
            directory, entry = str(self.project.directory), str(self.project.entry)
            self.program.set_result(read_program(directory, entry, self.sources, environment))
        except Exception as error:
            self.program.set_exception(error)

    def silencer(self) -> Silencer:
        """The comments in the program's files."""
        read = self.program.result()
        files = (file.path for file in read.files)
        return Silencer.reading(files, self.sources, self.preview.today, self.plan)

    def plan(self) -> Plan | None:
        """What the simulation made, once it has ended; None when it has come to nothing."""
        self.ended.wait(self.limit + _GRACE)
        return self.simulation.plan if self.simulation else None

    def is_over(self) -> bool:
        """Whether the program has come to its end."""
        return self.ended.is_set()

    def end(self) -> None:
        """End all processes of the simulation."""
        self.simulator.cancel()

    def findings(self, rules: Sequence[Rule]) -> Simulated:
        """What rules say of the simulated plan and of the program's source, once the simulation has ended."""
        plan = self.plan()
        checker = self._checker(rules)
        config = self.preview.merged()
        with watched():
            checker.check_source(self.program.result(), config)
            if plan is None or self.simulation is None:
                return Simulated(self._active(checker), "the simulation did not come to its end")
            try:
                checker.check(plan, self.simulation.run, config)
            except RefreshedError as error:
                return Simulated(reason=f"facts cannot be read: {error}")
        fault = plan.faults[0] if plan.faults else None
        where = f" ({_shown(fault.span.path, plan)}:{fault.span.line})" if fault and fault.span else ""
        reason = f"the simulation ended early: {fault.message}{where}" if fault else None
        return Simulated(self._active(checker), reason)

    def _checker(self, rules: Sequence[Rule]) -> Checker:
        return Checker(
            rules=[rule for rule in rules if self.preview.wants(rule)],
            known_rules=frozenset({*registry.modules(), *diagnostics.ALL}),
            catalogs=self.preview.catalogs,
            today=self.preview.today,
            working_directory=str(self.project.directory),
            silent=diagnostics.OPTIONAL,
            sources=self.sources,
        )

    def _active(self, checker: Checker) -> tuple[Finding, ...]:
        report = checker.report()
        return tuple(finding for finding in report.active() if finding.rule not in _ENDED_EARLY)


def companion(caller: Caller, preview: Preview) -> Companion:
    """Start the simulation of the program that is being previewed.

    Raises:
        NotSimulatedError: there is no program, or none that can be run.
    """
    if caller.is_inline():
        raise NotSimulatedError("the program is a function of an Automation API program, not a project")
    project = preview.stack.project
    place = caller.place(project)
    root = project_root(place, project) if place else None
    if root is None:
        raise NotSimulatedError(
            f"no Pulumi.yaml of `{project}` was found; `{OVERRIDE}` can name its directory"
        )
    try:
        return Companion(find_project(root), caller, preview)
    except ProjectError as error:
        raise NotSimulatedError(str(error)) from error


def _shown(path: str, plan: Plan) -> str:
    found = Path(path)
    return str(found.relative_to(plan.directory)) if found.is_relative_to(plan.directory) else path
