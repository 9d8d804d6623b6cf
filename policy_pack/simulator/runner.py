"""Starts the child that runs one pass, reads its records, and ends it when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from policy_pack.simulator.records import LINE_BYTES, Records
from policy_pack.simulator.sandbox.launching import Sandbox, launch

BOOT = Path(__file__).parent / "child" / "boot.py"
GRACE_SECONDS = 2.0
WATCH_SECONDS = 0.5
TAIL_LINES = 40
# A program refers to some stacks; each is asked for once.
MOST_QUESTIONS = 200
OUTPUT_BYTES = 100 << 20

_SENSITIVE = re.compile(
    r"SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|BEARER|COOKIE|WEBHOOK|CONNECTION_?STRING|(?<![A-Z])AUTH(?!OR)"
    r"|(PRIVATE|API|ACCESS|SIGNING|ENCRYPTION|MASTER|ACCOUNT|STORAGE|DEPLOY|SSH)_?KEY"
    r"|_PWD$|(^|_)(PASS|PAT|JWT|DSN)(_|$)|^DOCKER_HOST$|^DBUS_SESSION_BUS_ADDRESS$",
    re.IGNORECASE,
)
# An address with a password, a private key, the id of an access key.
_SECRET_VALUE = re.compile(r"://[^/\s:@]*:[^/\s@]+@|-----BEGIN|\b(AKIA|ASIA)[0-9A-Z]{16}\b")
_CLOUD = ("AWS_", "AZURE_", "ARM_", "GOOGLE_", "PULUMI_")
_KEPT = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass
class PassResult:
    """The records of one pass by kind, the end record, and the last lines the program printed.

    `exceeded` is the bound for which it was ended: `records`, `output` or `memory`. `rejected` says what is
    wrong with the first record that is none, `refusal` why the interpreter could not be executed.
    `missing_layers` are those of the sandbox that this machine does not have, with the reason.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] | None = None
    output: list[str] = field(default_factory=list)
    exit_code: int | None = None
    exceeded: str | None = None
    rejected: str | None = None
    refusal: str | None = None
    missing_layers: tuple[str, ...] = ()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The records of one kind, in order."""
        return [record for record in self.records if record["kind"] == kind]


class Child:
    """One running pass. Use as a context manager: whatever happens, no process of it is left behind."""

    def __init__(
        self,
        command: Sequence[str],
        request: Mapping[str, Any],
        environment: Mapping[str, str],
        sandbox: Sandbox,
        variables: Mapping[str, str],
        answer: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        """Start a command with the number of the channel as its last argument, and hand it the request.

        `variables` are the user's own environment; `answer` is asked what the child does not know.

        Raises OSError when it cannot be started.
        """
        self.answer = answer
        records, asking = self._launch(command, request, environment, sandbox, variables)
        self.process = self.launched.process
        # Counted from the start, so that two passes that hang are not waited for one after the other.
        self.deadline = time.monotonic() + float(request["time_limit"]) + GRACE_SECONDS
        self.asked = threading.Lock()
        self.questions = 0
        self.records = Records()
        self.result = PassResult(self.records.kept)
        self.printed: deque[str] = deque(maxlen=TAIL_LINES)
        self.ended = threading.Event()
        self.readers = [
            threading.Thread(target=self._read_records, args=(os.fdopen(records, "rb"),), daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        watcher = threading.Thread(target=self._watch_memory, args=(sandbox.memory,), daemon=True)
        for thread in (*self.readers, watcher):
            thread.start()
        self._send({**request, "hidden": list(self.launched.hidden), "answers": asking})

    def _launch(
        self,
        command: Sequence[str],
        request: Mapping[str, Any],
        environment: Mapping[str, str],
        sandbox: Sandbox,
        variables: Mapping[str, str],
    ) -> tuple[int, int]:
        """Start the process. Where its records are read here, and where it reads our answers there."""
        reading, writing = os.pipe()
        asking, self.answering = os.pipe()
        try:
            self.launched = launch(
                [*command, str(writing)],
                environment,
                sandbox,
                variables=variables,
                pass_fds=(writing, asking),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=request["directory"],
            )
        except OSError:
            os.close(reading)
            os.close(self.answering)
            raise
        finally:
            os.close(writing)
            os.close(asking)
        return reading, asking

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.kill()

    def stand_back(self, niceness: int) -> None:
        """Let other processes go first, for the child and everything it starts."""
        with contextlib.suppress(OSError):
            if niceness:
                os.setpriority(os.PRIO_PGRP, self.process.pid, niceness)

    def wait(self) -> PassResult:
        """Wait for the pass to end, at most its time limit and a grace for a child that cannot answer.

        The time in which the child waits for an answer does not count.
        """
        while not self._has_ended():
            pass
        self.ended.set()
        for reader in self.readers:
            reader.join(GRACE_SECONDS)
            if reader.is_alive():
                # Something that the program has started holds the pipe open.
                self._kill_group()
        self.result.end, self.result.rejected = self.records.end, self.records.rejected
        self.result.output = list(self.printed)
        self.result.refusal = self.launched.failure()
        hosted = (name for record in self.result.of("sandbox") for name in record["missing"])
        self.result.missing_layers = (*self.launched.missing(), *hosted)
        return self.result

    def _has_ended(self) -> bool:
        """Wait until the process or its time ends, which an answer meanwhile may have put off."""
        try:
            self.result.exit_code = self.process.wait(max(self.deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            with self.asked:
                if time.monotonic() < self.deadline:
                    return False
            self.kill()
            self.records.end = {"kind": "end", "status": "time-limit", "fault": {"frames": []}}
        return True

    def kill(self) -> None:
        """End the child and everything in its process group."""
        if self.process.poll() is None:
            self._kill_group()
        self.process.wait()
        self.ended.set()
        self.launched.close()
        answering, self.answering = self.answering, -1
        with contextlib.suppress(OSError):
            os.close(answering)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _exceed(self, bound: str) -> None:
        """End a child that takes more than it is given."""
        self.result.exceeded = self.result.exceeded or bound
        if self.process.returncode is None:
            self._kill_group()

    def _send(self, request: Mapping[str, Any]) -> None:
        stdin = self.process.stdin
        if stdin is not None:
            # A child that died at once says so by its exit code; its closed pipe says nothing more.
            with contextlib.suppress(BrokenPipeError), stdin:
                stdin.write(json.dumps(request).encode())

    def _read_records(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(LINE_BYTES + 1):
                if not self.records.take(line):
                    self._exceed("records")
                    return
                question = self.records.question()
                if question is not None:
                    self._answer(question)

    def _answer(self, question: Mapping[str, Any]) -> None:
        with self.asked:
            start = time.monotonic()
            self.questions += 1
            answer = self.answer(question) if self.questions <= MOST_QUESTIONS else {}
            line = json.dumps(answer).encode() + b"\n"
            self.deadline += time.monotonic() - start
        # Nobody reads it when the child has been ended meanwhile.
        with contextlib.suppress(OSError):
            while line:
                line = line[os.write(self.answering, line) :]

    def _read_output(self) -> None:
        stream = self.process.stdout
        if stream is None:
            return
        seen = 0
        with stream:
            while line := stream.readline(4096):
                self.printed.append(line.decode("utf-8", "replace").rstrip("\r\n"))
                seen += len(line)
                if seen > OUTPUT_BYTES:
                    self._exceed("output")
                    return

    def _watch_memory(self, most: int) -> None:
        """See to what no resource limit counts: memory that is shared, and files in memory."""
        while not self.ended.wait(WATCH_SECONDS):
            if _resident(self.process.pid) > most:
                self._exceed("memory")
                return


def _resident(process: int) -> int:
    """How much memory a process holds, in bytes; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def child_environment(environment: Mapping[str, str], scratch: str) -> dict[str, str]:
    """The user's environment without credentials, with a scratch directory for temporary files."""
    kept = {
        key: value
        for key, value in environment.items()
        if key in _KEPT
        or not (key.startswith(_CLOUD) or _SENSITIVE.search(key) or _SECRET_VALUE.search(value))
    }
    return kept | {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": scratch,
    }
