"""Answers the engine: what each call of the Analyzer protocol does."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from policy_pack import __version__
from policy_pack.crossguard import answers
from policy_pack.crossguard.adapter import STACK, from_request, plan_of, plan_of_request, properties
from policy_pack.crossguard.caller import Caller
from policy_pack.crossguard.configuring import ALL, SIMULATE, check, check_file, read
from policy_pack.crossguard.descriptions import BESIDE, Description, beside, description, gravest
from policy_pack.crossguard.joining import Told
from policy_pack.crossguard.judging import Verdict, Violation, breakdown, judge, of_finding
from policy_pack.crossguard.preview import Preview, Stack
from policy_pack.crossguard.protocol import analyzer_pb2, plugin_pb2
from policy_pack.crossguard.reading import NoProgramError, Reading, previewed_project
from policy_pack.crossguard.remediation import changed_by, remediations
from policy_pack.crossguard.simulation import Companion
from policy_pack.linter.config import ConfigError
from policy_pack.linter.diagnostics import NOT_SIMULATED, Diagnostic
from policy_pack.linter.masking import masker
from policy_pack.linter.registry import Rulebook
from policy_pack.model import Finding, Plan, Resource, Severity
from policy_pack.model.values import secret_texts
from policy_pack.rules.rule import ANY_TYPE, PlanRule, ResourceRule, Rule
from policy_pack.source.project import ProjectError

# Seconds that a failed program's end waits for what its simulation may still find.
PATIENCE = 3.0
_BESIDE = {kind.name: kind for kind in BESIDE}


class RefusedError(Exception):
    """The engine cannot go on with this pack; the message says why."""


class Analyzer:
    """One preview's or update's conversation with the engine.

    Resources may be asked about in parallel; rules run one after the other.
    """

    def __init__(
        self, caller: Caller, rules: Sequence[Rule], engine: str = "", preview: Preview | None = None
    ) -> None:
        self.caller = caller
        self.engine = engine
        self.lock = threading.RLock()
        self.starting = threading.Lock()
        self.told = Told()
        self.levels: dict[str, int] = {}
        self.remedial: frozenset[str] = frozenset()
        self.simulation: Companion | None = None
        self.reading: Reading | None = None
        self.reason: str | None = None
        self._ours = tuple(rules)
        self._preview = preview
        self._take(preview.settings.rulebook if preview else Rulebook())
        self._found: tuple[Finding, ...] | None = None
        self._ahead: Sequence[Violation] | None = None
        self._over = False

    @property
    def preview(self) -> Preview:
        """What is known of the preview. Raises RefusedError for a broken configuration of the project."""
        with self.lock:
            if self._preview is None:
                self._look_up(Stack.from_environment(self.caller.environment))
            return cast(Preview, self._preview)

    def Handshake(self, request: Any) -> Any:  # noqa: N802 - gRPC's names, here and below
        """Learn where the engine listens."""
        self.engine = request.engine_address or self.engine
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: Any) -> Any:  # noqa: N802
        """Learn which stack is previewed, and start to simulate its program."""
        with self.lock:
            self._look_up(Stack.from_request(request))
            if self.reading and self._simulates():
                self._simulate(self.reading)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetPluginInfo(self, _request: Any) -> Any:  # noqa: N802
        """The version of the pack."""
        return plugin_pb2.PluginInfo(version=__version__)

    def GetAnalyzerInfo(self, _request: Any) -> Any:  # noqa: N802
        """Every policy."""
        return answers.analyzer_info(self._descriptions())

    def Configure(self, request: Any) -> Any:  # noqa: N802
        """Take the levels and settings of policies. Raises RefusedError for what is not understood."""
        given = {name: properties(item.properties) for name, item in request.policyConfig.items()}
        with self.lock:
            before = replace(self.preview, switched={})
            try:
                check(given, self.rules, _BESIDE)
            except ConfigError as error:
                raise RefusedError(str(error)) from error
            levels = {name: item.enforcementLevel for name, item in request.policyConfig.items()}
            self.levels = dict(_own_levels(levels, {**self.rules, **_BESIDE}, before))
            switched = {name: level != analyzer_pb2.DISABLED for name, level in self.levels.items()}
            given.pop(ALL, None)
            self._preview = replace(before, given=given, switched=switched)
            self.remedial = frozenset(filter(self._remediates, self.levels))
            if not self._simulates():
                self._stop_simulating()
            elif self.simulation:
                self.simulation.preview = self._preview
            elif self.reading and self._preview.stack.told:
                self._simulate(self.reading)
        return answers.EMPTY

    def Remediate(self, request: Any) -> Any:  # noqa: N802
        """Mend what policies of the level `remediate` flag, where their rules know for certain how."""
        response = analyzer_pb2.RemediateResponse()
        rules = [rule for rule in self._rules_of(request.type) if rule.name in self.remedial]
        # What is wrong with the pack itself is told by Analyze, which asks the same rules.
        with contextlib.suppress(Exception):
            for made in remediations(request, rules, self.preview, self._is_silenced) if rules else ():
                response.remediations.append(answers.remediation(*made))
        return response

    def Analyze(self, request: Any) -> Any:  # noqa: N802
        """Judge one resource by the rules for its type."""
        return self._kept_alive(self._analyze, request)

    def AnalyzeStack(self, request: Any) -> Any:  # noqa: N802
        """Judge the whole stack once every resource is there, and tell what only the simulation sees."""
        return self._kept_alive(self._analyze_stack, request)

    def Cancel(self, _request: Any) -> Any:  # noqa: N802
        """The end. What the simulation found is logged where the engine has not asked about the stack."""
        with contextlib.suppress(Exception):
            if self.told.resources and not self.told.whole and self.simulation and not self._over:
                self.simulation.ended.wait(PATIENCE)
                if self.simulation.is_over():
                    answers.log(self.engine, self._simulated().violations, self._level)
        self.end()
        return answers.EMPTY

    def end(self) -> None:
        """End all processes that were started."""
        with self.starting:
            self._over = True
        if self.simulation:
            self.simulation.end()

    def _take(self, rulebook: Rulebook) -> None:
        """Judge by our rules and by those that the project has of its own."""
        rules = (*self._ours, *rulebook.own.values())
        self.rules = {rule.name: rule for rule in rules}
        self._rules_for = _by_type(rules)
        self._plan_rules = [rule for rule in rules if isinstance(rule, PlanRule)]
        self._summaries = {rule.name: rule.summary() for rule in rules}
        self._summaries |= {kind.name: kind.summary() for kind in BESIDE}

    def _rules_of(self, token: str) -> list[ResourceRule]:
        return self._rules_for.get(token, self._rules_for[ANY_TYPE])

    def _kept_alive(self, answer: Callable[[Any], Any], request: Any) -> Any:
        """The answer; a fault of ours becomes a finding, since the engine takes an error for its own end."""
        try:
            return answer(request)
        except RefusedError:
            raise
        except Exception as error:
            return self._answer([breakdown(error)], Verdict())

    def _analyze(self, request: Any) -> Any:
        resource = from_request(request, self.preview)
        rules = self._enabled(self._rules_of(request.type))
        with self.lock:
            self.told.resources[resource.urn] = resource
            verdict = self._judged(rules, plan_of([resource], self.preview, {})) if rules else Verdict()
        found = list(self._wanted(verdict))
        if request.type == STACK and not self.preview.stack.dry_run:
            found += self._told_ahead()
        return self._answer(found, verdict)

    def _told_ahead(self) -> Sequence[Violation]:
        """What the simulation found that blocks: by the time of any later answer, resources have been made.

        It is the same for every engine's question, since a pack that is given twice is asked twice.
        """
        beside = self._simulated()
        with self.lock:
            if self._ahead is None:
                self._ahead = [item for item in beside.violations if self._blocks(item)]
                self.told.ahead = {item.key for item in self._ahead}
            return self._ahead

    def _analyze_stack(self, request: Any) -> Any:
        with self.lock:
            plan = plan_of_request(request, self.preview, self.told.resources)
            self.told.resources = dict(plan.by_urn)
            verdict = self._judged(self._enabled(self._plan_rules), plan)
            self.told.whole = True
            self.told.add(verdict)
        found = list(self._wanted(verdict))
        beside = self._simulated()
        # What is told here is not kept: the engine has no more questions but the same, of a pack given twice.
        return self._response([*found, *beside.violations, *self._not_simulated()])

    def _look_up(self, stack: Stack) -> None:
        """Find the program of a stack, and what the project says of Preflight."""
        try:
            preview = Preview.of(self.caller, stack)
            self._take(preview.settings.rulebook)
            self._preview = replace(preview, pack=read(self.caller.pack_directory(), self.rules, _BESIDE))
            check_file(self.caller.given_config(), self.rules, _BESIDE)
        except ConfigError as error:
            raise RefusedError(str(error)) from error
        try:
            project = previewed_project(self.caller, stack.project)
            self.reading = Reading(project, self.caller.environment, self._preview.today)
        except NoProgramError as error:
            self.reason = str(error) if stack.told and self._simulates() else None

    def _simulates(self) -> bool:
        if self.caller.is_analyzing():
            return False
        said = [source.get(NOT_SIMULATED.name, {}).get(SIMULATE) for source in self.preview.above()]
        given = next((value for value in said if value is not None), self.preview.settings.settings.simulate)
        return given is not False

    def _simulate(self, reading: Reading) -> None:
        with self.starting:
            try:
                self.simulation = None if self._over else Companion(reading, self.preview)
            except ProjectError as error:
                self.reason = str(error)

    def _stop_simulating(self) -> None:
        if self.simulation:
            self.simulation.end()
        self.simulation, self.reason = None, None

    def _descriptions(self) -> list[Description]:
        found = [description(rule, self.preview) for rule in self.rules.values()]
        return [*found, *(beside(kind, self.preview) for kind in BESIDE)]

    def _enabled(self, rules: Iterable[Rule]) -> list[Rule]:
        return [rule for rule in rules if self.levels.get(rule.name) != analyzer_pb2.DISABLED]

    def _judged(self, rules: Sequence[Rule], plan: Plan) -> Verdict:
        return judge(rules, plan, self.preview)

    def _wanted(self, verdict: Verdict) -> Iterator[Violation]:
        """What has not been told ahead, and no comment silences."""
        for item in verdict.violations:
            if item.key not in self.told.ahead and not self._is_silenced(
                item, self.told.resources.get(item.urn or "")
            ):
                yield item

    def _is_silenced(self, violation: Violation, resource: Resource | None) -> bool:
        if self.reading is None:
            return False
        silencer = self.reading.silencer(self.simulation.plan if self.simulation else lambda: None)
        return silencer.silences(violation, resource)

    def _simulated(self) -> Verdict:
        """What the simulation found that the engine has not been told and cannot know."""
        if self.simulation is None:
            return Verdict()
        # Not with the lock: the engine may ask about resources until the program has come to its end.
        plan = self.simulation.plan()
        with self.lock:
            if self._found is None:
                done = self.simulation.findings(self._enabled(self.rules.values()))
                self._found, self.reason = done.findings, done.reason
            return Verdict(tuple(self.told.new(self._seen_by_simulation(self._found, plan))))

    def _seen_by_simulation(self, findings: Iterable[Finding], plan: Plan | None) -> Iterator[Violation]:
        about_stack = {name: not isinstance(rule, ResourceRule) for name, rule in self.rules.items()}
        mask = masker(secret_texts(dict(self.preview.stack.config)))
        for finding in self.told.unknown_to_it(findings, about_stack):
            if not self._will_be_mended(finding, plan):
                yield of_finding(finding, self.rules.get(finding.rule), self.preview, mask)

    def _will_be_mended(self, finding: Finding, plan: Plan | None) -> bool:
        """Whether a remediation awaits the resource of a finding, about which the engine has yet to ask."""
        rule, urn = self.rules.get(finding.rule), finding.urn or ""
        resource = plan.by_urn.get(urn) if plan else None
        if finding.rule not in self.remedial or resource is None or urn in self.told.resources:
            return False
        with contextlib.suppress(Exception):
            return bool(
                changed_by(cast(ResourceRule, rule), plan_of([resource], self.preview, {}), self.preview)
            )
        return False

    def _not_simulated(self) -> Iterator[Violation]:
        if self.reason and self.preview.wants(NOT_SIMULATED):
            mask = masker(secret_texts(dict(self.preview.stack.config)))
            text = f"what only a simulation sees is not checked: {mask(self.reason)}"
            yield Violation(NOT_SIMULATED.name, text, Severity.NOTE, blocks=False)

    def _remediates(self, name: str) -> bool:
        """Whether a policy is to mend what it flags, and its rule knows how."""
        rule = self.rules.get(name)
        known = isinstance(rule, ResourceRule) and rule.has_remedy()
        return known and self.levels.get(name) == analyzer_pb2.REMEDIATE

    def _level(self, violation: Violation) -> int:
        """What is still wrong after a remediation blocks; where there is none, the default holds."""
        given = self.levels.get(violation.policy, analyzer_pb2.REMEDIATE)
        if given == analyzer_pb2.REMEDIATE and violation.policy not in self.remedial:
            given = self._default_level(violation.policy)
        if violation.policy in _BESIDE:
            return given
        advisory = not violation.blocks or given == analyzer_pb2.ADVISORY
        return analyzer_pb2.ADVISORY if advisory else analyzer_pb2.MANDATORY

    def _default_level(self, policy: str) -> int:
        rule = self.rules.get(policy)
        blocks = rule is not None and gravest(rule, self.preview) is Severity.ERROR
        return analyzer_pb2.MANDATORY if blocks else analyzer_pb2.ADVISORY

    def _blocks(self, violation: Violation) -> bool:
        return self._level(violation) == analyzer_pb2.MANDATORY

    def _answer(self, found: Sequence[Violation], verdict: Verdict) -> Any:
        with self.lock:
            self.told.add(verdict)
            self.told.add(Verdict(tuple(found)))
        return self._response(found)

    def _response(self, found: Sequence[Violation]) -> Any:
        enabled = [item for item in found if self.levels.get(item.policy) != analyzer_pb2.DISABLED]
        return answers.response(enabled, self._level, self._summaries)


def _own_levels(
    levels: Mapping[str, int], kinds: Mapping[str, Rule | Diagnostic], preview: Preview
) -> Iterator[tuple[str, int]]:
    """The level of each policy. That of all, which the engine passes on, switches on nothing that was off."""
    for name, level in levels.items():
        if name != ALL:
            is_off = level == levels.get(ALL) and not preview.wants(kinds[name])
            yield name, analyzer_pb2.DISABLED if is_off else level


def _by_type(rules: Iterable[Rule]) -> Mapping[str, list[ResourceRule]]:
    """Resource rules by type; each type's list holds the rules for all types too."""
    groups: dict[str, list[ResourceRule]] = defaultdict(list)
    resource_rules = [rule for rule in rules if isinstance(rule, ResourceRule)]
    for token in {ANY_TYPE}.union(*(rule.resource_types for rule in resource_rules)):
        groups[token] = [
            rule for rule in resource_rules if not {ANY_TYPE, token}.isdisjoint(rule.resource_types)
        ]
    return dict(groups)
