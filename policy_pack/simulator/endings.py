"""Why a program did not come to its end, in words that say what to do."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from policy_pack.model import ProgramFault, SourceSpan
from policy_pack.simulator.runner import PassResult
from policy_pack.source.project import Project

_CONFIG_KEY = re.compile(r"'([^']+)'")
_EXCEEDED = {
    "records": (
        "the program makes more than a simulation can hold",
        "end the loop that makes resources, or keep large texts in files",
    ),
    "output": ("the program printed more than 100 MB", "end the loop that prints"),
    "memory": ("the program takes more memory than it is given", "raise `--memory-limit GIGABYTES`"),
}
_NO_CREDENTIALS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "NoRegionError",
    "CredentialsProviderError",
    "CredentialsError",
)
_EXITS = {"python": "sys.exit", "nodejs": "process.exit"}
_NODE_MODULE = re.compile(r"Cannot find (?:module|package) '([^']+)'")
_TYPESCRIPT = re.compile(r"(?P<path>\S+)\((?P<line>\d+),(?P<column>\d+)\): error TS\d+: (?P<text>.*)")


def faults_of(
    faithful: PassResult, predicted: PassResult, project: Project, stack: str
) -> tuple[ProgramFault, ...]:
    """The reason for which a pass ended early; the faithful pass speaks for both when both did."""
    for result in (faithful, predicted):
        fault = _fault(result, project, stack)
        if fault is not None:
            return (fault,)
    return ()


def _fault(result: PassResult, project: Project, stack: str) -> ProgramFault | None:
    end = result.end
    if result.refusal is not None:
        return ProgramFault("failed", f"the project's interpreter cannot be started: {result.refusal}")
    if result.exceeded is not None:
        return ProgramFault("stopped", *_EXCEEDED[result.exceeded])
    if end is None:
        return _killed(result)
    if end["status"] == "complete":
        internal = [record["detail"] for record in result.of("internal-error")]
        broken = internal[0] if internal else result.rejected
        return _broken(broken) if broken is not None else None
    details = end.get("fault") or {}
    span = _place(details)
    if end["status"] == "time-limit":
        return ProgramFault(
            "stopped",
            "the program did not end within the time limit",
            "end the loop or wait that stands here, or raise `--time-limit SECONDS`",
            span,
        )
    if end["status"] == "exited":
        return ProgramFault(
            "stopped",
            f"the program calls `{_EXITS[project.runtime]}({details.get('message', '')})`",
            "let the program run to its end: resources after this line are never registered",
            span,
        )
    compiler = _TYPESCRIPT.search(str(details.get("message", "")))
    if compiler is not None:
        path = os.path.normpath(project.working_directory / compiler["path"])
        span = SourceSpan(path, int(compiler["line"]), int(compiler["column"]))
        return ProgramFault("failed", f"the file is not valid TypeScript: {compiler['text']}", None, span)
    message, help_text = _explained(details, project, stack)
    missing = [each["key"] for each in result.of("config") if each["predicted"]]
    if missing and (details.get("made_up") or not details.get("certain")):
        help_text = _without(missing, project, stack)
    return ProgramFault("failed", message, help_text, span)


def _without(keys: Sequence[str], project: Project, stack: str) -> str:
    """A made-up value may be the cause: say which values are missing."""
    names = ", ".join(f"`{key.removeprefix(f'{project.name}:')}`" for key in keys)
    return f"configuration that is not set for the stack `{stack}` was made up and may be the cause: {names}"


def _explained(details: Mapping[str, Any], project: Project, stack: str) -> tuple[str, str | None]:
    name, text = str(details.get("exception")), str(details.get("message", ""))
    first_line = text.strip().splitlines()[0] if text.strip() else ""
    if name == "ConfigMissingError":
        key = _CONFIG_KEY.search(text)
        wanted = key[1] if key else "?"
        short = wanted.removeprefix(f"{project.name}:")
        return (
            f"the required configuration value `{wanted}` is not set for the stack `{stack}`",
            f"add it to `Pulumi.{stack}.yaml`, or pass `--config {short}=VALUE`",
        )
    if name == "ModuleNotFoundError":
        missing = details.get("missing") or first_line
        return (
            f"the module `{missing}` is not installed in the project's environment",
            "install the project's requirements into its virtual environment",
        )
    module = _NODE_MODULE.search(text) if str(details.get("code")).endswith("MODULE_NOT_FOUND") else None
    if module is not None:
        return (
            f"the module `{module[1]}` cannot be found from the program",
            "install what the program's package.json names, and build what it builds before a deployment",
        )
    if name == "StubError":
        return first_line, "correct the name in `[tool.preflight.simulate]`"
    if name == "MemoryError":
        return _EXCEEDED["memory"]
    if name == "BlockedError":
        return first_line, "do this outside of the Pulumi program, or pass what it gives as configuration"
    if name in _NO_CREDENTIALS or str(details.get("module", "")).startswith("botocore"):
        return (
            f"the program asks AWS while it runs ({name}), which a simulation does not do",
            "use a Pulumi data source (`aws.get…`), or pass the value as configuration",
        )
    if name in ("SyntaxError", "IndentationError", "TabError") and details.get("invalid", True):
        language = "JavaScript" if project.runtime == "nodejs" else "Python"
        return f"the file is not valid {language}: {first_line}", None
    return f"the program raises {name}: {first_line}" if first_line else f"the program raises {name}", None


def _killed(result: PassResult) -> ProgramFault:
    code = result.exit_code
    if code is not None and code < 0:
        reason = f"the program was killed by {_signal_name(-code)}"
    else:
        reason = f"the program ended without a word (exit code {code})"
    last = result.output[-1] if result.output else None
    return ProgramFault("stopped", reason, f"the last line it printed: {last}" if last else None)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"the signal {number}"


def _broken(detail: str) -> ProgramFault:
    last = (detail.strip().splitlines() or ["it does not say why"])[-1]
    return ProgramFault(
        "stopped", f"the simulation itself failed: {last}", "please report this: the fault is ours"
    )


def _place(details: Mapping[str, Any]) -> SourceSpan | None:
    frames = details.get("frames") or []
    if not frames:
        return None
    path, line = frames[0][0], frames[0][1]
    span = details.get("span")
    return SourceSpan(path, *span) if span else SourceSpan(path, line, *frames[0][3:])
