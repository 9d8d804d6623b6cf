"""`--fix`: applies fixes in rounds, keeps those that mend, writes files with their encoding and line ends."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policy_pack.linter.fixing import applied, overlap
from policy_pack.linter.report import Report
from policy_pack.model import Edit, Finding
from policy_pack.source.files import Sources

ROUNDS = 100
Look = Callable[[Sources], Report]
Key = tuple[str, str, str]


class MendingError(Exception):
    """A file cannot be written."""


@dataclass(frozen=True)
class Text:
    """A file as it is on disk, its line ends and encoding kept, and as it is after some edits."""

    path: str
    encoding: str
    before: str
    after: str


@dataclass(frozen=True)
class Mended:
    """What fixes made of files; `left` are findings whose fix would not have mended them, with the reason."""

    texts: tuple[Text, ...] = ()
    fixed: int = 0
    left: tuple[tuple[Finding, str], ...] = ()

    def diff(self, working_directory: str) -> str:
        """All changes as a unified diff, paths relative to a directory."""
        return "".join(_diff(text, os.path.relpath(text.path, working_directory)) for text in self.texts)

    def write(self) -> None:
        """Write the files, each at once.

        Raises:
            MendingError: a file cannot be written, or is no longer what was read.
        """
        for text in self.texts:
            _write(text)


@dataclass
class _Bench:
    """The state between two rounds."""

    look: Look
    sources: Sources
    report: Report
    texts: dict[str, Text] = field(default_factory=dict)
    refused: dict[Key, tuple[Finding, str]] = field(default_factory=dict)
    fixed: int = 0

    def path(self, edit: Edit) -> str:
        """Where a file to edit is on disk."""
        return os.path.normpath(os.path.join(self.report.working_directory, edit.span.path))  # noqa: PTH118

    def attempt(self, findings: Sequence[Finding]) -> str | None:
        """Apply fixes if they mend; else change nothing and say why."""
        try:
            texts = {path: self._edited(path, edits) for path, edits in self._edits(findings).items()}
        except (ValueError, OSError, SyntaxError, LookupError) as error:
            return f"the fix cannot be applied: {error}"
        sources = self.sources.changed({path: _universal(text.after) for path, text in texts.items()})
        if any(sources.fault(path) for path in texts):
            return "the file would not parse"
        if any(sources.refusal(path) and not self.sources.refusal(path) for path in texts):
            return "the file would not compile"
        report = self.look(sources)
        before, after = _counts(self.report), _counts(report)
        if any(after[key] > before[key] - number for key, number in Counter(map(_key, findings)).items()):
            return "the finding would still be there"
        self.sources, self.report = sources, report
        self.texts |= texts
        self.fixed += len(findings)
        return None

    def _edits(self, findings: Iterable[Finding]) -> Mapping[str, list[Edit]]:
        found: dict[str, list[Edit]] = {}
        for finding in findings:
            for edit in finding.fix.edits if finding.fix else ():
                found.setdefault(self.path(edit), []).append(edit)
        return found

    def _edited(self, path: str, edits: list[Edit]) -> Text:
        text = self.texts.get(path) or _read(path)
        return Text(path, text.encoding, text.before, applied(text.after, edits))


def mend(look: Look, *, unsafe: bool = False) -> Mended:
    """Fix in rounds until nothing is left to fix; `look` says what is found in files as they are then."""
    sources = Sources()
    bench = _Bench(look, sources, look(sources))
    for _ in range(ROUNDS):
        chosen = _chosen(bench, unsafe)
        if not chosen:
            break
        if len(chosen) > 1 and bench.attempt(chosen) is None:
            continue
        # One of them does no good: it is found by trying the first alone.
        reason = bench.attempt(chosen[:1])
        if reason is not None:
            bench.refused[_key(chosen[0])] = (chosen[0], reason)
    texts = tuple(text for _, text in sorted(bench.texts.items()) if text.before != text.after)
    return Mended(texts, bench.fixed, tuple(bench.refused.values()))


def _chosen(bench: _Bench, unsafe: bool) -> list[Finding]:
    """Findings whose fixes may be applied together: of those that touch, the first."""
    chosen: list[Finding] = []
    for finding in bench.report.active():
        fix = finding.fix
        if fix is None or not (fix.safe or unsafe) or _key(finding) in bench.refused:
            continue
        if not any(overlap(fix.edits, other.fix.edits) for other in chosen if other.fix):
            chosen.append(finding)
    return chosen


def _key(finding: Finding) -> Key:
    return finding.rule, finding.span.path if finding.span else "", finding.message


def _counts(report: Report) -> Counter[Key]:
    return Counter(map(_key, report.active()))


def _read(path: str) -> Text:
    raw = Path(path).read_bytes()
    encoding, _ = tokenize.detect_encoding(iter(raw.splitlines(keepends=True)).__next__)
    text = raw.decode(encoding)
    if text.encode(encoding) != raw:
        raise ValueError(f"its encoding {encoding} cannot be kept")
    return Text(path, encoding, text, text)


def _universal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _write(text: Text) -> None:
    try:
        _replace(text, os.path.realpath(text.path))
    except OSError as error:
        raise MendingError(f"`{text.path}` cannot be written: {error.strerror}") from error


def _replace(text: Text, path: str) -> None:
    if Path(path).read_bytes() != text.before.encode(text.encoding):
        raise MendingError(f"`{text.path}` was changed meanwhile")
    descriptor, name = tempfile.mkstemp(prefix=".preflight-", dir=os.path.dirname(path))  # noqa: PTH120
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(text.after.encode(text.encoding))
        shutil.copymode(path, name)
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _diff(text: Text, name: str) -> str:
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", side) for side in (text.before, text.after))
    lines = difflib.unified_diff(before, after, name, name)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
