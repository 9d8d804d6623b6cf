"""The CrossGuard policy pack: every rule as a policy of `pulumi preview --policy-pack`.

Each policy has its rule's name. A finding blocks the deployment only when it certainly fails: what is
likely or assumed, a warning or a note, and a rule that crashed are advisory, even under a mandatory
policy. A policy's `failOn` moves that line: `warning` gives its warnings the policy's level too.

Beside the preview the program is simulated and its source is read; what only they see is told with the rest.
"""

from __future__ import annotations


def main(*, executable: bool = False) -> None:
    """Serve the policy pack until the engine ends it. Not `executable` when it was started as a directory."""
    from policy_pack.crossguard.server import Server

    Server(executable=executable).serve()


def run() -> None:
    """The command `preflight-pack`, which `--policy-pack` takes as an executable file."""
    main(executable=True)
