"""The previewed program, run by the simulator and read by the source rules beside its preview."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_pack.catalog.errors import RefreshedError
from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.reading import Reading
from policy_pack.crossguard.watchdog import watched
from policy_pack.linter import diagnostics, registry
from policy_pack.linter.checking import Checker
from policy_pack.model import Finding, Plan
from policy_pack.model.values import unwrapped
from policy_pack.rules.rule import Rule
from policy_pack.simulator import (
    Simulation,
    SimulationOptions,
    Simulator,
    StackConfig,
    default_cache,
)

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


class Companion:
    """Runs the program in other processes while the engine asks about its resources."""

    def __init__(self, reading: Reading, preview: Preview) -> None:
        """Start both passes.

        Raises:
            ProjectError: the interpreter cannot be started.
        """
        self.reading = reading
        self.project = reading.project
        self.preview = preview
        self.limit = preview.settings.settings.time_limit or TIME_LIMIT
        self.ended = threading.Event()
        self.simulation: Simulation | None = None
        self.simulator = Simulator(self.project, preview.stack.name, self._options())
        threading.Thread(target=self._wait, name="simulation", daemon=True).start()

    def _options(self) -> SimulationOptions:
        config = self.preview.stack.config
        return SimulationOptions(
            time_limit=self.limit,
            environment=self.reading.variables,
            cache=default_cache(self.reading.variables),
            organization=self.preview.stack.organization,
            given=StackConfig(
                {key: str(unwrapped(value)) for key, value in config.items()},
                frozenset(key for key, value in config.items() if value is not unwrapped(value)),
            ),
            niceness=NICENESS,
            declared=self.preview.settings.simulated,
        )

    def _wait(self) -> None:
        try:
            self.simulation = self.simulator.finish(str(self.project.directory))
        finally:
            self.ended.set()

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
            checker.check_source(self.reading.program(), config)
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
        wanted = {rule.name: rule for rule in rules if self.preview.wants(rule)}
        return Checker(
            rules=list(wanted.values()),
            known_rules=frozenset({*registry.modules(), *diagnostics.ALL}),
            catalogs=self.preview.catalogs,
            today=self.preview.today,
            working_directory=str(self.project.directory),
            # The project's own rules are among those given, but for those that the pack has switched off.
            wants=lambda name, config: name in wanted,
            sources=self.reading.sources,
        )

    def _active(self, checker: Checker) -> tuple[Finding, ...]:
        report = checker.report()
        return tuple(finding for finding in report.active() if finding.rule not in _ENDED_EARLY)


def _shown(path: str, plan: Plan) -> str:
    found = Path(path)
    return str(found.relative_to(plan.directory)) if found.is_relative_to(plan.directory) else path
