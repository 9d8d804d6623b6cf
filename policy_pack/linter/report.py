"""The result of a check, as every output format reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from policy_pack.model import Finding, NotEvaluated, ProgramRun, Severity
from policy_pack.rules.rule import Rule
from policy_pack.source.files import Sources

if TYPE_CHECKING:
    from policy_pack.catalog import Outdated


class Report(Struct, frozen=True):
    """Findings in order, silenced ones among them; `data_of` is the ISO date of the oldest catalog used.

    `files` are all of the user's, `source_files` those that were read by rules; `fixed` counts findings that
    were mended. `outdated` are the catalogs used whose facts are older than they are good for.

    `mask` hides secrets in a text; everything that is printed from the user's files goes through it.
    `live` says what AWS was asked, None when it was not; `own` are the rules that the project has of its own.
    """

    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    programs: tuple[ProgramRun, ...] = ()
    files: int = 0
    data_of: str | None = None
    sources: Sources = field(default_factory=Sources)
    mask: Callable[[str], str] = str
    tracebacks: tuple[str, ...] = ()
    working_directory: str = "."
    outdated: tuple[Outdated, ...] = ()
    live: str | None = None
    source_files: int = 0
    fixed: int = 0
    own: Mapping[str, Rule] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings of a severity count."""
        return sum(finding.severity is severity and finding.suppressed is None for finding in self.findings)

    @property
    def ignored(self) -> int:
        """How many findings are silenced by a comment."""
        return sum(finding.suppressed is not None for finding in self.findings)

    @property
    def resources(self) -> int:
        """How many resources were checked, over all programs and stacks."""
        return sum(program.resources for program in self.programs)

    @property
    def incomplete(self) -> bool:
        """Whether a program did not run to its end."""
        return any(program.status != "complete" for program in self.programs)

    def fixable(self, *, safe: bool) -> int:
        """How many findings have a fix that is safe, or one that is not."""
        return sum(item.fix is not None and item.fix.safe is safe for item in self.active())

    def active(self) -> list[Finding]:
        """The findings that count."""
        return [finding for finding in self.findings if finding.suppressed is None]

    def source_line(self, finding: Finding) -> str:
        """The line of the user's file that a finding is about, empty when it cannot be read."""
        if finding.span is None:
            return ""
        return self.sources.line(str(Path(self.working_directory, finding.span.path)), finding.span.line)
