"""Where findings stand as seen from the root of the repository, which is how services show them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from policy_pack.linter.report import Report
from policy_pack.model import Finding, SourceSpan

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


@dataclass
class Repository:
    """The repository around the working directory of a report; without one, that directory."""

    report: Report
    root: str = field(init=False)

    def __post_init__(self) -> None:
        start = Path(self.report.working_directory).resolve()
        around = (start, *start.parents)
        self.root = str(next((place for place in around if (place / ".git").exists()), start))

    def path(self, shown: str) -> str:
        """A path of the report as seen from the root, symbolic links resolved; outside of it, absolute."""
        real = os.path.realpath(Path(self.report.working_directory, shown))
        inside = real == self.root or real.startswith(self.root.rstrip("/") + "/")
        return os.path.relpath(real, self.root) if inside else real

    def place(self, finding: Finding) -> SourceSpan:
        """Where a finding is shown: one without a line at the first of its program's own file."""
        if finding.span is not None:
            return finding.span
        programs = self.report.programs
        own = [run.path for run in programs if run.stack in finding.stacks]
        return SourceSpan(self._file(next(iter(own or (run.path for run in programs)), ".")), 1)

    def _file(self, shown: str) -> str:
        directory = Path(self.report.working_directory, shown)
        names = (name for name in _PROJECT_FILES if (directory / name).is_file())
        name = next(names, None)
        return os.path.normpath(f"{shown}/{name}") if name else shown


def numbered(findings: Iterable[Finding]) -> list[tuple[Finding, str, int]]:
    """Each finding with its fingerprint, and the how manyth of that fingerprint it is, from 1."""
    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        key = finding.fingerprint
        seen[key] = seen.get(key, 0) + 1
        found.append((finding, key, seen[key]))
    return found
