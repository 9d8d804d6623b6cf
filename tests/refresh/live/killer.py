"""Kills `preflight refresh` again and again. Run as a script: it forks, and must have no threads.

Prints as JSON how often it was killed before a line of the code that writes, and how often at any time.
"""

from __future__ import annotations

import datetime
import inspect
import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from policy_pack.cli import main
from policy_pack.refresh import writing
from policy_pack.refresh.live import aws, catalogs, gathering, publishing, renewing

WRITING = {inspect.unwrap(each).__code__ for each in (publishing.locked, publishing.publish, writing.write)}
NAMES = ("versions/mq", "versions/msk", "versions/opensearch")
TODAY = datetime.datetime.now(tz=datetime.timezone.utc).date()


def start(work: Callable[[], object]) -> int:
    """Do something in a child."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        work()
        os._exit(0)
    return child


def refresh() -> None:
    """The whole command."""
    main(["refresh", *NAMES])


def was_killed(child: int) -> bool:
    """Wait for it to end."""
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def die_before_line(number: int) -> None:
    """Arrange for the end: the nth line that is run of the code that writes."""
    seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if frame.f_code not in WRITING:
            return None
        seen += event == "line"
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def contents(facts: Path) -> dict[str, bytes]:
    """The catalogs that a reader would find."""
    return {name: (facts / f"{name}.json").read_bytes() for name in NAMES}


def at_every_line(facts: Path, check: Callable[[], None]) -> int:
    """Kill before the first line that writes, before the second, and so on, until it ends by itself."""
    asked = [catalogs.CATALOGS[name] for name in NAMES]
    gathered = gathering.gather(aws.Aws(), asked, [gathering.Place("eu-west-1", "aws")], lambda job: None)
    number = 0

    def write() -> None:
        die_before_line(number)
        renewing.Renewal(facts, TODAY).apply(asked, gathered)

    while number == 0 or was_killed(start(write)):
        check()
        number += 1
    return number - 1


def at_any_time(times: int, longest: float, check: Callable[[], None]) -> int:
    """Kill after times drawn evenly."""
    killed = 0
    draw = random.Random(4).uniform  # noqa: S311 - no secret
    for _ in range(times):
        child = start(refresh)
        time.sleep(draw(0, longest))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed += was_killed(child)
        check()
    return killed


def undated(content: bytes) -> bytes:
    """A file without its dates: midnight may pass while this runs."""
    return re.sub(rb"\d{4}-\d\d-\d\d", b"", content)


def run(facts: Path) -> dict[str, int]:
    """Start from old facts; AWS has new ones. Every file must be the old or the new, whole."""
    old = contents(facts)
    began = time.monotonic()
    was_killed(start(refresh))
    longest = time.monotonic() - began
    new = contents(facts)
    if any(old[name] == new[name] for name in NAMES):
        raise AssertionError("nothing new to write")

    def check() -> None:
        found = contents(facts)
        for name in NAMES:
            if undated(found[name]) not in (undated(old[name]), undated(new[name])):
                raise AssertionError(f"{name} is neither old nor new: {found[name]!r}")
            # Only the catalogs: what a killed run has left behind is for the next one to clear away.
            (facts / f"{name}.json").write_bytes(old[name])

    check()
    killed = {"at any time": at_any_time(50, longest, check), "before a line": at_every_line(facts, check)}
    was_killed(start(refresh))
    last = contents(facts)
    if any(undated(last[name]) != undated(new[name]) for name in NAMES) or list(facts.glob(".*")):
        raise AssertionError("the last run did not tidy up")
    return killed


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))  # noqa: T201
