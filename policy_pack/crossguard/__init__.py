"""The CrossGuard policy pack: every rule as a policy of `pulumi preview --policy-pack`.

Each policy has its rule's name. A finding blocks the deployment only when it certainly fails: what is
likely or assumed, a warning or a note, and a rule that crashed are advisory, even under a mandatory
policy. A policy's `failOn` moves that line: `warning` gives its warnings the policy's level too.
"""

from __future__ import annotations


def main() -> None:
    """Serve the policy pack until the engine ends it."""
    from policy_pack.crossguard.pack import serve

    serve()
