"""Gives up what a simulated program may not do, then becomes the program's interpreter.

Runs in an interpreter of its own without site packages, and imports little: its start is paid for each
simulation. What it could not give up it says on a pipe, which the program does not inherit.
"""

from __future__ import annotations

import os

from . import kernel, landlock, limits, namespaces, seccomp

# `typing` and `collections.abc` would take longer to import than everything here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Python ignores these; whoever comes after must not.
_IGNORED = (13, 25)  # SIGPIPE, SIGXFSZ


class Order:
    """What `launching.py` asks for, as `--key value` pairs and, after `--`, the command."""

    def __init__(self, arguments: Sequence[str]) -> None:
        end = arguments.index("--")
        self.command = list(arguments[end + 1 :])
        self.values: dict[str, list[str]] = {}
        for key, value in zip(arguments[:end:2], arguments[1:end:2], strict=True):
            self.values.setdefault(key, []).append(value)

    def all(self, key: str) -> list[str]:
        """Every value of a key."""
        return self.values.get(key, [])

    def number(self, key: str) -> int:
        """The one number that a key has."""
        return int(self.values[key][0])


def main(arguments: Sequence[str]) -> None:
    """Apply the layers and execute the command. Does not return."""
    order = Order(arguments)
    reports = [int(text) for text in order.all("--report")]
    for report in reports:
        os.set_inheritable(report, False)

    def tell(kind: str, name: str, reason: object) -> None:
        for report in reports:
            os.write(report, f"{kind}\t{name}\t{reason}\n".encode(errors="replace")[:400])

    _apply(order, tell)
    for signal in _IGNORED:
        kernel.libc("signal", signal, 0)
    try:
        os.execvp(order.command[0], order.command)  # noqa: S606 - a shell is what nobody wants here
    except OSError as error:
        tell("failed", str(error.errno), error.strerror)
        os._exit(127)


def _apply(order: Order, tell: Callable[[str, str, object], None]) -> None:
    """Every layer that is wanted and can be had; each takes away what those before it needed."""
    (scratch,) = order.all("--scratch")
    writable, shared, hidden = order.all("--writable"), order.all("--shared"), order.all("--hidden")

    wanted = set(order.all("--layer"))

    def applied(name: str, act: Callable[[], object]) -> bool:
        if name not in wanted:
            return False
        try:
            act()
        except (OSError, ValueError, AttributeError) as error:
            tell("missing", name, getattr(error, "strerror", None) or error)
            return False
        return True

    kernel.forbid_new_privileges()
    applied("limits", lambda: limits.apply(order.number("--memory"), order.number("--processor-seconds")))
    apart = wanted & {"files", "network"}
    wanted |= {"namespaces"} if apart else set()
    if not applied("namespaces", namespaces.enter):
        wanted -= apart
    files = applied("files", lambda: namespaces.apart_with_files(scratch, writable, shared, hidden))
    network = applied("network", namespaces.apart_with_network)
    kernel.drop_capabilities()
    places = [scratch, *writable, *(shared if files else [])]
    landlocked = applied("landlock", lambda: landlock.apply(places, [] if files else hidden, network))
    no_connections = landlocked and landlock.version() >= landlock.NO_CONNECTIONS_SINCE
    policy = seccomp.Policy(network, files, no_connections, bool(order.all("--unix-sockets")))
    applied("seccomp", lambda: seccomp.apply(policy))
