"""Rule: component-without-register-outputs."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.view import SourceView

HEAD = """\
import pulumi


class Network(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("team:net:Network", name, None, opts)
"""


class ComponentWithoutRegisterOutputs(SourceRule):
    """A component never calls `register_outputs`.

    ## Why this fails
    Pulumi does not know when the component is complete: it stays "creating" in the display until the whole
    program ends, and its outputs are not in the state.

    ## What to do instead
    End the constructor with `self.register_outputs({…})`, with the outputs that its users need.

    ## What it cannot see
    A call in a base class that is not part of the project; such a component is passed over.
    """

    name = "component-without-register-outputs"
    severity = Severity.NOTE
    url = "https://www.pulumi.com/docs/iac/concepts/components/"
    nodes = (ast.ClassDef,)
    flagged = (Flagged(HEAD, says="`Network`"),)
    allowed = (
        Allowed(f"{HEAD}        self.register_outputs({{}})\n", because="it ends so"),
        Allowed(
            "class Network:\n    def __init__(self, name):\n        self.name = name\n",
            because="no component",
        ),
        Allowed(
            f"{HEAD}        self.register_outputs({{}})\n\n\nclass Wide(Network):\n    pass\n",
            because="its base class calls it",
        ),
    )

    def check(self, node: ast.ClassDef, source: SourceView, facts: Facts) -> Iterable[Problem]:  # type: ignore[override]
        """Report a class that is a component itself and makes no such call."""
        if not any(source.qualified(base) == "pulumi.ComponentResource" for base in node.bases):
            return
        if "register_outputs" not in source.text(node):
            yield source.problem(
                node,
                f"the component `{node.name}` never calls `register_outputs`",
                note="Pulumi does not know when it is complete",
                help="end its constructor with `self.register_outputs({…})`",
            )
