"""Writes the report of a command where it is wanted."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from policy_pack.cli import UsageError
from policy_pack.cli.settings import DEFAULT, Setting
from policy_pack.linter.report import Report
from policy_pack.report import MACHINE_FORMATS, render
from policy_pack.report.style import printable
from policy_pack.report.summary import summary_line


def write(report: Report, options: argparse.Namespace, chosen: Setting, details: Iterable[str] = ()) -> None:
    """Write a report to standard output or a file, and the summary with details where people read it.

    In GitHub Actions the format for people, where none is `chosen`, is followed by annotations. What other
    formats are wanted too is written last.

    Raises:
        UsageError: a file cannot be written; the report is shown instead of its own.
    """
    output_format = str(chosen.value)
    text = render(report, output_format, wants_color(options) and not options.output_file)
    if options.output_file:
        try:
            _save(options.output_file, text)
        except UsageError:
            # The report was dear to make: it is shown rather than lost.
            sys.stdout.write(text)
            raise
    else:
        if output_format in MACHINE_FORMATS and isinstance(sys.stdout, io.TextIOWrapper):
            # JSON is UTF-8, whatever the terminal is; half a character is written as JSON escapes it.
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        sys.stdout.write(text)
    # A machine reads standard output; people read the summary beside it.
    aside = output_format in MACHINE_FORMATS and not options.output_file
    stream = sys.stderr if aside else sys.stdout
    separator = "\n" if text and output_format == "full" and not options.output_file else ""
    stream.write(separator)
    stream.writelines(f"{printable(line)}\n" for line in details)
    stream.write(summary_line(report, verbose=options.verbose) + "\n")
    if chosen.origin == DEFAULT and os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stdout.write(render(report, "github", color=False))
    for other, file in options.also:
        _save(file, render(report, other, color=False))


def _save(file: str, text: str) -> None:
    """Write a file. Raises UsageError when it cannot be written."""
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"`{file}` cannot be written: {error.strerror}") from error


def wants_color(options: argparse.Namespace) -> bool:
    """Whether `--color`, the environment and the terminal ask for colours."""
    if options.color != "auto":
        return bool(options.color == "always")
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
