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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from policy_pack.simulator.sandbox.launching import Sandbox, launch

BOOT = Path(__file__).parent / "child" / "boot.py"
GRACE_SECONDS = 2.0
TAIL_LINES = 40

_SENSITIVE = re.compile(r"SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY", re.I)
_CLOUD = ("AWS_", "AZURE_", "ARM_", "GOOGLE_", "PULUMI_")
_KEPT = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass
class PassResult:
    """The records of one pass by kind, the end record, and the last lines the program printed.

    `refusal` is why the interpreter could not be executed; `missing_layers` are those of the sandbox that
    this machine does not have, with the reason.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] | None = None
    output: list[str] = field(default_factory=list)
    exit_code: int | None = None
    refusal: str | None = None
    missing_layers: tuple[str, ...] = ()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The records of one kind, in order."""
        return [record for record in self.records if record["kind"] == kind]


class Child:
    """One running pass. Use as a context manager: whatever happens, no process of it is left behind."""

    def __init__(
        self,
        interpreter: str,
        request: Mapping[str, Any],
        environment: Mapping[str, str],
        sandbox: Sandbox,
        variables: Mapping[str, str],
    ) -> None:
        """Start the interpreter and hand it the request; `variables` are the user's own environment.

        Raises OSError when it cannot be started.
        """
        reading, writing = os.pipe()
        try:
            self.launched = launch(
                [interpreter, str(BOOT), str(writing)],
                environment,
                sandbox,
                variables=variables,
                pass_fds=(writing,),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=request["directory"],
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self.process = self.launched.process
        # Counted from the start, so that two passes that hang are not waited for one after the other.
        self.deadline = time.monotonic() + float(request["time_limit"]) + GRACE_SECONDS
        self.result = PassResult()
        self.printed: deque[str] = deque(maxlen=TAIL_LINES)
        self.readers = [
            threading.Thread(target=self._read_records, args=(os.fdopen(reading, "rb"),), daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        self._send({**request, "hidden": list(self.launched.hidden)})

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
        """Wait for the pass to end, at most its time limit and a grace for a child that cannot answer."""
        try:
            self.result.exit_code = self.process.wait(max(self.deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self.kill()
            self.result.end = {"kind": "end", "status": "time-limit", "fault": {"frames": []}}
        for reader in self.readers:
            reader.join(GRACE_SECONDS)
        self.result.output = list(self.printed)
        self.result.refusal, self.result.missing_layers = self.launched.failure(), self.launched.missing()
        return self.result

    def kill(self) -> None:
        """End the child and everything in its process group."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.launched.close()

    def _send(self, request: Mapping[str, Any]) -> None:
        stdin = self.process.stdin
        if stdin is not None:
            # A child that died at once says so by its exit code; its closed pipe says nothing more.
            with contextlib.suppress(BrokenPipeError), stdin:
                stdin.write(json.dumps(request).encode())

    def _read_records(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if record["kind"] == "end":
                    self.result.end = record
                else:
                    self.result.records.append(record)

    def _read_output(self) -> None:
        stream = self.process.stdout
        if stream is not None:
            with stream:
                while line := stream.readline(4096):
                    self.printed.append(line.decode("utf-8", "replace").rstrip("\r\n"))


def child_environment(environment: Mapping[str, str], scratch: str) -> dict[str, str]:
    """The user's environment without credentials, with a scratch directory for temporary files."""
    kept = {
        key: value
        for key, value in environment.items()
        if key in _KEPT or not (key.startswith(_CLOUD) or _SENSITIVE.search(key))
    }
    return kept | {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": scratch,
    }
