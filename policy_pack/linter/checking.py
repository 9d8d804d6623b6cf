"""From plans to a report: run the rules, place what they say, silence what a comment names, merge stacks."""

from __future__ import annotations

import ast
import datetime
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.linter import diagnostics
from policy_pack.linter.config import Config
from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.linter.joining import joined
from policy_pack.linter.masking import masked_finding, masked_missed, masked_run, masker, secrets_of
from policy_pack.linter.placing import Placer
from policy_pack.linter.registry import closest
from policy_pack.linter.report import Report
from policy_pack.linter.running import Hit, Outcome, run_rules, without_echoes
from policy_pack.linter.source_running import is_about_source, run_source_rules
from policy_pack.linter.suppression import Directive, directives, is_block
from policy_pack.linter.weighing import weighed
from policy_pack.model import Confidence, Finding, NotEvaluated, Plan, ProgramRun, Severity, SourceSpan
from policy_pack.rules.rule import Rule
from policy_pack.source.files import Sources
from policy_pack.source.program import SourceProgram

if TYPE_CHECKING:
    from policy_pack.catalog import Catalogs, Outdated


class Scope(Struct, frozen=True):
    """What a plan is judged by: rules, facts, which findings are wanted, and what is deployed now."""

    rules: Sequence[Rule]
    catalogs: Catalogs
    wanted: Callable[[str], bool]
    previous: Plan | None = None


# Looks again at what rules said of a plan.
Review: TypeAlias = Callable[[Plan, Scope, Outcome], Outcome]


class _Draft(Struct):
    """A finding with the places at which a comment may silence it."""

    finding: Finding
    places: list[SourceSpan]


