"""The plug-in for pytest: the fixture `preflight` checks programs in tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from policy_pack.linter.report import Report
    from policy_pack.model import Finding


class Preflight:
    """Checks programs; a path that is not absolute starts at pytest's root directory."""

    def __init__(self, root: Path, *, color: bool) -> None:
        self._root = root
        self._color = color

    def findings(
        self, path: str | os.PathLike[str] = ".", stack: str | None = None, **arguments: Any
    ) -> list[Finding]:
        """The findings that count, errors first.

        Takes what `policy_pack.check_program` takes. Fails the test when a program did not run to its end.
        """
        __tracebackhide__ = True
        report, _ = self._checked(path, stack, arguments)
        if report.incomplete:
            pytest.fail(self._shown(report), pytrace=False)
        return report.active()

    def assert_clean(
        self, path: str | os.PathLike[str] = ".", stack: str | None = None, **arguments: Any
    ) -> None:
        """Fail the test with the findings where `preflight check` would not exit with 0.

        Takes what `policy_pack.check_program` takes. What a finding has to be to count is the project's
        `fail-on`, an error by default.
        """
        __tracebackhide__ = True
        report, code = self._checked(path, stack, arguments)
        if code:
            pytest.fail(self._shown(report), pytrace=False)

    def _checked(
        self, path: str | os.PathLike[str], stack: str | None, arguments: dict[str, Any]
    ) -> tuple[Report, int]:
        from policy_pack.api import checked, program_options

        return checked(program_options(self._root / path, stack=stack, **arguments))

    def _shown(self, report: Report) -> str:
        from policy_pack.report import render
        from policy_pack.report.summary import summary_line

        return f"{render(report, 'full', self._color)}\n{summary_line(report, verbose=False)}"


@pytest.fixture(scope="session")
def preflight(pytestconfig: pytest.Config) -> Preflight:
    """Checks Pulumi programs: `preflight.assert_clean("infrastructure", stack="prod")`."""
    color = pytestconfig.get_terminal_writer().hasmarkup
    return Preflight(pytestconfig.rootpath, color=color)
