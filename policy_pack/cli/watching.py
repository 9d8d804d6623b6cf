"""`preflight check --watch`: checks again whenever something changes that a check depends on."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import glob
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from policy_pack.cli import UsageError
from policy_pack.cli.given import STDIN
from policy_pack.linter import registry

POLL_SECONDS = 0.25
# Directories of tools, of which none holds what a program is made of.
_SKIPPED = {"__pycache__", "node_modules", "site-packages"}
_MOST_FILES = 20_000

# When a file was changed, in nanoseconds, and its size, by its path.
Snapshot: TypeAlias = Mapping[str, tuple[int, int]]
# One check: its exit code, and the files that it has read.
Check: TypeAlias = Callable[[], tuple[int, Iterable[str]]]


class Watched:
    """All files below some directories, and some more. `ignored` is what a check writes itself."""

    def __init__(self, directories: Sequence[str], files: Iterable[str], ignored: Iterable[str] = ()) -> None:
        self.directories = list(directories)
        self.files = {os.path.abspath(file) for file in files}  # noqa: PTH100
        self.ignored = {os.path.abspath(file) for file in ignored}  # noqa: PTH100

    def snapshot(self) -> Snapshot:
        """How all of them are now; a file that is not there is not in it."""
        found: dict[str, tuple[int, int]] = {}
        for directory in self.directories:
            for entry in _below(directory):
                if len(found) >= _MOST_FILES:
                    break
                with contextlib.suppress(OSError):
                    state = entry.stat()
                    found[os.path.abspath(entry.path)] = (state.st_mtime_ns, state.st_size)  # noqa: PTH100
        for file in self.files - found.keys():
            with contextlib.suppress(OSError):
                state = os.stat(file)  # noqa: PTH116 - of thousands of files, four times a second
                found[file] = (state.st_mtime_ns, state.st_size)
        return {file: state for file, state in found.items() if file not in self.ignored}

    def changed(self, before: Snapshot, pause: Callable[[float], None] = time.sleep) -> list[str]:
        """Wait for a change, and for its end: an editor that saves all writes many files."""
        now = self.snapshot()
        while now == before:
            pause(POLL_SECONDS)
            now = self.snapshot()
        while True:
            pause(POLL_SECONDS)
            last, now = now, self.snapshot()
            if now == last:
                break
        return sorted(file for file in {*before, *now} if before.get(file) != now.get(file))


def _below(directory: str) -> Iterator[os.DirEntry[str]]:
    """The files below a directory, but for hidden ones and those of installed packages."""
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _SKIPPED or entry.name.endswith(("~", ".pyc")):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        elif entry.is_file():
            yield entry


def watch(options: argparse.Namespace, check: Check) -> NoReturn:
    """Check, wait for a change, and check again, until Ctrl-C.

    Raises:
        UsageError: there is nothing to wait for.
        KeyboardInterrupt: by Ctrl-C.
    """
    watched = watched_by(options)
    _load()
    while True:
        before = watched.snapshot()
        _, files = in_fork(check)
        watched.files.update(map(os.path.abspath, files))
        # What was not known to be read has not been looked at before: it counts as it is now.
        before = {**watched.snapshot(), **before}
        _say(f"watching {len(before)} files, Ctrl-C ends")
        changed = watched.changed(before)
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        _say(f"`{os.path.relpath(changed[0])}`{more} changed, checking again")


def watched_by(options: argparse.Namespace) -> Watched:
    """What the command line names, and the configuration that may hold there. Raises UsageError."""
    if options.diff or STDIN in options.paths:
        raise UsageError("`--watch` cannot be used with `--diff` or with standard input")
    paths = [path for name in options.paths for path in glob.glob(name, recursive=True) or [name]]  # noqa: PTH207
    directories = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112
    files = [path for path in paths if path not in directories]
    configs = [
        str(directory / name)
        for path in paths
        for directory in (Path(path).resolve(), *Path(path).resolve().parents)
        for name in ("preflight.toml", "pyproject.toml")
    ]
    return Watched(directories, [*files, *configs, *options.state], filter(None, [options.output_file]))


def _load() -> None:
    """Import what each check needs; nothing of the user's."""
    for name in ("cli.simulating", "cli.reading", "cli.deployed", "simulator", "source.project"):
        importlib.import_module(f"policy_pack.{name}")
    registry.load_all()


def _say(text: str) -> None:
    """One line between two reports, where reports do not go."""
    sys.stdout.flush()
    sys.stderr.write(f"── {datetime.datetime.now().astimezone():%H:%M:%S} {text}\n")
    sys.stderr.flush()


def in_fork(check: Check) -> tuple[int, list[str]]:
    """One check in a process of its own, which has all modules loaded: nothing of it stays for the next."""
    if not hasattr(os, "fork"):
        code, files = check()
        return code, list(files)
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        os._exit(_checked(check, writing))
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(process, 0)
    except BaseException:
        _end(process)
        raise
    return os.waitstatus_to_exitcode(status), json.loads(told or b"[]")


def _end(process: int) -> None:
    """Let a check that Ctrl-C has reached too end by itself, else ask it to; it ends its own children."""
    with contextlib.suppress(ChildProcessError, ProcessLookupError):
        for _ in range(10):
            if os.waitpid(process, os.WNOHANG)[0]:
                return
            time.sleep(POLL_SECONDS / 2)
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


def _checked(check: Check, writing: int) -> int:
    """Check in the forked process, tell which files were read, and return the exit code."""
    code = 128 + signal.SIGINT
    try:
        code, files = check()
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writing, "w", encoding="utf-8", errors="surrogateescape") as stream:
            json.dump(sorted(files), stream)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 2
    return code
