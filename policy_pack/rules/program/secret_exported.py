"""Rule: secret-exported."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._secrets import plain_reading
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.kinds import OutputKind
from policy_pack.source.view import SourceView

HEAD = 'import pulumi\n\nconfig = pulumi.Config()\npassword = config.require_secret("dbPassword")\n'


class SecretExported(SourceRule):
    """A secret is exported after its protection was removed.

    ## Why this fails
    Exports are printed at the end of `pulumi up`, stand in the state, and other stacks read them. Pulumi
    keeps a secret export encrypted, but not one that `Output.unsecret` or a plain reading made public.

    ## What to do instead
    Export the secret as it is: `pulumi stack output --show-secrets` shows it to those who may see it.

    ## What it cannot see
    A secret that was made public elsewhere and passed on through other values.
    """

    name = "secret-exported"
    severity = Severity.WARNING
    url = "https://www.pulumi.com/docs/iac/concepts/secrets/"
    nodes = (ast.Call,)
    flagged = (
        Flagged(f'{HEAD}pulumi.export("password", pulumi.Output.unsecret(password))\n', says="`password`"),
        Flagged(f'{HEAD}pulumi.export("password", config.require("dbPassword"))\n', says="`password`"),
    )
    allowed = (
        Allowed(f'{HEAD}pulumi.export("password", password)\n', because="it stays a secret"),
        Allowed(f'{HEAD}pulumi.export("size", config.require("size"))\n', because="it is no secret"),
        Allowed(
            f'{HEAD}pulumi.export("size", pulumi.Output.unsecret(pulumi.Output.from_input(3)))\n',
            because="it never was a secret",
        ),
    )

    def check(self, node: ast.Call, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report an export of what was a secret."""
        if source.qualified(node.func) != "pulumi.export" or len(node.args) != 2:
            return
        name, value = node.args
        if plain_reading(value, source) is not None or _was_secret(value, source):
            yield source.problem(
                value,
                f"the export `{getattr(name, 'value', '…')}` shows a secret in plain text",
                note="exports are printed, and stored in the state as they are",
                help="export the secret itself: Pulumi keeps it encrypted",
            )


def _was_secret(value: ast.expr, source: SourceView) -> bool:
    if not isinstance(value, ast.Call) or source.qualified(value.func) != "pulumi.Output.unsecret":
        return False
    kinds = source.kinds(value.args[0]) if value.args else ()
    return any(isinstance(kind, OutputKind) and kind.secret for kind in kinds)
