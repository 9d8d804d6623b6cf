"""`preflight verify`: ask AWS what became of a deployment, and report what is not as it should be."""

from __future__ import annotations

import argparse
import datetime
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from policy_pack.cli import BROKEN, CLEAN, FOUND, NOTHING, UsageError
from policy_pack.cli.reporting import write
from policy_pack.cli.settings import Setting, effective
from policy_pack.linter import diagnostics
from policy_pack.linter.config import Config, ConfigError, find_config
from policy_pack.linter.report import Report
from policy_pack.model import ProgramRun, Severity
from policy_pack.simulator import Project, ProjectError, choose_stacks, find_project, project_directories
from policy_pack.verify.reading import ADVICE, FLAT_OUTPUTS, DeploymentFileError, read

if TYPE_CHECKING:
    from policy_pack.verify.asking import Result
    from policy_pack.verify.subjects import Deployment, Subject
    from policy_pack.verify.verifying import Patience, Verification

_DURATION = re.compile(r"(\d+)([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Target(Struct, frozen=True):
    """The file that a deployment left behind, its program and stack as far as they are known."""

    file: Path
    config: Config
    project: Project | None = None
    stack: str | None = None

    @property
    def name(self) -> str:
        """The program's name; without a program, the file's."""
        return self.project.name if self.project else self.file.name

    def region(self) -> str:
        """The region of the stack's configuration, empty where there is none."""
        if self.project is None or self.stack is None:
            return ""
        return self.project.stack_config(self.stack, {}).values.get("aws:region", "")


def run(options: argparse.Namespace) -> int:
    """Verify what a deployment left behind. Returns the exit code."""
    try:
        if options.permissions:
            sys.stdout.write(_policy() + "\n")
            return CLEAN
        return _run(options)
    except (UsageError, ConfigError, ProjectError, DeploymentFileError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BROKEN


def _policy() -> str:
    try:
        from policy_pack.verify.permissions import policy
    except ImportError as error:
        raise _not_installed(error) from error
    return policy()


def _not_installed(error: ImportError) -> UsageError:
    return UsageError(f"{error.name} is not installed: pip install 'iac-preflight[live]'")


def _run(options: argparse.Namespace) -> int:
    seconds = _seconds(options.wait)
    target = _target(options)
    if target is None:
        where = Path(options.path, FLAT_OUTPUTS)
        sys.stderr.write(f"nothing to verify: there is no `{where}`; {ADVICE}\n")
        return NOTHING
    settings = effective(target.config, dict(os.environ), options)
    deployment = read(target.file, os.path.relpath(target.file))
    if not deployment.mentions:
        sys.stderr.write(f"nothing to verify: `{target.file}` names no resource that AWS can be asked for\n")
        return NOTHING
    if options.stack and deployment.stack not in ("", options.stack):
        raise UsageError(f"`{target.file}` is of the stack `{deployment.stack}`, not `{options.stack}`")
    target = replace(target, stack=options.stack or deployment.stack or target.stack)
    verification = _verified(deployment, target, options, seconds)
    report = _report(verification, target, settings)
    write(report, options, settings["output-format"], _states(verification) if options.verbose else ())
    return _exit_code(report, settings["fail-on"].value)


def _seconds(text: str | None) -> float:
    match = _DURATION.fullmatch(text or "0")
    if match is None:
        raise UsageError(f"`--wait {text}` is no time: give it like `90s`, `10m` or `1h`")
    return float(match[1]) * _SECONDS[match[2]]


def _target(options: argparse.Namespace) -> Target | None:
    """What to verify, None where no file is given and none is in its place."""
    base = Path(options.path)
    if not base.is_dir():
        raise UsageError(f"`{base}` is no directory; give the one that holds the Pulumi.yaml")
    directories = project_directories(base)
    program = directories[0] if len(directories) == 1 else None
    places = [Path(options.outputs)] if options.outputs else [base / FLAT_OUTPUTS]
    if program is not None and not options.outputs:
        places.append(program / FLAT_OUTPUTS)
    file = next((place for place in places if options.outputs or place.is_file()), None)
    if file is None:
        return None
    project = _project(program)
    stack = _stack(project, options.stack)
    return Target(file, find_config((program or base).resolve()), project, stack)


def _project(directory: Path | None) -> Project | None:
    try:
        return find_project(directory) if directory else None
    except ProjectError:
        # Programs in other languages cannot be simulated, but what they deployed can be verified.
        return None


def _stack(project: Project | None, wanted: str | None) -> str | None:
    """The stack by its name, else the only one that there is: others are not guessed."""
    if project is None or wanted:
        return choose_stacks(project, [wanted])[0] if project and wanted else wanted
    stacks = project.stacks()
    return stacks[0] if len(stacks) == 1 else None


def _verified(
    deployment: Deployment, target: Target, options: argparse.Namespace, seconds: float
) -> Verification:
    try:
        from policy_pack.refresh.live.aws import Aws, CredentialsError
        from policy_pack.refresh.live.progress import Progress
        from policy_pack.verify.verifying import AccountError, verify
    except ImportError as error:
        raise _not_installed(error) from error
    progress = Progress(sys.stderr, 1)
    try:
        aws = Aws(options.profile, options.region or os.environ.get("AWS_REGION"))
        region = options.region or deployment.region or target.region() or aws.region or ""
        return verify(
            deployment,
            aws,
            region,
            patience(seconds, progress.say),
            lambda it: progress.say(f"asked for {it}"),
        )
    except (AccountError, CredentialsError) as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()


def patience(seconds: float, say: Callable[[str], None]) -> Patience:
    """Waits for so long, and says meanwhile for what."""
    from policy_pack.verify.verifying import Patience

    def waiting(pending: Mapping[Subject, Result], left: float) -> None:
        subject, result = next(iter(pending.items()))
        state = result.seen.state if result.seen else "not told" if result.failure else "not there"
        say(f"{_minutes(left)} left for {len(pending)} not ready: {subject} ({state})")

    return Patience(seconds, waiting=waiting)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _report(verification: Verification, target: Target, settings: Mapping[str, Setting]) -> Report:
    from policy_pack.verify.findings import Judge, not_evaluated
    from policy_pack.verify.verifying import masked

    ignored = settings["ignore"].value
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    judge = Judge(today, target.stack, lambda rule: "off" if rule in ignored else target.config.level(rule))
    told = [result for result in verification.results.values() if result.failure is None]
    untold = len(verification.results) - len(told)
    regions = sorted({subject.region for subject in verification.results})
    run = ProgramRun(
        os.path.relpath(target.file),
        target.name,
        target.stack or "unknown",
        ", ".join(regions) or None,
        len(told),
        *(0, 0, 0),
        "stopped" if untold else "complete",
        f"{untold} resources were not verified" if untold else None,
    )
    return Report(
        findings=judge.findings(verification),
        not_evaluated=tuple(not_evaluated(verification)),
        programs=(run,),
        mask=verification.mask,
        working_directory=os.getcwd(),  # noqa: PTH109 - a text is what it is used as
        live=f"AWS asked, account {masked(verification.account)}" if verification.account else "AWS asked",
    )


def _states(verification: Verification) -> list[str]:
    lines = []
    for subject, result in sorted(verification.results.items(), key=lambda item: str(item[0])):
        state = result.seen.state if result.seen else "missing"
        lines.append(f"{subject}: {'unknown' if result.failure else state}")
    return lines


def _exit_code(report: Report, fail_on: str) -> int:
    """What is found counts before what could not be asked for, and that before there being nothing."""
    untold = {diagnostics.NOT_VERIFIED.name}
    limit = -1 if fail_on == "never" else Severity(fail_on).rank
    if any(finding.severity.rank <= limit and finding.rule not in untold for finding in report.active()):
        return FOUND
    if any(finding.rule in untold for finding in report.findings):
        return BROKEN
    return CLEAN if report.resources else NOTHING