class Checker(Struct):
    """Checks plans and source one after the other and sums them up.

    `catalogs` are for the plans that have none of their own. `known_rules` are all names a comment may use;
    `review` may change what the rules say. The rules that a project has of its own come from its
    configuration. `wants` tells by name which rules and diagnostics are selected where a configuration holds.
    """

    rules: Sequence[Rule]
    known_rules: frozenset[str]
    catalogs: Catalogs
    today: datetime.date
    working_directory: str
    review: Review | None = None
    wants: Callable[[str, Config], bool] = lambda name, config: True
    sources: Sources = field(default_factory=Sources)
    _own: dict[str, Rule] = field(default_factory=dict)
    _own_names: set[str] = field(default_factory=set)
    _catalogs: list[Catalogs] = field(default_factory=list)
    _drafts: list[_Draft] = field(default_factory=list)
    _withdrawn: list[_Draft] = field(default_factory=list)
    _read: list[_Draft] = field(default_factory=list)
    _source_files: dict[str, Config] = field(default_factory=dict)
    _missed: list[NotEvaluated] = field(default_factory=list)
    _programs: list[ProgramRun] = field(default_factory=list)
    _files: dict[str, bool] = field(default_factory=dict)
    _configs: dict[str, Config] = field(default_factory=dict)
    _secrets: set[str] = field(default_factory=set)
    _tracebacks: dict[str, str] = field(default_factory=dict)

    def check(
        self,
        plan: Plan,
        run: ProgramRun,
        config: Config,
        catalogs: Catalogs | None = None,
        previous: Plan | None = None,
    ) -> None:
        """Run the rules over one plan and keep what they say; `previous` is what is deployed now.

        Raises:
            RefreshedError: a rule needs facts that the user has refreshed and that cannot be read.
        """
        catalogs = catalogs or self.catalogs
        if catalogs not in self._catalogs:
            self._catalogs.append(catalogs)
        rules = self._wanted_rules(config, about_source=False)
        first = run_rules(plan, rules, self._facts_for(plan, config, catalogs, previous))
        for unreadable in first.unreadable.values():
            raise unreadable
        scope = Scope(rules, catalogs, lambda name: self._asks_for(name, config), previous)
        outcome = self._reviewed(first, plan, scope)
        self._keep_drafts(first, outcome, plan, config)
        self._drafts.extend(self._ending(plan, run))
        self._add_crashes(outcome)
        self._missed.extend(outcome.not_evaluated)
        self._programs.append(run)
        for file in plan.files:
            self._files[file] = self._files.get(file, True) and plan.complete
            self._configs[file] = config
        for each in filter(None, (plan, previous)):
            self._secrets.update(secrets_of(each))

    def check_source(self, program: SourceProgram, config: Config, catalogs: Catalogs | None = None) -> None:
        """Run the rules over the files of one project and keep what they say."""
        rules = self._wanted_rules(config, about_source=True)
        about = Plan("", "", program.directory)
        facts = self._facts_for(about, config, catalogs or self.catalogs, None)
        outcome = run_source_rules(program, rules, facts, self._shown)
        kinds = {rule.name: rule for rule in rules}
        placer = Placer(about, self.sources)
        self._read += [
            replace(draft, finding=replace(draft.finding, stacks=()))
            for draft in (self._draft(hit, kinds[hit.rule], about, config, placer) for hit in outcome.hits)
        ]
        self._add_crashes(outcome)
        self._missed.extend(outcome.not_evaluated)
        for file in program.files:
            self._source_files.setdefault(file.path, config)

    def _wanted_rules(self, config: Config, *, about_source: bool) -> list[Rule]:
        given = {rule.name for rule in self.rules}
        own = {
            name: rule
            for name, rule in config.rulebook.own.items()
            if name not in given and self.wants(name, config)
        }
        self._own |= own
        self._own_names.update(config.rulebook.own)
        return [
            rule
            for rule in (*self.rules, *own.values())
            if is_about_source(rule) is about_source and self._asks_for(rule.name, config)
        ]

    def _ran(self) -> list[Rule]:
        """Every rule that some project was judged by."""
        return [*self.rules, *self._own.values()]

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self.working_directory)

    def _keep_drafts(self, first: Outcome, outcome: Outcome, plan: Plan, config: Config) -> None:
        """Place what is found; what a review has withdrawn still needs the comments that silence it."""
        placer = Placer(plan, self.sources)
        kinds = diagnostics.ALL | {rule.name: rule for rule in self._ran()}
        withdrawn = [hit for hit in first.hits if hit not in outcome.hits] if outcome is not first else []
        for hits, drafts in ((outcome.hits, self._drafts), (withdrawn, self._withdrawn)):
            drafts += [self._draft(hit, kinds[hit.rule], plan, config, placer) for hit in hits]

    def report(self) -> Report:
        """Everything found so far, each finding once however many stacks show it."""
        files = sorted({*self._files, *self._source_files})
        comments = [item for file in files for item in directives(file, self.sources)]
        ran, read = (
            [self._silenced(draft, comments) for draft in drafts] for drafts in (self._drafts, self._read)
        )
        findings = [finding for part in joined(ran, read, self._statement) for finding in part]
        findings += map(self._leveled, filter(self._is_wanted, self._comment_findings(comments)))
        mask = masker(self._secrets)
        ordered = sorted(_merged(map(self._relative, findings)), key=Finding.sort_key)
        return Report(
            findings=tuple(masked_finding(finding, mask) for finding in ordered),
            not_evaluated=tuple(masked_missed(missed, mask) for missed in self._missed),
            programs=tuple(masked_run(run, mask) for run in self._programs),
            files=len(files),
            source_files=len(self._source_files),
            data_of=min(filter(None, (each.oldest_used() for each in self._catalogs)), default=None),
            outdated=self._outdated(),
            sources=self.sources,
            mask=mask,
            tracebacks=tuple(map(mask, self._tracebacks.values())),
            working_directory=self.working_directory,
            own=dict(self._own),
        )

    def _outdated(self) -> tuple[Outdated, ...]:
        found = (item for each in self._catalogs for item in each.outdated(self.today))
        return tuple({item.catalog: item for item in found}.values())

    def _asks_for(self, name: str, config: Config) -> bool:
        return self.wants(name, config) and config.level(name) != "off"

    def _reviewed(self, outcome: Outcome, plan: Plan, scope: Scope) -> Outcome:
        if self.review is None:
            return outcome
        reviewed = self.review(plan, scope, outcome)
        hits = [hit for hit in without_echoes(reviewed.hits, plan) if scope.wanted(hit.rule)]
        return replace(reviewed, hits=hits)

    def _facts_for(
        self, plan: Plan, config: Config, catalogs: Catalogs, previous: Plan | None
    ) -> Callable[[Rule], Facts]:
        directory = Path(plan.directory)

        def facts(rule: Rule) -> Facts:
            defaults = {key: parameter.default for key, parameter in rule.parameters.items()}
            return Facts(
                catalogs=catalogs,
                today=self.today,
                stack=plan.stack,
                region=plan.region,
                config=plan.config,
                parameters=defaults | dict(config.parameters(rule.name)),
                working_directory=plan.directory,
                # No finding may rest on not knowing where to look.
                exists=lambda path: not plan.directory or (directory / path).exists(),
                previous=previous,
            )

        return facts

    def _draft(self, hit: Hit, rule: Rule | Diagnostic, plan: Plan, config: Config, placer: Placer) -> _Draft:
        problem, resource = hit.problem, hit.resource
        places = placer.places(resource, problem.property_path) if resource else []
        if problem.span is not None:
            places.insert(0, self._whole(problem.span))
        finding = Finding(
            rule=rule.name,
            severity=weighed(rule, problem, config.level(rule.name)),
            confidence=problem.confidence,
            message=problem.message,
            note=problem.note,
            help=problem.help,
            span=places[0] if places else None,
            urn=resource.urn if resource else problem.urn,
            resource_type=resource.type if resource else None,
            resource_name=resource.name if resource else None,
            property_path=problem.property_path,
            stacks=(plan.stack,),
            evidence=problem.evidence,
            fix=problem.fix,
            raises=problem.raises,
        )
        return _Draft(finding, places)

    def _whole(self, span: SourceSpan) -> SourceSpan:
        """A place of which only the line is known, as the whole line."""
        return span if span.end_line else self.sources.rest_of_line(span)

    def _ending(self, plan: Plan, run: ProgramRun) -> Iterable[_Draft]:
        for fault in plan.faults:
            failed = fault.kind == "failed"
            kind = diagnostics.PROGRAM_FAILED if failed else diagnostics.PROGRAM_STOPPED
            span = self._whole(fault.span) if fault.span else None
            finding = replace(
                _finding(kind, fault.message, fault.help, span),
                note=_checked(run.resources),
                stacks=(plan.stack,),
            )
            yield _Draft(finding, [])

    def _add_crashes(self, outcome: Outcome) -> None:
        for rule, trace in outcome.crashes.items():
            if rule not in self._tracebacks:
                self._tracebacks[rule] = trace
                last = trace.strip().splitlines()[-1]
                message = f"the rule `{rule}` raised {last}"
                self._drafts.append(
                    _Draft(
                        _finding(diagnostics.INTERNAL_ERROR, message, f"leave it out with `--ignore {rule}`"),
                        [],
                    )
                )

    def _silenced(self, draft: _Draft, comments: Iterable[Directive]) -> Finding:
        for comment in comments:
            suppression = comment.silences(draft.finding.rule, draft.places, self.today)
            if suppression is not None:
                return replace(draft.finding, suppressed=suppression)
        return draft.finding

    def _comment_findings(self, comments: Iterable[Directive]) -> Iterable[Finding]:
        ran = {rule.name for rule in self._ran()}
        known_rules = self.known_rules.union(self._own_names)
        for comment in comments:
            if comment.wrong:
                yield _finding(
                    diagnostics.SUPPRESSION_WITHOUT_EFFECT,
                    f"this comment silences nothing: {comment.wrong}",
                    "write `# preflight: ignore[rule-name] -- reason`",
                    comment.span,
                )
                continue
            for name in comment.rules:
                if name not in known_rules:
                    similar = closest(name, known_rules)
                    help_text = (
                        f"a similar name is `{similar}`" if similar else "`preflight rules` lists all names"
                    )
                    yield _finding(
                        diagnostics.SUPPRESSION_OF_UNKNOWN_RULE,
                        f"there is no rule named `{name}`",
                        help_text,
                        comment.span,
                    )
                elif name in ran and self._is_judged(comment, name) and not self._is_used(comment, name):
                    yield _finding(
                        diagnostics.SUPPRESSION_UNUSED,
                        f"nothing here needs `{name}` to be silenced",
                        "remove the comment",
                        comment.span,
                    )

    def _is_judged(self, comment: Directive, rule: str) -> bool:
        """Whether a rule has seen all that it could say of a comment's file."""
        path = comment.span.path
        if not self.wants(rule, self._config_of(path)):
            return False
        if rule in {item.name for item in self._ran() if is_about_source(item)}:
            return path in self._source_files
        return self._files.get(path, False)

    def _statement(self, span: SourceSpan) -> SourceSpan | None:
        """The statement around a place, None in a file that does not parse; of a block, the place itself."""
        tree = self.sources.tree(span.path)
        if tree is None:
            return None
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and not is_block(node):
                lines = SourceSpan(span.path, node.lineno, 1, node.end_lineno, 1)
                if lines.covers(span.line):
                    return lines
        return span

    def _is_wanted(self, finding: Finding) -> bool:
        path = finding.span.path if finding.span else ""
        return self._asks_for(finding.rule, self._config_of(path))

    def _leveled(self, finding: Finding) -> Finding:
        level = self._level(finding)
        return replace(finding, severity=Severity(level)) if level else finding

    def _level(self, finding: Finding) -> str | None:
        path = finding.span.path if finding.span else ""
        return self._config_of(path).level(finding.rule)

    def _config_of(self, path: str) -> Config:
        """The configuration that holds for a file."""
        return self._configs.get(path) or self._source_files.get(path) or Config()

    def _is_used(self, comment: Directive, rule: str) -> bool:
        return any(
            draft.finding.rule == rule and any(comment.touches(place) for place in draft.places)
            for draft in (*self._drafts, *self._withdrawn, *self._read)
        )

    def _relative(self, finding: Finding) -> Finding:
        if finding.span is None:
            return finding
        fix = finding.fix
        if fix is not None:
            edits = (replace(edit, span=self._relative_span(edit.span)) for edit in fix.edits)
            fix = replace(fix, edits=tuple(edits))
        return replace(finding, span=self._relative_span(finding.span), fix=fix)

    def _relative_span(self, span: SourceSpan) -> SourceSpan:
        return replace(span, path=self._shown(span.path))


def _finding(
    kind: Diagnostic, message: str, help_text: str | None, span: SourceSpan | None = None
) -> Finding:
    return Finding(kind.name, kind.severity, Confidence.CERTAIN, message, help=help_text, span=span)


def _checked(resources: int) -> str:
    if resources == 0:
        return "no resource was registered before it, so nothing was checked"
    return f"{resources} resource{' was' if resources == 1 else 's were'} registered before it, and checked"


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each mistake: its stacks are summed up, and resources made by the same line named."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        subject = finding.span or finding.fingerprint
        key = (finding.rule, subject, finding.severity, finding.message, finding.suppressed)
        groups.setdefault(key, []).append(finding)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: list[Finding]) -> Finding:
    first = group[0]
    stacks = dict.fromkeys(stack for finding in group for stack in finding.stacks)
    names = dict.fromkeys(finding.resource_name for finding in group if finding.resource_name)
    others = [f"`{name}`" for name in names if name != first.resource_name]
    also = f"the same for {', '.join(others)}" if others else None
    note = "; ".join(part for part in (first.note, also) if part)
    return replace(first, stacks=tuple(stacks), note=note or None)
