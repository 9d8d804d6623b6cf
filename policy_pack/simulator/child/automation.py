"""Inline programs of the Automation API: the function that the CLI would be started for is run here.

A program that drives another one, by its directory, is told to have that one checked instead.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from typing import Any, Callable

from .guard import BlockedError

_ENTRIES = ("create_stack", "select_stack", "create_or_select_stack")
_RUNS = ("up", "preview", "preview_refresh")


def install() -> None:
    """Answer the Automation API, where the SDK has loaded it."""
    automation = sys.modules.get("pulumi.automation")
    for name in _ENTRIES:
        if automation is not None and hasattr(automation, name):
            setattr(automation, name, _stack)
    workspace = getattr(automation, "LocalWorkspace", None)
    if workspace is not None:
        workspace.__init__ = _no_workspace


def _stack(stack_name: str, *args: Any, **given: Any) -> InlineStack:
    """What `create_or_select_stack` gives: a stack whose program is run when it is brought up."""
    # Of the positional arguments, which only keep the order of the documentation, the program is one.
    program = given.get("program") or next((each for each in args if callable(each)), None)
    if program is None:
        place = os.path.basename(os.path.abspath(str(given.get("work_dir") or "."))) or "."
        raise BlockedError(f"the program drives another one, in `{place}`, which is to be checked itself")
    return InlineStack(stack_name, program)


def _no_workspace(self: Any, *args: Any, **given: Any) -> None:
    raise BlockedError("the program drives Pulumi through a `LocalWorkspace`, which a simulation does not do")


class Silent(str):
    """Whatever a command of the CLI would have told: an empty text of which everything can be asked."""

    def __getattr__(self, name: str) -> Silent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **given: Any) -> Silent:
        """As of a method."""
        return self

    def __getitem__(self, key: Any) -> Any:
        return self


class InlineStack:
    """A stack of an inline program: its settings are the program's, and bringing it up runs the program."""

    def __init__(self, name: str, program: Callable[[], Any]) -> None:
        self.name = name
        self.program = program
        self.ran = False
        self.workspace = Silent()

    def __getattr__(self, name: str) -> Any:
        return self._run if name in _RUNS else Silent()

    def _run(self, *args: Any, **given: Any) -> Silent:
        """Run the program, once, in the stack that is simulated."""
        if not self.ran:
            self.ran = True
            result = self.program()
            if inspect.isawaitable(result):
                # The script goes on only when the stack is up, and it exports what the program exports.
                from pulumi.runtime.sync_await import _sync_await

                _sync_await(asyncio.ensure_future(result))
        return Silent()

    def set_config(self, key: str, value: Any, **given: Any) -> None:
        """A setting of the program."""
        from pulumi import get_project
        from pulumi.runtime import set_config

        set_config(key if ":" in key else f"{get_project()}:{key}", str(getattr(value, "value", value)))

    def set_all_config(self, config: dict[str, Any], **given: Any) -> None:
        """Several settings of the program."""
        for key, value in config.items():
            self.set_config(key, value)
