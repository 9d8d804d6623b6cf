"""The watchdog leaves nothing behind: whatever runs after the rules is neither struck nor slowed."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each in a process of its own: what goes wrong here never ends.
WATCHED = """
import cProfile, contextlib, threading
from policy_pack.crossguard import watchdog

with contextlib.suppress(watchdog.RuleTimeoutError), watchdog.watched():
    {happens}
cProfile.Profile().runcall(lambda: None)
assert not watchdog._watch.deadlines and not watchdog._watch.struck
"""
STRUCK = "watchdog._watch.struck.add(threading.get_ident())"


@pytest.mark.parametrize("happens", ["pass", STRUCK, f"{STRUCK}; watchdog._raise_in(threading.get_ident())"])
def test_what_runs_after_the_rules_can_be_profiled(happens: str) -> None:
    command = [sys.executable, "-c", WATCHED.format(happens=happens)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
